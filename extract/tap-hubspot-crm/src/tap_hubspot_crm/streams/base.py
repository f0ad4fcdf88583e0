"""What every stream has: its table, its messages, and its end."""

from __future__ import annotations

import abc
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from tap_hubspot_crm import conditions
from tap_hubspot_crm.common.cli import failure
from tap_hubspot_crm.common.errors import TapError, UnreadableError
from tap_hubspot_crm.context import ROWS
from tap_hubspot_crm.transport.errors import ScopesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context

    from tap_hubspot_crm.context import RunContext
    from tap_hubspot_crm.schemas.columns import Table
    from tap_hubspot_crm.schemas.rows import Row
    from tap_hubspot_crm.tap import TapHubSpotCrm

UNEXPECTED = (AttributeError, KeyError, TypeError, ValueError)
"""What code raises that reads a response of an unexpected shape."""


class HubSpotStream(Stream, abc.ABC):
    """A stream of one table.

    The bookkeeping of the SDK by record is switched off: a bookmark moves with a
    batch, after everything before it was written.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # schemas/ makes the types
    table: ClassVar[Table]
    _tap: TapHubSpotCrm

    def __init__(self, tap: TapHubSpotCrm, table: Table | None = None) -> None:
        """Declare the stream to the SDK.

        Args:
            tap: The tap.
            table: The columns; those of the class if absent.
        """
        self.columns = table or self.table
        super().__init__(tap, schema=self.columns.json_schema, name=self.columns.name)
        self.primary_keys = self.columns.keys
        self.replication_key = self.columns.replication_key
        self._has_schema = False

    @property
    def run(self) -> RunContext:
        """What the streams of this run share."""
        return self._tap.context

    @property
    def is_full_table(self) -> bool:
        """Whether the stream is read whole, by its nature or by the catalog."""
        return self.replication_method == REPLICATION_FULL_TABLE

    @property
    def was_read(self) -> bool:
        """Whether an earlier run read the stream."""
        return self.name in self.run.state.get(ROWS, {}) or bool(
            self.stream_state.get("replication_key_value")
        )

    @abc.abstractmethod
    def read(self) -> Iterator[Row]:
        """Yield the rows; state moves only past what was written.

        Raises:
            UnreadableError: If the stream cannot be read.
            TapError: If the run cannot continue.
        """

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002 - no stream here has partitions
        """Yield the rows; what a stream cannot read stops only the stream.

        Raises:
            SystemExit: If the run cannot continue, with the lines that the user reads.
        """
        try:
            yield from self.read()
        except UnreadableError as error:
            self.report(error)
        except UNEXPECTED as error:
            self.report(unexpected(error))
        except TapError as error:
            # For any other exception, the SDK logs a traceback.
            raise failure(*self.run.faults.lines(), *error.lines) from None

    def report(self, error: UnreadableError, part: str = "") -> None:
        """Log why the stream cannot be read.

        Args:
            error: Why.
            part: The part of it that cannot be read; everything if empty.
        """
        condition = conditions.STREAM_FAILED
        if isinstance(error, ScopesError):
            condition = conditions.SCOPES_MISSING
            if self.was_read:
                condition = conditions.SCOPES_LOST
        self.run.faults.add(condition, stream=part or self.name, message=error)

    # --- messages ------------------------------------------------------------------

    def begin_version(self, version: int | None = None) -> int:
        """Give the rows that follow a version.

        Args:
            version: Version of a list that an earlier run began; None for a new one.
        """
        self._stream_version = version or self.run.next_version(self.name)
        return int(self._stream_version)

    def end_version(self, rows: int, parts: Iterable[str] = ()) -> None:
        """Mark what this version lacks as deleted, unless too much is missing.

        Args:
            rows: Rows of the list.
            parts: What the list consists of by the settings and the selection, such as
                object types. What is not read any more is not deleted.
        """
        missing = self.run.missing_parts(self.name, parts)
        if missing:
            self.run.faults.add(
                conditions.PARTS_MISSING, stream=self.name, item=", ".join(missing)
            )
            return
        is_plausible, before = self.run.may_activate(self.name, rows)
        if not is_plausible:
            self.run.faults.add(
                conditions.FEWER_RECORDS,
                stream=self.name,
                now=f"{rows:,}",
                before=f"{before:,}",
            )
            return
        self._write_schema_message()
        if self._stream_version is not None:
            self._write_activate_version_message(self._stream_version)
        self.run.keep_rows(self.name, rows)
        self.run.keep_parts(self.name, parts)
        self.state_manager.is_flushed = False

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows that another stream has read; nothing if not selected."""
        if not self.selected:
            return
        self._write_schema_message()
        for row in rows:
            self._write_record_message(row)

    def flush(self) -> None:
        """Write the state as it is now."""
        self.state_manager.is_flushed = False
        self._write_state_message()

    def _write_schema_message(self) -> None:
        """Write the SCHEMA once."""
        if not self._has_schema:
            self._has_schema = True
            super()._write_schema_message()

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would write the message before the first row.

        A run that is killed would then leave every row deleted.
        """
        return False

    @property
    def partitions(self) -> None:
        """None: no stream has partitions."""
        return None

    # What the SDK does by record, and this tap by batch or not at all.

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: the start of the run is the limit."""

    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Leave the state alone."""

    def _increment_stream_state(
        self, latest_record: Row, *, context: Context | None = None
    ) -> None:
        """Leave the state alone."""

    def finalize_state_progress_markers(
        self,
        state: dict[str, Any] | None = None,  # noqa: ARG002 - the SDK's signature
    ) -> None:
        """Write the state if it has not been written."""
        self._write_state_message()

    def log(
        self,
        message: str,
        *args: Any,  # noqa: ANN401 - see logging
        level: int = logging.INFO,
        **kwargs: Any,  # noqa: ANN401 - see logging
    ) -> None:
        """Log, without the SDK's additional line before every error."""
        if not message.startswith("An unhandled error occurred"):
            super().log(message, *args, level=level, **kwargs)


def unexpected(error: Exception) -> UnreadableError:
    """Return the error for a response of an unexpected shape.

    Args:
        error: What the code that read it raised.
    """
    kind = type(error).__name__
    return UnreadableError(f"the response has an unexpected shape ({kind}: {error})")
