"""What every stream of Notion has: its table, its version, its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_notion import conditions
from tap_notion.common.stream import ApiStream

if TYPE_CHECKING:
    from tap_notion.common.columns import Schema
    from tap_notion.common.errors import UnreadableError
    from tap_notion.context import RunContext
    from tap_notion.tap import TapNotion


class NotionStream(ApiStream):
    """A stream. Subclasses set `name` and `table`, and yield rows in `read`."""

    table: ClassVar[Schema]
    """JSON schema of the rows; its required columns are the key."""

    _tap: TapNotion

    def __init__(self, tap: TapNotion) -> None:
        """Declare the stream to the SDK."""
        super().__init__(tap, schema=self.table)
        self.primary_keys = self.table["required"]

    @property
    def run(self) -> RunContext:
        """What the streams of this run share."""
        return self._tap.context

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

    def fail(self, error: UnreadableError) -> None:
        """Report why the stream cannot be read.

        Args:
            error: Why.
        """
        self.run.faults.add(conditions.STREAM_FAILED, stream=self.name, message=error)
