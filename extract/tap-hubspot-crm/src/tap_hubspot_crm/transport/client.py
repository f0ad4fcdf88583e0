"""Sends requests to HubSpot: one session, one set of limits, one table of errors."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_hubspot_crm import conditions
from tap_hubspot_crm.common.errors import TapError
from tap_hubspot_crm.common.faults import Faults
from tap_hubspot_crm.common.http import Failure
from tap_hubspot_crm.common.rest import RestClient
from tap_hubspot_crm.common.variables import fill
from tap_hubspot_crm.transport.credential import (
    TOKEN_PATH,
    Credential,
    RefreshedToken,
    StaticToken,
)
from tap_hubspot_crm.transport.errors import (
    Action,
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

    from tap_hubspot_crm.common.rest import Response

API_URL = "https://api.hubapi.com"
ACCOUNT = "/account-info/{version}/details"
COMPLETE = frozenset({HTTPStatus.OK, HTTPStatus.MULTI_STATUS})
"""207: some of the IDs of a batch were not found (until version 2026-03)."""

Json = dict[str, Any]


class HubSpotClient(RestClient):
    """Sends requests to HubSpot; see `RestClient`.

    Args:
        config: The settings.
        faults: Where repaired text is reported.
        logger: Where waits and retries are logged.
        sleep: Waits for a number of seconds.
        clock: Returns seconds, from any start.
    """

    vendor = "HubSpot"
    tap = "tap-hubspot-crm"

    def __init__(
        self,
        config: Mapping[str, Any],
        faults: Faults,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open a session; send nothing yet."""
        super().__init__(config, conditions, faults, logger, url=API_URL, sleep=sleep)
        self.version = config["api_version"]
        self.limits = Limits(logger, sleep, clock)
        self._credential: Credential
        if token := (config.get("access_token") or "").strip():
            self._credential = StaticToken(token)
        else:
            self._credential = RefreshedToken(config, self._exchange, clock)

    @property
    def points_left(self) -> float | None:
        """Requests that are left of the day; None if unknown."""
        return self.limits.daily_left

    def probe(self) -> Response | Failure:
        """Request whose credential it is, once."""
        return self.attempt("GET", self._address(ACCOUNT), headers=self._headers())

    def get(
        self,
        path: str,
        parameters: Mapping[str, Any],
        key: str,
        kind: type = list,
    ) -> Json:
        """Send a GET request until it succeeds or cannot succeed.

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
        url = self._address(path)
        failures = refusals = 0
        waited = 0.0
        is_renewed = False
        while True:
            self.limits.before_request(is_search=is_search)
            reply = self._once(method, url, headers=self._headers(), **options)
            if reply.status in COMPLETE and isinstance(reply.body.get(key), kind):
                return reply
            rule = judge(reply)
            if rule.action is Action.WAIT:
                seconds = self.limits.after_refusal(reply, refusals)
                waited = self.wait_for_limit(seconds, waited, reply.words)
                refusals += 1
            elif rule.action is Action.RETRY:
                failures = self.pause(failures, reply.words, reply.headers)
            elif rule.action is Action.RENEW and not is_renewed:
                is_renewed = True
                if not self._credential.renew():
                    raise self._refusal(rule, reply)
            else:
                raise self._refusal(rule, reply)

    def _address(self, path: str) -> str:
        return self.url + path.format(version=self.version)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": self._credential.header()}

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
        if rule.action is Action.SHORTEN:
            return TooLongError(reply.words)
        if reply.status == HTTPStatus.NOT_FOUND:  # no path contains an ID
            message = "{message}; check {api_version} and {api_url}"
            return RefusedError(fill(message, message=reply.words))
        return RefusedError(reply.words)

    def _once(self, method: str, url: str, **options: Any) -> Reply:  # noqa: ANN401 - see requests
        """Send a request once, and observe the limits."""
        received = self.attempt(method, url, **options)
        if isinstance(received, Failure):
            return Reply(0, note=self.words(received))
        self.limits.observe(received.headers)
        note = received.phrase or "the response is not what was requested"
        body = received.body if isinstance(received.body, dict) else {}
        return Reply(received.status, body, received.headers, note)

    def _exchange(self, form: dict[str, str]) -> Reply:
        """Get an access token of OAuth.

        Raises:
            TapError: If HubSpot gives none.
        """
        url = self.url + TOKEN_PATH
        failures = 0
        while True:
            reply = self._once("POST", url, data=form)
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
            failures = self.pause(failures, reply.words, reply.headers, needed=url)
