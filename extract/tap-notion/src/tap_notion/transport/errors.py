"""What Notion's errors mean, as a table.

An error is `{object: "error", status, code, message}`; the codes are listed at
https://developers.notion.com/reference/status-codes.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from tap_notion import conditions
from tap_notion.common.error_rules import (
    MAYBE_TOO_LARGE,
    NOT_THE_API,
    SERVER_ERRORS,
    ConditionRule,
    any_of,
    decide,
    words,
)
from tap_notion.common.errors import LONGEST, UnreadableError
from tap_notion.common.redaction import one_line


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


Rule = ConditionRule[ErrorReply]


# The first row that matches decides.
RULES: tuple[Rule, ...] = (
    Rule(
        Action.WAIT,
        conditions.LIMIT_TOO_LONG,
        codes=any_of("rate_limited", "service_overload"),
    ),
    Rule(Action.WAIT, conditions.LIMIT_TOO_LONG, statuses=any_of(429, 529)),
    Rule(Action.STOP, conditions.CREDENTIAL_REFUSED, codes=any_of("unauthorized")),
    Rule(Action.STOP, conditions.CREDENTIAL_REFUSED, statuses=any_of(401)),
    Rule(
        Action.FORBIDDEN, conditions.STREAM_FAILED, codes=any_of("restricted_resource")
    ),
    Rule(Action.FORBIDDEN, conditions.STREAM_FAILED, statuses=any_of(403)),
    Rule(Action.PASS_OVER, conditions.NOT_SHARED, codes=any_of("object_not_found")),
    Rule(
        Action.STOP,
        conditions.WRONG_ENDPOINT,
        statuses=NOT_THE_API,
    ),
    Rule(Action.STOP, conditions.WRONG_ENDPOINT, codes=any_of("invalid_request_url")),
    Rule(
        Action.RESTART,
        conditions.STREAM_FAILED,
        statuses=any_of(400),
        words=words("start_cursor"),
    ),
    Rule(Action.STOP, conditions.VERSION_REFUSED, codes=any_of("missing_version")),
    Rule(
        Action.STOP,
        conditions.VERSION_REFUSED,
        statuses=any_of(400),
        words=words(r"notion-version|api version"),
    ),
    Rule(
        Action.SHRINK,
        conditions.STREAM_FAILED,
        statuses=MAYBE_TOO_LARGE,
    ),
    Rule(
        Action.RETRY,
        conditions.STREAM_FAILED,
        statuses=SERVER_ERRORS | {409, 425},
    ),
    Rule(Action.RETRY, conditions.STREAM_FAILED, statuses=any_of(200)),  # not JSON
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
        one_line(message, LONGEST),
        str(
            (details if isinstance(details, dict) else {}).get("rate_limit_reason", "")
        ),
    )
    return decide(RULES, reply)
