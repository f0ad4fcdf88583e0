"""The position of a pass over a list that is sorted newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_linear import gaps

if TYPE_CHECKING:
    from tap_linear.gaps import Gap
    from tap_linear.streams.reading import Batch


class Descent:
    """The position of a pass, from the newest row down, and what it could not read.

    Attributes:
        newest: Bookmark: nothing that is read changed later.
        todo: The gaps that are left.
        holes: What could not be read.
        has_hole: Whether a hole begins after the last row that was read.
        horizon: The bookmark is never later, whatever a row says.
    """

    def __init__(self, newest: str | None, todo: list[Gap]) -> None:
        """Begin before the first page."""
        self.newest = newest
        self.todo = todo
        self.holes: list[Gap] = []
        self.has_hole = False
        self.horizon: str | None = None
        self._last: str | None = None

    def over(self, batch: Batch, moments: list[str]) -> None:
        """Move past a page whose rows are written.

        Args:
            batch: The page.
            moments: When its rows changed.
        """
        self.has_hole = self.has_hole or batch.hole
        if not moments:
            return
        newest, oldest = max(moments), min(moments)
        if batch.backward:
            self.todo = gaps.above(self.todo, newest)
            return
        if self.has_hole:
            hole: Gap = {"gte": newest}
            self.holes.append(hole | ({"lte": self._last} if self._last else {}))
            self.has_hole = False
        self.todo = gaps.below(self.todo, oldest)
        self._last = oldest
        newest = min(newest, self.horizon or newest)
        self.newest = max(self.newest or newest, newest)
