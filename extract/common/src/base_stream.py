"""What every stream switches off of the SDK."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context


class TapStream(Stream):
    """A stream without the SDK's versions, conversions and announcements of errors."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # the taps convert the types

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

    has_range = False
    """Whether the stream can be limited by `end_date`."""

    @property
    def is_backfill(self) -> bool:
        """Whether the run reads only what was updated in a range of time."""
        return bool(self.config.get("end_date"))

    def sync(self, context: Context | None = None) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Read the stream; with `end_date`, only if that limits the stream.

        Args:
            context: The SDK's partition.
        """
        if self.is_backfill and not self.has_range:
            self.logger.info("%s is skipped: end_date cannot limit it", self.name)
            return
        super().sync(context)

    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Write ACTIVATE_VERSION, except if the run does not read all rows."""
        if not self.is_backfill:
            super()._write_activate_version_message(full_table_version)

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


class BatchStream(TapStream):
    """A stream that moves its state itself, after a batch was written."""

    def flush(self) -> None:
        """Write the state as it is now."""
        self.state_manager.is_flushed = False
        self._write_state_message()

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
