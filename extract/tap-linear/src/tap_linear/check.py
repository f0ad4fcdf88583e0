"""Reports what `--check` finds, with one request."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tap_linear.common import facts
from tap_linear.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_linear.context import RunContext

DOCUMENT = """query Check {
  viewer { name email }
  organization { name }
  teams(first: 250) { nodes { key } }
}"""
POINTS = 300.0  # 250 teams with one field each, and two objects: docs/apis/linear.md


def check(run: RunContext) -> Iterator[str]:
    """Request whose credential it is and which teams it can see.

    Args:
        run: The run.

    Yields:
        One line for each fact.

    Raises:
        TapError: If the credential is wrong or a team of the settings is not visible.
    """
    data = run.client.execute(DOCUMENT, {}, POINTS)
    viewer, keys = data["viewer"], [team["key"] for team in data["teams"]["nodes"]]
    yield (
        f"the credential of {viewer['name']} ({viewer['email']}) is valid in workspace "
        f"{data['organization']['name']}"
    )
    Workspace.refuse_missing(set(run.teams) - set(keys))
    yield facts.listing("teams", keys)
    left = {name: each.remaining for name, each in run.client.limits.budgets.items()}
    yield "left in this hour: " + ", ".join(
        f"{amount:,.0f} {'points' if name == 'complexity' else name}"
        for name, amount in left.items()
        if amount is not None
    )
    if run.client.answered_at:
        sent = datetime.fromisoformat(run.client.answered_at)
        yield facts.clock(sent.timestamp())
