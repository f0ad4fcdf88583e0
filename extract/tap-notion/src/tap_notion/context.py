"""What the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_notion.common.progress import Progress
from tap_notion.sources import DataSources
from tap_notion.versions import Versions

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from tap_notion.common.faults import Faults
    from tap_notion.transport.client import NotionClient


@dataclass
class RunContext:
    """One run. The tap creates it; its streams use it.

    Attributes:
        config: The settings.
        logger: The log of the tap.
        client: The client: one session, one rate.
        faults: Collects what cannot be read.
        state: The state of the tap, changed in place.
        started_at: When the run began, in milliseconds since 1970.
    """

    config: Mapping[str, Any]
    logger: logging.Logger
    client: NotionClient
    faults: Faults
    state: dict[str, Any]
    started_at: int

    @cached_property
    def progress(self) -> Progress:
        """Logs how far the streams have come."""
        return Progress(self.logger, self.client)

    @cached_property
    def versions(self) -> Versions:
        """The version of the rows of this run."""
        return Versions(self.state, self.started_at, self.faults)

    @cached_property
    def data_sources(self) -> DataSources:
        """The data sources to read."""
        return DataSources(self.config, self.client, self.faults, self.versions)
