"""Sends requests until they are answered, as errors.FAULTS says, and no longer."""

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
    Answer,
    FailedError,
    Fault,
    RefusedError,
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
FIRST_ATTEMPTS = 3  # before the first good answer: more likely a wrong address
LATER_ATTEMPTS = 2  # of an operation that has failed for good before in this run
MOST_FAILURES = 25  # operations in a row that fail for good: GitHub is not well
FIRST_PAUSE = 1.0
RENEWALS = 2  # of an App's token, for one request
LONGEST_PAUSE = 60.0
SECONDARY_PAUSE = 60.0  # at least a minute, then longer: docs/apis/github.md

PROBE = {"query": "query Probe { rateLimit { remaining } }"}
"""What shows whether GitHub answers at all."""


@dataclass(slots=True)
class Patience:
    """How often and how long, in seconds, a request has been tried.

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
        resource: GRAPHQL or REST: whose budget it takes from.
        name: What is requested: an operation, or the path of a list.
        wanted: What the body must be: dict (with `data`) or list.
        more: What requests.Session.request takes besides.
        shrinkable: Whether the caller can ask for less.
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
        """Make the session and the tokens; send nothing yet."""
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

    def send(self, request: Request) -> tuple[Answer, Fault | None]:
        """Send a request until it is answered or cannot be.

        Returns:
            The answer, with the fault that the caller has to deal with (SPARE or
            PARTIAL) or None.

        Raises:
            TooHeavyError: If it is shrinkable, and may be too much for the server.
            UnreadableError: If this cannot be had, and GitHub answers others.
            TapError: If the run cannot go on.
        """
        patience = Patience()
        while True:
            answer = self._attempt(request, patience)
            fault = classify(answer)
            if fault is None or fault.action in {Action.PARTIAL, Action.SPARE}:
                self._good = True
                self._failures = 0
                self._failed_before.discard(request.name)
                return answer, fault
            if fault.action is Action.SHRINK and request.shrinkable:
                self._logger.warning(
                    "%s: next attempt at once, for less", fault.line(answer)
                )
                raise TooHeavyError(fault.line(answer))
            self._react(fault, answer, request, patience)

    def _attempt(self, request: Request, patience: Patience) -> Answer:
        """Send a request once, as soon as a slot and a token are free."""
        resource = request.resource
        with self.slots.one():
            points = self._costs.get(request.name, 1.0)
            token = self._token(request, patience, points)
            try:
                patience.attempts += 1
                patience.secret = token.value()
                more = {**request.more, "auth": Bearer(patience.secret)}
                answer = self._once(request.method, request.url, more, request.wanted)
                answer.token = token
                self.tokens.note(token, resource, answer)
            finally:
                self.tokens.release(token, resource, points)
        if cost := answer.points:
            self._costs[request.name] = cost
        return answer

    def pause(self, seconds: float, why: str) -> None:
        """Wait, and say why.

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
                    self.tokens.wait_for_answer(token, resource, points)

    def _react(
        self, fault: Fault, answer: Answer, request: Request, patience: Patience
    ) -> None:
        """Do what the table says, so that the request can be sent again.

        Raises:
            UnreadableError: If this thing cannot be read.
            TapError: If the run cannot go on.
        """
        line = f"{fault.line(answer)}: attempt {patience.attempts} failed"
        match fault.action:
            case Action.WAIT:
                asked = answer.seconds_to_reset
                seconds = patience.limited(SECONDARY_PAUSE if asked is None else asked)
                self.tokens.block(answer.token, request.resource, seconds)
                self._logger.warning("%s", line)
            case Action.PAUSE:
                asked = answer.seconds_to_retry
                seconds = patience.limited(patience.pause if asked is None else asked)
                patience.pause *= 2
                self.tokens.block(answer.token, request.resource, seconds)
                self._logger.warning("%s", line)
                if self.slots.narrow():
                    self._logger.warning(
                        "From now on, the tap sends one request at a time"
                    )
            case Action.REPLACE:
                self._replace(answer, fault, patience)
            case Action.SHRINK | Action.RETRY if self._may_retry(request, patience):
                delay = min(FIRST_PAUSE * 2**patience.failures, LONGEST_PAUSE)
                patience.failures += 1
                self._wait(max(delay, answer.seconds_to_retry or 0), patience, line)
            case Action.SHRINK | Action.RETRY:
                self._give_up(fault, answer, request)
            case _ if self._good:
                raise RefusedError(
                    fault.line(answer),
                    is_off=fault.name == SWITCHED_OFF,
                    is_absent=fault.name == NOT_THERE,
                )
            case _:
                raise TapError(self._at(fault, answer))

    def _may_retry(self, request: Request, patience: Patience) -> bool:
        if not self._answered:
            most = FIRST_ATTEMPTS
        elif request.name in self._failed_before:
            most = LATER_ATTEMPTS
        else:
            most = ATTEMPTS
        return patience.failures + 1 < most

    def _give_up(self, fault: Fault, answer: Answer, request: Request) -> None:
        """Stop trying: of this alone where GitHub answers, of everything elsewhere.

        Raises:
            UnreadableError: If GitHub answers something else.
            TapError: If it does not.
        """
        self._failed_before.add(request.name)
        self._failures += 1
        if self._failures > MOST_FAILURES:
            message = (
                f"{self._at(fault, answer)}; {self._failures} requests in a row failed "
                "for good: run again later (the next run continues from the last state)"
            )
            raise TapError(message)
        if not self._answers():
            raise TapError(self._at(fault, answer))
        message = f"{fault.line(answer)}, {request.name} after all retries"
        raise FailedError(message)

    def _answers(self) -> bool:
        """Send the smallest request, and return whether GitHub answers it.

        If GitHub has answered nothing yet, the address may be wrong: then only a
        response with data counts.
        """
        token, _ = self.tokens.pick(GRAPHQL)
        probe = {"json": PROBE, "auth": Bearer(token.value())}
        found = self._once("POST", self.graphql_url, probe, dict)
        if self._good:
            return bool(0 < found.status < requests.codes.server_error)
        return classify(found) is None

    def _at(self, fault: Fault, answer: Answer) -> str:
        return f"GitHub at {self.rest_url}: {fault.line(answer)}"

    def _once(
        self, method: str, url: str, request: dict[str, Any], wanted: type
    ) -> Answer:
        self.requests += 1
        answer = self._transport.send(method, url, request)
        answer.wanted = wanted
        if answer.status:
            self._answered = True
            self.server_time = server_time(answer.headers)
        return answer

    def _wait(self, seconds: float, patience: Patience, why: str) -> None:
        """Wait, if the user allows it.

        Raises:
            TapError: If that makes more than max_wait_seconds for one request.
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

    def _replace(self, answer: Answer, fault: Fault, patience: Patience) -> None:
        """Renew a refused token, or go on without it.

        Raises:
            TapError: If there is no other.
        """
        if answer.token not in self.tokens:
            return  # another request has found out before
        # A new one that is refused too will not get better by being renewed for ever.
        if patience.renewals < RENEWALS and answer.token.renew(patience.secret):
            patience.renewals += 1
            return
        if len(self.tokens) == 1:
            raise TapError(self._at(fault, answer))
        self.tokens.drop(answer.token)
        self._logger.warning(
            "GitHub refuses %s; going on with the other %d",
            answer.token.name,
            len(self.tokens),
        )

    def _issue(self, installation: str, jwt: str) -> tuple[dict[str, Any], float]:
        """Ask for a token of a GitHub App's installation.

        Returns:
            GitHub's answer, and its time in epoch seconds.

        Raises:
            TapError: If GitHub gives none.
        """
        url = f"{self.rest_url}/app/installations/{installation}/access_tokens"
        redaction.remember(jwt)
        patience = Patience()
        for attempt in range(ATTEMPTS):
            patience.attempts += 1
            answer = self._once("POST", url, {"auth": Bearer(jwt)}, object)
            if answer.status == requests.codes.created and isinstance(
                answer.body, dict
            ):
                return answer.body, server_time(answer.headers)
            fault = classify(answer)
            if fault is None or fault.action not in {
                Action.RETRY,
                Action.SHRINK,
                Action.PAUSE,
            }:
                break
            pause = answer.seconds_to_retry or FIRST_PAUSE * 2**attempt
            line = f"{fault.line(answer)}: attempt {patience.attempts} failed"
            self._wait(pause, patience, line)
        message = fill(
            "GitHub gives the App no token ({what}): check {app_id}, {app_private_key} "
            "and {app_installation_id}",
            what=answer.what,
        )
        raise TapError(message)
