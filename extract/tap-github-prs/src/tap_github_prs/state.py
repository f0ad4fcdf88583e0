"""The state: whether this tap wrote it, and its parts besides the bookmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import SettingsError
from tap_github_prs.common.nested_pages import NestedPages
from tap_github_prs.common.timestamps import from_epoch, timestamp
from tap_github_prs.conditions import CLOCK, DAMAGED_STATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

KINDS: dict[str, Any] = {
    "partitions": [{"context": {}}],
    "context": {},
    "replication_key": "text",
    "replication_key_value": "time",
    "read_at_bookmark": ["text"],
    "streams": ["text"],
    "refused": ["text"],
    "unread": [{"node_id": "text", "number": "number", "since": "time"}],
    "unread_from": "time",
    "hidden": [{"from": "time", "to": "text", "since": "time"}],
    "started_at": "time",
    "edited_since": "time",
    "failed": [{"since": "time", "page": "number"}],
    "etag": "text",
    "head_oid": "text",
    "reading": {"head_oid": "text"},
    "created_at": "time",
    "newest": ["text"],
    "total": "number",
    "list_version": "number",
    "unfinished": ["text"],
    "watched": [{"node_id": "text", "oid": "text", "suites": "number"}],
    "read_at": "time",
    "member_ids": ["text"],
    "members": "list",
    VERSIONS: {"repositories": "number"},
    SEEN: {"repositories": ["number"]},
}
"""What is expected below a key: a kind, a list of one, or an object of them.

A key that is not here is from another version, and stays.
"""

WORDS = {"text": "text", "time": "a time", "number": "a number", "list": "a list"}


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


def check(state: Any) -> None:  # noqa: ANN401 - JSON
    """Check that a state can be continued from.

    Raises:
        SettingsError: With one line per damaged place.
    """
    lines = [
        DAMAGED_STATE.line.format(place=place, found=_brief(value), expected=expected)
        for place, value, expected in _damaged(state)
    ]
    if lines:
        raise SettingsError(*lines)


def _damaged(state: Any) -> Iterator[tuple[str, Any, str]]:  # noqa: ANN401 - JSON
    """Yield place, value and what is expected there of everything that is damaged."""
    if not isinstance(state, dict):
        yield "it", state, "an object"
        return
    bookmarks = state.get("bookmarks", {})
    if not isinstance(bookmarks, dict):
        yield "bookmarks", bookmarks, "an object"
        return
    for name, stream in bookmarks.items():
        yield from _unlike(f"bookmarks.{name}", stream, {})
    for key in (VERSIONS, SEEN):
        if key in state:
            yield from _unlike(key, state[key], KINDS[key])
    yield from _wrong_lengths(state.get(LENGTHS, {}))


def _wrong_lengths(lists: Any) -> Iterator[tuple[str, Any, str]]:  # noqa: ANN401 - JSON
    if not isinstance(lists, dict):
        yield LENGTHS, lists, "an object"
        return
    for name, lengths in lists.items():
        try:
            NestedPages.from_state(1, lengths)
        except ValueError:
            yield f"{LENGTHS}.{name}", lengths, "numbers of lists by length"


def _unlike(place: str, value: Any, kind: Any) -> Iterator[tuple[str, Any, str]]:  # noqa: ANN401 - JSON
    if isinstance(kind, dict):
        if not isinstance(value, dict):
            yield place, value, "an object"
            return
        for key, below in value.items():
            expected = kind.get(key, KINDS.get(key))
            if expected is not None and below is not None:
                yield from _unlike(f"{place}.{key}", below, expected)
        for key in kind.keys() - value.keys() - {"repositories", "since"}:
            yield f"{place}.{key}", None, "there"
    elif isinstance(kind, list):
        if not isinstance(value, list):
            yield place, value, "a list"
            return
        for n, below in enumerate(value):
            yield from _unlike(f"{place}[{n}]", below, kind[0])
    elif not _is(value, kind):
        yield place, value, WORDS[kind]


def _is(value: Any, kind: str) -> bool:  # noqa: ANN401 - JSON
    if kind == "number":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "list":
        return isinstance(value, list)
    if not isinstance(value, str):
        return False
    if kind == "time":
        try:
            timestamp(value)
        except ValueError:
            return False
    return True


def _brief(value: Any) -> str:  # noqa: ANN401 - JSON
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - one line
