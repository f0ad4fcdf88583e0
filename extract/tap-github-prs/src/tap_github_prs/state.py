"""What the tap writes into the state, and its parts besides the bookmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_github_prs.common.nested_pages import NestedPages
from tap_github_prs.common.state_shape import (
    LIST,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    Items,
    Keys,
    Kind,
    Shape,
    Values,
)
from tap_github_prs.common.timestamps import from_epoch
from tap_github_prs.conditions import CLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_github_prs.problems import Problems

VERSIONS = "versions"
"""Key of the state, besides the bookmarks: the last version of each full-table stream.

It is no bookmark: a target loads such a stream whole, whatever became of its table.
"""

SEEN = "seen"
"""Key of the state, besides the bookmarks: ids of the repositories of the last run."""

LENGTHS = "list_lengths"
"""Key of the state, besides the bookmarks: by nested list, how many lists had which
length. From them the tap chooses how many entries to request."""

LENGTH_COUNTS = Kind(
    "numbers of lists by length", lambda value: NestedPages.from_state(1, value)
)

FIELDS: dict[str, Shape] = {
    "context": OBJECT,
    "replication_key": TEXT,
    "replication_key_value": TIME,
    "read_at_bookmark": Items(TEXT),
    "streams": Items(TEXT),
    "refused": Items(TEXT),
    "unread": Items(Keys("node_id", "number", node_id=TEXT, number=NUMBER, since=TIME)),
    "unread_from": TIME,
    "hidden": Items(Keys("from", "to", **{"from": TIME, "to": TEXT, "since": TIME})),
    "started_at": TIME,
    "edited_since": TIME,
    "failed": Items(Keys("page", since=TIME, page=NUMBER)),
    "etag": TEXT,
    "head_oid": TEXT,
    "reading": Keys("head_oid", head_oid=TEXT),
    "created_at": TIME,
    "newest": Items(TEXT),
    "total": NUMBER,
    "list_version": NUMBER,
    "unfinished": Items(TEXT),
    "watched": Items(
        Keys("node_id", "oid", "suites", node_id=TEXT, oid=TEXT, suites=NUMBER)
    ),
    "read_at": TIME,
    "member_ids": Items(TEXT),
    "members": LIST,
}
"""What the streams keep about a repository or an organization."""

STATE = Keys(
    bookmarks=Values(Keys(partitions=Items(Keys("context", **FIELDS)), **FIELDS)),
    **{
        VERSIONS: Values(NUMBER),
        SEEN: Values(Items(NUMBER)),
        LENGTHS: Values(LENGTH_COUNTS),
    },
)
"""What the tap writes into the state."""


class FullTableState:
    """Versions, and IDs of the last run, of the streams that are read whole.

    Args:
        state: The tap's state, changed in place.
        now: When this run began, in milliseconds since 1970.
        problems: Where a clock that was ahead is reported.
    """

    def __init__(self, state: dict[str, Any], now: int, problems: Problems) -> None:
        """Keep the state."""
        self._state = state
        self._now = now
        self._problems = problems

    def next_version(self, stream: str) -> int:
        """Return a version for a stream, and keep it in the state.

        It is the time in milliseconds, or follows the last version if the clock of an
        earlier run was ahead: for the target, a lower version deletes nothing.

        Args:
            stream: Name of the stream.
        """
        # Without bookmarks, the next run would refuse the state of a killed run.
        self._state.setdefault("bookmarks", {})
        versions = self._state.setdefault(VERSIONS, {})
        last = versions.get(stream, 0)
        version = self._now
        if version <= last:
            version = last + 1
            then, now = from_epoch(last / 1000), from_epoch(self._now / 1000)
            self._problems.report(CLOCK, then=then, now=now, stream=stream)
        versions[stream] = version
        return version

    def seen(self, stream: str) -> list[int]:
        """Return the IDs of a stream in the last complete run."""
        found: list[int] = self._state.get(SEEN, {}).get(stream, [])
        return found

    def remember(self, stream: str, ids: Iterable[int]) -> None:
        """Keep the IDs of a stream in a complete run."""
        self._state.setdefault(SEEN, {})[stream] = sorted(ids)


class ListLengths:
    """How long nested lists are, learned in this run and the runs before.

    Args:
        state: The tap's state, changed in place.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        """Keep the state."""
        self._state = state
        self._lists: dict[str, NestedPages] = {}

    def of(self, name: str, default: int) -> NestedPages:
        """Return what was learned about a nested list.

        Args:
            name: Field that contains it.
            default: Entries to request as long as little is known.
        """
        if name not in self._lists:
            known = self._state.get(LENGTHS, {}).get(name, {})
            self._lists[name] = NestedPages.from_state(default, known)
        return self._lists[name]

    def keep(self) -> None:
        """Keep what was learned in the state."""
        for name, pages in self._lists.items():
            if lengths := pages.to_state():
                self._state.setdefault(LENGTHS, {})[name] = lengths


def list_versions(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return bookmarks with nothing but the versions of lists.

    A row of an earlier version counts as deleted, so a backfill continues the version.

    Args:
        state: The state that the last run saved.
    """
    found: dict[str, Any] = {}
    for name, stream in state.get("bookmarks", {}).items():
        kept = [
            {key: partition[key] for key in ("context", "list_version")}
            for partition in stream.get("partitions", ())
            if "list_version" in partition
        ]
        if kept:
            found[name] = {"partitions": kept}
    return found
