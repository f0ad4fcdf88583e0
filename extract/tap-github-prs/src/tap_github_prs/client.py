"""The one way to GitHub: transport, errors and limits, for GraphQL and REST."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from tap_github_prs import __version__, redaction
from tap_github_prs.auth import Bearer, TokenPool, read_tokens
from tap_github_prs.batches import BatchSize
from tap_github_prs.errors import (
    Action,
    Answer,
    Fault,
    RefusedQueryError,
    TapError,
    TooHeavyError,
    UnreadableError,
    classify,
    server_time,
)
from tap_github_prs.transport import Transport, graphql_url
from tap_github_prs.variables import shown

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from tap_github_prs.auth import Clock, Token
    from tap_github_prs.documents import Documents

GRAPHQL, REST = "graphql", "core"
ATTEMPTS = 8
FIRST_ATTEMPTS = 3  # before the first answer: more likely a wrong address
FIRST_PAUSE = 1.0
RENEWALS = 2  # of an App's token, for one request
LONGEST_PAUSE = 60.0
SECONDARY_PAUSE = 60.0  # FACTS: "else at least a minute, then exponentially"

LARGEST_PAGE = 100  # FACTS: `first` is 1..100
REPOSITORIES_AT_ONCE = 20  # each brings a page of its list of pull requests
LARGEST_PAGES = {
    "OrganizationRepositories": REPOSITORIES_AT_ONCE,
    "MoreReviewThreads": 50,
}
"""Largest page of an operation whose rows bring lists of their own."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a REST list.

    Attributes:
        items: Its rows; None where nothing has changed (304).
        etag: What to send as If-None-Match next time.
        next_url: Address of the next page, as GitHub gave it.
        asked_at: When it was answered, epoch seconds of GitHub's clock.
    """

    items: list[dict[str, Any]] | None
    etag: str | None
    next_url: str | None
    asked_at: float


@dataclass(slots=True)
class Patience:
    """How often and how long, in seconds, a request has been tried.

    Attributes:
        attempts: Requests sent, the last one included.
        failures: Those of them that failed for no known reason.
        renewals: Renewals of an App's token.
        waited: Seconds waited in total.
        pause: The next pause after a secondary limit that names none.
        least: The next pause at least, after a limit. A reset that lies in the past
            again and again would otherwise be a loop without a pause.
    """

    attempts: int = 0
    failures: int = 0
    renewals: int = 0
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


class GitHub:
    """Sends requests and does what errors.FAULTS says about the answers.

    Args:
        config: The tap's settings.
        documents: The GraphQL documents of the run.
        logger: Where to say that it waits.
        clock: What it waits by.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        documents: Documents,
        logger: logging.Logger,
        clock: Clock,
    ) -> None:
        """Make the session and the tokens; send nothing yet."""
        self.rest_url = config["api_url"].rstrip("/")
        self._graphql_url = graphql_url(self.rest_url)
        self.documents = documents
        self.requests = 0
        self.server_time = time.time()
        self._clock = clock
        self._transport = Transport(
            config.get("user_agent") or f"tap-github-prs/{__version__}",
            config["request_timeout"],
        )
        self._max_wait = config["max_wait_seconds"]
        self._logger = logger
        self._said: set[str] = set()
        self._sizes: dict[str, BatchSize] = {}
        self._attempts = FIRST_ATTEMPTS
        self.tokens = TokenPool(read_tokens(config, self._issue, clock), clock)

    def say_once(self, message: str) -> None:
        """Warn, but not twice of the same."""
        if message not in self._said:
            self._said.add(message)
            self._logger.warning(message)

    # GraphQL

    def graphql(
        self,
        operation: str,
        variables: Mapping[str, Any],
        *,
        times: int | None = None,
        shrinkable: bool = False,
    ) -> Answer:
        """Send an operation of queries/ until it is answered.

        Args:
            operation: Its name.
            variables: Its variables; those that the document lacks are left out.
            times: How often to repeat it under aliases, see Documents.repeated.
            shrinkable: Whether the caller can ask for less.

        Returns:
            The answer. Its errors are at most such as errors.FAULTS calls PARTIAL.

        Raises:
            TooHeavyError: If shrinkable and too much for the server.
            TapError: If it cannot be had.
        """
        while True:
            text = (
                self.documents.repeated(operation, times)
                if times
                else self.documents.text(operation)
            )
            used = {k: v for k, v in variables.items() if f"${k}:" in text}
            body = {"query": text, "variables": used, "operationName": operation}
            answer, fault = self._send(
                GRAPHQL, "POST", self._graphql_url, shrinkable=shrinkable, json=body
            )
            if fault is None or fault.action is Action.PARTIAL:
                return answer
            self._spare(text, answer, fault)

    def list_page(self, operation: str, variables: Mapping[str, Any]) -> Answer:
        """Send an operation that reads a page of a list, of the size `$first`.

        The page is as large as GitHub can give of this list, from 100 down to 1.

        Raises:
            TapError: If not even one can be had.
        """
        largest = LARGEST_PAGES.get(operation, LARGEST_PAGE)
        size = self._sizes.setdefault(operation, BatchSize(largest))
        _, answer = size.fit(
            lambda first: self.graphql(
                operation, {**variables, "first": first}, shrinkable=first > 1
            )
        )
        return answer

    def _spare(self, text: str, answer: Answer, fault: Fault) -> None:
        """Take the fields that were refused out of the documents.

        Raises:
            RefusedQueryError: If the tap cannot do without one of them.
        """
        places = [
            (place["line"], place["column"])
            for error in answer.errors
            for place in error.get("locations") or ()
        ]
        spared = [self.documents.refuse(text, *place) for place in places]
        if not places:
            named = re.search(r"'(\w+)' field", answer.message)
            spared = list(self.documents.refuse_all(named[1])) if named else []
        if not spared or not all(spared):
            message = f"GitHub refuses the query ({fault.name}): {answer.message}"
            raise RefusedQueryError(message)
        names = ", ".join(sorted({name for name in spared if name}))
        self.say_once(f"Left out {names} ({fault.name}): {answer.message}")

    # REST

    def page(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        etag: str | None = None,
    ) -> Page:
        """Read one page of a REST list.

        Args:
            url: Path below api_url, or an address that GitHub gave in a Link.
            params: Query parameters.
            etag: ETag of the same request before: the answer may be "nothing new",
                which costs nothing.

        Raises:
            UnreadableError: If the thing cannot be read.
            TapError: If nothing can.
        """
        if url.startswith("/"):
            url = self.rest_url + url
        headers = {"If-None-Match": etag} if etag else {}
        answer, _ = self._send(
            REST, "GET", url, params=dict(params or {}), headers=headers
        )
        link = requests.utils.parse_header_links(answer.headers.get("link", ""))
        following = [part["url"] for part in link if part.get("rel") == "next"]
        return Page(
            items=None if answer.status == requests.codes.not_modified else answer.body,
            etag=answer.headers.get("etag"),
            next_url=following[0] if following else None,
            asked_at=server_time(answer.headers),
        )

    # Both

    def _send(
        self,
        resource: str,
        method: str,
        url: str,
        *,
        shrinkable: bool = False,
        **request: Any,  # noqa: ANN401 - what requests.Session.request takes
    ) -> tuple[Answer, Fault | None]:
        """Send a request until it is answered or cannot be.

        Returns:
            The answer, with the fault that the caller has to deal with (SPARE or
            PARTIAL) or None.
        """
        patience = Patience()
        while True:
            token = self._token(resource, patience)
            patience.attempts += 1
            answer = self._once(method, url, {**request, "auth": Bearer(token.value())})
            self.tokens.note(token, resource, answer)
            fault = classify(answer)
            if fault is None or fault.action in {Action.PARTIAL, Action.SPARE}:
                return answer, fault
            if fault.action is Action.SHRINK and shrinkable:
                self._logger.warning(
                    "%s: next attempt at once, for less", fault.line(answer)
                )
                raise TooHeavyError(fault.line(answer))
            self._react(fault, answer, token, resource, patience)

    def _token(self, resource: str, patience: Patience) -> Token:
        """Return a token that may be used now, having waited for it if need be."""
        token, delay = self.tokens.pick(resource)
        while delay:
            self._wait(delay, patience, f"GitHub's {resource} limit is reached")
            token, delay = self.tokens.pick(resource)
        return token

    def _react(
        self,
        fault: Fault,
        answer: Answer,
        token: Token,
        resource: str,
        patience: Patience,
    ) -> None:
        """Do what the table says, so that the request can be sent again.

        Raises:
            UnreadableError: If this thing cannot be read.
            TapError: If the run cannot go on.
        """
        match fault.action:
            case Action.WAIT:
                seconds = answer.seconds_to_reset
                seconds = patience.limited(
                    SECONDARY_PAUSE if seconds is None else seconds
                )
                self.tokens.block(token, resource, seconds)
                self._failed(fault, answer, patience)
            case Action.PAUSE:
                asked = answer.seconds_to_retry
                seconds = patience.limited(patience.pause if asked is None else asked)
                patience.pause *= 2
                self.tokens.block(token, resource, seconds)
                self._failed(fault, answer, patience)
            case Action.REPLACE:
                self._replace(token, answer, fault, patience)
            case Action.SHRINK | Action.RETRY if patience.failures + 1 < self._attempts:
                delay = min(FIRST_PAUSE * 2**patience.failures, LONGEST_PAUSE)
                patience.failures += 1
                self._wait(delay, patience, self._attempt(fault, answer, patience))
            case Action.REFUSE if resource == REST:
                raise UnreadableError(fault.line(answer))
            case _:
                message = f"GitHub at {self.rest_url}: {fault.line(answer)}"
                raise TapError(message)

    @staticmethod
    def _attempt(fault: Fault, answer: Answer, patience: Patience) -> str:
        return f"{fault.line(answer)}: attempt {patience.attempts} failed"

    def _failed(self, fault: Fault, answer: Answer, patience: Patience) -> None:
        """Log an attempt after which a limit, or another token, decides what comes."""
        self._logger.warning("%s", self._attempt(fault, answer, patience))

    def _once(self, method: str, url: str, request: dict[str, Any]) -> Answer:
        self.requests += 1
        answer = self._transport.send(method, url, request)
        if answer.status:
            self._attempts = ATTEMPTS
            self.server_time = server_time(answer.headers)
        return answer

    def _wait(self, seconds: float, patience: Patience, why: str) -> None:
        """Wait, if the user allows it.

        Raises:
            TapError: If that makes more than max_wait_seconds for one request.
        """
        patience.waited += seconds
        if patience.waited > self._max_wait:
            message = (
                f"{why}: waiting would take {seconds:,.0f} s more, and "
                f"{shown('max_wait_seconds')} is {self._max_wait:,}; run again later "
                "(the next run continues from the last state), or raise "
                f"{shown('max_wait_seconds')}"
            )
            raise TapError(message)
        self._logger.warning("%s, next attempt in %.0f s", why, seconds)
        self._clock.sleep(seconds)

    def _replace(
        self, token: Token, answer: Answer, fault: Fault, patience: Patience
    ) -> None:
        """Renew a refused token, or go on without it.

        Raises:
            TapError: If there is no other.
        """
        # A new one that is refused too will not get better by being renewed for ever.
        if patience.renewals < RENEWALS and token.renew():
            patience.renewals += 1
            return
        if len(self.tokens) == 1:
            message = f"GitHub at {self.rest_url}: {fault.line(answer)}"
            raise TapError(message)
        self.tokens.drop(token)
        self._logger.warning(
            "GitHub refuses one of the tokens; going on with the other %d",
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
            answer = self._once("POST", url, {"auth": Bearer(jwt)})
            if answer.status == requests.codes.created:
                return answer.body, server_time(answer.headers)
            fault = classify(answer)
            if fault is None or fault.action not in {
                Action.RETRY,
                Action.SHRINK,
                Action.PAUSE,
            }:
                break
            pause = answer.seconds_to_retry or FIRST_PAUSE * 2**attempt
            self._wait(pause, patience, self._attempt(fault, answer, patience))
        message = (
            f"GitHub gives the App no token ({answer.what}): check {shown('app_id')}, "
            f"{shown('app_private_key')} and {shown('app_installation_id')}"
        )
        raise TapError(message)
