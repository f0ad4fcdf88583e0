"""What Notion's errors mean, as a table.

An error is `{object: "error", status, code, message}`; the codes are listed at
https://developers.notion.com/reference/status-codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_notion import conditions
from tap_notion.common.error_rules import ErrorRule, classify
from tap_notion.common.errors import UnreadableError
from tap_notion.common.redaction import one_line

if TYPE_CHECKING:
    from tap_notion.common.conditions import Condition


class PageRefusedError(UnreadableError):
    """The response may depend on its size: request fewer rows."""


class NotFoundError(UnreadableError):
    """The object does not exist, or is not shared with the connection."""


class ForbiddenError(UnreadableError):
    """The connection lacks a capability."""


class CursorError(UnreadableError):
    """The cursor is no longer valid: restart the query."""


class Action(Enum):
    """What the tap does about an error."""

    WAIT = auto()
    """Wait as long as the response says, then repeat."""
    SHRINK = auto()
    """Request fewer rows; retry a single row a few times."""
    RETRY = auto()
    """Repeat after a moment, a few times."""
    RESTART = auto()
    """Restart the query without a cursor."""
    PASS_OVER = auto()
    """Read the others; this object cannot be read."""
    FORBIDDEN = auto()
    """Skip the stream."""
    FAIL = auto()
    """Give up on this request, and read the rest."""
    STOP = auto()
    """End the run with one line that says what to change."""


class ErrorReply(NamedTuple):
    """An error response.

    Attributes:
        status: HTTP status.
        codes: Notion's code of the error; empty if the body is not Notion's.
        message: Notion's message, in one line.
        reason: Which rate limit was reached, if the response names it.
    """

    status: int
    codes: frozenset[str]
    message: str
    reason: str


@dataclass(frozen=True)
class Rule(ErrorRule[ErrorReply]):
    """One row of the table.

    Attributes:
        condition: What it is if the action does not help.
    """

    condition: Condition


def _any(*values: Any) -> frozenset[Any]:  # noqa: ANN401 - statuses or codes
    return frozenset(values)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# The first row that matches decides.
RULES: tuple[Rule, ...] = (
    Rule(
        Action.WAIT,
        conditions.LIMIT_TOO_LONG,
        codes=_any("rate_limited", "service_overload"),
    ),
    Rule(Action.WAIT, conditions.LIMIT_TOO_LONG, statuses=_any(429, 529)),
    Rule(Action.STOP, conditions.CREDENTIAL_REFUSED, codes=_any("unauthorized")),
    Rule(Action.STOP, conditions.CREDENTIAL_REFUSED, statuses=_any(401)),
    Rule(Action.FORBIDDEN, conditions.STREAM_FAILED, codes=_any("restricted_resource")),
    Rule(Action.FORBIDDEN, conditions.STREAM_FAILED, statuses=_any(403)),
    Rule(Action.PASS_OVER, conditions.NOT_SHARED, codes=_any("object_not_found")),
    Rule(
        Action.STOP,
        conditions.WRONG_ENDPOINT,
        statuses=_any(301, 302, 303, 307, 308, 404, 405),
    ),
    Rule(Action.STOP, conditions.WRONG_ENDPOINT, codes=_any("invalid_request_url")),
    Rule(
        Action.RESTART,
        conditions.STREAM_FAILED,
        statuses=_any(400),
        words=_words("start_cursor"),
    ),
    Rule(Action.STOP, conditions.VERSION_REFUSED, codes=_any("missing_version")),
    Rule(
        Action.STOP,
        conditions.VERSION_REFUSED,
        statuses=_any(400),
        words=_words(r"notion-version|api version"),
    ),
    Rule(
        Action.SHRINK,
        conditions.STREAM_FAILED,
        statuses=_any(408, 413, 500, 502, 504, *range(520, 528)),
    ),
    Rule(
        Action.RETRY,
        conditions.STREAM_FAILED,
        statuses=frozenset(range(500, 600)) | {409, 425},
    ),
    Rule(Action.RETRY, conditions.STREAM_FAILED, statuses=_any(200)),  # not JSON
    Rule(Action.FAIL, conditions.STREAM_FAILED),
)


def judge(status: int, body: object) -> tuple[Rule, ErrorReply]:
    """Find out what an error response means.

    Args:
        status: HTTP status.
        body: The body as JSON; anything else if it is not Notion's.

    Returns:
        The row of the table, and the error.
    """
    found = body if isinstance(body, dict) else {}
    message = found.get("message") or f"HTTP {status}, without an explanation"
    details = found.get("additional_data")
    reply = ErrorReply(
        status,
        frozenset({str(found["code"])}) if "code" in found else frozenset(),
        one_line(message, 300),
        str(
            (details if isinstance(details, dict) else {}).get("rate_limit_reason", "")
        ),
    )
    decided = classify(RULES, reply)
    if decided is None:  # the last row matches everything
        raise AssertionError(status)
    return decided
