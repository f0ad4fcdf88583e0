"""Comments, attachments, closed cycles: roots of their own, from the newest down.

Each row is small, so a page of rows costs no more than a page of ids would: they are
read in one pass. The order is the API's, newest first; a run that is killed leaves a
gap between what it has read and the old bookmark. The gap is part of the state, and
the next run asks for what is new and for the gap, in one filter.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_linear.documents import timestamp
from tap_linear.streams.base import IncrementalStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_linear.documents import Row
    from tap_linear.streams.base import Filter

# Both ends belong to it. No start: from the beginning; no end: to the present.
Interval = dict[str, str]


def earlier(moment: str, seconds: float) -> str:
    """Return a timestamp so many seconds before another."""
    return timestamp(
        (datetime.fromisoformat(moment) - timedelta(seconds=seconds)).isoformat()
    )


def below(intervals: list[Interval], moment: str) -> list[Interval]:
    """Cut off what is newer than a moment.

    Args:
        intervals: What was to be read.
        moment: updated_at of the last row read; others may share it.

    Returns:
        What is still to be read.
    """
    return [
        interval | {"lte": min(interval.get("lte", moment), moment)}
        for interval in intervals
        if interval.get("gte", "") <= moment
    ]


class ChangesStream(IncrementalStream):
    """A stream whose root is filtered and ordered by updatedAt.

    State: `replication_key_value`, up to which everything is read but for `gaps`.
    """

    replication_key = "updated_at"

    def read(self) -> Iterator[Row]:
        """Yield what changed, newest first; state follows each page."""
        self.begin_version()
        state = self.own_state()
        bookmark = state.get("replication_key_value")
        start = (
            earlier(bookmark, self.config["lookback_seconds"])
            if bookmark
            else self._tap.start_date
        )
        todo: list[Interval] = [{"gte": start} if start else {}, *state.get("gaps", [])]
        newest = bookmark
        done = 0
        for rows in self.pages(_any_of(todo)):
            # The record may lose updated_at to a stream map, the row does not.
            moments = [timestamp(row["updatedAt"]) for row in rows]
            yield from self.records(rows)
            done += len(rows)
            if moments:
                newest = max(newest or moments[0], moments[0])
                todo = below(todo, moments[-1])
                self.advance(newest, todo)
            self._tap.progress.say(self.name, done)
        if newest:
            self.advance(newest, [])
        self.end_version()

    def records(self, rows: list[Row]) -> Iterator[Row]:
        """Yield the records of a page."""
        yield from map(self.document.read, rows)

    def advance(self, newest: str, gaps: list[Interval]) -> None:
        """Move the state over a page whose rows are written."""
        self.save_state(newest, gaps=gaps)
        self._write_state_message()


def _any_of(intervals: list[Interval]) -> Filter | None:
    conditions: list[dict[str, Any]] = [
        {"updatedAt": interval} for interval in intervals if interval
    ]
    if len(conditions) < len(intervals):
        return None  # one of them is everything
    return conditions[0] if len(conditions) == 1 else {"or": conditions}


class Comments(ChangesStream):
    """Comments on issues, projects, initiatives and documents."""

    name = "comments"
    team_filter = ("issue", "team", "key")


class Attachments(ChangesStream):
    """Links of issues, among them the pull requests; the root cannot filter by team."""

    name = "attachments"


class CycleUncompletedIssues(ChangesStream):
    """What each cycle left undone when it was closed.

    That is settled with the close, which moves the cycle's updatedAt. So it is read
    once for each cycle that changed, where a list in the cycle's own row would be read
    on for every long one in every run.

    State: also `read`, when each cycle changed that the next run will see again
    because of the lookback; what has not changed since is passed over.
    """

    name = "cycle_uncompleted_issues"
    replication_key = "cycle_updated_at"
    team_filter = ("team", "key")

    def keeps(self, column: str) -> bool:  # noqa: ARG002 - all is needed
        """Ask for the cycle and the ids, whatever is selected."""
        return True

    def read(self) -> Iterator[Row]:
        """Yield the issues of the cycles that changed."""
        self._read: dict[str, str] = dict(self.own_state().get("read", {}))
        yield from super().read()

    def complete(self, rows: list[Row]) -> None:
        """Drop the cycles that were read before, and complete the others' lists."""
        moments = {row["id"]: timestamp(row["updatedAt"]) for row in rows}
        rows[:] = [
            row for row in rows if self._read.get(row["id"]) != moments[row["id"]]
        ]
        self._read |= moments
        super().complete(rows)

    def records(self, rows: list[Row]) -> Iterator[Row]:
        """Yield a record per cycle and issue."""
        for row in rows:
            for issue in row["uncompletedIssues"]["nodes"]:
                yield {
                    "cycle_id": row["id"],
                    "issue_id": issue["id"],
                    "cycle_updated_at": timestamp(row["updatedAt"]),
                }

    def save_state(self, moment: str, **others: Any) -> None:  # noqa: ANN401 - JSON
        """Set the bookmark, with the cycles that the next run will see again."""
        since = earlier(moment, self.config["lookback_seconds"])
        again = {key: when for key, when in self._read.items() if when >= since}
        super().save_state(moment, read=again, **others)
