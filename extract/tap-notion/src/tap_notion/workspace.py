"""The workspace whose pages the state describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_notion import conditions
from tap_notion.common.errors import TapError, UnreadableError
from tap_notion.common.faults import Faults
from tap_notion.versions import WORKSPACE

if TYPE_CHECKING:
    from tap_notion.context import RunContext


def check_workspace(run: RunContext) -> None:
    """Compare the workspace of the token with that of the state: one request.

    Without this check, the pages of the first workspace would be marked as deleted. If
    Notion does not show the ID of the workspace, the ID of the connection is compared:
    https://developers.notion.com/reference/get-self

    Args:
        run: The run; its state remembers the workspace.

    Raises:
        TapError: If they differ, or the run cannot continue.
    """
    try:
        user = run.client.get("users/me")
    except UnreadableError as error:
        run.faults.add(conditions.WORKSPACE_UNKNOWN, message=error)
        return
    bot = user.get("bot") or {}
    found: dict[str, Any] = {"connection_id": user.get("id")}
    if bot.get("workspace_id"):
        found |= {"id": bot["workspace_id"], "name": bot.get("workspace_name")}
    known = run.state.get(WORKSPACE) or {}
    key = "id" if {"id"} <= found.keys() & known.keys() else "connection_id"
    if known.get(key) and known[key] != found[key]:
        line = Faults.line(
            conditions.OTHER_WORKSPACE, found=_shown(found), known=_shown(known)
        )
        raise TapError(line)
    run.state.setdefault("bookmarks", {})
    run.state[WORKSPACE] = {**known, **found}


def _shown(workspace: dict[str, Any]) -> str:
    """Return what a person recognizes a workspace by."""
    keys = ("name", "id", "connection_id")
    return next(str(workspace[key]) for key in keys if workspace.get(key))
