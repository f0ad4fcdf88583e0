"""The base class of a stream: the SDK's work for each record is switched off."""

from __future__ import annotations

import abc
import logging
from typing import TYPE_CHECKING, Any, Protocol

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from .cli import failure
from .errors import UNEXPECTED, TapError, UnreadableError, unexpected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context

    from .faults import Faults

Row = dict[str, Any]


class HasFaults(Protocol):
    """What the streams of a run share."""

    @property
    def faults(self) -> Faults:
        """Collects what cannot be read."""


class ApiStream(Stream, abc.ABC):
    """A stream whose bookmark moves only after everything before it was written.

    What the stream cannot read stops only this stream. Subclasses yield rows in `read`.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # the taps convert the types
    _has_schema = False

    @property
    @abc.abstractmethod
    def run(self) -> HasFaults:
        """What the streams of this run share."""

    # --- reading -------------------------------------------------------------------

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002 - no stream here has partitions
        """Yield the rows.

        Raises:
            SystemExit: If the run cannot continue, with the lines that the user reads.
        """
        try:
            self.begin()
            yield from self.read()
        except UnreadableError as error:
            self.fail(error)
        except UNEXPECTED as error:
            self.fail(unexpected(error))
        except TapError as error:
            # For any other exception, the SDK logs a traceback.
            raise failure(*self.run.faults.lines(), *error.lines) from None

    def begin(self) -> None:
        """Check that the stream can be read.

        Raises:
            UnreadableError: If the stream cannot be read.
            TapError: If the run cannot continue.
        """

    @abc.abstractmethod
    def read(self) -> Iterator[Row]:
        """Yield the rows; move the state only past what was written.

        Raises:
            UnreadableError: If the stream cannot be read.
            TapError: If the run cannot continue.
        """

    @abc.abstractmethod
    def fail(self, error: UnreadableError) -> None:
        """Report why the stream cannot be read.

        Args:
            error: Why.
        """

    # --- messages ------------------------------------------------------------------

    @property
    def is_full_table(self) -> bool:
        """Whether each run reads everything, by the stream's nature or the catalog."""
        return self.replication_method == REPLICATION_FULL_TABLE

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would send ACTIVATE_VERSION before the first row.

        A run that is killed would then leave every row deleted. The taps send it after
        the last row.
        """
        return False

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows that another stream has read, unless this one is not selected.

        Args:
            rows: The rows.
        """
        if not self.selected:
            return
        self._write_schema_message()
        for row in rows:
            self._write_record_message(row)

    def flush(self) -> None:
        """Write the state as it is now."""
        self.state_manager.is_flushed = False
        self._write_state_message()

    def write_schema(self) -> None:
        """Write the SCHEMA message, once."""
        if not self._has_schema:
            self._has_schema = True
            super()._write_schema_message()

    def _write_schema_message(self) -> None:
        """Write the SCHEMA message, once."""
        self.write_schema()

    def log(
        self,
        message: str,
        *args: Any,  # noqa: ANN401 - see logging
        level: int = logging.INFO,
        **kwargs: Any,  # noqa: ANN401 - see logging
    ) -> None:
        """Log, without the SDK's additional line before every error.

        The SDK also writes that line when `--test` ends a stream after one row.
        """
        if not message.startswith("An unhandled error occurred"):
            super().log(message, *args, level=level, **kwargs)

    # --- state: the streams move it themselves ---------------------------------------

    def _increment_stream_state(self, *_: object, **__: object) -> None:
        """Do not move the state by a record: others of its batch may be missing."""

    def _write_starting_replication_value(self, *_: object) -> None:
        """Do not change the state."""

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return None: the streams limit their bookmarks themselves."""

    def finalize_state_progress_markers(
        self,
        state: dict[str, Any] | None = None,  # noqa: ARG002 - the SDK's signature
    ) -> None:
        """Write the state if it has not been written."""
        self._write_state_message()

    @property
    def partitions(self) -> None:
        """None: the streams have no partitions of the SDK."""
        return None
