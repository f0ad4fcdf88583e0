"""What GitHub can respond, and what the tap does then: one table.

Every response is compared with RULES from the top; the first row that matches decides
the action. A GraphQL response of HTTP 200 also counts as failed if it contains
errors: GitHub then returns null in place of rows (RESOURCE_LIMITS_EXCEEDED in
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
    """This request fails in every attempt, but other requests succeed."""


class GoneError(UnreadableError):
    """GitHub listed it a moment ago, and now says that it does not exist."""


class RefusedError(UnreadableError):
    """GitHub refuses this request; another attempt changes nothing.

    Args:
        line: The error line with GitHub's message.
        is_off: Whether the feature is turned off in the repository.
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
    """GitHub refuses a document, and no further field of it can be dropped."""


class TooHeavyError(TapError):
    """The request is too large for GitHub: request fewer rows."""


class Action(Enum):
    """What to do when a rule matches."""

    WAIT = auto()
    """The token's budget is used up: another token, or wait for the reset."""
    PAUSE = auto()
    """Too many requests: wait for Retry-After, otherwise for 1, 2, 4… minutes."""
    REPLACE_TOKEN = auto()
    """The token is not accepted: renew it, or continue with the other tokens."""
    SHRINK = auto()
    """The request may be too large: request half as many rows. One row is retried."""
    RETRY = auto()
    """A temporary failure: retry after a pause that doubles."""
    DROP_FIELD = auto()
    """A field is refused: repeat the request without it."""
    PARTIAL = auto()
    """A part of the response is missing: the reader decides by the error's path."""
    PASS_OVER = auto()
    """This object cannot be read: continue with the next one."""
    STOP = auto()
    """End the run; after a good response, PASS_OVER instead."""


@dataclass(slots=True)
class Response:
    """One response of GitHub's GraphQL or REST API.

    Attributes:
        status: HTTP status; 0 if no response arrived.
        headers: Header names in lower case.
        body: The decoded JSON; None if there is none or it is not JSON.
        note: Why no response arrived; otherwise the reason phrase.
        wanted: What the body must be, dict or list; for GraphQL dict with `data`.
        token: The token of the request.
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
        """GitHub's error message in one line, and where to authorize a token."""
        words = [str(error.get("message", "")) for error in self.errors[:1]]
        if isinstance(self.body, dict) and "message" in self.body:
            words.append(str(self.body["message"]))
        said = " ".join(" ".join(words or [self.note]).split())[:300]
        return f"{said}; {self.sign_on}" if self.sign_on else said

    @property
    def sign_on(self) -> str:
        """Where to authorize the token for single sign-on; "" if not required.

        `X-GitHub-SSO: required; url=…` names the page that the user has to open
        (docs/apis/github.md).
        """
        found = re.search(r"url=(\S+)", self.headers.get("x-github-sso", ""))
        return f"authorize the token for single sign-on at {found[1]}" if found else ""

    @property
    def what(self) -> str:
        """Status and message."""
        return f"{self.status} {self.message}".strip() if self.status else self.message

    @property
    def has_shape(self) -> bool:
        """Whether the body has the expected shape."""
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
        """Seconds until the budget of this response is reset, at least one.

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
class Rule(ErrorRule[Response]):
    """A row of the table.

    Attributes:
        name: Short name for the log.
        advice: What the user can do about it.
    """

    name: str
    advice: str = field(default="", kw_only=True)

    def line(self, response: Response) -> str:
        """Return one line: what happened, GitHub's message, and what to do."""
        advice = f"; {fill(self.advice)}" if self.advice else ""
        return f"{self.name} ({response.what}){advice}"


def _used_up(response: Response) -> bool:
    return response.headers.get("x-ratelimit-remaining") == "0"


def _has_errors(response: Response) -> bool:
    return bool(response.errors)


def _not_json(response: Response) -> bool:
    return response.body is None


def _has_places(response: Response) -> bool:
    """Whether the path of every error leads to a place in the data."""
    return response.has_shape and all(
        kind_of(error) in PARTS
        or (isinstance(error.get("path"), list) and kind_of(error) in PLACED)
        for error in response.errors
    )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


OK = frozenset({200})
LIMITED = frozenset({403, 429})
PARTS = frozenset({"NOT_FOUND", "FORBIDDEN", "UNPROCESSABLE", "SSO"})
"""Errors of one object that the token cannot read; the request itself is valid."""
PLACED = frozenset({"INSUFFICIENT_SCOPES", "SAML", "UNAUTHORIZED"})
"""Errors that concern a part of the response if they have a path."""
TIMEOUTS = (
    r"something went wrong|time[d ]{0,2}[ -]?out|took too long|too long to|"
    r"respond in time|in time for|deadline|could ?n[o']t respond|"
    r"too (complex|many|much|large)|execution (time|expired)|"
    r"try again|temporar|unavailable|overload"
)
"""Messages with which GitHub reports that a request was too large for its time."""

NOT_THERE = "not there"
SWITCHED_OFF = "switched off there"

RULES = (
    # No response arrived.
    Rule(
        Action.SHRINK,
        "no response in time",
        statuses=frozenset({0}),
        words=_words("timed? ?out"),
    ),
    Rule(
        Action.SHRINK,
        "connection closed",
        statuses=frozenset({0}),
        words=_words("in the middle of"),
    ),
    Rule(Action.RETRY, "no connection", statuses=frozenset({0})),
    # Limits (docs/apis/github.md): the primary one is 403 or 429 with 0 left in REST
    # and HTTP 200 in GraphQL; the secondary one comes under any of the three.
    Rule(
        Action.WAIT,
        "rate limit",
        statuses=OK,
        codes=frozenset({"RATE_LIMITED", "RATE_LIMIT"}),
    ),
    Rule(
        Action.PAUSE,
        "secondary rate limit",
        statuses=LIMITED,
        words=_words("secondary rate|abuse"),
    ),
    Rule(
        Action.PAUSE,
        "secondary rate limit",
        statuses=OK,
        words=_words("secondary rate limit"),
        when=_has_errors,
    ),
    Rule(
        Action.PAUSE,
        "secondary rate limit",
        statuses=LIMITED,
        when=lambda response: response.seconds_to_retry is not None,
    ),
    Rule(Action.WAIT, "rate limit", statuses=LIMITED, when=_used_up),
    Rule(Action.PAUSE, "too many requests", statuses=frozenset({429})),
    # Credentials.
    Rule(
        Action.REPLACE_TOKEN,
        "credential refused",
        statuses=frozenset({401}),
        advice="check {auth_token} (or {app_id}, {app_private_key}, "
        "{app_installation_id}): it may be mistyped, revoked or expired",
    ),
    Rule(
        Action.PASS_OVER,
        "single sign-on required",
        statuses=frozenset({403}),
        when=lambda response: bool(response.sign_on),
    ),
    # Too much for the server's ten seconds: 502, 504 or 200 with nulls
    # (docs/apis/github.md).
    Rule(Action.SHRINK, "request too large", statuses=frozenset({500, 502, 504, 524})),
    Rule(
        Action.SHRINK,
        "request too large",
        statuses=OK,
        codes=frozenset(
            {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"}
        ),
    ),
    # The document: fields without a scope, fields that the server does not have.
    Rule(
        Action.DROP_FIELD,
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
    # Parts of a response.
    Rule(
        Action.PARTIAL,
        "incomplete",
        statuses=OK,
        when=lambda response: _has_errors(response) and _has_places(response),
    ),
    Rule(
        Action.DROP_FIELD,
        "scope missing",
        statuses=OK,
        codes=frozenset({"INSUFFICIENT_SCOPES"}),
    ),
    Rule(
        Action.PASS_OVER,
        "cursor refused",
        statuses=OK,
        words=_words("valid cursor|invalid cursor|cursor is invalid"),
        when=_has_errors,
    ),
    Rule(
        Action.SHRINK,
        "request too large",
        statuses=OK,
        words=_words(TIMEOUTS),
        when=_has_errors,
    ),
    Rule(
        Action.RETRY, "server error", statuses=frozenset({408, 503, *range(505, 600)})
    ),
    # Other errors that may depend on the number of rows.
    Rule(Action.SHRINK, "server error", statuses=OK, when=_has_errors),
    Rule(Action.SHRINK, "incomplete response", statuses=OK, when=_not_json),
    Rule(
        Action.SHRINK,
        "unexpected shape of the response",
        statuses=OK,
        when=lambda response: not response.has_shape,
        advice="check {api_url}",
    ),
    # One object of REST.
    Rule(
        Action.PASS_OVER,
        NOT_THERE,
        statuses=frozenset({404}),
        advice="check {api_url}, and that the token has access",
    ),
    Rule(Action.PASS_OVER, "blocked for legal reasons", statuses=frozenset({451})),
    Rule(
        Action.PASS_OVER,
        "not allowed",
        statuses=frozenset({403}),
        advice="give the token access to it",
    ),
    Rule(Action.PASS_OVER, SWITCHED_OFF, statuses=frozenset({409, 410, 422})),
    Rule(
        Action.STOP,
        "unexpected response",
        when=lambda response: response.status not in {200, 304},
        advice="check {api_url}",
    ),
)
"""The order matters: the first row that matches a response decides."""


def classify(response: Response) -> Rule | None:
    """Return the rule that a response matches; None if the response is good."""
    found = error_rules.classify(RULES, response)
    return found and found[0]
