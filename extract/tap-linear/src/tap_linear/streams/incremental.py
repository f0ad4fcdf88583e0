"""Streams with a bookmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tap_linear import conditions
from tap_linear.common.backfill import last_moment
from tap_linear.streams.base import LinearStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers.types import Context

    from tap_linear.gaps import Gap


ARRIVED_TOGETHER = 500  # issues in one filter


class IncrementalStream(LinearStream):
    """A stream that keeps its own bookmark, which moves only past complete pages.

    State: `replication_key_value`, up to which everything except `gaps` is read;
    `start`, where reading began because of start_date; `teams`, of the setting.
    """

    has_range = True

    def since(self, start: str | None) -> Gap:
        """Return what is to be read without a gap: from a time to the end date.

        Args:
            start: The first moment; None for the beginning.
        """
        span = {"gte": start, "lte": last_moment(self.config)}
        return {key: moment for key, moment in span.items() if moment}

    def own_state(self) -> dict[str, Any]:
        """Return the stream's bookmark; empty if everything must be read.

        That is the case if the teams changed or the catalog says FULL_TABLE.
        """
        if self.is_full_table:
            return {}
        state: dict[str, Any] = self.stream_state
        if state.get("teams", []) != self.run.teams:
            if state.get("replication_key_value"):
                self.logger.info(
                    "The setting teams has changed: reading %s from the start",
                    self.name,
                )
            return {}
        return self._with_older_part(dict(state))

    def _with_older_part(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return a state with the gap that an earlier start_date opens."""
        before, now = state.get("start"), self.run.start_date
        if not before or not state.get("replication_key_value"):
            return state
        if now is not None and now >= before:
            return state
        gap: Gap = {"gte": now} if now else {}
        state["gaps"] = [*state.get("gaps", []), {**gap, "lte": before}]
        state["start"] = now
        self.faults.add(
            conditions.OLDER_PART, stream=self.name, item=now or "the beginning"
        )
        return state

    def open_gap(self, gap: Gap, began: str) -> bool:
        """Request rows that are older than the bookmark, in this run or the next.

        Args:
            gap: Which rows.
            began: When the first of them may have changed.

        Returns:
            Whether the stream has a bookmark after them.
        """
        bookmarks = cast("dict[str, Any]", self.tap_state.get("bookmarks") or {})
        state = bookmarks.get(self.name) or {}
        if began >= state.get("replication_key_value", ""):
            return False
        if gap not in state.get("gaps", []):
            state["gaps"] = [*state.get("gaps", []), gap]
        return True

    has_arrivals = False
    """Whether rows that this run has passed have become part of the teams since."""

    def read_arrived(self, issues: Mapping[str, str]) -> None:
        """Request the rows that came into the teams with their issues.

        They have not changed themselves. They are part of the state at once, and read
        at the end of the run.

        Args:
            issues: IDs of the issues, with when each was created.
        """
        bookmarks = cast("dict[str, Any]", self.tap_state.get("bookmarks") or {})
        bookmark = (bookmarks.get(self.name) or {}).get("replication_key_value", "")
        keys = sorted(issues)
        for start in range(0, len(keys), ARRIVED_TOGETHER):
            chunk = keys[start : start + ARRIVED_TOGETHER]
            began = min(issues[key] for key in chunk)
            gap: Gap = {"lte": bookmark, "issues": chunk}
            if began:
                gap["gte"] = began
            opened = self.open_gap(gap, began)
            self.has_arrivals = self.has_arrivals or (opened and self.selected)

    def save_state(self, moment: str, **others: Any) -> None:  # noqa: ANN401 - JSON
        """Set the stream's bookmark.

        Args:
            moment: Everything up to it is written, except the gaps.
            others: Other values for the next run; empty ones are left out.
        """
        others["teams"] = self.run.teams
        others["start"] = self.began_at
        state = {
            "replication_key": self.replication_key or "updated_at",
            "replication_key_value": moment,
        }
        state |= {key: value for key, value in others.items() if value}
        # In one step: another stream's STATE may be written at any moment.
        self.tap_state.setdefault("bookmarks", {})[self.name] = state
        self.state_manager.is_flushed = False

    began_at: str | None = None
    """Where reading began, for the state; set when the stream begins."""

    def begin_reading(self) -> dict[str, Any]:
        """Return the stream's bookmark, and remember where reading began."""
        state = self.own_state()
        known = bool(state.get("replication_key_value"))
        self.began_at = state.get("start") if known else self.run.start_date
        return state

    def _increment_stream_state(self, *_: object, **__: object) -> None:
        """Do nothing: other records of the page may be missing."""

    def _write_starting_replication_value(self, *_: object) -> None:
        """Do nothing: `save_state` writes the state."""

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return None: a bookmark here is never later than a row that was read."""
