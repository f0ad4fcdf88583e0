"""What every stream has: its document, pages of adaptive size, one line at failure."""

from __future__ import annotations

import abc
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from tap_linear import schemas
from tap_linear.command import ended
from tap_linear.documents import (
    BUDGET,
    PAGE_MAX,
    TEAM_KEY,
    Document,
    Nested,
    Row,
    timestamp,
)
from tap_linear.errors import (
    GoneError,
    LinearError,
    NotInPlanError,
    PageRefusedError,
    UnknownFieldError,
)
from tap_linear.page_size import PageSize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Context

    from tap_linear.client import LinearClient
    from tap_linear.tap import TapLinear

Filter = dict[str, Any]
Page = dict[str, Any]
Unfinished = tuple[Row, str | None]

# What a page would say whose list is to be read from its beginning.
ANEW: Page = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
CONTINUED = 25  # nested rows to read on with at first; four times as many each time


class LinearStream(Stream, abc.ABC):
    """A stream that reads one document of queries/.

    Subclasses set `name`; schema and document are found by it.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # the reader has converted all
    team_filter: ClassVar[tuple[str, ...] | None] = None
    """Path in the root's filter to a team's key; None where the root cannot filter."""

    _tap: TapLinear

    def __init__(self, tap: TapLinear) -> None:
        """Take the schema that bears the stream's name; what it requires is the key."""
        schema = getattr(schemas, self.name.upper())
        super().__init__(tap, schema=schema)
        self.primary_keys = schema["required"]

    @property
    def emit_activate_version_messages(self) -> bool:
        """Never at the start, where the SDK would send it.

        It follows the last row: a target may then mark as deleted what this version
        did not bring. Before the first, a run that is killed would leave every row
        deleted.
        """
        return False

    @property
    def is_full_table(self) -> bool:
        """Whether the stream is read whole, by its nature or by the catalog."""
        return self.replication_method == REPLICATION_FULL_TABLE

    def begin_version(self) -> None:
        """Give the rows that follow a version, where they are all there are."""
        if self.is_full_table:
            self._stream_version = self._tap.version

    def end_version(self) -> None:
        """Say that the version is whole."""
        if self.is_full_table:
            self._write_activate_version_message(self._tap.version)
            self._tap.keep_version()
            self.state_manager.is_flushed = False

    @property
    def client(self) -> LinearClient:
        """The one client that all streams share."""
        return self._tap.client

    @cached_property
    def document(self) -> Document:
        """The stream's document without what is not selected."""
        return Document(self.name, self.schema, self.keeps)

    @cached_property
    def page_size(self) -> PageSize:
        """The size of a page of the stream's document."""
        return self.sized(self.document.page_size(self.config["page_size"]))

    def sized(self, most: int) -> PageSize:
        """Return a page size of its own."""
        return PageSize(self.name, most, self.client.sleep, self.logger)

    def keeps(self, column: str) -> bool:
        """Say whether to ask for a column: selected, or needed by the tap itself."""
        if column == TEAM_KEY:
            return bool(self._tap.teams)
        needed = column in (*self.primary_keys, self.replication_key)
        return needed or self.mask[("properties", column)]

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002 - no stream here has partitions
        """Yield the stream's records.

        Raises:
            SystemExit: On an error that the user must read, with its one line; of an
                exception, the SDK would log a traceback.
        """
        try:
            self._tap.check()
            yield from self.read()
        except LinearError as error:
            raise ended(str(error)) from None

    @abc.abstractmethod
    def read(self) -> Iterator[Row]:
        """Yield the stream's records; state moves only over what is whole.

        Raises:
            LinearError: If the run cannot go on.
        """

    def fetch(
        self,
        document: Document,
        size: PageSize,
        variables: Callable[[int], Mapping[str, Any]],
        most: int = PAGE_MAX,
    ) -> tuple[Any, int]:
        """Send a document, with fewer rows as long as it is refused.

        Args:
            document: What to send.
            size: How many rows to begin with; adapted.
            variables: Variables for so many rows; those that the document does not
                declare are not sent.
            most: Rows that there are at most: Linear charges for what is asked for.

        Returns:
            What the root field holds, and how many rows were asked for.

        Raises:
            LinearError: If the run cannot go on.
        """
        while True:
            asked = min(size.now, most)
            try:
                given = variables(asked)
                declared = {
                    key: given[key] for key in document.variables & given.keys()
                }
                data = self.client.execute(
                    document.text, declared, document.cost(asked)
                )
            except PageRefusedError as refused:
                size.shrink(refused)
            except UnknownFieldError as unknown:
                dropped = document.drop(unknown.messages)
                if not dropped:
                    raise
                self.client.say_dropped(dropped)
            else:
                size.grow()
                (answer,) = data.values()
                return answer, asked

    def pages(
        self,
        given: Filter | None = None,
        document: Document | None = None,
        size: PageSize | None = None,
    ) -> Iterator[list[Row]]:
        """Yield the rows of a root, page by page, as the API has them.

        Args:
            given: Filter of the root; the teams' is added to it.
            document: What to send; the stream's own if absent.
            size: How many rows at a time; the stream's own if absent.
        """
        cursor: str | None = None
        while True:
            page, _ = self.fetch(
                document or self.document,
                size or self.page_size,
                lambda first, after=cursor: {  # type: ignore[misc]
                    "first": min(first, self.ABORT_AT_RECORD_COUNT or first),
                    "after": after,
                    "filter": self.filtered(given),
                },
            )
            rows = [row for row in page["nodes"] if self._in_teams(row)]
            if document is None:
                self.complete(rows)
            yield rows
            if not page["pageInfo"]["hasNextPage"]:
                return
            cursor = page["pageInfo"]["endCursor"]

    def filtered(self, given: Filter | None) -> Filter | None:
        """Add the teams to a filter, where the root can filter by them."""
        keys = self._tap.teams
        if not keys or self.team_filter is None:
            return given
        wanted: Filter = {"in": keys}
        for step in reversed(self.team_filter):
            wanted = {step: wanted}
        return {"and": [given, wanted]} if given else wanted

    def _in_teams(self, row: Row) -> bool:
        """Say whether a row belongs to the teams, where the root cannot filter."""
        if TEAM_KEY not in row:
            return True
        found = row.pop(TEAM_KEY)
        found = found.get("team", found)
        return found["key"] in self._tap.teams

    def complete(self, rows: list[Row]) -> None:
        """Read on what is longer than the nested page of the document.

        Args:
            rows: Rows as the API has them; their lists of ids are whole afterwards.
        """
        for nested in self.document.nested:
            if nested.column in self.document.child_readers:
                continue
            for row, nodes in self.overflowing(nested.key, nested.column, rows):
                row[nested.key]["nodes"].extend(nodes)

    def overflowing(
        self, key: str, column: str, rows: list[Row]
    ) -> Iterator[tuple[Row, list[Row]]]:
        """Yield the nodes of a nested connection that a row has beyond its page.

        Several rows are read on in one request, as many as its price allows.

        Args:
            key: The connection's name in the answer.
            column: The column or stream that it fills.
            rows: Rows as the API has them.
        """
        nested = next(one for one in self.document.nested if one.column == column)
        if not nested.has_cursor:
            rows = [row for row in rows if len(row[key]["nodes"]) >= nested.first]
            for row in rows:
                row[key] = ANEW | {"nodes": []}
        open_ = _unfinished((row, row[key]) for row in rows)
        first = CONTINUED
        while open_:
            _, points = self.document.continuation(nested, 1, first)
            size = self.sized(max(1, int(BUDGET / points)))
            pages = list(self._continued(nested, open_, first, size))
            for row, page in pages:
                yield row, page["nodes"]
            open_ = _unfinished(pages)
            first = min(PAGE_MAX, first * 4)

    def _continued(
        self, nested: Nested, open_: list[Unfinished], first: int, size: PageSize
    ) -> Iterator[tuple[Row, Page]]:
        """Yield the next page of a nested connection of each row."""
        done = 0
        while done < len(open_):
            batch = open_[done : done + size.now]
            text, points = self.document.continuation(nested, len(batch), first)
            variables: dict[str, str | None] = {}
            for n, (row, cursor) in enumerate(batch):
                variables |= {f"id{n}": row["id"], f"after{n}": cursor}
            try:
                data = self.client.execute(text, variables, points)
            except PageRefusedError as refused:
                size.shrink(refused)
                continue
            except GoneError as gone:
                left = [
                    one for n, one in enumerate(batch) if f"row{n}" not in gone.keys
                ]
                if len(left) == len(batch):
                    raise
                open_[done : done + len(batch)] = left
                continue
            size.grow()
            done += len(batch)
            for n, (row, _) in enumerate(batch):
                yield row, data[f"row{n}"][nested.key]


def _unfinished(pages: Iterable[tuple[Row, Page]]) -> list[Unfinished]:
    """Return the rows whose nested connection goes on, with the cursor to go on at."""
    return [
        (row, page["pageInfo"]["endCursor"])
        for row, page in pages
        if page["pageInfo"]["hasNextPage"]
    ]


class IncrementalStream(LinearStream):
    """A stream that keeps its own bookmark, moved over whole pages only."""

    def own_state(self) -> dict[str, Any]:
        """Return the stream's bookmark; empty where all is to be read.

        That is where the teams have changed since, or the catalog says FULL_TABLE.
        """
        if self.is_full_table:
            return {}
        state: dict[str, Any] = self.stream_state
        try:
            timestamp(state.get("replication_key_value", "2000-01-01"))
        except (TypeError, ValueError):
            message = f"the state of {self.name} is damaged: its value is no timestamp"
            raise LinearError(message) from None
        if state.get("teams", []) == self._tap.teams:
            return dict(state)
        if state.get("replication_key_value"):
            self.logger.info(
                "The setting teams has changed: reading %s anew", self.name
            )
        return {}

    def save_state(self, moment: str, **others: Any) -> None:  # noqa: ANN401 - JSON
        """Set the stream's bookmark.

        Args:
            moment: Everything up to it has been written.
            others: What else the next run has to know; empty values are left out.
        """
        others["teams"] = self._tap.teams
        state = {
            "replication_key": self.replication_key or "updated_at",
            "replication_key_value": moment,
        }
        state |= {key: value for key, value in others.items() if value}
        # In one step: another stream's STATE may be written at any moment.
        self.tap_state.setdefault("bookmarks", {})[self.name] = state
        self.state_manager.is_flushed = False

    def _increment_stream_state(self, *_: object, **__: object) -> None:
        """Never by a record: others of its page may be missing."""

    def _write_starting_replication_value(self, *_: object) -> None:
        """Never: the state is what `save_state` wrote."""

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return none: a bookmark here is never later than a row that was read."""


class WholeStream(LinearStream):
    """A small entity: read whole each time, so that what is gone shows."""

    def read(self) -> Iterator[Row]:
        """Yield every row, then say that the version is whole."""
        self.begin_version()
        done = 0
        try:
            for rows in self.rows():
                for row in rows:
                    yield self.document.read(row)
                done += len(rows)
                self._tap.progress.say(self.name, done)
        except NotInPlanError as error:
            self.logger.warning("%s stays empty: Linear says %s", self.name, error)
        else:
            self.end_version()

    def rows(self) -> Iterator[list[Row]]:
        """Yield the rows, page by page."""
        yield from self.pages()
