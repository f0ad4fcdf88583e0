"""What can stop a load, each as one line for the person who runs it."""

from __future__ import annotations

from typing import Any

from singer_sdk.exceptions import (
    MapExpressionError,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
    StreamMapConfigError,
)
from singer_sdk.singerlib.exceptions import InvalidInputLine

VALUE_LENGTH = 200
"""Characters of an offending value that a message shows."""


class TargetError(Exception):
    """A load cannot go on; the message is one line that says what to do."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        """Keep the message on one line.

        Args:
            message: What is wrong and what the user can do about it.
        """
        super().__init__(" ".join(message.split()))


USER_ERRORS = (
    TargetError,
    MissingKeyPropertiesError,
    RecordsWithoutSchemaException,
    InvalidInputLine,
    StreamMapConfigError,
    MapExpressionError,
)
"""What ends a load as one line instead of a traceback."""


class SettingsError(TargetError):
    """A setting or credential is wrong."""


class SchemaError(TargetError):
    """A stream's schema cannot be brought into its BigQuery table."""


class WarehouseError(TargetError):
    """BigQuery or Cloud Storage refused, or stayed unavailable too long."""


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


class MisfitError(Exception):
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

    def under(self, parent: str) -> MisfitError:
        """Return the same misfit seen from the enclosing RECORD.

        Args:
            parent: The enclosing column's name.
        """
        return MisfitError(f"{parent}.{self.path}", self.value, self.reason)


def shorten(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value for a message, at most VALUE_LENGTH characters long.

    Args:
        value: Any JSON value.
    """
    text = ascii(value)
    if len(text) <= VALUE_LENGTH:
        return text
    return f"{text[:VALUE_LENGTH]}… ({len(text):,} characters)"
