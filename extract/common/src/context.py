"""What the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .progress import Progress, Usage
from .timestamps import timestamp

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from .faults import Faults

ClientT = TypeVar("ClientT", bound=Usage)


@dataclass
class Context(Generic[ClientT]):
    """One run. The tap creates it; its streams use it.

    Attributes:
        config: The settings.
        logger: The log of the tap.
        client: Sends the requests of all streams.
        faults: Collects what cannot be read.
        state: The state of the tap, changed in place.
        started: When the run began, in milliseconds since 1970.
    """

    config: Mapping[str, Any]
    logger: logging.Logger
    client: ClientT
    faults: Faults
    state: dict[str, Any]
    started: int

    @cached_property
    def progress(self) -> Progress:
        """Logs how far the streams have come."""
        return Progress(self.logger, self.client)

    @cached_property
    def start_date(self) -> str | None:
        """Where a stream begins without a bookmark, as a timestamp."""
        value = self.config.get("start_date")
        return timestamp(value) if value else None
