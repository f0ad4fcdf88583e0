"""What every stream has: messages, fault isolation, and its own part of the state."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from tap_google_health import conditions
from tap_google_health.common.stream import ApiStream
from tap_google_health.common.values import conversion
from tap_google_health.transport.errors import ScopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from singer_sdk.helpers.types import Context, Record

    from tap_google_health.common.columns import Schema
    from tap_google_health.common.errors import UnreadableError
    from tap_google_health.context import RunContext
    from tap_google_health.tap import TapGoogleHealth

Row = dict[str, Any]
SCOPES = "https://www.googleapis.com/auth/googlehealth."


class HealthStream(ApiStream):
    """A stream. Subclasses set `name`, `table` and `scope`."""

    table: ClassVar[Schema]
    """JSON schema of the rows."""
    scope: ClassVar[str]
    """Last part of the OAuth scope, without `.readonly`."""

    _tap: TapGoogleHealth

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

    def begin_version(self) -> None:
        """Give the rows that follow a version that is higher than all earlier ones."""
        now = int(self.run.started_at.timestamp() * 1000)
        self._stream_version = max(now, int(self.own_state.get("version") or 0) + 1)

    def end_version(self) -> None:
        """Activate the version: rows that it does not contain are deleted."""
        version = self._stream_version
        if version is None or not self.is_whole:
            return
        self.write_schema()
        self._write_activate_version_message(version)
        self.save(version=version)

    # --- messages ------------------------------------------------------------------

    def _write_schema_message(self) -> None:
        """Do nothing: `write_schema` is called before the first row."""

    def _write_record_message(self, record: Record) -> None:
        self.write_schema()
        super()._write_record_message(record)

    # --- reading -------------------------------------------------------------------

    @property
    def is_read(self) -> bool:
        """Whether the settings switch the stream on."""
        return True

    def get_records(self, context: Context | None) -> Iterable[Row]:
        """Yield the rows, if the settings switch the stream on.

        Raises:
            SystemExit: If the run cannot continue, with the lines for the user.
        """
        if self.is_read:
            yield from super().get_records(context)
            self.write_schema()

    def begin(self) -> None:
        """Check the credential.

        Raises:
            TapError: If the run cannot continue.
        """
        self._tap.check()

    def fail(self, error: UnreadableError) -> None:
        """Report why the stream cannot be read.

        Args:
            error: Why.
        """
        if isinstance(error, ScopeError):
            self.report_scope(f"{SCOPES}{self.scope}.readonly")
            return
        self.is_whole = False
        self.run.faults.add(conditions.STREAM_FAILED, stream=self.name, message=error)

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
