"""The base class of a stream that ends with one line if it cannot be read."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, Protocol

from .base_stream import BatchStream
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


class ApiStream(BatchStream, abc.ABC):
    """A stream whose bookmark moves only after everything before it was written.

    What the stream cannot read stops only this stream. Subclasses yield rows in `read`.
    """

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

    def write_schema(self) -> None:
        """Write the SCHEMA message, once."""
        if not self._has_schema:
            self._has_schema = True
            super()._write_schema_message()

    def _write_schema_message(self) -> None:
        """Write the SCHEMA message, once."""
        self.write_schema()
