"""What Linear's errors mean, as a table.

The status alone does not identify an error: a validation error comes as 200 with
`data: null`, as 400 or as 500, an exhausted budget as 400. So `errors[].extensions` is
read first.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_linear import conditions
from tap_linear.common.error_rules import (
    MAYBE_TOO_LARGE,
    NOT_THE_API,
    SERVER_ERRORS,
    ConditionRule,
    any_of,
    decide,
    words,
)
from tap_linear.common.errors import LONGEST, UnreadableError
from tap_linear.common.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_linear.common.conditions import Condition

Errors = list[dict[str, Any]]


class PageRefusedError(UnreadableError):
    """The response may depend on its size: request fewer rows."""

    def __init__(self, line: str, *, overloaded: bool) -> None:
        """Keep whether the API may be overloaded, rather than the page too large."""
        super().__init__(line)
        self.overloaded = overloaded


class FailedError(UnreadableError):
    """This request fails in every attempt, although Linear answers others."""


class IncompleteError(UnreadableError):
    """A response is incomplete: a row or a list in it is null.

    Attributes:
        cursor: Where the page ends, if that is known.
    """

    def __init__(self, line: str, cursor: str | None = None) -> None:
        """Keep the cursor: the list may continue after the row."""
        super().__init__(line)
        self.cursor = cursor


class FieldsError(UnreadableError):
    """The API no longer has requested fields, or refuses them.

    Attributes:
        condition: The meaning if the errors are about no single field.
        errors: The response's errors.
        data: The data in the same response.
    """

    def __init__(
        self, line: str, condition: Condition, errors: Errors, data: dict[str, Any]
    ) -> None:
        """Keep the errors, which name the fields."""
        super().__init__(line)
        self.condition = condition
        self.errors = errors
        self.data = data


class RootError(UnreadableError):
    """The list itself is refused or removed.

    Attributes:
        condition: Why.
    """

    def __init__(self, line: str, condition: Condition) -> None:
        """Keep the reason."""
        super().__init__(line)
        self.condition = condition


class GoneError(UnreadableError):
    """Rows that were requested by ID are not found.

    Attributes:
        keys: The names that the rows have in the document.
    """

    def __init__(self, line: str, keys: Sequence[str]) -> None:
        """Keep the names."""
        super().__init__(line)
        self.keys = set(keys)


class Action(Enum):
    """What the tap does about an error."""

    WAIT = auto()
    """Wait until the budget is full again, then repeat."""
    SHRINK = auto()
    """Request fewer rows; retry a single row a few times."""
    SPLIT = auto()
    """Request fewer rows; a single row that is refused stays refused."""
    RETRY = auto()
    """Repeat after a moment, a few times."""
    DROP_FIELD = auto()
    """Remove the field from the document; if the error names no field, the list is
    refused."""
    PASS_OVER = auto()
    """Continue with the other rows; this row is requested again later."""
    FAIL = auto()
    """Give up on this request, and read the rest."""
    STOP = auto()
    """End the run with one line that says what to change."""


class ErrorReply(NamedTuple):
    """One error of a response.

    Attributes:
        status: HTTP status of the response.
        codes: `extensions.code` and `extensions.type` of the error.
        message: Its message.
        partial: Whether the response contains data too.
    """

    status: int
    codes: frozenset[str]
    message: str
    partial: bool


Rule = ConditionRule[ErrorReply]


def _is_partial(reply: ErrorReply) -> bool:
    return reply.partial


def _is_whole(reply: ErrorReply) -> bool:
    return not reply.partial


INVALID = any_of(
    "GRAPHQL_VALIDATION_FAILED",
    "GRAPHQL_PARSE_FAILED",
    "BAD_USER_INPUT",
    "INPUT_ERROR",
    "INVALID_INPUT",
    "invalid input",
)
REFUSED = any_of("FORBIDDEN", "forbidden", "INSUFFICIENT_SCOPES", "UNAUTHORIZED_FIELD")
PLAN = any_of("FEATURE_NOT_ACCESSIBLE", "feature not accessible")

# The first row that matches any of a response's errors decides.
RULES: tuple[Rule, ...] = (
    Rule(
        Action.WAIT,
        conditions.LIMIT_TOO_LONG,
        codes=any_of("RATELIMITED", "ratelimited"),
    ),
    Rule(Action.WAIT, conditions.LIMIT_TOO_LONG, statuses=any_of(429)),  # from the edge
    Rule(Action.SPLIT, conditions.ROW_FAILED, words=words("too complex")),
    Rule(
        Action.STOP,
        conditions.CREDENTIAL_REFUSED,
        codes=any_of("AUTHENTICATION_ERROR", "authentication error"),
    ),
    Rule(Action.STOP, conditions.CREDENTIAL_REFUSED, statuses=any_of(401)),
    Rule(  # graphql-js: a field, an argument, a type or an enum value is removed
        Action.DROP_FIELD,
        conditions.ROOT_REMOVED,
        words=words(
            r"cannot query field",
            r"must (?:not )?have a selection",
            r"unknown (?:argument|type)",
            r"does not exist in .* enum",
            r"is not defined by type",
        ),
    ),
    Rule(Action.DROP_FIELD, conditions.ROOT_REFUSED, codes=REFUSED),
    Rule(  # a scope is missing, in any wording
        Action.DROP_FIELD,
        conditions.ROOT_REFUSED,
        words=words(r"\bscopes?\b", r"not authori[sz]ed", r"permission"),
    ),
    Rule(Action.DROP_FIELD, conditions.NOT_IN_PLAN, codes=PLAN),
    Rule(Action.STOP, conditions.NOT_ALLOWED, statuses=any_of(403)),
    Rule(
        Action.STOP,
        conditions.WRONG_ENDPOINT,
        statuses=NOT_THE_API,
    ),
    Rule(
        Action.PASS_OVER,
        conditions.ROW_NOT_RETURNED,
        words=words("entity not found"),
        when=_is_whole,
    ),
    Rule(  # any wording, any status: the response may be smaller
        Action.SHRINK,
        conditions.ROW_FAILED,
        words=words(
            r"tim(?:e[ds]?|ing)[\s_-]*out",
            r"time limit",
            r"deadline",
            r"too long",
            r"gateway",
            r"overload",
        ),
    ),
    Rule(Action.FAIL, conditions.STREAM_FAILED, codes=INVALID, when=_is_whole),
    # The gateway gave up on the page, or the server on the request:
    # 520 to 527 are Cloudflare's, https://developers.cloudflare.com/support/troubleshooting
    Rule(
        Action.SHRINK,
        conditions.ROW_FAILED,
        statuses=MAYBE_TOO_LARGE,
    ),
    Rule(
        Action.SHRINK,
        conditions.ROW_FAILED,
        codes=any_of(
            "lock timeout",
            "network error",
            "internal error",
            "INTERNAL_SERVER_ERROR",
        ),
    ),
    Rule(
        Action.RETRY,
        conditions.STREAM_FAILED,
        statuses=SERVER_ERRORS | {425},
    ),
    # Data with an unknown error: a null in it may be a value that was not read.
    Rule(Action.SHRINK, conditions.ROW_INCOMPLETE, when=_is_partial),
    Rule(Action.FAIL, conditions.STREAM_FAILED, statuses=any_of(400, 422)),
    Rule(
        Action.SHRINK, conditions.ROW_FAILED, statuses=any_of(200)
    ),  # neither data nor errors, or not JSON
    Rule(Action.STOP, conditions.NOT_ALLOWED),
)


def judge(
    status: int, errors: Sequence[Mapping[str, Any]], *, partial: bool
) -> tuple[Rule, str]:
    """Return what a response's errors mean.

    Args:
        status: HTTP status.
        errors: The response's `errors`; none if the body is not GraphQL's.
        partial: Whether the response contains data too.

    Returns:
        The row of the table, and the message of the response, in one line.
    """
    found = errors or [{"message": f"HTTP {status}, without an explanation"}]
    rule, reply = decide(RULES, *(_reply(status, error, partial) for error in found))
    return rule, one_line(reply.message, LONGEST)


def _reply(status: int, error: Mapping[str, Any], partial: bool) -> ErrorReply:  # noqa: FBT001 - a field
    extensions = error.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    codes = {str(extensions.get("code")), str(extensions.get("type"))}
    return ErrorReply(status, frozenset(codes), str(error.get("message")), partial)
