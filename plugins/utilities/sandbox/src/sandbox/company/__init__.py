"""A small software company, made from a seed, that works on when time moves."""

from __future__ import annotations

from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import Packed, Row, Rows
from sandbox.company.simulation import advance, generate
from sandbox.company.world import GitHubHost, LinearWorkspace, World

__all__ = [
    "ORGANIZATION",
    "GitHubHost",
    "LinearWorkspace",
    "Packed",
    "Row",
    "Rows",
    "World",
    "advance",
    "generate",
]
