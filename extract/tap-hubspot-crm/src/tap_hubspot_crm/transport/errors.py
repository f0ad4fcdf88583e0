"""What HubSpot can answer, and what the tap does: one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_hubspot_crm import conditions
from tap_hubspot_crm.common.error_rules import (
    NOT_THE_API,
    SERVER_ERRORS,
    ErrorRule,
    decide,
)
from tap_hubspot_crm.common.errors import LONGEST, TapError, UnreadableError
from tap_hubspot_crm.common.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_hubspot_crm.common.conditions import Condition


class RefusedError(UnreadableError):
    """HubSpot refuses a request; another attempt would change nothing."""


class ScopesError(UnreadableError):
    """The credential lacks a scope; the text names it."""


class TooLongError(UnreadableError):
    """The address of a request is too long."""


class WrongEndpointError(TapError):
    """What answers is not HubSpot's API, or not for this address."""


class Action(Enum):
    """What to do about an error."""

    RETRY = auto()
    """Send the request again after a pause that doubles."""
    WAIT = auto()
    """Wait as long as the limit says, and send the request again."""
    RENEW = auto()
    """Get a new access token, once; without OAuth it is STOP."""
    SHORTEN = auto()
    """Send the names of the properties in a body."""
    SKIP = auto()
    """Continue without the stream."""
    REFUSE = auto()
    """The stream cannot be read."""
    STOP = auto()
    """The run cannot continue."""


@dataclass(slots=True)
class Reply:
    """One response.

    Attributes:
        status: HTTP status; 0 if no response arrived.
        body: The decoded JSON object; empty if there is none.
        headers: Header names in lower case.
        note: Why no response arrived.
    """

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """HubSpot's names of the error: category, type and policy."""
        keys = ("category", "errorType", "policyName", "subCategory")
        return frozenset(str(self.body[key]) for key in keys if self.body.get(key))

    @property
    def message(self) -> str:
        """What HubSpot says, in one line of at most 300 characters."""
        return one_line(self.body.get("message") or self.note, LONGEST)

    @property
    def words(self) -> str:
        """The message with the status, if a response arrived."""
        return f"HTTP {self.status}: {self.message}" if self.status else self.message

    @property
    def scopes(self) -> str:
        """The scopes that the credential lacks, with commas between them."""
        found: list[str] = []
        errors = self.body.get("errors")
        for error in errors if isinstance(errors, list) else ():
            context = error.get("context") if isinstance(error, dict) else None
            for names in (context or {}).values():
                found += map(str, names if isinstance(names, list) else [names])
        return one_line(", ".join(dict.fromkeys(found)), LONGEST) or self.message


@dataclass(frozen=True)
class Rule(ErrorRule[Reply]):
    """A row of the table.

    Attributes:
        condition: What ends the run, for STOP.
    """

    condition: Condition | None = None


def _is_foreign(reply: Reply) -> bool:
    """Return whether the response is not an error of HubSpot's API."""
    return not reply.body


RULES: tuple[Rule, ...] = (
    # A token in a wrong form does not reach HubSpot: Cloudflare answers
    # (docs/apis/hubspot.md).
    Rule(Action.STOP, statuses={530}, condition=conditions.TOKEN_FORMAT),
    Rule(Action.RENEW, statuses={401}, condition=conditions.TOKEN_REFUSED),
    Rule(Action.SKIP, statuses={403}, codes={"MISSING_SCOPES"}),
    Rule(
        Action.STOP,
        statuses={429},
        codes={"DAILY"},
        condition=conditions.DAILY_LIMIT,
    ),
    Rule(Action.WAIT, statuses={429}),
    Rule(Action.SHORTEN, statuses={414, 431}),
    # HubSpot's own errors are JSON, and it redirects no request of its API.
    Rule(
        Action.STOP,
        statuses=NOT_THE_API,
        when=_is_foreign,
        condition=conditions.WRONG_ENDPOINT,
    ),
    # 423: the record is locked; 477: the account moves to another data center.
    Rule(Action.RETRY, statuses={0, 408, 423, 477} | SERVER_ERRORS),
    # A 200 without the JSON that was requested: a proxy, or a response that was cut.
    Rule(Action.RETRY, statuses={HTTPStatus.OK, HTTPStatus.MULTI_STATUS}),
    Rule(Action.REFUSE),
)


def judge(reply: Reply) -> Rule:
    """Return what to do about a response that is not what was requested.

    Args:
        reply: The response.
    """
    return decide(RULES, reply)[0]
