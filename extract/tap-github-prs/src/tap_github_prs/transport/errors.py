"""What can come back from GitHub, and what the tap does about it: one table.

Every answer is compared with FAULTS from the top; the first row that matches says
what to do. A GraphQL answer of HTTP 200 counts as failed too if it carries
errors: GitHub puts null where rows should be (RESOURCE_LIMITS_EXCEEDED in
docs/apis/github.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from tap_github_prs.common import error_rules
from tap_github_prs.common.error_rules import ErrorRule
from tap_github_prs.common.errors import TapError, UnreadableError
from tap_github_prs.common.rate_limits import retry_after, server_time
from tap_github_prs.common.variables import fill

if TYPE_CHECKING:
    from collections.abc import Mapping


class FailedError(UnreadableError):
    """It fails in every attempt, though GitHub answers other requests."""


class GoneError(UnreadableError):
    """It was listed a moment ago, and GitHub says that it does not exist."""


class RefusedError(UnreadableError):
    """GitHub answers that this is not to be had: asking again changes nothing.

    Args:
        line: What GitHub answers.
        is_off: Whether it is switched off there, for everybody.
        is_absent: Whether GitHub says that it does not exist.
    """

    def __init__(
        self, line: str, *, is_off: bool = False, is_absent: bool = False
    ) -> None:
        """Keep the line."""
        super().__init__(line)
        self.is_off = is_off
        self.is_absent = is_absent


class RefusedQueryError(UnreadableError):
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
    """It may be too much at once: ask for half. Of one thing alone it is RETRY."""
    RETRY = auto()
    """Nobody's fault: again after a pause that doubles."""
    SPARE = auto()
    """A field that cannot be had: ask again without it."""
    PARTIAL = auto()
    """Something of the answer cannot be had: the reader decides by its path."""
    REFUSE = auto()
    """This thing cannot be read."""
    GIVE_UP = auto()
    """The run cannot go on, unless GitHub has answered before: then it is REFUSE."""


@dataclass(slots=True)
class Answer:
    """One answer of GitHub, of either API.

    Attributes:
        status: HTTP status; 0 where no answer came.
        headers: Header names in lower case.
        body: The decoded JSON; None where there is none or it is not JSON.
        note: What the transport said where no answer came.
        wanted: What the body must be, dict or list; for GraphQL dict with `data`.
        token: The token that it was given to.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    note: str = ""
    wanted: type = object
    token: Any = None

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The GraphQL errors."""
        found = self.body.get("errors") if isinstance(self.body, dict) else None
        found = found if isinstance(found, list) else []
        return [error for error in found if isinstance(error, dict)]

    @property
    def codes(self) -> set[str]:
        """The kinds of the GraphQL errors: `type`, or the code of a refused query."""
        return {kind_of(error) for error in self.errors}

    @property
    def message(self) -> str:
        """GitHub's own words, in one line, and where to authorize a token."""
        words = [str(error.get("message", "")) for error in self.errors[:1]]
        if isinstance(self.body, dict) and "message" in self.body:
            words.append(str(self.body["message"]))
        said = " ".join(" ".join(words or [self.note]).split())[:300]
        return f"{said}; {self.sign_on}" if self.sign_on else said

    @property
    def sign_on(self) -> str:
        """Where to authorize the token for single sign-on; "" where that is not it.

        `X-GitHub-SSO: required; url=…` names the page that the user has to open
        (docs/apis/github.md).
        """
        found = re.search(r"url=(\S+)", self.headers.get("x-github-sso", ""))
        return f"authorize the token for single sign-on at {found[1]}" if found else ""

    @property
    def what(self) -> str:
        """Status and words."""
        return f"{self.status} {self.message}".strip() if self.status else self.message

    @property
    def has_shape(self) -> bool:
        """Whether the body is what was asked for."""
        if self.wanted is dict and isinstance(self.body, dict):
            return isinstance(self.body.get("data"), dict)
        return isinstance(self.body, self.wanted)

    @property
    def points(self) -> float:
        """What a GraphQL request has cost; 0 if the response does not contain it."""
        data = self.body.get("data") if isinstance(self.body, dict) else None
        limit = data.get("rateLimit") if isinstance(data, dict) else None
        cost = limit.get("cost") if isinstance(limit, dict) else None
        return float(cost) if isinstance(cost, int) else 0.0

    @property
    def seconds_to_retry(self) -> float | None:
        """`Retry-After` in seconds, at least one; it may be a date (RFC 9110)."""
        seconds = retry_after(self.headers)
        return None if seconds is None else max(1.0, seconds)

    @property
    def seconds_to_reset(self) -> float | None:
        """Seconds until the budget that it speaks of is new, at least one.

        docs/apis/github.md: `x-ratelimit-reset` is in epoch seconds, of GitHub's clock.
        """
        reset = self.headers.get("x-ratelimit-reset", "")
        if not reset.isdecimal():
            return None
        return max(1.0, int(reset) - server_time(self.headers))


def kind_of(error: dict[str, Any]) -> str:
    """Return the kind of a GraphQL error: its type, or the code of a refusal."""
    extensions = error.get("extensions")
    code = extensions.get("code", "") if isinstance(extensions, dict) else ""
    return str(error.get("type") or code)


@dataclass(frozen=True)
class Fault(ErrorRule[Answer]):
    """A row of the table.

    Attributes:
        name: What it is, for the log.
        advice: What the user can do about it.
    """

    name: str
    advice: str = field(default="", kw_only=True)

    def line(self, answer: Answer) -> str:
        """Return one line: what happened, in GitHub's words, and what to do."""
        advice = f"; {fill(self.advice)}" if self.advice else ""
        return f"{self.name} ({answer.what}){advice}"


def _used_up(answer: Answer) -> bool:
    return answer.headers.get("x-ratelimit-remaining") == "0"


def _has_errors(answer: Answer) -> bool:
    return bool(answer.errors)


def _not_json(answer: Answer) -> bool:
    return answer.body is None


def _has_places(answer: Answer) -> bool:
    """Whether every error says what it concerns of the data that is there."""
    return answer.has_shape and all(
        kind_of(error) in PARTS
        or (isinstance(error.get("path"), list) and kind_of(error) in PLACED)
        for error in answer.errors
    )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


OK = frozenset({200})
LIMITED = frozenset({403, 429})
PARTS = frozenset({"NOT_FOUND", "FORBIDDEN", "UNPROCESSABLE", "SSO"})
"""Errors of something that cannot be had, and no fault of the request."""
PLACED = frozenset({"INSUFFICIENT_SCOPES", "SAML", "UNAUTHORIZED"})
"""Errors that are of a part of the answer where they have a path."""
TIMEOUTS = (
    r"something went wrong|time[d ]{0,2}[ -]?out|took too long|too long to|"
    r"respond in time|in time for|deadline|could ?n[o']t respond|"
    r"too (complex|many|much|large)|execution (time|expired)|"
    r"try again|temporar|unavailable|overload"
)
"""What GitHub says, in ever other words, when it could not answer so much."""

NOT_THERE = "not there"
SWITCHED_OFF = "switched off there"

FAULTS = (
    # No answer at all.
    Fault(
        Action.SHRINK,
        "no answer in time",
        statuses=frozenset({0}),
        words=_words("timed? ?out"),
    ),
    Fault(
        Action.SHRINK,
        "connection closed",
        statuses=frozenset({0}),
        words=_words("in the middle of"),
    ),
    Fault(Action.RETRY, "no connection", statuses=frozenset({0})),
    # Limits (docs/apis/github.md): the primary one is 403 or 429 with 0 left in REST
    # and HTTP 200 in GraphQL; the secondary one comes under any of the three.
    Fault(
        Action.WAIT,
        "rate limit",
        statuses=OK,
        codes=frozenset({"RATE_LIMITED", "RATE_LIMIT"}),
    ),
    Fault(
        Action.PAUSE,
        "secondary rate limit",
        statuses=LIMITED,
        words=_words("secondary rate|abuse"),
    ),
    Fault(
        Action.PAUSE,
        "secondary rate limit",
        statuses=OK,
        words=_words("secondary rate limit"),
        when=_has_errors,
    ),
    Fault(
        Action.PAUSE,
        "secondary rate limit",
        statuses=LIMITED,
        when=lambda answer: answer.seconds_to_retry is not None,
    ),
    Fault(Action.WAIT, "rate limit", statuses=LIMITED, when=_used_up),
    Fault(Action.PAUSE, "too many requests", statuses=frozenset({429})),
    # Credentials.
    Fault(
        Action.REPLACE,
        "credential refused",
        statuses=frozenset({401}),
        advice="check {auth_token} (or {app_id}, {app_private_key}, "
        "{app_installation_id}): it may be mistyped, revoked or expired",
    ),
    Fault(
        Action.REFUSE,
        "single sign-on required",
        statuses=frozenset({403}),
        when=lambda answer: bool(answer.sign_on),
    ),
    # Too much for the server's ten seconds: 502, 504 or 200 with nulls
    # (docs/apis/github.md).
    Fault(Action.SHRINK, "too much at once", statuses=frozenset({500, 502, 504, 524})),
    Fault(
        Action.SHRINK,
        "too much at once",
        statuses=OK,
        codes=frozenset(
            {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"}
        ),
    ),
    # The document: what the token has no scope for, what the server does not have.
    Fault(
        Action.SPARE,
        "field unknown",
        statuses=OK,
        codes=frozenset(
            {
                "undefinedField",
                "undefinedType",
                "argumentNotAccepted",
                "argumentLiteralsIncompatible",
            }
        ),
    ),
    # Parts of an answer.
    Fault(
        Action.PARTIAL,
        "not all of it",
        statuses=OK,
        when=lambda answer: _has_errors(answer) and _has_places(answer),
    ),
    Fault(
        Action.SPARE,
        "scope missing",
        statuses=OK,
        codes=frozenset({"INSUFFICIENT_SCOPES"}),
    ),
    Fault(
        Action.REFUSE,
        "cursor refused",
        statuses=OK,
        words=_words("valid cursor|invalid cursor|cursor is invalid"),
        when=_has_errors,
    ),
    Fault(
        Action.SHRINK,
        "too much at once",
        statuses=OK,
        words=_words(TIMEOUTS),
        when=_has_errors,
    ),
    Fault(
        Action.RETRY, "server error", statuses=frozenset({408, 503, *range(505, 600)})
    ),
    # Whatever else may depend on how much was asked for.
    Fault(Action.SHRINK, "server error", statuses=OK, when=_has_errors),
    Fault(Action.SHRINK, "answer cut short", statuses=OK, when=_not_json),
    Fault(
        Action.SHRINK,
        "unexpected shape of the answer",
        statuses=OK,
        when=lambda answer: not answer.has_shape,
        advice="check {api_url}",
    ),
    # REST, one thing of many.
    Fault(
        Action.REFUSE,
        NOT_THERE,
        statuses=frozenset({404}),
        advice="check {api_url}, and that the token has access",
    ),
    Fault(Action.REFUSE, "blocked for legal reasons", statuses=frozenset({451})),
    Fault(
        Action.REFUSE,
        "not allowed",
        statuses=frozenset({403}),
        advice="give the token access to it",
    ),
    Fault(Action.REFUSE, SWITCHED_OFF, statuses=frozenset({409, 410, 422})),
    Fault(
        Action.GIVE_UP,
        "unexpected answer",
        when=lambda answer: answer.status not in {200, 304},
        advice="check {api_url}",
    ),
)
"""The order matters: the first row that matches an answer is what happened."""


def classify(answer: Answer) -> Fault | None:
    """Return what went wrong with an answer, None where nothing did."""
    found = error_rules.classify(FAULTS, answer)
    return found and found[0]
