"""Every schedule is started at the time that Meltano declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def schedules(project_root: Path) -> dict[str, dict[str, str]]:
    path = project_root / "orchestrate" / "schedules.meltano.yml"
    return {each["name"]: each for each in load(path)["schedules"]}


def test_every_scheduled_job_is_declared(
    schedules: dict[str, dict[str, str]], project_root: Path
) -> None:
    jobs = load(project_root / "orchestrate" / "jobs.meltano.yml")["jobs"]
    scheduled = {schedule["job"] for schedule in schedules.values()}
    assert scheduled <= {job["name"] for job in jobs}


def test_each_schedule_has_one_workflow_with_its_name_and_time(
    schedules: dict[str, dict[str, str]], project_root: Path
) -> None:
    times = {}
    for path in (project_root / ".github" / "workflows").glob("*.yml"):
        # YAML 1.1 reads the key `on` as true.
        if crons := load(path)[True].get("schedule"):
            times[path.stem] = [each["cron"] for each in crons]
    times.pop("audit")  # of the pinned versions; it runs nothing of Meltano
    assert times == {name: [each["interval"]] for name, each in schedules.items()}


def test_each_workflow_runs_the_job_of_its_schedule(
    schedules: dict[str, dict[str, str]], project_root: Path
) -> None:
    verbs = {"nightly": "make run\n", "reconcile": "make reconcile "}
    for name, schedule in schedules.items():
        path = project_root / ".github" / "workflows" / f"{name}.yml"
        steps = load(path)["jobs"]["run"]["steps"]
        (script,) = [each["run"] for each in steps if each.get("id") == "run"]
        assert verbs[schedule["job"]] in script
