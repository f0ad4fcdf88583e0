"""Sends requests to the Google Health API."""

from __future__ import annotations

import random
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_google_health import conditions
from tap_google_health.common.decoding import decode
from tap_google_health.common.errors import TapError, UnreadableError
from tap_google_health.common.faults import Faults
from tap_google_health.common.http import (
    Failure,
    FailureKind,
    HttpSession,
    without_credentials,
)
from tap_google_health.common.package import version_of
from tap_google_health.common.rate_limits import retry_after, server_time
from tap_google_health.common.variables import fill, setting_name
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

    import requests

    from tap_google_health.common.conditions import Condition

TRIES = 5  # of one request that fails for another reason than the rate limit
FIRST_PAUSE = 1.0  # seconds; doubled before each further attempt
LONGEST_PAUSE = 64.0  # seconds; the limit is per minute (docs/apis/google_health.md)
STREAMS_IN_SUCCESSION = 2  # that fail without a response, before the run ends


class HealthClient:
    """Sends requests, waits for the rate limit and repeats what failed.

    Args:
        config: The settings of the tap.
        faults: Where what is noticed in responses is logged.
        logger: Where waits and retries are logged.
        sleep: Waits for a number of seconds.

    Attributes:
        requests: Requests sent so far, including those for tokens.
        points: The API has no points: the same number.
        points_left: None, because no header says how many requests are left.
        answered_at: When the last response was sent, by the server's clock, in seconds
            since the epoch; None before the first.
    """

    points_left: float | None = None

    def __init__(
        self,
        config: Mapping[str, Any],
        faults: Faults,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a session; send nothing yet."""
        self.url = str(config["api_url"]).rstrip("/")
        self.faults = faults
        self.logger = logger
        self.sleep = sleep
        self.requests = 0
        self.answered_at: float | None = None
        self._most = float(config["max_wait_seconds"])
        agent = (config.get("user_agent") or "").strip()
        agent = agent or f"tap-google-health/{version_of('tap-google-health')}"
        self._session = HttpSession(agent, config["request_timeout"])
        self._failed_in_succession = 0
        self.credential = Credential(config, faults, self._post, self._wait_for_token)

    @property
    def points(self) -> float:
        """Requests sent so far: each costs one of the limit."""
        return self.requests

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
            header = self.credential.header()
            received = self._once(method, f"{self.url}/{path}", header, options)
            if isinstance(received, Failure):
                if shrinkable and received.may_be_size:
                    raise SmallerError(received.cause)
                failures = self._pause(failures, received.cause, {})
                continue
            body = self._decoded(received)
            if received.status_code == HTTPStatus.OK and isinstance(body, dict):
                self._failed_in_succession = 0
                return body
            reply = read_error(received.status_code, body)
            rule = judge(reply)
            if rule.action is Action.WAIT:
                waited += self._wait_for_limit(refusals, waited, received.headers)
                refusals += 1
            elif rule.action is Action.RETRY or (
                rule.action is Action.SHRINK
                and not shrinkable
                and reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            ):
                failures = self._pause(failures, reply.message, received.headers)
            elif rule.action is Action.RENEW and not is_renewed:
                is_renewed = True
                self.credential.renew()
            else:
                if reply.is_json:
                    self._failed_in_succession = 0
                raise _refusal(rule.action, rule.condition, reply.message, reply.status)

    def _once(
        self, method: str, url: str, header: str, options: Mapping[str, Any]
    ) -> requests.Response | Failure:
        headers = {"Authorization": header, "Accept": "application/json"}
        return self._sent(method, url, headers=headers, **options)

    def _post(
        self, url: str, body: bytes, headers: dict[str, str]
    ) -> requests.Response | Failure:
        return self._sent("POST", url, "token_url", data=body, headers=headers)

    def _sent(
        self,
        method: str,
        url: str,
        setting: str = "api_url",
        **options: Any,  # noqa: ANN401 - see requests
    ) -> requests.Response | Failure:
        self.requests += 1
        received = self._session.send(method, url, allow_redirects=False, **options)
        if not isinstance(received, Failure):
            self.answered_at = server_time(
                {name.lower(): value for name, value in received.headers.items()}
            )
        elif received.kind is FailureKind.NOT_SENT:
            line = fill(
                "{setting} cannot be used ({cause}): {url}",
                setting=setting_name(setting),
                cause=received.cause,
                url=without_credentials(url),
            )
            raise TapError(line)
        return received

    def _decoded(self, received: requests.Response) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of a response; None if it is not JSON."""
        try:
            body, is_repaired = decode(received.content)
        except ValueError:
            return None
        if is_repaired:
            self.faults.add(conditions.TEXT_REPAIRED)
        return body

    def _wait_for_limit(
        self, refusals: int, waited: float, headers: Mapping[str, str]
    ) -> float:
        """Wait after 429; no header says how long, so the pauses double.

        Returns:
            Seconds waited.

        Raises:
            TapError: If the setting does not allow the wait.
        """
        seconds = self._seconds(refusals, headers)
        if waited + seconds > self._most:
            line = Faults.line(
                conditions.LIMIT_TOO_LONG,
                seconds=f"{waited:,.0f}",
                most=f"{self._most:,.0f}",
            )
            raise TapError(line)
        self.logger.warning(
            "Google's rate limit is exceeded: next attempt in %.1f s", seconds
        )
        self.sleep(seconds)
        return seconds

    def _pause(self, failures: int, reason: str, headers: Mapping[str, str]) -> int:
        """Wait before the next attempt.

        Returns:
            Attempts that have failed.

        Raises:
            UnreadableError: If this was the last attempt.
            TapError: If it was the last one for two streams in succession.
        """
        if failures + 1 >= TRIES:
            self._failed_in_succession += 1
            if self._failed_in_succession >= STREAMS_IN_SUCCESSION:
                raise self._unreachable(reason, self.url)
            raise UnreadableError(reason)
        return self._retry(failures, reason, headers)

    def _wait_for_token(
        self, failures: int, reason: str, headers: Mapping[str, str]
    ) -> int:
        if failures + 1 >= TRIES:
            raise self._unreachable(reason, "the token endpoint")
        return self._retry(failures, reason, headers)

    def _retry(self, failures: int, reason: str, headers: Mapping[str, str]) -> int:
        seconds = min(self._seconds(failures, headers), self._most)
        self.logger.warning(
            "Request to Google failed, attempt %d of %d (%s): next attempt in %.1f s",
            failures + 1,
            TRIES,
            reason,
            seconds,
        )
        self.sleep(seconds)
        return failures + 1

    @staticmethod
    def _unreachable(reason: str, url: str) -> TapError:
        shown = without_credentials(url) if "://" in url else url
        line = Faults.line(
            conditions.UNREACHABLE, url=shown, message=reason, tries=TRIES
        )
        return TapError(line)

    @staticmethod
    def _seconds(attempts: int, headers: Mapping[str, str]) -> float:
        """Return the pause: doubled each time, with jitter, or what Google asks for."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempts)
        pause *= 1 + random.random() / 4  # noqa: S311 - not for security
        lower = {name.lower(): value for name, value in headers.items()}
        asked = retry_after(lower) or 0.0
        return max(float(pause), asked)


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
