"""Issues with their history and state spans: listed first, then read oldest first.

History and spans have no root of their own. They belong to the issue, are requested
with it, and are written before it: a bookmark after an issue means that its children
are written.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_linear import conditions, gaps
from tap_linear.common.timestamps import minus_seconds
from tap_linear.documents.document import Document
from tap_linear.schemas import issues as schemas
from tap_linear.streams import shapes
from tap_linear.streams.batch_sizes import BatchSizes
from tap_linear.streams.changed_issues import ChangedIssues
from tap_linear.streams.incremental import IncrementalStream
from tap_linear.streams.late import LateRows
from tap_linear.streams.nested import Continuation
from tap_linear.streams.reading import GIVE_UP_AFTER
from tap_linear.transport.errors import FailedError, IncompleteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.metrics import Counter

    from tap_linear.common.conditions import Condition
    from tap_linear.common.nested_pages import NestedPages
    from tap_linear.documents.nested import Nested
    from tap_linear.documents.records import Row
    from tap_linear.gaps import Gap
    from tap_linear.streams.listing import Listing
    from tap_linear.tap import TapLinear

    Missing = tuple[Condition, str]


class Issues(IncrementalStream):
    """Issues, including those that are archived or in the trash.

    State of each stream of the family: `replication_key_value` and `last_id`, the
    moment of change and the ID up to which every issue except `gaps` is written, and
    `digest`, a sum over what the next run will list again because of the lookback.
    """

    name = "issues"
    table = schemas.ISSUES
    replication_key = "updated_at"
    team_filter = ("team",)

    @cached_property
    def document(self) -> Document:
        """The issue with its selected children."""
        return Document(
            self.name,
            self.schema,
            self.keeps,
            {child.name: (child.schema, child.keeps) for child in self.children},
            unusable=self.report_value,
            needed=self.indispensable,
        )

    @cached_property
    def children(self) -> list[IssueChild]:
        """The child streams that are selected."""
        return [
            child
            for child in self.child_streams
            if isinstance(child, IssueChild) and child.selected
        ]

    @property
    def family(self) -> list[IncrementalStream]:
        """The streams that are written: children first, then the issues."""
        read = [child for child in self.children if not child.is_lost]
        return [*read, *([self] if self.selected else [])]

    @cached_property
    def _sizes(self) -> BatchSizes:
        return BatchSizes(self, self.run.workspace)

    @property
    def request_price(self) -> float:
        """What a request is worth, in points, as long as the batch is read."""
        return self._sizes.request_price

    def pages_of(self, nested: Nested) -> NestedPages:
        """Return what chooses the pages of a nested list; the state keeps it.

        Args:
            nested: The list.
        """
        return self._sizes.pages_of(nested)

    def close(self) -> None:
        """Write the SCHEMA of the streams without rows, children first."""
        for child in self.children:
            child.close()
        super().close()

    def lose_child(self, child: str, name: str) -> None:
        """Continue without a child stream that Linear no longer has."""
        super().lose_child(child, name)
        for one in self.children:
            one.is_lost = one.is_lost or one.name == child

    # --- the run -------------------------------------------------------------------

    def read(self) -> Iterator[Row]:
        """Yield the issues that changed; their children are written before them.

        Raises:
            UnreadableError: If the stream or the run cannot continue.
        """
        states = {stream.name: stream.begin_reading() for stream in self.family}
        for stream in self.family:
            stream.begin_version()
        self._late = LateRows(self)
        self._gaps = gaps.union(state.get("gaps", []) for state in states.values())
        self._place = _place_of(states, self.name)
        self._missing = {
            name: state["lost"] for name, state in states.items() if "lost" in state
        }
        changed = ChangedIssues(self, self.run.teams)
        listing, start = changed.since_bookmark(
            list(states.values()), self.run.start_date
        )
        self._gaps += changed.holes
        self.run.read_arrived(
            {
                key: changed.arrived[key]
                for key in listing.ids(start, len(listing))
                if key in changed.arrived
            }
        )
        done = 0
        with ExitStack() as stack:
            self._counters = {
                child.name: stack.enter_context(child.get_record_counter())
                for child in self.children
            }
            for rows in self._hydrated(listing, start):
                yield from rows
                done += len(rows)
            yield from self._fill_gaps(changed)
            yield from self._catch_up(changed)
            yield from self._late.read_again(self._written)
        self._finish(changed, done)

    def _hydrated(self, listing: Listing, start: int) -> Iterator[list[Row]]:
        """Yield the records of a listing by batch; the state follows each batch."""
        done = start
        while done < len(listing):
            ids = listing.ids(done, self._sizes.next_batch(len(listing) - done))
            yield self._written(ids)
            done += len(ids)
            moment = listing.moment(done - 1)
            digest = listing.digest(self._before(moment), done)
            self._place = (moment, listing.id(done - 1), digest)
            self._save()
            self.run.progress.log(self.name, done - start, len(listing) - start)

    def _fill_gaps(self, changed: ChangedIssues) -> Iterator[Row]:
        """Yield what earlier runs left out; a gap becomes smaller with each batch."""
        for gap in list(self._gaps):
            if "ids" in gap:
                self._gaps.remove(gap)
                self._late.ask_again(gap)
                continue
            rest = gap
            for rows, smaller in self._filled(changed, gap):
                yield from rows
                self._gaps[self._gaps.index(rest)] = rest = smaller
                self._save()
            self._gaps.remove(rest)
            self._gaps += changed.holes
            self._save()

    def _catch_up(self, changed: ChangedIssues) -> Iterator[Row]:
        """Yield the issues since a child was lost, once Linear has the child again."""
        for child in self.children:
            gap = self._missing.get(child.name)
            if gap is None or child not in self.family:
                continue
            for rows, smaller in self._filled(changed, gap):
                yield from rows
                if child not in self.family:
                    break
                self._missing[child.name] = smaller
                self._save()
            if child in self.family:
                del self._missing[child.name]
                self._gaps += changed.holes
                self._save()

    def _filled(
        self, changed: ChangedIssues, gap: Gap
    ) -> Iterator[tuple[list[Row], Gap]]:
        """Yield the records of a gap by batch, with what is left of the gap."""
        listing = changed.of_gap(gap)
        done = 0
        while done < len(listing):
            ids = listing.ids(done, self._sizes.next_batch(len(listing) - done))
            rows = self._written(ids)
            done += len(ids)
            # The order is that of the later moment, which archivedAt alone is not.
            narrows = not gap.get("archived")
            yield rows, gap | ({"gte": listing.moment(done - 1)} if narrows else {})
            self.run.progress.log(self.name, done, len(listing))

    def _finish(self, changed: ChangedIssues, done: int) -> None:
        """Save what is left; if nothing is, report that the version is complete."""
        self._gaps += self._late.left(changed)
        self._late.clear()
        for child in self.children:
            if child.is_lost:
                self._missing.setdefault(child.name, child.since_bookmark())
                child.is_lost = False  # its state moves on, with that gap
        self._save()
        for stream in self.family:
            if not self._gaps and stream.name not in self._missing:
                stream.end_version(done)

    def report_progress(self, listed: int) -> None:
        """Log the progress of a listing."""
        self.run.progress.log(f"{self.name}, listing", listed)

    def _before(self, moment: str) -> str:
        return minus_seconds(moment, self.config["lookback_seconds"])

    def _save(self) -> None:
        """Move the bookmarks past what is written.

        The bookmark is the time that was listed. The issue itself may have changed
        since; the next run lists it again.
        """
        if self._place is None:
            return
        moment, last_id, digest = self._place
        self._sizes.save()
        left = [*self._gaps, *self._late.as_gaps()]
        for stream in self.family:
            stream.write_schema()
            stream.save_state(
                moment,
                last_id=last_id,
                digest=digest,
                gaps=left,
                lost=self._missing.get(stream.name),
            )
        self.state_manager.is_flushed = False
        self._write_state_message()

    # --- a batch -------------------------------------------------------------------

    def _written(self, ids: list[str]) -> list[Row]:
        """Write the children of issues, and return the records of the issues.

        An incomplete issue is not returned; it is requested again later.
        """
        rows = self.hydrate(ids)
        failed: dict[str, str] = {}
        rows = self.completed(rows, failed)
        self._write_children(rows, failed)
        records = [self.record(row, failed) for row in rows if row["id"] not in failed]
        for key, reason in failed.items():
            self._late.add(key, conditions.ROW_INCOMPLETE, reason)
        return [record for record in records if record is not None]

    def hydrate(self, ids: list[str]) -> list[Row]:
        """Return the issues of a batch, in the order of their IDs.

        One that is not returned, or cannot be read, is requested again later.

        Raises:
            FailedError: If too many in succession cannot be read.
        """
        rows: list[Row] = []
        in_a_row = 0
        size = len(ids) if self.client.slots.limit == 1 else self.page_size.value
        pages = [ids[start : start + size] for start in range(0, len(ids), size)]
        for found in self.client.for_each(self._hydrated_page, pages):
            for key, row in found:
                if isinstance(row, dict):
                    rows.append(row)
                    in_a_row = 0
                    continue
                self._late.add(key, *row)
                failed = row[0] is not conditions.ROW_NOT_RETURNED
                in_a_row = in_a_row + 1 if failed else 0
                if in_a_row > GIVE_UP_AFTER:
                    raise FailedError(row[1])
        return rows

    def _hydrated_page(self, ids: list[str]) -> list[tuple[str, Row | Missing]]:
        """Request issues, in as many requests as Linear makes necessary.

        Args:
            ids: Their IDs.

        Returns:
            Each ID with the issue, or with why it is missing.

        Raises:
            FailedError: If one after the other cannot be read.
        """
        rows: list[tuple[str, Row | Missing]] = []
        in_a_row = 0
        while ids:
            try:
                answer, asked = self.fetch(
                    self.document,
                    self.page_size,
                    lambda rows, ids=ids: {  # type: ignore[misc]
                        "first": rows,
                        "filter": {"id": {"in": ids[:rows]}},
                    },
                    len(ids),
                )
            except (FailedError, IncompleteError) as error:
                in_a_row += 1
                if in_a_row > GIVE_UP_AFTER:
                    raise FailedError(str(error)) from None
                incomplete = isinstance(error, IncompleteError)
                condition = (
                    conditions.ROW_INCOMPLETE if incomplete else conditions.ROW_FAILED
                )
                rows.append((ids[0], (condition, str(error))))
                ids = ids[1:]
                continue
            in_a_row = 0
            found = {row["id"]: row for row in answer["nodes"]}
            missing: Missing = (conditions.ROW_NOT_RETURNED, "")
            rows += [(key, found.get(key, missing)) for key in ids[:asked]]
            ids = ids[asked:]
        return rows

    def _write_children(self, rows: list[Row], failed: dict[str, str]) -> None:
        """Write the children of a batch, including those after the nested page."""
        children = {child.name: child for child in self.children if not child.is_lost}
        lists = [one for one in self.document.nested if one.column in children]
        continuation = Continuation(self, self.document, lists, failed)
        for nested, row, nodes in continuation.read(rows):
            read = self.document.child_readers[nested.column]
            try:
                records = [read(node) for node in nodes]
            except shapes.UNEXPECTED as error:
                failed[row["id"]] = f"{nested.key}: {shapes.unexpected(error)}"
                continue
            for record in records:
                children[nested.column].write({**record, "issue_id": row["id"]})
                self._counters[nested.column].increment()

    _counters: dict[str, Counter]
    _gaps: list[Gap]
    _late: LateRows
    _missing: dict[str, Gap]
    """The rows that each child lacks since Linear did not return the child."""
    _place: tuple[str, str | None, str | None] | None

    def generate_child_contexts(
        self,
        record: Record,  # noqa: ARG002 - the SDK's signature
        context: Context | None,  # noqa: ARG002
    ) -> Iterator[Context | None]:
        """Yield nothing: the children came with the issue."""
        yield from ()


def _place_of(
    states: dict[str, dict[str, Any]], name: str
) -> tuple[str, str | None, str | None] | None:
    """Return where the last run ended; None if a stream has no bookmark yet."""
    found = states.get(name) or next(iter(states.values()), {})
    if not all(state.get("replication_key_value") for state in states.values()):
        return None
    return found["replication_key_value"], found.get("last_id"), found.get("digest")


class IssueChild(IncrementalStream):
    """A stream whose rows come with the issues."""

    parent_stream_type = Issues
    state_partitioning_keys = ()
    is_lost = False
    """Whether Linear no longer has it."""

    def __init__(self, tap: TapLinear) -> None:
        """Mark the stream incremental; its bookmark is the issue's, not a column."""
        super().__init__(tap)
        self.forced_replication_method = REPLICATION_INCREMENTAL

    def read(self) -> Iterator[Row]:
        """Yield nothing: the stream of issues writes the rows."""
        yield from ()

    def absent(self) -> frozenset[str]:
        """Return the columns that the API no longer returns."""
        issues = self._tap.streams["issues"]
        return issues.document.absent(self.name)  # type: ignore[attr-defined,no-any-return] # the SDK's Stream

    def since_bookmark(self) -> Gap:
        """Return the gap from the stream's bookmark to the present."""
        moment = self.stream_state.get("replication_key_value")
        return {"gte": moment or self.run.start_date or "0001-01-01T00:00:00.000Z"}

    def write(self, record: Row) -> None:
        """Write one record."""
        self._write_record_message(record)


class IssueHistory(IssueChild):
    """What changed in an issue, when, and by whom."""

    name = "issue_history"
    table = schemas.ISSUE_HISTORY


class IssueStateSpans(IssueChild):
    """From when to when an issue was in which state."""

    name = "issue_state_spans"
    table = schemas.ISSUE_STATE_SPANS
