"""GitHub's check suites, their runs, and the commits that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.github.paging import connection
from sandbox.github.repository_fields import WEB, blocked, commit

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]


def _suites_of(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    blocked(row["repository"])
    rows = info.context.store.check_suites(row)
    wanted = arguments.get("filterBy") or {}
    if wanted.get("appId") is not None:
        rows = [
            one for one in rows if (one["app"] or {})["databaseId"] == wanted["appId"]
        ]
    if name := wanted.get("checkName"):
        rows = [one for one in rows if any(run["name"] == name for run in one["runs"])]
    return connection(rows, arguments)


def _runs(row: Row, _info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    """Return the runs of a suite; of several with one name, the latest by default."""
    wanted = arguments.get("filterBy") or {}
    runs = [_run_of(row, run) for run in row["runs"]]
    if wanted.get("checkType") != "ALL":
        latest = {run["name"]: run for run in runs}
        runs = [run for run in runs if latest[run["name"]] is run]
    if name := wanted.get("checkName"):
        runs = [run for run in runs if run["name"] == name]
    app = wanted.get("appId")
    if app is not None and (row.get("app") or {}).get("databaseId") != app:
        runs = []
    statuses = wanted.get("statuses") or [wanted.get("status")]
    if any(statuses):
        runs = [run for run in runs if run["status"] in statuses]
    if conclusions := wanted.get("conclusions"):
        runs = [run for run in runs if run.get("conclusion") in conclusions]
    return connection(runs, arguments)


def _run_of(suite: Row, run: Row) -> Row:
    parents = {"checkSuite": suite, "repository": suite["repository"]}
    return {"__typename": "CheckRun", **parents, **run}


def _commit_of(row: Row, info: Any) -> Row:  # noqa: ANN401
    found: Row | None = info.context.store.any_commit(row["oid"])
    return commit(found or {"oid": row["oid"]}, row["repository"])


def _suite_path(row: Row) -> str:
    name = row["repository"]["nameWithOwner"]
    return f"/{name}/commit/{row['oid']}/checks?check_suite_id={row['id']}"


def _run_path(row: Row) -> str:
    return f"/{row['repository']['nameWithOwner']}/runs/{row['id']}"


def _workflow_run(row: Row, _info: Any) -> Row | None:  # noqa: ANN401
    held = row.get("workflowRun")
    if held is None:
        return None
    return {"__typename": "WorkflowRun", "checkSuite": row, **held}


def _deployment(row: Row, info: Any) -> Row | None:  # noqa: ANN401
    found: Row | None = info.context.store.node(row["deploymentId"])
    return found


def _path(row: Row, _info: Any) -> str:  # noqa: ANN401
    return str(row["url"]).removeprefix(WEB)


CHECK_FIELDS: dict[str, Callable[..., Any]] = {
    "Commit.checkSuites": _suites_of,
    "CheckSuite.checkRuns": _runs,
    "CheckSuite.commit": _commit_of,
    "CheckSuite.workflowRun": _workflow_run,
    "CheckSuite.url": lambda row, _info: f"{WEB}{_suite_path(row)}",
    "CheckSuite.resourcePath": lambda row, _info: _suite_path(row),
    "CheckRun.url": lambda row, _info: f"{WEB}{_run_path(row)}",
    "CheckRun.permalink": lambda row, _info: f"{WEB}{_run_path(row)}",
    "CheckRun.resourcePath": lambda row, _info: _run_path(row),
    "DeployedEvent.deployment": _deployment,
    "Workflow.resourcePath": _path,
    "WorkflowRun.resourcePath": _path,
}
