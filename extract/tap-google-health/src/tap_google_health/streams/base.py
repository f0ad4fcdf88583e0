"""What every stream has: messages, fault isolation, and its own part of the state."""

from __future__ import annotations

import abc
import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from tap_google_health import conditions
from tap_google_health.common.cli import failure
from tap_google_health.common.errors import TapError, UnreadableError
from tap_google_health.common.values import conversion
from tap_google_health.transport.errors import ScopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record

    from tap_google_health.common.columns import Schema
    from tap_google_health.context import RunContext
    from tap_google_health.tap import TapGoogleHealth

Row = dict[str, Any]
SCOPES = "https://www.googleapis.com/auth/googlehealth."


LONGEST = 300  # characters of a message
UNEXPECTED = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What code raises that reads a response of another shape."""


class HealthStream(Stream, abc.ABC):
    """A stream. Subclasses set `name`, `table` and `scope`."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # `converted` has done it
    table: ClassVar[Schema]
    """JSON schema of the rows."""
    scope: ClassVar[str]
    """Last part of the OAuth scope, without `.readonly`."""

    _tap: TapGoogleHealth
    _is_declared = False

    def __init__(self, tap: TapGoogleHealth) -> None:
        """Declare the stream to the SDK; the required columns are the key."""
        super().__init__(tap, schema=self.table)
        self.primary_keys = self.table["required"]
        self.is_whole = True

    @property
    def run(self) -> RunContext:
        """What the streams of this run share."""
        return self._tap.context

    # --- state ---------------------------------------------------------------------

    @property
    def own_state(self) -> dict[str, Any]:
        """The stream's part of the state, changed in place."""
        bookmarks = cast("dict[str, Any]", self.tap_state.setdefault("bookmarks", {}))
        found: dict[str, Any] = bookmarks.setdefault(self.name, {})
        return found

    def save(self, **values: Any) -> None:  # noqa: ANN401 - JSON
        """Set values of the stream's state; the next STATE contains them.

        Args:
            values: Values by key.
        """
        self.own_state.update(values)
        self.state_manager.is_flushed = False

    @property
    def is_full_table(self) -> bool:
        """Whether the stream reads everything each time."""
        return self.replication_method == REPLICATION_FULL_TABLE

    def begin_version(self) -> None:
        """Give the rows that follow a version that is higher than all earlier ones."""
        now = int(self.run.started_at.timestamp() * 1000)
        self._stream_version = max(now, int(self.own_state.get("version") or 0) + 1)

    def end_version(self) -> None:
        """Activate the version: rows that it does not contain are deleted."""
        version = self._stream_version
        if version is None or not self.is_whole:
            return
        self.declare()
        self._write_activate_version_message(version)
        self.save(version=version)

    def _increment_stream_state(self, *_: object, **__: object) -> None:
        """Do nothing: `save` sets the bookmark after a complete window."""

    def _write_starting_replication_value(self, *_: object) -> None:
        """Do nothing, for the same reason."""

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return None, for the same reason."""

    # --- messages ------------------------------------------------------------------

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would activate a version before its rows are written."""
        return False

    def _write_schema_message(self) -> None:
        """Do nothing: `declare` writes the SCHEMA once, before the first row."""

    def declare(self) -> None:
        """Write the SCHEMA message, once."""
        if not self._is_declared:
            self._is_declared = True
            super()._write_schema_message()

    def _write_record_message(self, record: Record) -> None:
        self.declare()
        super()._write_record_message(record)

    def log(
        self,
        message: str,
        *args: Any,  # noqa: ANN401 - as in logging
        level: int = logging.INFO,
        **kwargs: Any,  # noqa: ANN401 - as in logging
    ) -> None:
        """Log, without the SDK's line that repeats every error."""
        if not message.startswith("An unhandled error occurred"):
            super().log(message, *args, level=level, **kwargs)

    # --- reading -------------------------------------------------------------------

    @property
    def is_read(self) -> bool:
        """Whether the settings switch the stream on."""
        return True

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002 - there are no partitions
        """Yield the rows. What this stream cannot read stops only this stream.

        Raises:
            SystemExit: If the run cannot continue, with the lines for the user.
        """
        if not self.is_read:
            return
        try:
            self._tap.check()
            yield from self.read()
        except ScopeError:
            self.report_scope(f"{SCOPES}{self.scope}.readonly")
        except UnreadableError as error:
            self.is_whole = False
            self.run.faults.add(
                conditions.STREAM_FAILED, stream=self.name, message=str(error)
            )
        except UNEXPECTED as error:
            self.is_whole = False
            self.run.faults.add(
                conditions.STREAM_FAILED,
                stream=self.name,
                message=f"a response has an unexpected shape ({error!r})"[:LONGEST],
            )
        except TapError as error:
            # For any other exception, the SDK logs a traceback.
            raise failure(*self.run.faults.lines(), *error.lines) from None
        self.declare()

    @abc.abstractmethod
    def read(self) -> Iterator[Row]:
        """Yield the rows.

        Raises:
            UnreadableError: If the stream cannot be read.
            TapError: If the run cannot continue.
        """

    def report_scope(self, scope: str, item: str = "it") -> None:
        """Report that a scope is missing.

        Args:
            scope: The scope.
            item: What needs it.
        """
        self.is_whole = False
        self.run.faults.add(
            conditions.SCOPE_MISSING, stream=self.name, item=item, scope=scope
        )

    @cached_property
    def _conversions(self) -> Mapping[str, Callable[[Any], Any]]:
        properties = self.table["properties"]
        return {name: conversion(column) for name, column in properties.items()}

    def converted(self, row: Row) -> Row | None:
        """Return a row with the types of its columns.

        Args:
            row: Values by column; functions are called for their value.

        Returns:
            The row, with null for an invalid value; None if its key is invalid.
        """
        found: Row = {}
        for name, convert in self._conversions.items():
            value = row.get(name)
            try:
                if callable(value):
                    value = value()
                found[name] = None if value is None else convert(value)
            except (OverflowError, TypeError, ValueError, KeyError) as error:
                found[name] = None
                self._report(name, row, value if not callable(value) else error)
        missing = [name for name in self.primary_keys if found[name] is None]
        if not missing:
            return found
        self.is_whole = False
        self.run.faults.add(
            conditions.ROW_UNUSABLE,
            stream=self.name,
            message=f"{', '.join(missing)} is missing or invalid",
            item=str({name: found[name] for name in self.primary_keys}),
        )
        return None

    def _report(self, column: str, row: Row, value: object) -> None:
        key = ", ".join(str(row.get(name)) for name in self.primary_keys)
        self.run.faults.add(
            conditions.VALUE_UNUSABLE,
            stream=self.name,
            item=f"{column} of {key}",
            value=repr(value)[:100],
        )
