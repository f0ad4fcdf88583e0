"""A table of errors: the first row that matches a response says what to do."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from .conditions import Condition

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""An API that is found redirects no request."""
NOT_THE_API = REDIRECTS | {404, 405}
"""Statuses of a server that is not the API."""
SERVER_ERRORS = frozenset(range(500, 600))
MAYBE_TOO_LARGE = frozenset({408, 413, 500, 502, 504, *range(520, 528)})
"""Statuses after which a smaller request may succeed; 520 to 527 are Cloudflare's
(https://developers.cloudflare.com/support/troubleshooting)."""


class Reply(Protocol):
    """What the table looks at: a response, or one of the errors in it."""

    @property
    def status(self) -> int:
        """HTTP status; 0 if no response arrived."""

    @property
    def codes(self) -> AbstractSet[str]:
        """The API's own codes of the error."""

    @property
    def message(self) -> str:
        """What the API says, in one line."""


ReplyT = TypeVar("ReplyT", bound=Reply)


@dataclass(frozen=True)
class ErrorRule(Generic[ReplyT]):
    """One row of the table; a condition that is left out matches everything.

    A tap adds what it needs in a subclass, such as the line for the log.

    Attributes:
        action: What the tap does.
        statuses: HTTP statuses.
        codes: The API's own codes, one of which the reply has.
        words: Pattern that the message contains.
        when: A further condition.
    """

    action: Any
    _: KW_ONLY
    statuses: AbstractSet[int] | None = None
    codes: AbstractSet[str] | None = None
    words: re.Pattern[str] | None = None
    when: Callable[[ReplyT], bool] | None = None

    def matches(self, reply: ReplyT) -> bool:
        """Return whether a reply is this error.

        Args:
            reply: A response, or one of its errors.
        """
        return (
            (self.statuses is None or reply.status in self.statuses)
            and (self.codes is None or not self.codes.isdisjoint(reply.codes))
            and (self.words is None or self.words.search(reply.message) is not None)
            and (self.when is None or self.when(reply))
        )


RuleT = TypeVar("RuleT", bound="ErrorRule[Any]")


def classify(rules: Iterable[RuleT], *replies: ReplyT) -> tuple[RuleT, ReplyT] | None:
    """Return the first row that matches any of some replies, and that reply.

    Args:
        rules: The table; the order of its rows decides.
        replies: A response, or all errors of one.

    Returns:
        None if no row matches.
    """
    return next(
        ((rule, reply) for rule in rules for reply in replies if rule.matches(reply)),
        None,
    )


@dataclass(frozen=True)
class ConditionRule(ErrorRule[ReplyT]):
    """A row that says what the error is for the user.

    Attributes:
        condition: What it is if the action does not help.
    """

    condition: Condition


def decide(rules: Iterable[RuleT], *replies: ReplyT) -> tuple[RuleT, ReplyT]:
    """Return the first row that matches any of some replies, and that reply.

    Args:
        rules: The table; its last row matches everything.
        replies: A response, or all errors of one.

    Raises:
        AssertionError: If no row matches.
    """
    found = classify(rules, *replies)
    if found is None:
        message = f"the table of errors has no row for {replies}"
        raise AssertionError(message)
    return found


def any_of(*values: Any) -> frozenset[Any]:  # noqa: ANN401 - statuses or codes
    """Return the statuses or codes of a row."""
    return frozenset(values)


def words(*patterns: str) -> re.Pattern[str]:
    """Return the pattern of a row: one of some patterns, in any case.

    Args:
        patterns: Regular expressions.
    """
    return re.compile("|".join(patterns), re.IGNORECASE)
