"""What the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_hubspot_crm.common.context import Context
from tap_hubspot_crm.common.timestamps import from_epoch
from tap_hubspot_crm.transport.client import HubSpotClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

VERSIONS = "versions"
"""Key of the state, besides the bookmarks: the last version of each stream."""
ROWS = "rows"
"""Key of the state, besides the bookmarks: rows of each stream at its last version."""

PARTS = "parts"
"""Key of the state, besides the bookmarks: of what the last version of a stream
consisted, such as object types."""

FEW = 3
"""A list that had fewer rows may become shorter by more than half."""


@dataclass
class RunContext(Context[HubSpotClient]):
    """One run. The tap creates it; its streams use it.

    Attributes:
        is_selected: Whether the catalog selects a stream.
        sink: Returns what writes the rows of a stream.
        read_whole: Object types that this run read from the beginning to the end.
        read: Object types that this run read, whole or the changes.
    """

    is_selected: Callable[[str], bool]
    sink: Callable[[str], Any]
    read_whole: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)

    @cached_property
    def started_at(self) -> str:
        """When the run began, as a timestamp."""
        return from_epoch(self.started / 1000)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Object types whose associations are read, as (from, to)."""
        found = (pair.partition(":") for pair in self.config["associations"])
        return [(first, second) for first, _, second in found]

    def next_version(self, stream: str) -> int:
        """Return a version for a stream, higher than the last one.

        The target ignores a lower one, as after a run whose clock was ahead.

        Args:
            stream: Name of the stream.
        """
        versions = self.state.setdefault(VERSIONS, {})
        versions[stream] = max(self.started, versions.get(stream, 0) + 1)
        return int(versions[stream])

    def may_activate(self, stream: str, rows: int) -> tuple[bool, int]:
        """Return whether a list may be complete, and how long the last one was.

        A credential that has lost access gets a shorter list and no error.

        Args:
            stream: Name of the stream.
            rows: Rows of the list now.
        """
        before = int(self.state.setdefault(ROWS, {}).get(stream, 0))
        return not (before >= FEW and 2 * rows < before), before

    def missing_parts(self, stream: str, parts: Iterable[str]) -> list[str]:
        """Return the parts that the last complete list had, and this one has not.

        Args:
            stream: Name of the stream.
            parts: Parts of the list now.
        """
        known = self.state.get(PARTS, {}).get(stream, [])
        return sorted(set(known) - set(parts))

    def keep_parts(self, stream: str, parts: Iterable[str]) -> None:
        """Remember what a complete list consists of."""
        if found := sorted(set(parts)):
            self.state.setdefault(PARTS, {})[stream] = found

    def keep_rows(self, stream: str, rows: int) -> None:
        """Remember how long a complete list is."""
        self.state.setdefault(ROWS, {})[stream] = rows
