"""The company and both vendors' tables at one instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.company.kernel import Company
    from sandbox.company.tables import GitHubHost, LinearWorkspace


@dataclass(slots=True)
class World:
    """What both APIs know at the instant `now` (UTC)."""

    now: datetime
    linear: LinearWorkspace
    github: GitHubHost
    simulation: Company | None = field(default=None, repr=False, compare=False)
    """The simulation; None for recordings, which do not change."""
