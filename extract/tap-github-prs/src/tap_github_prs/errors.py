"""What can come back from GitHub, and what the tap does about it: one table.

Every answer is held against FAULTS from the top; the first row that matches says
what to do. A GraphQL answer of HTTP 200 counts as failed too if it carries
errors: GitHub puts null where rows should be (FACTS: RESOURCE_LIMITS_EXCEEDED).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from tap_github_prs.variables import with_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class TapError(Exception):
    """Ends the run with one line that says what is wrong and what to do."""


class SettingsError(TapError):
    """The settings are wrong.

    Args:
        lines: One line per mistake.
    """

    def __init__(self, lines: list[str]) -> None:
        """Keep the lines."""
        super().__init__("; ".join(lines))
        self.lines = lines


class UnreadableError(TapError):
    """One repository or organisation cannot be read; the others can."""


class GoneError(UnreadableError):
    """It was there a moment ago, and GitHub no longer has it."""


class RefusedQueryError(TapError):
    """GitHub refuses a document, and it cannot be asked with less."""


class TooHeavyError(TapError):
    """GitHub could not answer so much at once: ask for less."""


class Action(Enum):
    """What to do about a fault."""

    WAIT = auto()
    """The token's budget is used up: another token, or wait for the reset."""
    PAUSE = auto()
    """Too fast: stop for as long as Retry-After says, else a minute and doubling."""
    REPLACE = auto()
    """The token is not accepted: renew it, or go on with the others."""
    SHRINK = auto()
    """Too much at once: ask for half, and again as often as RETRY where it is one."""
    RETRY = auto()
    """Nobody's fault: again after a pause that doubles."""
    SPARE = auto()
    """A field that cannot be had: ask again without it."""
    PARTIAL = auto()
    """Something of the answer cannot be had: the reader decides by its path."""
    REFUSE = auto()
    """This thing cannot be read."""
    GIVE_UP = auto()
    """The run cannot go on."""


@dataclass(slots=True)
class Answer:
    """One answer of GitHub, of either API.

    Attributes:
        status: HTTP status; 0 where no answer came.
        headers: Header names in lower case.
        body: The decoded JSON; None where there is none or it is not JSON.
        note: What the transport said where no answer came.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    note: str = ""

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The GraphQL errors."""
        found = self.body.get("errors") if isinstance(self.body, dict) else None
        return [error for error in found or () if isinstance(error, dict)]

    @property
    def types(self) -> set[str]:
        """The kinds of the GraphQL errors: `type`, or the code of a refused query."""
        return {_type(error) for error in self.errors}

    @property
    def message(self) -> str:
        """GitHub's own words, in one line."""
        words = [str(error.get("message", "")) for error in self.errors[:1]]
        if isinstance(self.body, dict) and "message" in self.body:
            words.append(str(self.body["message"]))
        return " ".join(" ".join(words or [self.note]).split())[:300]

    @property
    def what(self) -> str:
        """Status and words."""
        return f"{self.status} {self.message}".strip() if self.status else self.message

    @property
    def seconds_to_retry(self) -> float | None:
        """`Retry-After` in seconds, at least one; it may be a date (RFC 9110)."""
        value = self.headers.get("retry-after", "")
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return max(1.0, float(value))
        until = _epoch(value)
        return until and max(1.0, until - server_time(self.headers))

    @property
    def seconds_to_reset(self) -> float | None:
        """Seconds until the budget that it speaks of is new, at least one.

        FACTS: `x-ratelimit-reset` is in epoch seconds, of GitHub's clock.
        """
        reset = self.headers.get("x-ratelimit-reset", "")
        if not reset.isdecimal():
            return None
        return max(1.0, int(reset) - server_time(self.headers))


def server_time(headers: Mapping[str, str]) -> float:
    """Return the time of an answer by GitHub's clock, in epoch seconds."""
    return _epoch(headers.get("date", "")) or datetime.now(UTC).timestamp()


def _epoch(date: str) -> float | None:
    """Return a date of HTTP in epoch seconds, None where it is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _type(error: dict[str, Any]) -> str:
    code = error.get("extensions", {}).get("code", "")
    return str(error.get("type") or code)


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the table.

    Attributes:
        name: What it is, for the log.
        action: What to do.
        statuses: HTTP statuses that it has; empty for any.
        types: GraphQL error types, one of which it has; empty for any.
        words: What GitHub's message must hold; empty for anything.
        when: A further condition.
        advice: What the user can do about it.
    """

    name: str
    action: Action
    statuses: frozenset[int] = frozenset()
    types: frozenset[str] = frozenset()
    words: str = ""
    when: Callable[[Answer], bool] | None = None
    advice: str = ""

    def matches(self, answer: Answer) -> bool:
        """Whether an answer is this fault."""
        return (
            (not self.statuses or answer.status in self.statuses)
            and (not self.types or not self.types.isdisjoint(answer.types))
            and (not self.words or bool(re.search(self.words, answer.message.lower())))
            and (self.when is None or self.when(answer))
        )

    def line(self, answer: Answer) -> str:
        """Return one line: what happened, in GitHub's words, and what to do."""
        advice = f"; {with_names(self.advice)}" if self.advice else ""
        return f"{self.name} ({answer.what}){advice}"


def _used_up(answer: Answer) -> bool:
    return answer.headers.get("x-ratelimit-remaining") == "0"


def _has_errors(answer: Answer) -> bool:
    return bool(answer.errors)


def _not_json(answer: Answer) -> bool:
    return answer.body is None


OK = frozenset({200})
LIMITED = frozenset({403, 429})

FAULTS = (
    # No answer at all.
    Fault("no answer in time", Action.SHRINK, frozenset({0}), words="timed? ?out"),
    Fault("no connection", Action.RETRY, frozenset({0})),
    # Limits. FACTS: the primary one is 403 or 429 with nothing remaining in REST
    # and HTTP 200 in GraphQL; the secondary one comes under any of the three.
    Fault(
        "rate limit",
        Action.WAIT,
        OK,
        frozenset({"RATE_LIMITED", "RATE_LIMIT"}),
    ),
    Fault("secondary rate limit", Action.PAUSE, LIMITED, words="secondary rate|abuse"),
    Fault(
        "secondary rate limit",
        Action.PAUSE,
        OK,
        words="secondary rate limit",
        when=_has_errors,
    ),
    Fault(
        "secondary rate limit",
        Action.PAUSE,
        LIMITED,
        when=lambda answer: answer.seconds_to_retry is not None,
    ),
    Fault("rate limit", Action.WAIT, LIMITED, when=_used_up),
    Fault("too many requests", Action.PAUSE, frozenset({429})),
    # Credentials.
    Fault(
        "credential refused",
        Action.REPLACE,
        frozenset({401}),
        advice="check {auth_token} (or {app_id}, {app_private_key}, "
        "{app_installation_id}): "
        "it may be mistyped, revoked or expired",
    ),
    # Too much for the server's ten seconds. FACTS: 502 or 504, or 200 with nulls.
    Fault("too much at once", Action.SHRINK, frozenset({502, 504})),
    Fault(
        "too much at once",
        Action.SHRINK,
        OK,
        frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"}),
    ),
    Fault(
        "too much at once",
        Action.SHRINK,
        OK,
        words="something went wrong|timedout|timeout",
        when=_has_errors,
    ),
    Fault("server error", Action.RETRY, frozenset({500, 503, *range(505, 600)})),
    # The document: what the token has no scope for, what the server is too old for.
    Fault(
        "scope missing",
        Action.SPARE,
        OK,
        frozenset({"INSUFFICIENT_SCOPES"}),
    ),
    Fault(
        "field unknown",
        Action.SPARE,
        OK,
        frozenset({"undefinedField", "argumentNotAccepted"}),
    ),
    # Parts of an answer.
    Fault(
        "not all of it",
        Action.PARTIAL,
        OK,
        when=lambda answer: (
            _has_errors(answer)
            and answer.types <= {"NOT_FOUND", "FORBIDDEN", "UNPROCESSABLE", "SSO"}
            and answer.body.get("data") is not None
        ),
    ),
    Fault("server error", Action.RETRY, OK, when=_has_errors),
    Fault("answer cut short", Action.RETRY, OK, when=_not_json),
    # REST, one thing of many.
    Fault(
        "not there",
        Action.REFUSE,
        frozenset({404, 410}),
        advice="check {api_url}, and that the token has access",
    ),
    Fault("blocked for legal reasons", Action.REFUSE, frozenset({451})),
    Fault(
        "not allowed",
        Action.REFUSE,
        frozenset({403}),
        advice="give the token access to it",
    ),
    Fault("switched off there", Action.REFUSE, frozenset({409, 422})),
    Fault(
        "unexpected answer",
        Action.GIVE_UP,
        when=lambda answer: answer.status not in {200, 304},
        advice="check {api_url}",
    ),
)
"""The order matters: the first row that matches an answer is what happened."""


def classify(answer: Answer) -> Fault | None:
    """Return what went wrong with an answer, None where nothing did."""
    return next((fault for fault in FAULTS if fault.matches(answer)), None)
