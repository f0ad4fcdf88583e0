"""What all streams have in common: a table, rows, and a state of their own."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from tap_github_prs.rows import RowBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Context

    from tap_github_prs.columns import Table
    from tap_github_prs.rows import Row
    from tap_github_prs.tap import TapGitHubPRs


class TableStream(Stream):
    """A stream of one of the tables in schemas/.

    The SDK's bookkeeping by record is switched off: a bookmark moves with a batch,
    after everything that it vouches for is written.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # rows.py makes the types
    table: ClassVar[Table]
    tap: TapGitHubPRs

    def __init__(self, tap: TapGitHubPRs) -> None:
        """Declare the stream to the SDK."""
        super().__init__(tap, schema=self.table.json_schema, name=self.table.name)
        self.tap = tap
        self.primary_keys = self.table.keys
        self.replication_key = self.table.replication_key
        self._schema_written = False

    @cached_property
    def selected_columns(self) -> set[str]:
        """Names of the columns that the catalog selects."""
        return {
            column.name
            for column in self.table.columns
            if self.mask.get(("properties", column.name), True)
        }

    @cached_property
    def build(self) -> RowBuilder:
        """The function from a node to a row."""
        return RowBuilder(self.table, self.selected_columns)

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows, with the SCHEMA before the first; nothing if not selected."""
        if not self.selected:
            return
        self._write_schema_message()
        for row in rows:
            self._write_record_message(row)

    def partition(self, **context: str | int) -> dict[str, Any]:
        """Return the writable state of one repository or organisation."""
        return self.get_context_state(context)

    @property
    def is_full_table(self) -> bool:
        """Whether the catalog asks to read everything, whatever the state says."""
        return self.replication_method == REPLICATION_FULL_TABLE

    # What the SDK does by record and this tap by batch, or not at all.

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: a stream that is read whole writes its message itself."""
        return False

    @property
    def partitions(self) -> None:
        """None: a stream goes through its repositories by itself."""
        return None

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: the listing is the limit of what a run reads."""

    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Leave the state alone."""

    def _increment_stream_state(
        self,
        latest_record: Row,
        *,
        context: Context | None = None,
    ) -> None:
        """Leave the state alone."""

    def finalize_state_progress_markers(
        self,
        state: dict[str, Any] | None = None,  # noqa: ARG002 - the SDK's signature
    ) -> None:
        """Write the state if it has not been."""
        self._write_state_message()

    def _write_schema_message(self) -> None:
        if not self._schema_written:
            super()._write_schema_message()
            self._schema_written = True

    def log(
        self,
        message: str,
        *args: Any,  # noqa: ANN401 - logging's
        level: int = logging.INFO,
        **kwargs: Any,  # noqa: ANN401 - logging's
    ) -> None:
        """Log, but for the SDK's extra line before an error that says it all."""
        if not message.startswith("An unhandled error occurred"):
            super().log(message, *args, level=level, **kwargs)
