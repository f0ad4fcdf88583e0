"""Sends documents to Linear: one session, one set of budgets, one table of errors."""

from __future__ import annotations

import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tap_linear import conditions
from tap_linear.common.concurrency import Slots, Workers
from tap_linear.common.errors import TapError
from tap_linear.common.faults import Faults
from tap_linear.common.http import without_credentials
from tap_linear.common.rate_limits import retry_after
from tap_linear.common.timestamps import from_epoch, http_date
from tap_linear.transport.credential import credential
from tap_linear.transport.errors import (
    Action,
    FailedError,
    FieldsError,
    GoneError,
    PageRefusedError,
    judge,
)
from tap_linear.transport.http import Failure, Transport
from tap_linear.transport.limits import Limits
from tap_linear.transport.responses import read

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import requests

    from tap_linear.transport.errors import Rule
    from tap_linear.transport.responses import Response

API_URL = "https://api.linear.app/graphql"
TRIES = 5  # of one request
FIRST_PAUSE = 1.0  # seconds before the second attempt; doubled before each later one
PROBE = "query Probe {\n  organization {\n    id\n  }\n}"
PROBE_POINTS = 1.1


Part = TypeVar("Part")
Result = TypeVar("Result")


class LinearClient:
    """Sends documents to Linear, from any thread.

    Linear documents no number of requests that it allows at the same time, and its
    responses show only what is left of the two hourly budgets (docs/apis/linear.md). So
    `max_parallel_requests` is 1 unless the user sets it. Then the requests in flight
    share the budgets, and after a rate limit the client sends one request at a time.
    Each page of a list is known only from the page before it. So requests at the same
    time are those of one batch of issues, whose IDs are known, and of the lists in it.

    Args:
        config: The tap's settings.
        faults: Where what is noticed in responses is reported.
        logger: Where waits and retries are logged.
        sleep: Waits for a number of seconds.

    Attributes:
        slots: Limits the requests at the same time to `max_parallel_requests`.
        requests: Requests sent so far.
        answered_at: When the last response was sent, by the server's own clock; a
            timestamp with Z, rounded down to the second.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        faults: Faults,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a session; send nothing yet."""
        self.url = config.get("api_url") or API_URL
        self.faults = faults
        self.logger = logger
        self.sleep = sleep
        self.limits = Limits(config["max_wait_seconds"], logger, sleep)
        self.slots = Slots(config["max_parallel_requests"])
        self._renewal = threading.Lock()
        self.requests = 0
        self.answered_at: str | None = None
        self._transport = Transport(config)
        self._credential = credential(
            config, self.url, self._transport, faults, self.wait
        )

    @property
    def points(self) -> float:
        """Complexity points that the responses so far have cost."""
        return self.limits.points

    @property
    def points_left(self) -> float | None:
        """Complexity points that are left; None until a response contains them."""
        return self.limits.points_left

    def for_each(
        self, call: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[Result]:
        """Yield what a call returns for each part, in the order of the parts.

        Args:
            call: Sends requests; it runs in several threads at the same time if
                `max_parallel_requests` allows that.
            parts: What to call it with.

        Raises:
            Exception: What a call raises; calls that have not begun are then dropped.
        """
        if self.slots.limit == 1:
            yield from map(call, parts)
            return
        workers = Workers(self.slots.limit)
        futures = [workers.submit(call, part) for part in parts]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
            workers.close(seconds=0)

    def execute(
        self,
        document: str,
        variables: Mapping[str, Any],
        points: float,
        rows: int = 1,
    ) -> dict[str, Any]:
        """Send one document until it succeeds or cannot succeed.

        Args:
            document: GraphQL text.
            variables: Its variables.
            points: What it will cost, in complexity points.
            rows: How many rows it requests. If there is more than one, the caller
                requests fewer before a retry.

        Returns:
            `data`, of a response without errors.

        Raises:
            PageRefusedError: If fewer rows have to be requested.
            FieldsError: If the API does not have a field of the document, or refuses
                one.
            GoneError: If it does not have a row that the document requests by ID.
            FailedError: If this request fails in every attempt.
            TapError: If the run cannot continue; the text says why.
        """
        body = msgspec.json.encode({"query": document, "variables": variables})
        failures = refusals = 0
        waited = 0.0
        is_renewed = False
        while True:
            received, header = self._post(body, points)
            if isinstance(received, Failure):
                if rows > 1 and received.may_be_size:
                    raise PageRefusedError(received.reason, overloaded=True)
                failures = self.pause(failures, received.reason, None)
                continue
            response = self._read(received)
            status, data = received.status_code, response.data
            if data and not response.errors and status == HTTPStatus.OK:
                return data
            # A root that is null contains nothing to keep.
            partial = bool(data) and None not in data.values()
            rule, message = judge(status, response.errors, partial=partial)
            if rule.action is Action.WAIT:
                waited += self._wait_for_limit(received.headers, refusals, waited)
                refusals += 1
                continue
            shrinks = rule.action in (Action.SHRINK, Action.SPLIT)
            if shrinks and rows > 1:
                raise PageRefusedError(message, overloaded=rule.action is Action.SHRINK)
            if rule.action in (Action.SHRINK, Action.RETRY):
                reason = f"HTTP {status}: {message}"
                failures = self.pause(failures, reason, received.headers)
                continue
            if rule.condition is conditions.CREDENTIAL_REFUSED and not is_renewed:
                is_renewed = self._renew(header)
                if is_renewed:
                    continue
            raise self._refusal(rule, message, status, response)

    def _read(self, received: requests.Response) -> Response:
        response = read(received.content)
        if response.repaired:
            self.faults.add(conditions.TEXT_REPAIRED)
        return response

    def _refusal(
        self, rule: Rule, message: str, status: int, response: Response
    ) -> Exception:
        """Return the exception that tells the caller to continue, or ends the run."""
        if rule.action is Action.DROP_FIELD:
            return FieldsError(message, rule.condition, response.errors, response.data)
        if rule.action is Action.PASS_OVER:
            return GoneError(message, _first_keys(response.errors))
        if rule.action is Action.STOP:
            line = Faults.line(rule.condition, message=message, status=status)
            return TapError(line)
        return FailedError(message)

    def _header(self) -> str:
        """Return the current value of the Authorization header."""
        with self._renewal:
            return self._credential.header()

    def _renew(self, refused: str) -> bool:
        """Replace a credential that Linear refused, unless another request has.

        Args:
            refused: The header that was refused.

        Returns:
            Whether there is another one.
        """
        with self._renewal:
            if self._credential.header() != refused:
                return True
            return self._credential.renew()

    def _wait_for_limit(
        self, headers: Mapping[str, str], refusals: int, waited: float
    ) -> float:
        """Wait after a rate limit; then send one request at a time."""
        if self.slots.narrow():
            self.logger.warning("From now on, the tap sends one request at a time")
        return self.limits.after_refusal(headers, refusals, waited)

    def _post(
        self, body: bytes, points: float
    ) -> tuple[requests.Response | Failure, str]:
        """Send a request as soon as a slot and the budgets allow it.

        Returns:
            The response, or why no complete response arrived; and the Authorization
            header that was sent.
        """
        with self.slots.one(), self.limits.reserved(points):
            header = self._header()
            headers = {"Authorization": header, "Content-Type": "application/json"}
            self.requests += 1
            response = self._transport.post(self.url, body, headers)
            if not isinstance(response, Failure):
                self.limits.observe(response.headers)
        if not isinstance(response, Failure):
            sent = http_date(response.headers.get("date"))
            self.answered_at = None if sent is None else from_epoch(sent)
        return response, header

    def pause(
        self, failures: int, reason: str, headers: Mapping[str, str] | None = None
    ) -> int:
        """Wait before the next attempt, or give up.

        Args:
            failures: Attempts that failed before this one.
            reason: Why this one failed.
            headers: Headers of its response; None if none arrived.

        Returns:
            Attempts that have failed.

        Raises:
            FailedError: If this request fails in every attempt, although Linear answers
                others.
            TapError: If every request fails.
        """
        if failures + 1 >= TRIES and self._answers():
            raise FailedError(reason)
        return self.wait(failures, reason, headers, self.url)

    def wait(
        self, failures: int, reason: str, headers: Mapping[str, str] | None, url: str
    ) -> int:
        """Wait before the next attempt, or end the run after the last.

        Args:
            failures: Attempts that failed before this one.
            reason: Why this one failed.
            headers: Headers of its response; None if none arrived.
            url: The address of the request.

        Returns:
            Attempts that have failed.

        Raises:
            TapError: If this was the last attempt.
        """
        if failures + 1 >= TRIES:
            raise TapError(
                Faults.line(
                    conditions.UNREACHABLE,
                    url=without_credentials(url),
                    message=reason,
                    tries=TRIES,
                )
            )
        seconds = FIRST_PAUSE * 2**failures
        asked = retry_after(headers or {})
        if asked is not None:
            self.limits.check(asked, "service")
            seconds = max(seconds, asked)
        self.logger.warning(
            "Request to Linear failed, attempt %d of %d (%s): next attempt in %g s",
            failures + 1,
            TRIES,
            reason,
            seconds,
        )
        self.sleep(seconds)
        return failures + 1

    def _answers(self) -> bool:
        """Return whether Linear answers the smallest request; it is sent once."""
        body = msgspec.json.encode({"query": PROBE, "variables": {}})
        received, _ = self._post(body, PROBE_POINTS)
        if isinstance(received, Failure):
            return False
        response = read(received.content)
        if response.data and not response.errors:
            return True
        rule, _ = judge(received.status_code, response.errors, partial=False)
        return rule.action not in (Action.SHRINK, Action.RETRY)


def _first_keys(errors: list[dict[str, Any]]) -> list[str]:
    """Return the first key of each error's path: what was requested by ID."""
    paths = [error.get("path") for error in errors]
    return [str(path[0]) for path in paths if isinstance(path, list) and path]
