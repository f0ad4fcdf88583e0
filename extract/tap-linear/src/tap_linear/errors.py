"""What Linear's refusals mean, as a table.

Errors are not told by status alone: a validation error comes as 200 with `data: null`,
as 400 or as 500, a spent budget as 400. `errors[].extensions` is read first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from tap_linear.variables import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class LinearError(Exception):
    """Ends the run; its text is the one line that the user reads."""


class PageRefusedError(LinearError):
    """A page was too much for the API: ask for fewer rows."""

    def __init__(self, line: str, *, overloaded: bool) -> None:
        """Keep whether the API was overloaded, rather than the page too large."""
        super().__init__(line)
        self.overloaded = overloaded


class UnknownFieldError(LinearError):
    """The API no longer has a field that was asked for."""

    def __init__(self, messages: Sequence[str]) -> None:
        """Keep the API's messages, which name the fields."""
        super().__init__("; ".join(messages))
        self.messages = list(messages)


class GoneError(LinearError):
    """Rows that were asked for by id have been deleted for good since."""

    def __init__(self, line: str, keys: Sequence[str]) -> None:
        """Keep the names that the rows have in the document."""
        super().__init__(line)
        self.keys = set(keys)


class NotInPlanError(LinearError):
    """The workspace's plan does not include what was asked for."""


class Action(Enum):
    """What the tap does about an error."""

    WAIT = auto()
    """Wait until the budget is full again, then repeat."""
    SHRINK = auto()
    """Ask for fewer rows."""
    RETRY = auto()
    """Repeat after a moment, a few times."""
    DROP_FIELD = auto()
    """Leave the field out of the document and say so once."""
    PASS_OVER = auto()
    """Read the others on; the row is gone, which issue_index shows."""
    LEAVE_OUT = auto()
    """Leave the stream empty, which is said, and read the others."""
    KEEP = auto()
    """Take the data; the field stays null, which is said once."""
    STOP = auto()
    """End the run with one line that says what to change."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; what is left out matches everything.

    Attributes:
        action: What to do.
        advice: The line for the user, where the run ends.
        status: HTTP statuses.
        code: Values of `extensions.code` or `extensions.type`.
        message: Pattern that the error's message contains.
        partial: Whether the answer holds data beside the error.
    """

    action: Action
    advice: str = "{message}"
    status: frozenset[int] | None = None
    code: frozenset[str] | None = None
    message: re.Pattern[str] | None = None
    partial: bool | None = None

    def matches(self, status: int, error: Mapping[str, Any], *, partial: bool) -> bool:
        """Say whether this row is about an error."""
        extensions = error.get("extensions") or {}
        told = {str(extensions.get("code")), str(extensions.get("type"))}
        return (
            (self.status is None or status in self.status)
            and (self.code is None or not self.code.isdisjoint(told))
            and (self.partial is None or self.partial == partial)
            and (
                self.message is None
                or self.message.search(str(error.get("message"))) is not None
            )
        )


def _any(*values: Any) -> frozenset[Any]:  # noqa: ANN401 - statuses or codes
    return frozenset(values)


# The first row that matches any of an answer's errors decides.
RULES: tuple[Rule, ...] = (
    Rule(Action.WAIT, code=_any("RATELIMITED", "ratelimited")),
    Rule(Action.WAIT, status=_any(429)),  # the edge, before the API
    Rule(
        Action.SHRINK,
        "Linear finds a single row too complex, leave fields of it out ({message})",
        message=re.compile("too complex", re.IGNORECASE),
    ),
    Rule(
        Action.STOP,
        "Linear refused the credential: set {api_key} to a valid personal API key, "
        "or {access_token} to a valid OAuth token",
        code=_any("AUTHENTICATION_ERROR", "authentication error"),
    ),
    Rule(
        Action.STOP,
        "Linear refused the credential: set {api_key} to a valid personal API key, "
        "or {access_token} to a valid OAuth token",
        status=_any(401),
    ),
    Rule(Action.DROP_FIELD, message=re.compile("Cannot query field")),
    Rule(
        Action.STOP,
        "Linear does not allow this: give the key or token the scope `read` and "
        "access to the teams ({message})",
        code=_any("FORBIDDEN", "forbidden"),
        partial=False,
    ),
    Rule(
        Action.STOP,
        "Linear does not allow this: give the key or token the scope `read` and "
        "access to the teams ({message})",
        status=_any(403),
    ),
    Rule(
        Action.STOP,
        "{api_url} is not Linear's GraphQL endpoint (HTTP {status}): leave it out, or "
        "set it to https://api.linear.app/graphql",
        status=_any(301, 302, 303, 307, 308, 404, 405),
    ),
    Rule(Action.PASS_OVER, message=re.compile("Entity not found"), partial=False),
    Rule(
        Action.LEAVE_OUT,
        code=_any("FEATURE_NOT_ACCESSIBLE", "feature not accessible"),
        partial=False,
    ),
    Rule(
        Action.STOP,
        "Linear refused the query: {message}",
        code=_any(
            "GRAPHQL_VALIDATION_FAILED",
            "GRAPHQL_PARSE_FAILED",
            "BAD_USER_INPUT",
            "INPUT_ERROR",
            "invalid input",
        ),
        partial=False,
    ),
    Rule(  # the gateway gave up on the page
        Action.SHRINK,
        "Linear's gateway gives up on every request, run again later (HTTP {status})",
        status=_any(502, 504),
    ),
    Rule(Action.RETRY, code=_any("lock timeout", "network error", "internal error")),
    Rule(Action.RETRY, code=_any("INTERNAL_SERVER_ERROR")),
    Rule(Action.RETRY, status=frozenset(range(500, 600)) | {408, 425}),
    # A field that the plan does not include errors alone, beside the rest.
    Rule(Action.KEEP, partial=True),
    Rule(Action.STOP, "Linear refused the query: {message}", status=_any(400, 422)),
    Rule(Action.RETRY, status=_any(200)),  # neither data nor a known error
    Rule(Action.STOP, "Linear answered with HTTP {status}: {message}"),
)


def judge(
    status: int, errors: Sequence[Mapping[str, Any]], *, partial: bool
) -> tuple[Rule, str]:
    """Find out what an answer's errors mean.

    Args:
        status: HTTP status.
        errors: The answer's `errors`; none where the body is not GraphQL's.
        partial: Whether the answer holds data too.

    Returns:
        The row of the table and its advice, filled in.
    """
    for rule in RULES:
        for error in errors or [{"message": "no explanation"}]:
            if rule.matches(status, error, partial=partial):
                message = " ".join(str(error.get("message")).split())[:300]
                names = Names(status=status, message=message)
                return rule, rule.advice.format_map(names)
    raise AssertionError(status)  # the last row matches everything
