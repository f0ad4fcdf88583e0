"""What to read of a repository's deployments or releases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.timestamps import timestamp

if TYPE_CHECKING:
    from tap_github_prs.schemas.rows import Node


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to hydrate.

    Attributes:
        plan: The list that it belongs to.
        node_id: GraphQL's id.
        changed_at: When it last changed; "" if it moves no bookmark.
    """

    plan: Plan
    node_id: str
    changed_at: str = ""


@dataclass(eq=False, slots=True)
class Plan:
    """What to read of one repository.

    Attributes:
        repository: Its node.
        state: Its partition of the state.
        version: The `list_version` of its rows.
        is_first: Whether no earlier run has read the list to its end.
        is_renewed: Whether this run reads the list under a new version.
        total: Rows of the list.
        nodes: The rows that were listed, newest first.
        entries: The rows to hydrate, in that order.
        gap: Why something could not be read; "" if nothing is missing.
        unfinished: Node ids of the rows that were not finished.
    """

    repository: Node
    state: dict[str, Any]
    version: int = 0
    is_first: bool = False
    is_renewed: bool = False
    total: int = 0
    nodes: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    gap: str = ""
    unfinished: list[str] = field(default_factory=list)


def changed_at(node: Node) -> str:
    """Return when a listed row last changed: itself, or its newest status."""
    status = node.get("latestStatus") or {}
    times = (node["updatedAt"], status.get("createdAt"), status.get("updatedAt"))
    return max(timestamp(each) for each in times if each)


def move_bookmark(
    state: dict[str, Any], changed_at: str, node_id: str, settled_at: str
) -> None:
    """Move a bookmark to a row, and note the row if nothing of it can be missing.

    Args:
        state: The partition of the state.
        changed_at: When the row last changed.
        node_id: GraphQL's ID of the row.
        settled_at: The moment up to which GitHub shows every change.
    """
    same = state.get("replication_key_value") == changed_at
    read = state.get("read_at_bookmark", []) if same else []
    if changed_at < settled_at and node_id not in read:
        read = [*read, node_id]
    state.update(
        replication_key="updated_at",
        replication_key_value=changed_at,
        read_at_bookmark=read,
    )
