"""Sends requests to HubSpot: one session, one set of limits, one table of errors."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_hubspot_crm import conditions
from tap_hubspot_crm.common.decoding import decode
from tap_hubspot_crm.common.errors import TapError
from tap_hubspot_crm.common.faults import Faults
from tap_hubspot_crm.common.http import (
    Failure,
    FailureKind,
    HttpSession,
    without_credentials,
)
from tap_hubspot_crm.common.package import version_of
from tap_hubspot_crm.common.rate_limits import retry_after, server_time
from tap_hubspot_crm.common.variables import fill
from tap_hubspot_crm.transport.credential import (
    TOKEN_PATH,
    Credential,
    RefreshedToken,
    StaticToken,
)
from tap_hubspot_crm.transport.errors import (
    Action,
    FailedError,
    RefusedError,
    Reply,
    Rule,
    ScopesError,
    TooLongError,
    WrongEndpointError,
    judge,
)
from tap_hubspot_crm.transport.limits import Limits

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

API_URL = "https://api.hubapi.com"
TRIES = 5  # of one request
FIRST_PAUSE = 1.0  # seconds before the second attempt; doubled before each further one
COMPLETE = frozenset({HTTPStatus.OK, HTTPStatus.MULTI_STATUS})
"""207: some of the IDs of a batch were not found (until version 2026-03)."""

Json = dict[str, Any]


class HubSpotClient:
    """Sends requests to HubSpot.

    Args:
        config: The settings.
        faults: Where repaired text is reported.
        logger: Where waits and retries are logged.
        sleep: Waits for a number of seconds.
        clock: Returns seconds, from any start.

    Attributes:
        requests: Requests sent so far.
        answered_at: When the last response was sent, by the server's clock, in epoch
            seconds; None before the first response.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        faults: Faults,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open a session; nothing is sent yet."""
        self.url = str(config.get("api_url") or API_URL).rstrip("/")
        self.version = config["api_version"]
        self.requests = 0
        self.answered_at: float | None = None
        self._faults = faults
        self._logger = logger
        self._sleep = sleep
        self.limits = Limits(config["max_wait_seconds"], logger, sleep, clock)
        agent = (config.get("user_agent") or "").strip()
        agent = agent or f"tap-hubspot-crm/{version_of('tap-hubspot-crm')}"
        self._session = HttpSession(agent, config["request_timeout"])
        self._failed_before = False
        self._credential: Credential
        if token := (config.get("access_token") or "").strip():
            self._credential = StaticToken(token)
        else:
            self._credential = RefreshedToken(config, self._exchange, clock)

    @property
    def points(self) -> float:
        """What the requests cost: one point each."""
        return float(self.requests)

    @property
    def points_left(self) -> float | None:
        """Requests that are left of the day; None if unknown."""
        return self.limits.daily_left

    def get(
        self,
        path: str,
        parameters: Mapping[str, Any],
        key: str,
        kind: type = list,
    ) -> Json:
        """Send a GET request, as often as it takes.

        Args:
            path: Path with `{version}` for the version of the API.
            parameters: The query; a list is sent with commas.
            key: What the response must contain.
            kind: Type of that value.

        Returns:
            The response, a JSON object.

        Raises:
            ScopesError: If the credential lacks a scope.
            TooLongError: If the address is too long.
            UnreadableError: If the request fails in every attempt, or is refused.
            TapError: If the run cannot continue.
        """
        query = {
            name: ",".join(value) if isinstance(value, (list, tuple)) else value
            for name, value in parameters.items()
            if value not in (None, "", (), [])
        }
        return self._request("GET", path, key, kind=kind, params=query).body

    def post(
        self,
        path: str,
        body: Json,
        key: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        is_search: bool = False,
    ) -> Json:
        """Send a POST request that reads; see `get`.

        Args:
            path: Path with `{version}` for the version of the API.
            body: What to send.
            key: What the response must contain.
            parameters: The query.
            is_search: Whether the limit of searches applies.
        """
        return self._request(
            "POST", path, key, is_search=is_search, json=body, params=parameters
        ).body

    def _request(
        self,
        method: str,
        path: str,
        key: str,
        *,
        kind: type = list,
        is_search: bool = False,
        **options: Any,  # noqa: ANN401 - see requests
    ) -> Reply:
        url = self.url + path.format(version=self.version)
        failures = refusals = 0
        waited = 0.0
        is_renewed = False
        while True:
            self.limits.before_request(is_search=is_search)
            headers = {"Authorization": self._credential.header()}
            reply = self._send(method, url, headers=headers, **options)
            if reply.status in COMPLETE and isinstance(reply.body.get(key), kind):
                self._failed_before = False
                return reply
            rule = judge(reply)
            if rule.action is Action.WAIT:
                waited += self.limits.after_refusal(reply, refusals, waited)
                refusals += 1
            elif rule.action is Action.RETRY:
                failures = self._pause(failures, reply)
            elif rule.action is Action.RENEW and not is_renewed:
                is_renewed = True
                if not self._credential.renew():
                    raise self._refusal(rule, reply)
            else:
                raise self._refusal(rule, reply)

    def _refusal(self, rule: Rule, reply: Reply) -> Exception:
        """Return the exception that a response means."""
        if rule.condition is not None:
            line = Faults.line(
                rule.condition, status=reply.status, message=reply.message
            )
            if rule.condition is conditions.WRONG_ENDPOINT:
                return WrongEndpointError(line)
            return TapError(line)
        if rule.action is Action.SKIP:
            return ScopesError(reply.scopes)
        reason = f"HTTP {reply.status}: {reply.message}"
        if rule.action is Action.SHORTEN:
            return TooLongError(reason)
        return RefusedError(reason)

    def _send(self, method: str, url: str, **options: Any) -> Reply:  # noqa: ANN401
        """Send a request once."""
        self.requests += 1
        response = self._session.send(method, url, allow_redirects=False, **options)
        if isinstance(response, Failure):
            return self._failure(response, url)
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.limits.observe(headers)
        self.answered_at = server_time(headers)
        try:
            body, is_repaired = decode(response.content)
        except ValueError:
            body, is_repaired = None, False
        if is_repaired:
            self._faults.add(conditions.TEXT_REPAIRED)
        note = response.reason or "the response is not what was requested"
        if not isinstance(body, dict):
            body = {}
        return Reply(response.status_code, body, headers, note)

    def _failure(self, failure: Failure, url: str) -> Reply:
        if failure.kind is FailureKind.NOT_SENT:
            line = fill(
                "{api_url} cannot be used ({cause}): {url}",
                cause=failure.cause,
                url=without_credentials(url),
            )
            raise TapError(line)
        if failure.kind is FailureKind.TIMED_OUT:
            return Reply(0, note=f"no response within {self._session.seconds:g} s")
        return Reply(0, note=f"the connection failed ({failure.cause})")

    def _pause(self, failures: int, reply: Reply) -> int:
        """Wait before the next attempt.

        Args:
            failures: Attempts that failed before this one.
            reply: What came back.

        Returns:
            Attempts that have failed.

        Raises:
            FailedError: If this was the last attempt, and other requests succeed.
            TapError: If this was the last attempt, and no request succeeds.
        """
        reason = reply.message
        if reply.status:
            reason = f"HTTP {reply.status}: {reason}"
        if failures + 1 >= TRIES:
            if self._failed_before or self.answered_at is None:
                raise TapError(
                    Faults.line(
                        conditions.UNREACHABLE,
                        url=without_credentials(self.url),
                        tries=TRIES,
                        message=reason,
                    )
                )
            self._failed_before = True
            raise FailedError(reason)
        seconds = FIRST_PAUSE * 2**failures
        if (asked := retry_after(reply.headers)) is not None:
            self.limits.check(asked)
            seconds = max(seconds, asked)
        self._logger.warning(
            "Request to HubSpot failed, attempt %d of %d (%s): next attempt in %g s",
            failures + 1,
            TRIES,
            reason,
            seconds,
        )
        self._sleep(seconds)
        return failures + 1

    def _exchange(self, form: dict[str, str]) -> Reply:
        """Get an access token of OAuth.

        Raises:
            TapError: If HubSpot gives none.
        """
        failures = 0
        while True:
            reply = self._send("POST", self.url + TOKEN_PATH, data=form)
            if reply.status == HTTPStatus.OK and reply.body.get("access_token"):
                return reply
            rule = judge(reply)
            if rule.action not in (Action.RETRY, Action.WAIT):
                line = Faults.line(
                    conditions.TOKEN_REFUSED,
                    status=reply.status,
                    message=reply.message,
                )
                raise TapError(line)
            failures = self._pause(failures, reply)
