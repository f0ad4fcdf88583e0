"""The workflows as GitHub runs them: a job that calls one is what it calls."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from read_yaml import read_yaml

GITHUB = Path(__file__).resolve().parents[1] / ".github"
WORKFLOWS = {path.name: path for path in GITHUB.glob("workflows/*.yml")}
ACTIONS = {path.parent.name: path for path in GITHUB.glob("actions/*/action.yml")}
# The rights of release.yml: test_release.py.
OTHERS = {"audit.yml", "ci.yml", "release.yml"}
# What the other workflows call.
CALLED = {"pipeline.yml", "notify.yml"}
PIPELINES = sorted(set(WORKFLOWS) - OTHERS - CALLED)


def load(path: Path) -> dict[Any, Any]:
    return dict(read_yaml(path))


def steps(path: Path) -> list[dict[str, Any]]:
    found = load(path)
    jobs = found.get("jobs", {"": found.get("runs")}).values()
    return [step for job in jobs for step in job.get("steps", [])]


def called_by(job: dict[str, Any]) -> str:
    """The workflow that a job calls, or nothing."""
    path: str = job.get("uses", "")
    return path.removeprefix("$/.github/workflows/")


def with_inputs(value: Any, inputs: dict[str, Any]) -> Any:  # noqa: ANN401 - YAML
    """Put the inputs of a call into a part of the workflow that is called."""
    if isinstance(value, dict):
        return {name: with_inputs(each, inputs) for name, each in value.items()}
    if isinstance(value, list):
        return [with_inputs(each, inputs) for each in value]
    if not isinstance(value, str):
        return value

    def text(name: str) -> str:
        found = inputs[name]
        return str(found).lower() if isinstance(found, bool) else str(found)

    value = re.sub(
        r"\$\{\{ !inputs\.(\w+) && (.+?) \|\| '' \}\}",
        lambda found: "" if inputs[found[1]] else f"${{{{ {found[2]} }}}}",
        value,
    )
    value = re.sub(
        r"\$\{\{ inputs\.(\w+) \|\| (.+?) \}\}",
        lambda found: text(found[1]) or f"${{{{ {found[2]} }}}}",
        value,
    )
    return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda each: text(each[1]), value)


def run_of_the_pipeline(call: dict[str, Any]) -> dict[str, Any]:
    """The job that runs when a job calls pipeline.yml."""
    found = load(WORKFLOWS["pipeline.yml"])
    defaults = {
        name: each.get("default")
        for name, each in found[True]["workflow_call"]["inputs"].items()
    }
    job = dict(with_inputs(found["jobs"]["run"], {**defaults, **call["with"]}))
    return {**{key: call[key] for key in ("needs", "if") if key in call}, **job}


def runs(workflow: str) -> list[dict[str, Any]]:
    """The jobs that run the pipeline or a part of it."""
    jobs = load(WORKFLOWS[workflow])["jobs"]
    others = {"notify", "publish", "source"}
    return [
        run_of_the_pipeline(job) if called_by(job) else job
        for name, job in jobs.items()
        if name not in others
    ]


def concurrency(workflow: str) -> dict[str, Any]:
    """What keeps runs apart: of the workflow, or of the job that runs the pipeline."""
    found = load(WORKFLOWS[workflow])
    return dict(found.get("concurrency") or runs(workflow)[0]["concurrency"])


def run_step(job: dict[str, Any]) -> dict[str, Any]:
    step: dict[str, Any]
    (step,) = [each for each in job["steps"] if each.get("id") == "run"]
    return step


def given(step: dict[str, Any]) -> dict[str, str]:
    """The environment of a step without secrets and variables of the project."""
    return {
        name: "" if "${{" in str(value) else str(value)
        for name, value in step["env"].items()
    }
