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


WORKFLOWS = ["ci.yml", "nightly.yml"]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_only_the_job_that_runs_the_pipeline_may_ask_for_an_identity_token(
    workflow: str, project_root: Path
) -> None:
    found = load(project_root / ".github" / "workflows" / workflow)
    granted = [found, *found["jobs"].values()]
    allowed = [each for each in granted if "id-token" in each.get("permissions", {})]
    expected = [found["jobs"]["run"]] if workflow == "nightly.yml" else []
    assert allowed == expected


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_no_command_of_a_workflow_contains_a_template(
    workflow: str, project_root: Path
) -> None:
    found = load(project_root / ".github" / "workflows" / workflow)
    commands = [
        step["run"]
        for job in found["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    assert commands
    assert not [command for command in commands if "${{" in command]


def test_the_step_that_installs_has_no_credential(project_root: Path) -> None:
    found = load(project_root / ".github" / "workflows" / "nightly.yml")
    job = found["jobs"]["run"]
    (install,) = [step for step in job["steps"] if "install" in step.get("run", "")]
    for token in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        assert f"-u {token}" in install["run"]
    inherited = {**found.get("env", {}), **job.get("env", {}), **install.get("env", {})}
    assert "secrets." not in str(inherited)
    steps = [step.get("uses", step.get("run")) for step in job["steps"]]
    google = next(step for step in steps if step.startswith("google-github-actions/"))
    assert steps.index(install["run"]) < steps.index(google)
