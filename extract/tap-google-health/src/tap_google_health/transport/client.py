"""Sends requests to the Google Health API."""

from __future__ import annotations

import math
import random
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_google_health import conditions
from tap_google_health.common.errors import TapError, UnreadableError
from tap_google_health.common.faults import Faults
from tap_google_health.common.http import Failure
from tap_google_health.common.rate_limits import retry_after
from tap_google_health.common.rest import FIRST_PAUSE, RestClient
from tap_google_health.settings import API_URL
from tap_google_health.transport.errors import (
    Action,
    ScopeError,
    SmallerError,
    judge,
    read_error,
)
from tap_google_health.transport.token import Credential

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from tap_google_health.common.conditions import Condition
    from tap_google_health.common.rest import Response

LONGEST_PAUSE = 64.0  # seconds; the limit is per minute (docs/apis/google_health.md)


class HealthClient(RestClient):
    """Sends requests to the Google Health API; see `RestClient`.

    Args:
        config: The settings of the tap.
        faults: Where what is noticed in responses is logged.
        logger: Where waits and retries are logged.
        sleep: Waits for a number of seconds.
    """

    vendor = "Google"
    tap = "tap-google-health"

    def __init__(
        self,
        config: Mapping[str, Any],
        faults: Faults,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a session; send nothing yet."""
        super().__init__(config, conditions, faults, logger, url=API_URL, sleep=sleep)
        self.credential = Credential(config, faults, self)

    def probe(self) -> Response | Failure:
        """Request whose credential it is, once."""
        return self._once("GET", "users/me/identity", {})

    def send(
        self,
        method: str,
        path: str,
        *,
        shrinkable: bool = False,
        **options: Any,  # noqa: ANN401 - see requests
    ) -> dict[str, Any]:
        """Send a request until it succeeds or cannot succeed.

        Args:
            method: GET or POST.
            path: Path below the API's address.
            shrinkable: Whether the caller can request less at once.
            options: `params` or `json`.

        Returns:
            The response's JSON object.

        Raises:
            SmallerError: If less must be requested at once.
            ScopeError: If a scope is missing.
            UnreadableError: If this request fails and others may succeed.
            TapError: If the run cannot continue.
        """
        failures = refusals = 0
        waited = 0.0
        is_renewed = False
        while True:
            received = self._once(method, path, options)
            if isinstance(received, Failure):
                if shrinkable and received.may_be_size:
                    raise SmallerError(received.cause)
                failures = self.pause(failures, self.words(received))
                continue
            if received.status == HTTPStatus.OK and isinstance(received.body, dict):
                return received.body
            reply = read_error(received.status, received.body)
            rule = judge(reply)
            if rule.action is Action.WAIT:
                seconds = limit_pause(refusals, received.headers)
                waited = self.wait_for_limit(seconds, waited, reply.message)
                refusals += 1
            elif rule.action is Action.RETRY or (
                rule.action is Action.SHRINK
                and not shrinkable
                and reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            ):
                failures = self.pause(failures, reply.message, received.headers)
            elif rule.action is Action.RENEW and not is_renewed:
                is_renewed = True
                self.credential.renew()
            else:
                raise _refusal(rule.action, rule.condition, reply.message, reply.status)

    def _once(
        self, method: str, path: str, options: Mapping[str, Any]
    ) -> Response | Failure:
        headers = {
            "Authorization": self.credential.header(),
            "Accept": "application/json",
        }
        return self.attempt(method, f"{self.url}/{path}", headers=headers, **options)


def limit_pause(refusals: int, headers: Mapping[str, str]) -> float:
    """Return the seconds to wait after a 429.

    No header says how long the limit lasts, so the pauses double, with jitter.

    Args:
        refusals: How many came before it.
        headers: Headers of the response, names in lower case.
    """
    pause = min(LONGEST_PAUSE, math.ldexp(FIRST_PAUSE, refusals))
    pause *= 1 + random.random() / 4  # noqa: S311 - not for security
    return max(pause, retry_after(headers) or 0.0)


def _refusal(
    action: Action,
    condition: Condition,
    message: str,
    status: int,
) -> Exception:
    """Return the exception for a refusal that a retry cannot change."""
    if action is Action.SHRINK:
        return SmallerError(message)
    if action is Action.SKIP:
        return ScopeError(message)
    if action in {Action.STOP, Action.RENEW}:
        return TapError(Faults.line(condition, message=message, status=status))
    return UnreadableError(message)
