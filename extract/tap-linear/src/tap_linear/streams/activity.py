"""Comments, attachments and closed cycles, which have roots of their own: newest first.

Each row is small, so a page of rows costs no more than a page of IDs would: they are
read in one pass. The order is the API's, newest first; a run that is killed leaves a
gap between what it has read and the old bookmark. The gap is part of the state, and
the next run requests the new rows and the gap, in one filter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_linear import conditions, gaps
from tap_linear.common.timestamps import minus_seconds, timestamp
from tap_linear.schemas import agents, issues, planning
from tap_linear.streams import shapes
from tap_linear.streams.descent import Descent
from tap_linear.streams.incremental import IncrementalStream
from tap_linear.streams.whole import WholeStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_linear.documents.records import Row
    from tap_linear.gaps import Gap
    from tap_linear.streams.interfaces import Filter
    from tap_linear.streams.reading import Reading


class ChangesStream(IncrementalStream):
    """A stream whose root can be filtered and sorted by updatedAt."""

    replication_key = "updated_at"

    def read(self) -> Iterator[Row]:
        """Yield what changed, newest first; the state follows each page.

        Raises:
            UnreadableError: If the stream or the run cannot continue.
        """
        self.begin_version()
        state = self.begin_reading()
        bookmark = state.get("replication_key_value")
        start = (
            minus_seconds(bookmark, self.config["lookback_seconds"])
            if bookmark
            else self.run.start_date
        )
        asked: list[Gap] = state.get("gaps", [])
        progress = Descent(bookmark, [self.since(start), *asked])
        failed: dict[str, str] = {}
        returned: set[str] = set()
        done = 0
        reading = self.reading(self.filter_of(progress.todo))
        for batch in reading:
            progress.horizon = progress.horizon or self.client.answered_at
            moments = [_moment(row) for row in batch.rows]
            returned.update(row["id"] for row in batch.rows)
            rows = [
                row
                for row in self.among(progress.todo, batch.rows)
                if self.in_teams(row)
            ]
            yield from self.records(self.completed(rows, failed), failed)
            done += len(rows)
            progress.over(batch, [one for one in moments if one])
            self.advance(progress, [*failed, *reading.skipped])
            self.run.progress.log(self.name, done)
            if not progress.todo:
                break  # a list without a filter continues below the bookmark
        for key, reason in failed.items():
            self.faults.add(
                conditions.ROW_INCOMPLETE, stream=self.name, message=reason, item=key
            )
        left = [*failed, *reading.skipped]
        self._finish(progress, reading, left, self._missing(asked, returned))
        if reading.is_complete and not left:
            self.end_version(done)

    def _finish(
        self, progress: Descent, reading: Reading, left: list[str], missing: list[Gap]
    ) -> None:
        """Save what was read and what was not."""
        if reading.is_open or progress.has_hole:
            progress.holes += progress.todo
        else:
            progress.holes += missing
        progress.todo = []
        if progress.newest:
            self.advance(progress, left)

    def _missing(self, asked: list[Gap], returned: set[str]) -> list[Gap]:
        """Return gaps of the rows that were requested by ID and not returned."""
        found = []
        for gap in asked:
            ids = [key for key in gap.get("ids", ()) if key not in returned]
            tries = int(gap.get("tries", gaps.TRIES)) - 1
            for key in ids:
                self.faults.add(conditions.ROW_DELETED, stream=self.name, item=key)
            if ids and tries > 0:
                found.append({"ids": ids, "tries": tries})
        return found

    def among(self, todo: list[Gap], rows: list[Row]) -> list[Row]:  # noqa: ARG002 - for streams that need it
        """Return the rows of a page that are to be read; the filter has chosen them.

        Args:
            todo: What is to be read.
            rows: The page.
        """
        return rows

    def filter_of(self, todo: list[Gap]) -> Filter | None:
        """Return the filter for gaps."""
        return gaps.any_of(todo, lambda span: {"updatedAt": span}, self.of_team)

    def records(self, rows: list[Row], failed: dict[str, str]) -> Iterator[Row]:
        """Yield the records of a page."""
        for row in rows:
            record = self.record(row, failed)
            if record is not None:
                yield record

    def advance(self, progress: Descent, left: Iterable[str]) -> None:
        """Move the state past a page whose rows are written.

        Args:
            progress: What is read.
            left: IDs of rows that are not written.
        """
        if progress.newest is None:
            return
        self.write_schema()
        ids = list(dict.fromkeys(left))
        kept = [*progress.holes, *progress.todo, *([{"ids": ids}] if ids else [])]
        self.save_state(progress.newest, gaps=kept)
        self._write_state_message()


def _moment(row: Row) -> str | None:
    """Return when a row changed; None if that is missing."""
    try:
        return timestamp(row["updatedAt"])
    except (TypeError, ValueError):
        return None


class Comments(ChangesStream):
    """Comments on issues, projects, initiatives and documents."""

    name = "comments"
    table = issues.COMMENTS
    team_filter = ("issue", "team")


class Attachments(ChangesStream):
    """Links of issues, such as pull requests; the root cannot filter by team."""

    name = "attachments"
    table = issues.ATTACHMENTS

    def filter_of(self, todo: list[Gap]) -> Filter | None:
        """Return the filter for gaps; one of a team is everything."""
        if any("teams" in gap for gap in todo):
            return None
        spans = [
            {key: one for key, one in gap.items() if key != "issues"} for gap in todo
        ]
        return super().filter_of(spans)


class AgentSessions(ChangesStream):
    """Work of AI agents on issues; the root can be ordered, but not filtered.

    The list is read newest first, down to the bookmark. A workspace that delegates much
    has many sessions, so they are not read completely in each run.
    """

    name = "agent_sessions"
    table = agents.AGENT_SESSIONS
    is_optional = True

    def among(self, todo: list[Gap], rows: list[Row]) -> list[Row]:
        """Leave out the rows of a page that are below the bookmark.

        Args:
            todo: What is to be read.
            rows: The page.
        """
        return [row for row in rows if gaps.contain(todo, row["id"], _moment(row))]


class IssueRelations(WholeStream):
    """Relations of issues, such as blocks and duplicates; the root has no filter."""

    name = "issue_relations"
    table = issues.ISSUE_RELATIONS


class CycleUncompletedIssues(ChangesStream):
    """Issues that were not completed when their cycle closed.

    They do not change after the close, which moves the cycle's updatedAt. So they are
    read once for each cycle that changed. A list in the cycle's own row would have to
    be continued for every long one in every run.

    State: also `read`, when each cycle changed that the next run will see again
    because of the lookback; cycles that have not changed since are skipped.
    """

    name = "cycle_uncompleted_issues"
    table = planning.CYCLE_UNCOMPLETED_ISSUES
    replication_key = "cycle_updated_at"
    team_filter = ("team",)

    def keeps(self, column: str) -> bool:  # noqa: ARG002 - all is needed
        """Request the cycle and the IDs, regardless of the selection."""
        return True

    @property
    def indispensable(self) -> frozenset[str]:
        """Everything in the document that is not a column of the stream."""
        return frozenset({"id", "updated_at", "uncompleted_issues"})

    def read(self) -> Iterator[Row]:
        """Yield the issues of the cycles that changed."""
        self._read: dict[str, str] = dict(self.own_state().get("read", {}))
        yield from super().read()

    def completed(self, rows: list[Row], failed: dict[str, str]) -> list[Row]:
        """Drop the cycles that were read before, and complete the other lists."""
        moments = {row["id"]: _moment(row) or "" for row in rows}
        changed = [
            row for row in rows if self._read.get(row["id"]) != moments[row["id"]]
        ]
        whole = super().completed(changed, failed)
        self._read |= {key: when for key, when in moments.items() if key not in failed}
        return whole

    def records(self, rows: list[Row], failed: dict[str, str]) -> Iterator[Row]:
        """Yield a record per cycle and issue."""
        for row in rows:
            try:
                issues = [issue["id"] for issue in row["uncompletedIssues"]["nodes"]]
                shapes.check_ids(issues)
            except shapes.UNEXPECTED as error:
                failed[row["id"]] = str(shapes.unexpected(error))
                continue
            for issue in issues:
                yield {
                    "cycle_id": row["id"],
                    "issue_id": issue,
                    "cycle_updated_at": _moment(row),
                }

    def save_state(self, moment: str, **others: Any) -> None:  # noqa: ANN401 - JSON
        """Set the bookmark, with the cycles that the next run will see again."""
        since = minus_seconds(moment, self.config["lookback_seconds"])
        again = {key: when for key, when in self._read.items() if when >= since}
        super().save_state(moment, read=again, **others)
