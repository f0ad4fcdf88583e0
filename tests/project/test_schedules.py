"""A cron line that is written twice says the same twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def schedules(project_root: Path) -> list[dict[str, str]]:
    return load(project_root / "orchestrate" / "schedules.meltano.yml")["schedules"]


def test_the_workflow_rings_when_the_schedules_say(
    schedules: list[dict[str, str]], project_root: Path
) -> None:
    workflow = load(project_root / ".github" / "workflows" / "nightly.yml")
    # YAML 1.1 reads the key `on` as true.
    rings = [entry["cron"] for entry in workflow[True]["schedule"]]
    assert rings == [schedule["interval"] for schedule in schedules]


def test_the_workflow_runs_the_job_of_the_schedule_that_rang(
    schedules: list[dict[str, str]], project_root: Path
) -> None:
    text = (project_root / ".github" / "workflows" / "nightly.yml").read_text("utf-8")
    by_name = {schedule["name"]: schedule for schedule in schedules}
    weekly = by_name["weekly-reconcile"]
    assert (
        f"github.event.schedule == '{weekly['interval']}' && 'reconcile' || 'run'"
        in text
    )


def test_every_scheduled_job_is_declared(
    schedules: list[dict[str, str]], project_root: Path
) -> None:
    jobs = load(project_root / "orchestrate" / "jobs.meltano.yml")["jobs"]
    assert {schedule["job"] for schedule in schedules} <= {job["name"] for job in jobs}


@pytest.mark.parametrize("workflow", ["ci.yml", "nightly.yml"])
def test_every_action_is_pinned_by_commit(workflow: str, project_root: Path) -> None:
    steps = [
        step
        for job in load(project_root / ".github" / "workflows" / workflow)[
            "jobs"
        ].values()
        for step in job["steps"]
        if "uses" in step
    ]
    assert steps
    for step in steps:
        _, _, commit = step["uses"].partition("@")
        assert len(commit) == 40
        assert int(commit, 16)
