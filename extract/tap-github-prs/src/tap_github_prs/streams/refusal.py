"""Explains null values in a response."""

from __future__ import annotations

from typing import Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.transport.errors import GoneError
from tap_github_prs.transport.partial import reason

NO_REASON = "GitHub gives no reason"


def refusal(
    error: dict[str, Any] | None, above: list[str], loose: str = ""
) -> UnreadableError:
    """Return the exception that explains a null node in a response.

    Args:
        error: What GitHub says about it.
        above: Path down to the node, without its position.
        loose: What GitHub says without a place.
    """
    if error is None:
        return UnreadableError(loose or NO_REASON)
    path = error.get("path") or []
    # A longer path is of something in the node that must not be null: then the node
    # is null as well, though it exists.
    gone = error.get("type") == "NOT_FOUND" and path[:-1] == above
    kind = GoneError if gone else UnreadableError
    return kind(reason(error))
