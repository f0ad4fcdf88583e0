"""The checks of the company's commits, and their results.

A commit's checks follow from its SHA and its time alone, so nothing is stored: they are
generated when a client reads them, with their state at that time.

1 in 11 commits fails because of a flaky test, and passes when it is run again
(github.blog, "Reducing flaky builds by 18x", 2020). Commits of the default branch pass
in 9 of 10 cases, and a run takes 3.3 minutes (medians of CircleCI's State of Software
Delivery, 2022 and 2023); those of a branch, which nobody has reviewed, pass in 3 of 4.

GitHub deletes checks after the retention period of Actions: at most 90 days in a public
repository and 400 in a private one (docs/apis/github.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import NamedTuple

from sandbox.company.rows import DAY, HOUR, MINUTE, SECOND, Row, github_time

ACTIONS: Row = {"id": "A_actions", "databaseId": 15_368, "name": "GitHub Actions"}
ACTIONS |= {"slug": "github-actions", "url": "https://github.com/apps/github-actions"}
COVERAGE: Row = {"id": "A_measured", "databaseId": 254, "name": "Measured"}
COVERAGE |= {"slug": "measured", "url": "https://github.com/apps/measured"}
UNUSED: Row = {"id": "A_courier", "databaseId": 812, "name": "Courier"}
UNUSED |= {"slug": "courier", "url": "https://github.com/apps/courier"}
for _app in (ACTIONS, COVERAGE, UNUSED):
    _app |= {"createdAt": "2019-01-01T00:00:00Z", "updatedAt": "2024-01-01T00:00:00Z"}


class Workflow(NamedTuple):
    """A workflow of GitHub Actions.

    Attributes:
        number: Its number in the database.
        name: Its name.
        jobs: Names of its jobs.
    """

    number: int
    name: str
    jobs: tuple[str, ...]


WORKFLOWS = (
    Workflow(9_100_001, "CI", ("lint", "test", "build")),
    Workflow(9_100_002, "Security", ("analyze",)),
)
PREVIEW = "preview"
"""A job of CI that is skipped on the default branch."""

_FLAKY = 1 / 11
_BROKEN = {"push": 0.1, "pull_request": 0.25}
_CANCELLED = 0.03
_MEDIAN_SECONDS = 200
_RETENTION = {"PUBLIC": 90 * DAY, "PRIVATE": 400 * DAY}
_WORST = (
    "ACTION_REQUIRED",
    "TIMED_OUT",
    "CANCELLED",
    "FAILURE",
    "SUCCESS",
    "NEUTRAL",
    "SKIPPED",
)
"""A suite has the first of these conclusions that one of its latest runs has."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A commit that was pushed.

    Attributes:
        oid: SHA.
        at: When, in milliseconds since 1970.
        event: `push` on the default branch, else `pull_request`.
    """

    oid: str
    at: int
    event: str

    @classmethod
    def of(cls, commit: Row, event: str) -> Pushed:
        """Return the push of a commit's row."""
        at = datetime.fromisoformat(commit["committedDate"])
        return cls(commit["oid"], int(at.timestamp()) * SECOND, event)


def check_suites(repository: Row, pushed: Pushed, now: int) -> list[Row]:
    """Return the check suites of a commit in their current state.

    Args:
        repository: The repository's row.
        pushed: The commit.
        now: Milliseconds since 1970.
    """
    kept = _RETENTION[repository.get("visibility", "PRIVATE")]
    if not repository.get("hasChecks") or not now - kept < pushed.at <= now:
        return []
    dice = Random(f"checks of {pushed.oid}")  # noqa: S311 - a play, not a secret
    fate = _fate(dice, pushed.event)
    suites = [
        _of_workflow(dice, repository, pushed, workflow, fate)
        for workflow in WORKFLOWS
        if workflow.name == "CI" or dice.random() < 0.5  # noqa: PLR2004 - half of them
    ]
    suites.append(_of_coverage(dice, pushed))
    suites.append({"app": UNUSED, "runs": [], "at": pushed.at + 2 * SECOND})
    suites.sort(key=lambda suite: int(suite["at"]))
    return [
        _standing(repository, pushed, number, suite, now)
        for number, suite in enumerate(suites)
        if suite["at"] <= now
    ]


def _fate(dice: Random, event: str) -> str:
    """Return how the checks of a commit end."""
    drawn = dice.random()
    for fate, share in (
        ("flaky", _FLAKY),
        ("broken", _BROKEN[event]),
        ("cancelled", _CANCELLED),
    ):
        if drawn < share:
            return fate
        drawn -= share
    return "passed"


def _of_workflow(
    dice: Random, repository: Row, pushed: Pushed, workflow: Workflow, fate: str
) -> Row:
    at = pushed.at + dice.randrange(2, 20) * SECOND
    unlucky = dice.choice(workflow.jobs)
    if workflow.name != "CI":
        fate = "passed"
    runs: list[Row] = []
    for job in workflow.jobs:
        is_unlucky = job == unlucky
        first = "FAILURE" if is_unlucky and fate in ("flaky", "broken") else "SUCCESS"
        if fate == "cancelled":
            first = "CANCELLED" if is_unlucky else dice.choice(("SUCCESS", "CANCELLED"))
        runs.append(_run(dice, job, at, first))
        repeats = fate == "flaky" or (fate == "broken" and dice.random() < 0.2)  # noqa: PLR2004
        if is_unlucky and repeats:
            again = runs[-1]["ends"] + dice.choice((4 * MINUTE, 25 * MINUTE, 15 * HOUR))
            last = "SUCCESS" if fate == "flaky" else "FAILURE"
            runs.append(_run(dice, job, again, last))
    if workflow.name == "CI":
        preview = "SKIPPED" if pushed.event == "push" else "SUCCESS"
        runs.append(_run(dice, PREVIEW, at, preview))
    number = int(pushed.oid[:4], 16) + workflow.number % 100
    url = f"{repository['url']}/actions/runs/{int(pushed.oid[:7], 16)}"
    made = repository["createdAt"]
    run: Row = {
        "id": f"WFR_{pushed.oid}_{workflow.number}",
        "runNumber": number,
        "event": pushed.event,
        "url": url,
        "workflow": {
            "id": f"W_{workflow.number}",
            "databaseId": workflow.number,
            "name": workflow.name,
            "url": f"{repository['url']}/blob/main/.github/workflows",
            "createdAt": made,
            "updatedAt": made,
        },
    }
    return {"app": ACTIONS, "runs": runs, "at": at, "workflowRun": run}


def _of_coverage(dice: Random, pushed: Pushed) -> Row:
    at = pushed.at + dice.randrange(200, 900) * SECOND
    conclusion = dice.choices(("SUCCESS", "NEUTRAL", "FAILURE"), (80, 15, 5))[0]
    return {"app": COVERAGE, "at": at, "runs": [_run(dice, "patch", at, conclusion)]}


def _run(dice: Random, name: str, at: int, conclusion: str) -> Row:
    starts = at + dice.randrange(1, 60) * SECOND
    seconds = 0
    if conclusion != "SKIPPED":
        seconds = int(dice.lognormvariate(0, 0.7) * _MEDIAN_SECONDS)
    ends = starts + seconds * SECOND
    return {"name": name, "starts": starts, "ends": ends, "conclusion": conclusion}


def _standing(
    repository: Row, pushed: Pushed, number: int, suite: Row, now: int
) -> Row:
    """Return a suite's row in its current state."""
    key = f"CS_{repository['id']}.{pushed.oid}.{pushed.at}.{pushed.event}.{number}"
    runs = [
        _shown(f"CR_{key}_{n}", run, now)
        for n, run in enumerate(suite["runs"])
        if run["starts"] <= now
    ]
    latest = {run["name"]: run for run in runs}
    is_done = bool(latest) and all(
        run["status"] == "COMPLETED" for run in latest.values()
    )
    found = {run.get("conclusion") for run in latest.values()}
    times = [suite["at"], *(run["starts"] for run in suite["runs"])]
    times += [run["ends"] for run in suite["runs"]]
    updated_at = github_time(max(at for at in times if at <= now))
    row: Row = {
        "id": key,
        "oid": pushed.oid,
        "app": suite["app"],
        "status": "COMPLETED" if is_done else "IN_PROGRESS" if latest else "QUEUED",
        "runs": runs,
        "createdAt": github_time(suite["at"]),
        "updatedAt": updated_at,
    }
    if is_done:
        row["conclusion"] = next(each for each in _WORST if each in found)
    if "workflowRun" in suite:
        times_of_run = {"createdAt": row["createdAt"], "updatedAt": updated_at}
        row["workflowRun"] = suite["workflowRun"] | times_of_run
    return row


def _shown(key: str, run: Row, now: int) -> Row:
    """Return a run's row in its current state."""
    row: Row = {
        "id": key,
        "name": run["name"],
        "status": "IN_PROGRESS",
        "startedAt": github_time(run["starts"]),
    }
    if run["ends"] <= now:
        row["status"] = "COMPLETED"
        row["conclusion"] = run["conclusion"]
        row["completedAt"] = github_time(run["ends"])
    return row
