"""What Google's errors mean, as a table.

The body is `{"error": {"code", "status", "message", "details": [{"reason"}]}}`; the
status and the reasons are the codes (https://google.aip.dev/193).
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Any, NamedTuple

from tap_google_health import conditions
from tap_google_health.common.error_rules import (
    NOT_THE_API,
    SERVER_ERRORS,
    ConditionRule,
    any_of,
    decide,
    words,
)
from tap_google_health.common.errors import LONGEST, UnreadableError
from tap_google_health.common.redaction import one_line


class SmallerError(UnreadableError):
    """Google refuses the size of the request: fewer days or fewer rows may work."""


class ScopeError(UnreadableError):
    """The token lacks a scope."""


class Action(Enum):
    """What the tap does about an error."""

    WAIT = auto()
    """Wait, twice as long each time, then repeat."""
    RENEW = auto()
    """Get a new access token once, then repeat."""
    SHRINK = auto()
    """Request less at once; the smallest request fails the stream."""
    RETRY = auto()
    """Repeat a few times after a pause."""
    SKIP = auto()
    """Skip the stream: a scope is missing."""
    FAIL = auto()
    """Fail the stream; read the others."""
    STOP = auto()
    """End the run with one line that says what to change."""


class ErrorReply(NamedTuple):
    """An error response.

    Attributes:
        status: HTTP status.
        codes: `error.status`, and the reasons in `error.details`.
        message: `error.message`.
        is_json: Whether the body is an error of Google's APIs.
    """

    status: int
    codes: frozenset[str]
    message: str
    is_json: bool


Rule = ConditionRule[ErrorReply]


def _is_foreign(reply: ErrorReply) -> bool:
    return not reply.is_json


# The first row that matches decides.
RULES: tuple[Rule, ...] = (
    Rule(Action.WAIT, conditions.LIMIT_TOO_LONG, codes=any_of("RESOURCE_EXHAUSTED")),
    Rule(Action.WAIT, conditions.LIMIT_TOO_LONG, statuses=any_of(429)),
    Rule(
        Action.STOP, conditions.ACCOUNT_NOT_LINKED, codes=any_of("ACCOUNT_NOT_LINKED")
    ),
    Rule(
        Action.SKIP,
        conditions.SCOPE_MISSING,
        codes=any_of("ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
    ),
    Rule(Action.RENEW, conditions.CREDENTIAL_REFUSED, statuses=any_of(401)),
    # Google's own errors are JSON. Another server answers with its own page.
    Rule(
        Action.STOP,
        conditions.WRONG_ENDPOINT,
        statuses=NOT_THE_API,
        when=_is_foreign,
    ),
    # Google answers so to a path that the API does not have.
    Rule(
        Action.STOP,
        conditions.WRONG_ENDPOINT,
        statuses=any_of(404),
        words=words(r"\bmethod not found\b"),
    ),
    Rule(Action.SHRINK, conditions.STREAM_FAILED, statuses=any_of(413, 504)),
    Rule(Action.SHRINK, conditions.STREAM_FAILED, codes=any_of("DEADLINE_EXCEEDED")),
    Rule(
        Action.SHRINK,
        conditions.STREAM_FAILED,
        statuses=any_of(400),
        words=words(r"\brange\b|\bdays\b|too large|page_?size"),
    ),
    Rule(
        Action.FAIL, conditions.STREAM_FAILED, statuses=any_of(400, 403, 404, 405, 409)
    ),
    Rule(
        Action.RETRY,
        conditions.STREAM_FAILED,
        statuses=SERVER_ERRORS | {408, 425},
    ),
    Rule(Action.RETRY, conditions.STREAM_FAILED, statuses=any_of(200)),  # not JSON
    Rule(Action.FAIL, conditions.STREAM_FAILED),
)


def read_error(status: int, body: Any) -> ErrorReply:  # noqa: ANN401 - JSON
    """Return an error response as the table sees it.

    Args:
        status: HTTP status.
        body: The decoded body; None if it is not JSON.
    """
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        text = f"HTTP {status}, without an explanation"
        return ErrorReply(status, frozenset(), text, is_json=False)
    codes = {str(error.get("status"))}
    for detail in error.get("details") or []:
        if not isinstance(detail, dict):
            continue
        codes.add(str(detail.get("reason")))
        metadata = detail.get("metadata")
        if isinstance(metadata, dict):
            reasons = str(metadata.get("detailedReasons") or "")
            codes |= set(re.split(r"[,\s]+", reasons))
    codes -= {"None", ""}
    named = ", ".join(sorted(codes)) or f"HTTP {status}"
    text = one_line(f"{named}: {error.get('message') or ''}", LONGEST)
    return ErrorReply(status, frozenset(codes), text, is_json=True)


def judge(reply: ErrorReply) -> Rule:
    """Return the row of the table that matches an error response.

    Args:
        reply: The response.
    """
    return decide(RULES, reply)[0]
