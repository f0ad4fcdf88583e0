"""The errors that stop a load; each has one line for the user."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from typing import Any

from singer_sdk.exceptions import (
    MapExpressionError,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
    StreamMapConfigError,
)
from singer_sdk.singerlib.exceptions import InvalidInputLine

SPOOLED_BYTES = 1024 * 1024 * 1024
"""Bytes of Parquet that wait on disk; then a commit is made."""
VALUE_LENGTH = 200
"""Characters of an offending value that a message shows."""


class TargetError(Exception):
    """A load cannot continue; the message is one line that says what to do."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        """Keep the message on one line.

        Args:
            message: What is wrong and what the user can do about it.
        """
        super().__init__(" ".join(message.split()))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines for the log, one per problem."""
        return (str(self),)


USER_ERRORS = (
    TargetError,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
    InvalidInputLine,
    StreamMapConfigError,
    MapExpressionError,
)
"""The errors that end a load in one line instead of a traceback."""


class SettingsError(TargetError):
    """Settings, credentials or permissions are wrong; one line per problem."""

    def __init__(self, *problems: str) -> None:
        """Keep the problems, each on a line of its own.

        Args:
            problems: What is wrong and what the user can do about it.
        """
        self._lines = tuple(
            line[:1].upper() + line[1:]
            for line in (" ".join(problem.split()) for problem in problems)
        )
        super().__init__(" ".join(self._lines))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines for the log, one per problem."""
        return self._lines


class SchemaError(TargetError):
    """A stream's schema cannot be brought into its BigQuery table."""


class StateError(TargetError):
    """The tap continues from a bookmark, but the table lacks the rows before it."""

    def __init__(
        self, stream: str, table: str, problem: str | None = None, label: str = ""
    ) -> None:
        """Say how to recover.

        Args:
            stream: The stream.
            table: The table's full name.
            problem: What is wrong with the table, None if it does not exist.
            label: The label that accepts the table as it is.
        """
        accept = ""
        if problem:
            where = table.replace(".", ":", 1)
            accept = (
                ", or, if the table is complete, accept it with 'bq update --set_label "
                f"{label}:0 {where}'"
            )
        super().__init__(
            f"Stream '{stream}' continues from a bookmark, but table '{table}' "
            f"{problem or 'does not exist'}, so rows before the bookmark would be "
            "missing. Restore the table, or load again from the start: use 'meltano "
            "run --full-refresh', or clear the state ('meltano state list' shows its "
            f"ID, 'meltano state clear ID' clears it){accept}. Nothing of the stream "
            "was loaded."
        )


class IncompleteError(TargetError):
    """The tap ended without a sign that it had finished."""

    def __init__(self, streams: list[str]) -> None:
        """Name the streams whose tables stay as they are.

        Args:
            streams: The streams.
        """
        names = ", ".join(f"'{stream}'" for stream in streams)
        super().__init__(
            f"The tap ended without a STATE after its last record, so it may not have "
            f"finished: under 'overwrite' the tables of {names} keep their old rows. "
            "Look at the tap's own error and run again; use 'upsert' for a tap that "
            "writes no STATE."
        )


class DiskError(TargetError):
    """The temporary folder cannot take the records that wait for a commit."""

    def __init__(self, error: OSError, spooled: int) -> None:
        """Name the folder and the space that a load can need.

        Args:
            error: What the system raised.
            spooled: Bytes that wait on disk at most before a commit is made.
        """
        folder, free = "TMPDIR", ""
        with contextlib.suppress(OSError):
            folder = tempfile.gettempdir()
            free = f" ({shutil.disk_usage(folder).free / 1e9:.1f} GB free)"
        # One commit is loaded while the next one is read.
        needed = 2 * spooled / 1e9
        super().__init__(
            f"Temporary folder '{folder}'{free} cannot take the records that wait for "
            f"BigQuery: {error.strerror or error}. Make room there, or set TMPDIR to "
            f"a folder with {needed:.1f} GB free; a smaller 'batch_size_rows' needs "
            "less. Nothing after the last STATE is loaded."
        )


class WarehouseError(TargetError):
    """BigQuery or Cloud Storage refused, or stayed unavailable too long."""

    def __init__(self, message: str, *, unavailable: bool = False) -> None:
        """Keep the message and whether there was any response.

        Args:
            message: What is wrong and what the user can do about it.
            unavailable: Whether the service did not respond, or only with temporary
                failures.
        """
        super().__init__(message)
        self.unavailable = unavailable


class Stopped(TargetError):  # noqa: N818 - the word of the log line; nothing is wrong
    """A signal asked the process to end."""

    def __init__(self, signum: int) -> None:
        """Remember the signal.

        Args:
            signum: The signal's number; the process ends with 128 + signum.
        """
        super().__init__(
            f"Stopped by signal {signum}: nothing after the last STATE is loaded, "
            "the next run continues from there."
        )
        self.exit_code = 128 + signum


class RecordError(TargetError):
    """A record does not fit its stream's schema."""


class InvalidValueError(Exception):
    """One value does not fit its column; the caller adds stream and key."""

    def __init__(self, path: str, value: Any, reason: str) -> None:  # noqa: ANN401 - any JSON value
        """Name the column and the value.

        Args:
            path: The column, nested names joined by dots.
            value: The JSON value.
            reason: Why it does not fit, as a clause.
        """
        super().__init__(reason)
        self.path = path
        self.value = value
        self.reason = reason

    def under(self, parent: str) -> InvalidValueError:
        """Return the same error as seen from the enclosing RECORD.

        Args:
            parent: The enclosing column's name.
        """
        return InvalidValueError(f"{parent}.{self.path}", self.value, self.reason)


def shorten(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value for a message, at most VALUE_LENGTH characters long.

    Args:
        value: Any JSON value.
    """
    text = ascii(value)
    if len(text) <= VALUE_LENGTH:
        return text
    return f"{text[:VALUE_LENGTH]}… ({len(text):,} characters)"
