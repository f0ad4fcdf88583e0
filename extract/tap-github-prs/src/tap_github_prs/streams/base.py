"""What all streams have in common: a table, rows, and a state of their own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.common.base_stream import BatchStream
from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.conditions import NULLED, STREAM
from tap_github_prs.schemas.rows import RowBuilder
from tap_github_prs.transport.partial import expecting, lost_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Context

    from tap_github_prs.context import RunContext
    from tap_github_prs.schemas.columns import Table
    from tap_github_prs.schemas.rows import Node, Row
    from tap_github_prs.tap import TapGitHubPRs


class TableStream(BatchStream):
    """A stream of one of the tables in schemas/.

    The SDK's bookkeeping by record is switched off: a bookmark moves with a batch,
    after everything before it is written.
    """

    table: ClassVar[Table]
    tap: TapGitHubPRs

    def __init__(self, tap: TapGitHubPRs) -> None:
        """Declare the stream to the SDK."""
        super().__init__(tap, schema=self.table.json_schema, name=self.table.name)
        self.tap = tap
        self.primary_keys = self.table.keys
        self.replication_key = self.table.replication_key
        self._left_out: frozenset[str] | None = None

    @property
    def run(self) -> RunContext:
        """What the streams of this run share."""
        return self.tap.context

    @cached_property
    def selected_columns(self) -> set[str]:
        """Names of the columns that the catalog selects."""
        return {
            column.name
            for column in self.table.columns
            if self.mask.get(("properties", column.name), True)
        }

    @cached_property
    def _builder(self) -> RowBuilder:
        github = self.run.client
        return RowBuilder(self.table, self.selected_columns, github.say_once)

    def build(self, node: Node, **given: Any) -> Row:  # noqa: ANN401 - JSON values
        """Return the row of a node, without the columns that GitHub does not give.

        Args:
            node: One object of GitHub's response.
            given: Values of the columns that do not lie in it.
        """
        row = self._builder(node, **given)
        dropped = self.run.client.documents.dropped_columns(self.table)
        lost = dropped.get("", set()) | dropped.get(str(node.get("__typename")), set())
        for name in lost & row.keys():
            del row[name]
        if self.run.client.has_marks:
            self._leave_out(row, lost_columns(node, self.table.columns))
        return row

    def _leave_out(self, row: Row, lost: dict[str, str]) -> None:
        """Drop columns that GitHub refuses from a row, and log why."""
        for name, words in lost.items():
            if name in row and name not in self.table.keys:
                del row[name]
                key = ", ".join(str(row.get(each)) for each in self.table.keys)
                self.run.report(
                    NULLED, columns=name, stream=self.name, key=key, reason=words
                )

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows, with the SCHEMA before the first; nothing if not selected."""
        if not self.selected:
            return
        self._write_schema_message()
        for row in rows:
            self._write_record_message(row)

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Yield the stream's rows; a stream that cannot be read stops only itself."""
        try:
            with expecting():
                yield from self.rows()
        except UnreadableError as error:
            self.run.report(STREAM, stream=self.name, reason=str(error))

    def rows(self) -> Iterable[Row]:
        """Yield the stream's rows; see each stream."""
        return ()

    def partition(self, **context: str | int) -> dict[str, Any]:
        """Return the writable state of one repository or organization."""
        return self.get_context_state(context)

    def _write_schema_message(self, missing: frozenset[str] | None = None) -> None:
        """Write the SCHEMA, unless the last one says the same.

        Args:
            missing: Columns that the rows lack from now on: those of the target keep
                what they have. None is as before.
        """
        if missing is None:
            if self._left_out is not None:
                return
            missing = frozenset()
        if missing == self._left_out:
            return
        self._left_out = missing
        for message in self._generate_schema_messages():
            properties = message.schema["properties"]
            kept = {name: properties[name] for name in properties.keys() - missing}
            kept = {name: each for name, each in properties.items() if name in kept}
            message.schema = {**message.schema, "properties": kept}
            self.tap.write_message(message)

    def _write_record_message(self, record: Row) -> None:
        """Write a row, after a SCHEMA without the columns that it lacks."""
        missing = self.selected_columns - record.keys()
        if missing and self.tap.config.get("stream_maps"):
            record |= dict.fromkeys(missing)  # a map may name them
        elif missing or self._left_out:
            self._write_schema_message(frozenset(missing))
        super()._write_record_message(record)


FEW = 3
"""From a list this short, this many rows may disappear, but not all."""


def is_suspicious(gone: int, before: int) -> bool:
    """Whether the token may have lost access: a large part of the rows is missing.

    Args:
        gone: Entries of the last run that are not shown.
        before: Entries of the last run.
    """
    return 0 < gone == before or (gone >= FEW and 2 * gone > before)
