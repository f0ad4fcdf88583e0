"""A run with the setting `end_date`: it reads a range of time, moves no bookmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._state import StateWriter

from .timestamps import minus_seconds, timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers.types import TapState
    from singer_sdk.singerlib.encoding.base import GenericSingerWriter

MILLISECOND = 0.001


class GivenState(StateWriter):
    """Writes the state that the tap was given, whatever the streams have read.

    From it, the target recognizes a bookmark whose table does not exist.

    Args:
        writer: Writes the messages.
        given: The state that the tap was given.
    """

    def __init__(self, writer: GenericSingerWriter[Any, Any], given: TapState) -> None:
        """Write nothing yet."""
        super().__init__(writer)
        self._given = given

    def write_state(self, state: TapState) -> None:  # noqa: ARG002 - the SDK's signature
        """Write the given state once; nothing if the tap was given none."""
        if self._given:
            super().write_state(self._given)


def last_moment(config: Mapping[str, Any]) -> str | None:
    """Return the last millisecond before `end_date`; None without the setting.

    Args:
        config: The settings.
    """
    end = config.get("end_date")
    return minus_seconds(timestamp(end), MILLISECOND) if end else None
