"""Repositories with deployments, made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Output
    from handmade import Host

    Rows = list[dict[str, Any]]

COLUMNS = {"deployments": None, "releases": None, "repositories": None}


def deployment(host: Host, n: int, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A deployment that succeeded in the n-th second."""
    at = host.second(n)
    return {
        "id": f"DE_{n}",
        "databaseId": n,
        "commitOid": "c" * 40,
        "creatorId": "U_1",
        "environment": "production",
        "task": "deploy",
        "state": "ACTIVE",
        "createdAt": at,
        "updatedAt": at,
        "statuses": [status(host, n, "SUCCESS")],
        **facts,
    }


def status(host: Host, n: int, state: str) -> dict[str, Any]:
    at = host.second(n)
    key = f"DES_{n}_{state}"
    return {
        "id": key,
        "creatorId": "U_1",
        "state": state,
        "createdAt": at,
        "updatedAt": at,
    }


def deployed(host: Host, *counts: int) -> list[Rows]:
    """Repositories with some deployments each; returns the rows."""
    found = []
    for n, count in enumerate(counts):
        key = host.repository(f"repository-{n}")
        rows = [
            deployment(host, k, id=f"DE_{n}_{k}", databaseId=1_000 * n + k)
            for k in range(count)
        ]
        host.world.github.repositories[key]["deployments"] = rows
        found.append(rows)
    return found


def ids(output: Output) -> list[str]:
    return [row["node_id"] for row in output.records["deployments"]]


def live(*outputs: Output) -> set[str]:
    """The rows that staging does not treat as deleted."""
    held: dict[str, dict[str, Any]] = {}
    for output in outputs:
        held |= {row["node_id"]: row for row in output.records["deployments"]}
    complete: dict[int, int] = {}
    for row in held.values():
        number, version = row["repository_id"], row["complete_list_version"]
        complete[number] = max(version, complete.get(number, 0))
    return {
        key
        for key, row in held.items()
        if row["list_version"] >= complete[row["repository_id"]]
    }
