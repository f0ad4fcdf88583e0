"""Issues with their history and their state spans: list, then hydrate oldest first.

History and spans have no root of their own. They hang on the issue, are asked for in
the same request, and are written before it: a bookmark that has passed an issue
vouches for its children.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_linear import schemas
from tap_linear.documents import Document, timestamp
from tap_linear.listing import Listing
from tap_linear.streams.activity import earlier
from tap_linear.streams.base import IncrementalStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.metrics import Counter

    from tap_linear.documents import Row
    from tap_linear.streams.base import Filter
    from tap_linear.tap import TapLinear

# A batch is written, then vouched for by a STATE. It is larger than a page, so that
# lists that overflow are read on together, and small enough to hold in memory.
BATCH_PAGES = 10
BATCH_ISSUES = 500


class Issues(IncrementalStream):
    """Issues, archived and trashed ones too.

    State of each stream of the family: `replication_key_value` and `last_id`, the
    moment of change and the id up to which every issue is written, and `digest`, a sum
    over what the next run will list again because of the lookback.
    """

    name = "issues"
    replication_key = "updated_at"
    team_filter = ("team", "key")

    @cached_property
    def document(self) -> Document:
        """The issue with those of its children that are selected."""
        return Document(
            self.name,
            self.schema,
            self.keeps,
            {child.name: (child.schema, child.keeps) for child in self.children},
        )

    @property
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
        return [*self.children, *([self] if self.selected else [])]

    def read(self) -> Iterator[Row]:
        """Yield the issues that changed; their children are written before them."""
        for child in self.children:
            child.begin()
        for stream in self.family:
            stream.begin_version()
        listing, start = self.listing()
        done = start
        with ExitStack() as stack:
            counters = {
                child.name: stack.enter_context(child.get_record_counter())
                for child in self.children
            }
            while done < len(listing):
                size = min(BATCH_PAGES * self.page_size.now, BATCH_ISSUES)
                ids = listing.ids(done, size)
                rows = self.hydrate(ids)
                self.complete(rows)
                self.write_children(rows, counters)
                for row in rows:
                    yield self.document.read(row)
                done += len(ids)
                self.advance(listing, done)
                self._tap.progress.say(self.name, done - start, len(listing) - start)
        for stream in self.family:
            stream.end_version()

    def hydrate(self, ids: list[str]) -> list[Row]:
        """Return the issues of a batch, in the order of their ids.

        An id that is not found was deleted since it was listed.
        """
        rows: list[Row] = []
        while ids:
            answer, asked = self.fetch(
                self.document,
                self.page_size,
                lambda first, ids=ids: {  # type: ignore[misc]
                    "first": first,
                    "filter": {"id": {"in": ids[:first]}},
                },
                len(ids),
            )
            found = {row["id"]: row for row in answer["nodes"]}
            rows.extend(found[key] for key in ids[:asked] if key in found)
            ids = ids[asked:]
        return rows

    def listing(self) -> tuple[Listing, int]:
        """List what changed since the bookmark.

        Archiving does not move updatedAt, so both moments are asked for, and the later
        one is the moment of change. None is taken as later than the first page: an
        issue that changes while the listing goes on moves to a page that was read
        already, and the bookmark must not pass it.

        Returns:
            The listing, oldest first, and the position of the first issue to read:
            what lies at the bookmark is passed over where it is what was read before.
        """
        states = [stream.own_state() for stream in self.family]
        # A stream that was selected later has no bookmark: all is read for it once.
        bookmark = min(state.get("replication_key_value", "") for state in states)
        listing = Listing()
        horizon: str | None = None
        for rows in self.changed(self.since(bookmark)):
            horizon = horizon or self.client.answered_at
            for row in rows:
                moment = timestamp(row["updatedAt"])
                if row["archivedAt"]:
                    moment = max(moment, timestamp(row["archivedAt"]))
                listing.add(row["id"], min(moment, horizon or moment))
            self._tap.progress.say(f"{self.name}, listing", len(listing))
            if self.ABORT_AT_RECORD_COUNT is not None:
                break
        listing.sort()
        last_id = states[0].get("last_id")
        if not last_id or any(state != states[0] for state in states):
            return listing, 0
        known = listing.position_after(bookmark, last_id)
        unchanged = states[0].get("digest") == self.digest(listing, bookmark, known)
        return listing, known if unchanged else 0

    def changed(self, since: str | None) -> Iterator[list[Row]]:
        """Yield id, updatedAt and archivedAt of what changed, page by page."""
        given: Filter | None = None
        if since:
            given = {
                "or": [{"updatedAt": {"gte": since}}, {"archivedAt": {"gte": since}}]
            }
        document = Document("issues_changed", schemas.ISSUE_INDEX)
        size = self.sized(document.page_size(self.config["page_size"]))
        yield from self.pages(given, document, size)

    def since(self, bookmark: str) -> str | None:
        """Return the moment from which on to list; None for all."""
        if not bookmark:
            return self._tap.start_date
        return earlier(bookmark, self.config["lookback_seconds"])

    def digest(self, listing: Listing, moment: str, end: int) -> str:
        """Sum up what a run with this bookmark will list again."""
        return listing.digest(earlier(moment, self.config["lookback_seconds"]), end)

    def advance(self, listing: Listing, done: int) -> None:
        """Move the bookmarks over a batch that is written.

        The bookmark is the moment that was listed. The issue itself may have changed
        since; the next run lists it again.
        """
        moment, last_id = listing.moment(done - 1), listing.id(done - 1)
        digest = self.digest(listing, moment, done)
        for stream in self.family:
            stream.save_state(moment, last_id=last_id, digest=digest)
        self.state_manager.is_flushed = False
        self._write_state_message()

    def write_children(self, rows: list[Row], counters: dict[str, Counter]) -> None:
        """Write the children of a batch, those beyond the nested page included."""
        children = {child.name: child for child in self.children}
        for nested in self.document.nested:
            child = children.get(nested.column)
            if child is None:
                continue
            read = self.document.child_readers[nested.column]
            whole = [(row, row[nested.key]["nodes"]) for row in rows]
            more = self.overflowing(nested.key, nested.column, rows)
            for nodes_of in (whole, more):
                for row, nodes in nodes_of:
                    for node in nodes:
                        child.write({**read(node), "issue_id": row["id"]})
                        counters[child.name].increment()

    def generate_child_contexts(
        self,
        record: Record,  # noqa: ARG002 - the SDK's signature
        context: Context | None,  # noqa: ARG002
    ) -> Iterator[Context | None]:
        """Yield none: the children came with the issue."""
        yield from ()


class IssueChild(IncrementalStream):
    """A stream whose rows come with the issues."""

    parent_stream_type = Issues
    state_partitioning_keys = ()

    def __init__(self, tap: TapLinear) -> None:
        """Be incremental, by the issue's moment of change and not by a column."""
        super().__init__(tap)
        self.forced_replication_method = REPLICATION_INCREMENTAL

    def read(self) -> Iterator[Row]:
        """Yield none: the issues write them."""
        yield from ()

    def begin(self) -> None:
        """Write the schema, once."""
        self._write_schema_message()

    def write(self, record: Row) -> None:
        """Write one record."""
        self._write_record_message(record)


class IssueHistory(IssueChild):
    """What changed in an issue, when, and by whom."""

    name = "issue_history"


class IssueStateSpans(IssueChild):
    """From when to when an issue was in which state."""

    name = "issue_state_spans"
