"""What every stream of HubSpot has: its table, its version, its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_hubspot_crm import conditions
from tap_hubspot_crm.common.stream import ApiStream
from tap_hubspot_crm.context import ROWS
from tap_hubspot_crm.transport.errors import ScopesError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_hubspot_crm.common.errors import UnreadableError
    from tap_hubspot_crm.context import RunContext
    from tap_hubspot_crm.schemas.columns import Table
    from tap_hubspot_crm.tap import TapHubSpotCrm


class HubSpotStream(ApiStream):
    """A stream of one table."""

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

    @property
    def run(self) -> RunContext:
        """What the streams of this run share."""
        return self._tap.context

    @property
    def was_read(self) -> bool:
        """Whether an earlier run read the stream."""
        return self.name in self.run.state.get(ROWS, {}) or bool(
            self.stream_state.get("replication_key_value")
        )

    def fail(self, error: UnreadableError, part: str = "") -> None:
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
