"""What `--check` finds out, with a few requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_notion.common import facts
from tap_notion.common.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_notion.context import RunContext


def check(run: RunContext) -> Iterator[str]:
    """Ask Notion whose token it is and which data sources it can see.

    Args:
        run: The run.

    Yields:
        One line for each fact.

    Raises:
        TapError: If the token is wrong, or a data source of the setting is not shared.
    """
    found = run.client.get("users/me")
    workspace = (found.get("bot") or {}).get("workspace_name") or "without a name"
    yield f"the token of {found.get('name')} is valid in workspace {workspace}"
    sources = run.data_sources.all
    if lines := run.faults.lines():
        raise TapError(*lines)
    yield facts.listing("data sources", [each.title for each in sources])
    if run.client.answered_at is not None:
        yield facts.clock(run.client.answered_at)
