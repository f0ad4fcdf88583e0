"""Sends requests, with the retries and waits of errors.RULES."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from tap_github_prs.common import redaction
from tap_github_prs.common.concurrency import Slots
from tap_github_prs.common.errors import TapError
from tap_github_prs.common.package import version_of
from tap_github_prs.common.rate_limits import server_time
from tap_github_prs.common.variables import fill
from tap_github_prs.settings import API_URL
from tap_github_prs.transport.auth import Bearer, TokenPool, read_tokens
from tap_github_prs.transport.errors import (
    NOT_THERE,
    SWITCHED_OFF,
    Action,
    FailedError,
    RefusedError,
    Response,
    Rule,
    TooHeavyError,
    classify,
)
from tap_github_prs.transport.http import Transport, graphql_url

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from tap_github_prs.transport.auth import Clock, Token

GRAPHQL, REST = "graphql", "core"
ATTEMPTS = 8
FIRST_ATTEMPTS = 3  # before the first good response: the address may be wrong
LATER_ATTEMPTS = 2  # of an operation that has failed in every attempt before
MOST_FAILURES = 25  # operations in a row that fail in every attempt
FIRST_PAUSE = 1.0
RENEWALS = 2  # of an App's token, for one request
LONGEST_PAUSE = 60.0
SECONDARY_PAUSE = 60.0  # at least a minute, then longer: docs/apis/github.md

PROBE = {"query": "query Probe { rateLimit { remaining } }"}
"""The smallest request: it shows whether GitHub answers."""


@dataclass(slots=True)
class Patience:
    """The attempts of one request, and how many seconds it has waited.

    Attributes:
        attempts: Requests sent, the last one included.
        failures: Those of them that failed for no known reason.
        renewals: Renewals of an App's token.
        secret: What was sent as the token.
        waited: Seconds waited in total.
        pause: The next pause after a secondary limit that names none.
        least: The next pause at least, after a limit. A reset that lies in the past
            again and again would otherwise be a loop without a pause.
    """

    attempts: int = 0
    failures: int = 0
    renewals: int = 0
    secret: str = field(default="", repr=False)
    waited: float = 0.0
    pause: float = SECONDARY_PAUSE
    least: float = FIRST_PAUSE

    def limited(self, seconds: float) -> float:
        """Return the seconds to pause after a limit that asks for some.

        Args:
            seconds: What GitHub asks for.
        """
        seconds = max(seconds, self.least)
        self.least = min(self.least * 2, LONGEST_PAUSE)
        return seconds


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        resource: GRAPHQL or REST: the budget that it uses.
        name: The GraphQL operation, or the path of a REST list.
        wanted: What the body must be: dict (with `data`) or list.
        more: Other arguments of requests.Session.request.
        shrinkable: Whether the caller can request fewer rows.
        token: The token to use, None for the one with the most left.
    """

    resource: str
    name: str
    method: str
    url: str
    wanted: type
    more: Mapping[str, Any]
    shrinkable: bool = False
    token: Token | None = None


class Sender:
    """Sends requests with the tokens of the settings, from any thread.

    Attributes:
        requests: Requests sent so far.
        server_time: Time of the last response, by GitHub's clock, in epoch seconds.
        slots: Limits the requests at the same time to `max_parallel_requests`.

    Args:
        config: The tap's settings.
        logger: Logs waits and retries.
        clock: The clock of the waits.
    """

    def __init__(
        self, config: Mapping[str, Any], logger: logging.Logger, clock: Clock
    ) -> None:
        """Open the session and read the tokens; send nothing yet."""
        self.rest_url = (config.get("api_url") or API_URL).rstrip("/")
        self.graphql_url = graphql_url(self.rest_url)
        self.requests = 0
        self.server_time = time.time()
        self.slots = Slots(config["max_parallel_requests"])
        self._turn = threading.Lock()  # held by the request that chooses a token
        self._costs: dict[str, float] = {}
        self._clock = clock
        self._transport = Transport(
            config.get("user_agent")
            or f"tap-github-prs/{version_of('tap-github-prs')}",
            config["request_timeout"],
        )
        self._max_wait = config["max_wait_seconds"]
        self._logger = logger
        self._answered = False
        self._good = False
        self._failed_before: set[str] = set()
        self._failures = 0
        self.tokens = TokenPool(read_tokens(config, self._issue, clock), clock)

    def send(self, request: Request) -> tuple[Response, Rule | None]:
        """Send a request, and retry it until it succeeds or fails permanently.

        Returns:
            The response, with the rule whose action the caller takes (DROP_FIELD or
            PARTIAL) or None.

        Raises:
            TooHeavyError: If it is shrinkable and may be too large for the server.
            UnreadableError: If this request fails, but GitHub answers others.
            TapError: If the run cannot continue.
        """
        patience = Patience()
        while True:
            response = self._attempt(request, patience)
            rule = classify(response)
            if rule is None or rule.action in {Action.PARTIAL, Action.DROP_FIELD}:
                self._good = True
                self._failures = 0
                self._failed_before.discard(request.name)
                return response, rule
            if rule.action is Action.SHRINK and request.shrinkable:
                self._logger.warning("%s: requesting fewer rows", rule.line(response))
                raise TooHeavyError(rule.line(response))
            self._react(rule, response, request, patience)

    def _attempt(self, request: Request, patience: Patience) -> Response:
        """Send a request once, as soon as a slot and a token are free."""
        resource = request.resource
        with self.slots.one():
            points = self._costs.get(request.name, 1.0)
            token = self._token(request, patience, points)
            try:
                patience.attempts += 1
                patience.secret = token.value()
                more = {**request.more, "auth": Bearer(patience.secret)}
                response = self._once(request.method, request.url, more, request.wanted)
                response.token = token
                self.tokens.note(token, resource, response)
            finally:
                self.tokens.release(token, resource, points)
        if cost := response.points:
            self._costs[request.name] = cost
        return response

    def pause(self, seconds: float, why: str) -> None:
        """Wait, and log why.

        Raises:
            TapError: If that is more than max_wait_seconds.
        """
        self._wait(seconds, Patience(), why)

    def _token(self, request: Request, patience: Patience, points: float) -> Token:
        """Return a token for a request, with its points reserved.

        If none may be used yet, one request waits, and the others wait for that one.
        """
        resource = request.resource
        with self._turn:
            while True:
                token, delay = self.tokens.pick(resource, request.token)
                if delay:
                    what = f"GitHub's {resource} limit is reached"
                    self._wait(delay, patience, what)
                elif self.tokens.reserve(token, resource, points):
                    return token
                else:
                    self.tokens.wait_for_response(token, resource, points)

    def _react(
        self, rule: Rule, response: Response, request: Request, patience: Patience
    ) -> None:
        """Take the rule's action; afterwards the request can be sent again.

        Raises:
            UnreadableError: If this object cannot be read.
            TapError: If the run cannot continue.
        """
        line = f"{rule.line(response)}: attempt {patience.attempts} failed"
        match rule.action:
            case Action.WAIT:
                asked = response.seconds_to_reset
                seconds = patience.limited(SECONDARY_PAUSE if asked is None else asked)
                self.tokens.block(response.token, request.resource, seconds)
                self._logger.warning("%s", line)
            case Action.PAUSE:
                asked = response.seconds_to_retry
                seconds = patience.limited(patience.pause if asked is None else asked)
                patience.pause *= 2
                self.tokens.block(response.token, request.resource, seconds)
                self._logger.warning("%s", line)
                if self.slots.narrow():
                    self._logger.warning(
                        "From now on, the tap sends one request at a time"
                    )
            case Action.REPLACE_TOKEN:
                self._replace(response, rule, patience)
            case Action.SHRINK | Action.RETRY if self._may_retry(request, patience):
                delay = min(FIRST_PAUSE * 2**patience.failures, LONGEST_PAUSE)
                patience.failures += 1
                self._wait(max(delay, response.seconds_to_retry or 0), patience, line)
            case Action.SHRINK | Action.RETRY:
                self._give_up(rule, response, request)
            case _ if self._good:
                raise RefusedError(
                    rule.line(response),
                    is_off=rule.name == SWITCHED_OFF,
                    is_absent=rule.name == NOT_THERE,
                )
            case _:
                raise TapError(self._at(rule, response))

    def _may_retry(self, request: Request, patience: Patience) -> bool:
        if not self._answered:
            most = FIRST_ATTEMPTS
        elif request.name in self._failed_before:
            most = LATER_ATTEMPTS
        else:
            most = ATTEMPTS
        return patience.failures + 1 < most

    def _give_up(self, rule: Rule, response: Response, request: Request) -> None:
        """Skip the request if GitHub answers others; otherwise end the run.

        Raises:
            UnreadableError: If GitHub answers other requests.
            TapError: If it does not respond.
        """
        self._failed_before.add(request.name)
        self._failures += 1
        if self._failures > MOST_FAILURES:
            message = (
                f"{self._at(rule, response)}; {self._failures} requests in a row "
                "failed: run again later (the next run continues from the last state)"
            )
            raise TapError(message)
        if not self._answers():
            raise TapError(self._at(rule, response))
        message = f"{rule.line(response)}, {request.name} after all retries"
        raise FailedError(message)

    def _answers(self) -> bool:
        """Send the smallest request, and return whether GitHub responds.

        If GitHub has answered nothing yet, the address may be wrong: then only a
        response with data counts.
        """
        token, _ = self.tokens.pick(GRAPHQL)
        probe = {"json": PROBE, "auth": Bearer(token.value())}
        found = self._once("POST", self.graphql_url, probe, dict)
        if self._good:
            return bool(0 < found.status < requests.codes.server_error)
        return classify(found) is None

    def _at(self, rule: Rule, response: Response) -> str:
        return f"GitHub at {self.rest_url}: {rule.line(response)}"

    def _once(
        self, method: str, url: str, request: dict[str, Any], wanted: type
    ) -> Response:
        self.requests += 1
        response = self._transport.send(method, url, request)
        response.wanted = wanted
        if response.status:
            self._answered = True
            self.server_time = server_time(response.headers)
        return response

    def _wait(self, seconds: float, patience: Patience, why: str) -> None:
        """Wait, if `max_wait_seconds` allows it.

        Raises:
            TapError: If one request would wait longer than max_wait_seconds.
        """
        patience.waited += seconds
        if patience.waited > self._max_wait:
            message = fill(
                "{why}: waiting would take {seconds} s more, and {max_wait_seconds} is "
                "{most}; run again later (the next run continues from the last state), "
                "or raise {max_wait_seconds}",
                why=why,
                seconds=f"{seconds:,.0f}",
                most=f"{self._max_wait:,}",
            )
            raise TapError(message)
        self._logger.warning("%s, next attempt in %.0f s", why, seconds)
        self._clock.sleep(seconds)

    def _replace(self, response: Response, rule: Rule, patience: Patience) -> None:
        """Renew a refused token, or continue without it.

        Raises:
            TapError: If there is no other token.
        """
        if response.token not in self.tokens:
            return  # another request has already dropped it
        # Renewing a token again and again does not help if each new one is refused.
        if patience.renewals < RENEWALS and response.token.renew(patience.secret):
            patience.renewals += 1
            return
        if len(self.tokens) == 1:
            raise TapError(self._at(rule, response))
        self.tokens.drop(response.token)
        self._logger.warning(
            "GitHub refuses %s; continuing with %d of the tokens",
            response.token.name,
            len(self.tokens),
        )

    def _issue(self, installation: str, jwt: str) -> tuple[dict[str, Any], float]:
        """Request a token of a GitHub App's installation.

        Returns:
            GitHub's response, and its time in epoch seconds.

        Raises:
            TapError: If GitHub does not issue one.
        """
        url = f"{self.rest_url}/app/installations/{installation}/access_tokens"
        redaction.remember(jwt)
        patience = Patience()
        for attempt in range(ATTEMPTS):
            patience.attempts += 1
            response = self._once("POST", url, {"auth": Bearer(jwt)}, object)
            if response.status == requests.codes.created and isinstance(
                response.body, dict
            ):
                return response.body, server_time(response.headers)
            rule = classify(response)
            if rule is None or rule.action not in {
                Action.RETRY,
                Action.SHRINK,
                Action.PAUSE,
            }:
                break
            pause = response.seconds_to_retry or FIRST_PAUSE * 2**attempt
            line = f"{rule.line(response)}: attempt {patience.attempts} failed"
            self._wait(pause, patience, line)
        message = fill(
            "GitHub issues no token to the App ({what}): check {app_id}, "
            "{app_private_key} and {app_installation_id}",
            what=response.what,
        )
        raise TapError(message)
