"""Resolvers of GitHub's deployments and releases beyond their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.github.paging import connection
from sandbox.github.repository_fields import blocked

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
ORDERS = {"CREATED_AT": "createdAt", "NAME": "name"}


def _history(key: str) -> Callable[..., Row]:
    """Return the resolver of a list of rows that a repository has."""

    def history(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
        blocked(row)
        rows = info.context.store.history(row, key)
        environments = arguments.get("environments")
        if environments is not None:
            rows = [one for one in rows if one["environment"] in environments]
        order = arguments.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
        by = ORDERS[order["field"]]
        descending = order["direction"] == "DESC"

        def sort_key(one: Row) -> tuple[Any, ...]:
            return (one.get(by) or "", one["id"])

        rows = sorted(rows, key=sort_key, reverse=descending)
        return connection(rows, arguments, sort_key, descending=descending)

    return history


def _statuses(row: Row, _info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    return connection(_newest_first(row), arguments)


def _newest_first(row: Row) -> list[Row]:
    held = row.get("statuses") or ()
    return [
        {"__typename": "DeploymentStatus", "deployment": row, **one}
        for one in reversed(held)
    ]


def _latest_status(row: Row, _info: Any) -> Row | None:  # noqa: ANN401
    return next(iter(_newest_first(row)), None)


def _commit(key: str) -> Callable[..., Row | None]:
    def commit(row: Row, info: Any) -> Row | None:  # noqa: ANN401
        found: Row | None = info.context.store.commit(row[key])
        return None if found is None else {"__typename": "Commit", **found}

    return commit


def _ref(key: str, prefix: str) -> Callable[..., Row | None]:
    def ref(row: Row, _info: Any) -> Row | None:  # noqa: ANN401
        name = row.get(key)
        return name and {
            "__typename": "Ref",
            "id": f"REF_{row['id']}_{name}",
            "name": name,
            "prefix": prefix,
            "repository": row["repository"],
        }

    return ref


DELIVERY_FIELDS: dict[str, Callable[..., Any]] = {
    "Repository.deployments": _history("deployments"),
    "Repository.releases": _history("releases"),
    "Deployment.commit": _commit("commitOid"),
    "Deployment.latestEnvironment": lambda row, _info: row.get("environment"),
    "Deployment.originalEnvironment": lambda row, _info: row.get("environment"),
    "Deployment.latestStatus": _latest_status,
    "Deployment.ref": _ref("refName", "refs/heads/"),
    "Deployment.statuses": _statuses,
    "Release.tag": _ref("tagName", "refs/tags/"),
    "Release.tagCommit": _commit("tagCommitOid"),
}
