"""What the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tap_notion.common.context import Context
from tap_notion.sources import DataSources
from tap_notion.transport.client import NotionClient
from tap_notion.versions import Versions


@dataclass
class RunContext(Context[NotionClient]):
    """One run. The tap creates it; its streams use it."""

    @cached_property
    def versions(self) -> Versions:
        """The version of the rows of this run."""
        return Versions(self.state, self.started, self.faults)

    @cached_property
    def data_sources(self) -> DataSources:
        """The data sources to read."""
        return DataSources(self.config, self.client, self.faults, self.versions)
