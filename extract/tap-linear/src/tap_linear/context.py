"""What the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_linear.common.progress import Progress
from tap_linear.common.timestamps import timestamp
from tap_linear.workspace import Workspace

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from tap_linear.common.faults import Faults
    from tap_linear.transport.client import LinearClient


@dataclass
class RunContext:
    """One run. The tap creates it, and its streams use it.

    Attributes:
        config: The settings.
        logger: The log of the tap.
        client: The client: one session, one set of budgets.
        faults: Collects what cannot be read.
        state: The state of the tap, changed in place.
        started_at: When the run began, in milliseconds since 1970.
        teams: Keys of the teams to read, sorted; empty for all.
        check: Checks, before the first row, that the run can begin.
        read_arrived: Has the streams of issues read what belongs to issues that moved
            into the teams: their IDs, with when each was created.
    """

    config: Mapping[str, Any]
    logger: logging.Logger
    client: LinearClient
    faults: Faults
    state: dict[str, Any]
    started_at: int
    teams: list[str]
    check: Callable[[], None]
    read_arrived: Callable[[dict[str, str]], None]

    @cached_property
    def progress(self) -> Progress:
        """Logs how far the streams have come."""
        return Progress(self.logger, self.client)

    @cached_property
    def workspace(self) -> Workspace:
        """What the state remembers about the workspace."""
        return Workspace(self.state, self.started_at, self.teams, self.faults)

    @cached_property
    def start_date(self) -> str | None:
        """Where to begin without a bookmark, as a timestamp."""
        value = self.config.get("start_date")
        return timestamp(value) if value else None
