"""What the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tap_linear.common.context import Context
from tap_linear.transport.client import LinearClient
from tap_linear.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class RunContext(Context[LinearClient]):
    """One run. The tap creates it, and its streams use it.

    Attributes:
        teams: Keys of the teams to read, sorted; empty for all.
        check: Checks, before the first row, that the run can begin.
        read_arrived: Has the streams of issues read what belongs to issues that moved
            into the teams: their IDs, with when each was created.
    """

    teams: list[str]
    check: Callable[[], None]
    read_arrived: Callable[[dict[str, str]], None]

    @cached_property
    def workspace(self) -> Workspace:
        """What the state remembers about the workspace."""
        return Workspace(self.state, self.started, self.teams, self.faults)
