"""Every schedule is started at the time that Meltano declares."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from read_yaml import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path) -> dict[Any, Any]:
    return dict(read_yaml(path))


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
    one_source = "inputs.source && inputs.source != 'all'"
    expected = {
        # A schedule has no inputs.
        "nightly": (
            f"${{{{ {one_source} && 'sync' || 'run' }}}}",
            f"${{{{ {one_source} && inputs.source || '' }}}}",
        ),
        "reconcile": ("reconcile", None),
        **{
            source.replace("_", "-"): (None, source)
            for source in own_schedules(project_root)
        },
    }
    folder = project_root / ".github" / "workflows"
    inputs = load(folder / "pipeline.yml")[True]["workflow_call"]["inputs"]
    assert inputs["verb"]["default"] == "run"
    assert inputs["source"]["default"] == ""
    for name, schedule in schedules.items():
        call = load(folder / f"{name}.yml")["jobs"]["run"]
        assert call["uses"] == "$/.github/workflows/pipeline.yml"
        given = call["with"]
        assert (given.get("verb"), given.get("source")) == expected[schedule["job"]]


def own_schedules(project_root: Path) -> dict[str, str]:
    """The schedules of single sources, by source."""
    table = tomllib.loads((project_root / "sources.toml").read_text("utf-8"))
    return {
        name: source["schedule"]
        for name, source in table.items()
        if "schedule" in source
    }


def test_the_schedules_of_single_sources_are_those_of_the_table_of_sources(
    schedules: dict[str, dict[str, str]], project_root: Path
) -> None:
    jobs = load(project_root / "orchestrate" / "jobs.meltano.yml")["jobs"]
    tasks = {job["name"]: job["tasks"] for job in jobs}
    plugins = load(project_root / "orchestrate" / "utilities.meltano.yml")["plugins"]
    (pipeline,) = (p for p in plugins["utilities"] if p["name"] == "pipeline")
    expected = own_schedules(project_root)
    assert expected
    for source, interval in expected.items():
        name = source.replace("_", "-")
        assert schedules[name]["interval"] == interval
        assert tasks[schedules[name]["job"]] == [f"pipeline:{name}"]
        assert pipeline["commands"][name]["args"] == f"scheduled --source {source}"
    assert {*schedules} == {
        "nightly",
        "weekly-reconcile",
        *(source.replace("_", "-") for source in expected),
    }


def test_without_the_credential_of_its_source_a_workflow_runs_nothing(
    project_root: Path,
) -> None:
    table = tomllib.loads((project_root / "sources.toml").read_text("utf-8"))
    for source in own_schedules(project_root):
        name = f"{source.replace('_', '-')}.yml"
        jobs = load(project_root / ".github" / "workflows" / name)["jobs"]
        (step,) = jobs["source"]["steps"]
        credential = table[source]["credentials"][0]
        assert step["env"] == {"CONFIGURED": f"${{{{ secrets.{credential} != '' }}}}"}
        output = "needs.source.outputs.configured == 'true'"
        assert (jobs["run"]["needs"], jobs["run"]["if"]) == ("source", output)


def test_the_nightly_schedule_leaves_the_other_sources_to_their_own(
    project_root: Path,
) -> None:
    path = project_root / ".github" / "workflows" / "nightly.yml"
    given = load(path)["jobs"]["run"]["with"]
    # A run by hand reads everything.
    assert given["own_schedules"] == "${{ github.event_name == 'schedule' }}"
    env = load(path.with_name("pipeline.yml"))["jobs"]["run"]["env"]
    assert env["PIPELINE_OWN_SCHEDULES"] == "${{ inputs.own_schedules }}"
    path = project_root / "orchestrate" / "kubernetes" / "config.yaml"
    assert load(path)["data"]["PIPELINE_OWN_SCHEDULES"] == "true"


def test_a_table_is_late_after_its_source_missed_two_loads_of_its_schedule(
    project_root: Path,
) -> None:
    table = tomllib.loads((project_root / "sources.toml").read_text("utf-8"))
    limits = {}
    for name in table:
        folder = project_root / "transform" / "models" / "staging" / name
        (source,) = load(folder / f"_{name}__sources.yml")["sources"]
        limits[name] = source["config"]["freshness"]["error_after"]
    assert limits.pop("notion") == {"count": 15, "period": "day"}  # on Sundays
    assert limits
    assert all(each == {"count": 50, "period": "hour"} for each in limits.values())
