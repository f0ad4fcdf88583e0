"""What every stream has: its document, pages of adaptive size, its schema, its end."""

from __future__ import annotations

import abc
import copy
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tap_linear import conditions
from tap_linear.common.base_stream import TapStream
from tap_linear.common.cli import failure
from tap_linear.common.errors import TapError, UnreadableError
from tap_linear.common.nested_pages import NestedPages
from tap_linear.documents.document import TEAM_KEY, Document
from tap_linear.documents.nested import BUDGET, PAGE_MAX
from tap_linear.streams import shapes
from tap_linear.streams.nested import completed
from tap_linear.streams.reading import Reading
from tap_linear.transport.errors import (
    FieldsError,
    IncompleteError,
    PageRefusedError,
    RootError,
)
from tap_linear.transport.page_size import PageSize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib.messages import SchemaMessage

    from tap_linear.common.columns import Schema
    from tap_linear.common.faults import Faults
    from tap_linear.context import RunContext
    from tap_linear.documents.nested import Nested
    from tap_linear.documents.records import Row
    from tap_linear.streams.interfaces import Filter
    from tap_linear.tap import TapLinear
    from tap_linear.transport.client import LinearClient


class LinearStream(TapStream, abc.ABC):
    """A stream that reads one document of queries/.

    Subclasses set `name`, which is also the name of the document, and `table`.
    """

    table: ClassVar[Schema]
    """JSON schema of the rows."""
    team_filter: ClassVar[tuple[str, ...] | None] = None
    """Path in the root's filter to a team; None where the root cannot filter."""
    is_optional: ClassVar[bool] = False
    """Whether there are workspaces without this list, by their plan or age."""
    needed: ClassVar[frozenset[str]] = frozenset()
    """Columns that the tap itself needs, besides the key and the replication key."""

    _tap: TapLinear
    _schema_without: frozenset[str] | None = None
    """Columns that the last SCHEMA left out; None before the first."""

    def __init__(self, tap: TapLinear) -> None:
        """Declare the stream to the SDK; the required columns are the key."""
        super().__init__(tap, schema=self.table)
        self.primary_keys = self.table["required"]
        self._pages: dict[str, NestedPages] = {}
        self._lock = threading.RLock()  # held while a document is used or changed

    # --- what is shared ------------------------------------------------------------

    @property
    def run(self) -> RunContext:
        """What the streams of this run share."""
        return self._tap.context

    @property
    def client(self) -> LinearClient:
        """The one client that all streams share."""
        return self.run.client

    @property
    def is_needed(self) -> bool:
        """Whether the run reads the list."""
        return self.selected and (self.has_range or not self.is_backfill)

    @property
    def faults(self) -> Faults:
        """Where what cannot be read is announced."""
        return self.run.faults

    @cached_property
    def document(self) -> Document:
        """The stream's document without what is not selected."""
        return Document(
            self.name,
            self.schema,
            self.keeps,
            unusable=self.report_value,
            needed=self.indispensable,
        )

    @cached_property
    def page_size(self) -> PageSize:
        """The size of a page of the stream's document."""
        return self.sized(self.document.page_size(self.config["page_size"]))

    @property
    def indispensable(self) -> frozenset[str]:
        """Columns without which the stream cannot be read."""
        return frozenset({*self.primary_keys, self.replication_key or "", *self.needed})

    def sized(self, most: int) -> PageSize:
        """Return a page size of its own."""
        return PageSize(self.name, most, self.client.sleep, self.logger)

    def keeps(self, column: str) -> bool:
        """Return whether to request a column: selected, or needed by the tap itself."""
        if column == TEAM_KEY:
            return bool(self.run.teams)
        return column in self.indispensable or self.mask[("properties", column)]

    def report_value(self, column: str, value: object, row: Row) -> None:
        """Log a value that does not fit its column, with its row."""
        self.faults.add(
            conditions.VALUE_UNUSABLE,
            stream=self.name,
            item=f"{column} of {row.get('id')}",
            value=repr(value)[:100],
        )

    # --- messages ------------------------------------------------------------------

    def begin_version(self) -> None:
        """Give the rows that follow a version, where they are all there are."""
        if self.is_full_table:
            self._stream_version = self.run.workspace.version

    def end_version(self, rows: int) -> None:
        """Say that the version is whole, unless rows may be hidden from this run.

        Args:
            rows: How many there are.
        """
        if self.is_full_table and self.run.workspace.may_activate(self.name, rows):
            self.write_schema()
            self._write_activate_version_message(self.run.workspace.version)
            self.run.workspace.keep(self.name, rows)
            self.state_manager.is_flushed = False

    def _write_schema_message(self) -> None:
        """Write none yet: `write_schema` does, once the API has answered.

        A column that the API no longer has is left out of SCHEMA, so that a target
        keeps the values that it has.
        """

    def write_schema(self) -> None:
        """Write the SCHEMA of what is read, unless it was the last one."""
        without = self.absent()
        if without != self._schema_without:
            self._schema_without = without
            super()._write_schema_message()

    def absent(self) -> frozenset[str]:
        """Return the columns that the API no longer returns."""
        return self.document.absent("")

    def _generate_schema_messages(self) -> Iterator[SchemaMessage]:  # type: ignore[override] # a generator too
        for message in super()._generate_schema_messages():
            if self._schema_without:
                message.schema = copy.deepcopy(message.schema)
                for column in self._schema_without:
                    message.schema["properties"].pop(column, None)
            yield message

    def _write_record_message(self, record: Record) -> None:
        """Write a record, after the SCHEMA that it follows."""
        self.write_schema()
        if team := record.get("team_id"):
            self.run.workspace.note_team(team)
        super()._write_record_message(record)

    # --- reading -------------------------------------------------------------------

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002 - no stream here has partitions
        """Yield the stream's records; what the stream cannot read stops only itself.

        Raises:
            SystemExit: If the run cannot continue, with the lines that the user reads.
        """
        try:
            self.run.check()
            yield from self.read()
        except UnreadableError as error:
            self.fail(error)
        except shapes.UNEXPECTED as error:
            self.fail(shapes.unexpected(error))
        except TapError as error:
            # For any other exception, the SDK logs a traceback.
            raise failure(*self.faults.lines(), *error.lines) from None
        self.close()

    def close(self) -> None:
        """Write the SCHEMA of a stream without rows."""
        if self.selected:
            self.write_schema()

    def fail(self, error: UnreadableError) -> None:
        """Announce why the stream cannot be read."""
        condition = conditions.STREAM_FAILED
        if isinstance(error, RootError):
            condition = error.condition
            if self.is_optional and not self.run.workspace.has_read(self.name):
                condition = conditions.NEVER_OFFERED.get(condition, condition)
        self.faults.add(condition, stream=self.name, message=error, item=str(error))

    @abc.abstractmethod
    def read(self) -> Iterator[Row]:
        """Yield the stream's records; state moves only over what is whole.

        Raises:
            UnreadableError: If the stream or the run cannot continue.
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
            document: The document that is sent.
            size: How many rows to begin with; adapted.
            variables: Variables for a number of rows; those that the document does not
                declare are not sent.
            most: Rows that there are at most: Linear charges for requested rows.

        Returns:
            The complete value of the root field, and how many rows were requested.

        Raises:
            IncompleteError: If a single row comes back as null each time.
            UnreadableError: If the stream or the run cannot continue.
        """
        failures = 0
        while True:
            asked = min(size.value, most)
            given = variables(asked)
            with self._lock:
                text, points = document.text, document.cost(asked)
                names = document.variables & given.keys()
            declared = {key: given[key] for key in names}
            try:
                data = self.client.execute(text, declared, points, asked)
                answer = data.get(document.root_key)
                shapes.check(document, answer)
            except PageRefusedError as refused:
                size.shrink(refused, asked)
            except IncompleteError as incomplete:
                failures = self._again(incomplete, size, asked, failures)
            except FieldsError as error:
                try:
                    with self._lock:
                        if document.text == text:  # no other request has left it out
                            self.leave_out(document, error)
                except IncompleteError as incomplete:
                    failures = self._again(incomplete, size, asked, failures)
            else:
                size.grow()
                return answer, asked

    def _again(
        self, incomplete: IncompleteError, size: PageSize, asked: int, failures: int
    ) -> int:
        """Ask for fewer rows; for a single one, wait and ask again.

        Raises:
            IncompleteError: If a single row is incomplete in every attempt.
        """
        if asked > 1:
            size.shrink(PageRefusedError(str(incomplete), overloaded=False), asked)
            return 0
        if failures + 1 >= ATTEMPTS_AT_NULL:
            raise incomplete
        return self.client.pause(failures, str(incomplete))

    def leave_out(self, document: Document, error: FieldsError) -> None:
        """Stop asking for what the API no longer has, or refuses.

        Raises:
            IncompleteError: If the errors are about single rows.
            RootError: If the stream cannot be read without it.
        """
        dropped = document.drop(error)
        if dropped.needed:
            raise RootError(", ".join(dropped.needed), conditions.ROOT_REMOVED)
        for child, name in dropped.children.items():
            self.lose_child(child, name)
        for name in dropped.fields:
            self.faults.add(
                conditions.FIELD_GONE, stream=self.name, item=name, message=error
            )
        if not dropped.fields and not dropped.children:
            if any(value is not None for value in error.data.values()):
                raise IncompleteError(str(error))
            raise RootError(str(error), error.condition)

    def lose_child(self, child: str, name: str) -> None:
        """Announce that a nested stream cannot be read."""
        self.faults.add(conditions.ROOT_REMOVED, stream=child, item=name)

    @property
    def request_price(self) -> float:
        """What a request is worth, in points: lists of IDs are cheap."""
        return BUDGET

    def pages_of(self, nested: Nested) -> NestedPages:
        """Return what chooses the pages of a nested list, and learns from its lengths.

        Args:
            nested: The list.
        """
        if nested.column not in self._pages:
            self._pages[nested.column] = NestedPages(nested.first)
        return self._pages[nested.column]

    def reading(
        self,
        given: Filter | None = None,
        document: Document | None = None,
        size: PageSize | None = None,
    ) -> Reading:
        """Return a pass over a root, as the API has it.

        Args:
            given: Filter of the root; the teams' is added to it.
            document: What to send; the stream's own if absent.
            size: How many rows at a time; the stream's own if absent.
        """
        return Reading(self, given, document or self.document, size or self.page_size)

    def filtered(self, given: Filter | None) -> Filter | None:
        """Add the teams to a filter, where the root can filter by them."""
        keys = self.run.teams
        if not keys or self.team_filter is None:
            return given
        wanted = self.of_team({"key": {"in": keys}})
        return {"and": [given, wanted]} if given else wanted

    def of_team(self, wanted: Filter) -> Filter:
        """Return the root's filter for a filter of teams."""
        for step in reversed(self.team_filter or ()):
            wanted = {step: wanted}
        return wanted

    def in_teams(self, row: Row) -> bool:
        """Return whether a row belongs to the teams, if the root cannot filter."""
        if TEAM_KEY not in row:
            return True
        found = row.pop(TEAM_KEY) or {}
        found = found.get("team", found) or {}
        return found.get("key") in self.run.teams

    def completed(self, rows: list[Row], failed: dict[str, str]) -> list[Row]:
        """Read the lists of IDs of rows to their end.

        Args:
            rows: Rows as the API has them.
            failed: Why a list could not be read, by the row's ID; added to.

        Returns:
            The rows whose lists are whole.
        """
        return completed(self, self.document, rows, failed)

    def record(self, row: Row, failed: dict[str, str]) -> Row | None:
        """Return the record of a row; None if its shape is unexpected.

        Args:
            row: The row as the API has it.
            failed: Why a row could not be read, by its ID; added to.
        """
        try:
            return self.document.read(row)
        except shapes.UNEXPECTED as error:
            failed[row["id"]] = str(shapes.unexpected(error))
            return None


ATTEMPTS_AT_NULL = 3  # at a single row that is null, before it is given up
