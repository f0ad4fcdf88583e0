"""What every stream has: its rows, its version, its errors."""

from __future__ import annotations

import abc
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel

from tap_notion import conditions
from tap_notion.common.cli import failure
from tap_notion.common.errors import TapError, UnreadableError
from tap_notion.values import UNEXPECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context

    from tap_notion.common.columns import Schema
    from tap_notion.context import RunContext
    from tap_notion.tap import TapNotion

Row = dict[str, Any]


class NotionStream(Stream, abc.ABC):
    """A stream. Subclasses set `name` and `table`, and yield rows in `read`."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # rows.py has converted all
    table: ClassVar[Schema]
    """JSON schema of the rows; its required columns are the key."""

    _tap: TapNotion
    _has_schema = False

    def __init__(self, tap: TapNotion) -> None:
        """Declare the stream to the SDK."""
        super().__init__(tap, schema=self.table)
        self.primary_keys = self.table["required"]

    @property
    def run(self) -> RunContext:
        """What the streams of this run share."""
        return self._tap.context

    # --- messages ------------------------------------------------------------------

    @property
    def emit_activate_version_messages(self) -> bool:
        """Never at the start, where the SDK would send it.

        It follows the last row. Before the first, a run that is killed would leave
        every row deleted.
        """
        return False

    def begin_version(self) -> None:
        """Give the rows that follow the version of this run."""
        self._stream_version = self.run.versions.version

    def end_version(self, rows: int) -> None:
        """Report that the version is complete.

        Args:
            rows: How many rows it has.
        """
        if self.selected and self.run.versions.may_activate(self.name, rows):
            self._write_schema_message()
            self._write_activate_version_message(self.run.versions.version)
            self.run.versions.keep(self.name, rows)
        self.state_manager.is_flushed = False

    def _write_schema_message(self) -> None:
        """Write the SCHEMA once."""
        if not self._has_schema:
            self._has_schema = True
            super()._write_schema_message()

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows that another stream has read; nothing if not selected.

        Args:
            rows: The rows.
        """
        if not self.selected:
            return
        self._write_schema_message()
        for row in rows:
            self._write_record_message(row)

    def log(
        self,
        message: str,
        *args: Any,  # noqa: ANN401 - as logging has it
        level: int = logging.INFO,
        **kwargs: Any,  # noqa: ANN401 - as logging has it
    ) -> None:
        """Log, without the SDK's additional line for every error."""
        if not message.startswith("An unhandled error occurred"):
            super().log(message, *args, level=level, **kwargs)

    # --- state: moved by the streams themselves --------------------------------------

    def _increment_stream_state(self, *_: object, **__: object) -> None:
        """Do not move the state by a record: others of its page may be missing."""

    def _write_starting_replication_value(self, *_: object) -> None:
        """Leave the state alone."""

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return none: a bookmark is never later than a row that was read."""

    # --- reading -------------------------------------------------------------------

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002 - no stream here has partitions
        """Yield the stream's rows; what it cannot read stops only itself.

        Raises:
            SystemExit: If the run cannot continue, with the lines that the user reads.
        """
        try:
            yield from self.read()
        except UnreadableError as error:
            self.fail(str(error))
        except UNEXPECTED as error:
            self.fail(f"a response has an unexpected shape ({error!r})")
        except TapError as error:
            # For any other exception, the SDK logs a traceback.
            raise failure(*self.run.faults.lines(), *error.lines) from None

    @abc.abstractmethod
    def read(self) -> Iterator[Row]:
        """Yield the stream's rows.

        Raises:
            UnreadableError: If the stream cannot be read.
            TapError: If the run cannot continue.
        """

    def fail(self, message: str) -> None:
        """Report why the stream cannot be read.

        Args:
            message: Why.
        """
        self.run.faults.add(conditions.STREAM_FAILED, stream=self.name, message=message)
