"""Sends requests to Notion: one session, one rate, one reading of errors."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_notion import conditions
from tap_notion.common.decoding import decode
from tap_notion.common.errors import TapError
from tap_notion.common.faults import Faults
from tap_notion.common.http import (
    Failure,
    FailureKind,
    HttpSession,
    without_credentials,
)
from tap_notion.common.pacing import Pace
from tap_notion.common.package import version_of
from tap_notion.common.rate_limits import retry_after, server_time
from tap_notion.common.timestamps import from_epoch
from tap_notion.common.variables import fill
from tap_notion.settings import API_URL
from tap_notion.transport.errors import (
    Action,
    CursorError,
    FailedError,
    ForbiddenError,
    NotFoundError,
    PageRefusedError,
    judge,
)

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    import requests

    from tap_notion.transport.errors import ErrorReply, Rule

TRIES = 5  # of one request that fails for no fault of its own
FIRST_PAUSE = 1.0  # seconds before the second attempt; doubled before each later one
PER_SECOND = 3.0
"""Requests per second on average (https://developers.notion.com/reference/request-limits)."""
BURST = 9
JSON = dict[str, Any]
ERRORS = {
    Action.RESTART: CursorError,
    Action.PASS_OVER: NotFoundError,
    Action.FORBIDDEN: ForbiddenError,
}


class NotionClient:
    """Sends requests to Notion.

    Args:
        config: The tap's settings.
        faults: Where what is noticed in responses is reported.
        logger: Where waits and retries are logged.
        sleep: Waits for a number of seconds.

    Attributes:
        requests: Requests sent so far.
        answered_at: When the last response was sent, by the server's own clock, in
            seconds since 1970; None before the first.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        faults: Faults,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a session; send nothing yet."""
        self.url = str(config.get("api_url") or API_URL).rstrip("/")
        self.faults = faults
        self.logger = logger
        self.sleep = sleep
        self.requests = 0
        self.answered_at: float | None = None
        self._most = config["max_wait_seconds"]
        self._pace = Pace(PER_SECOND, BURST, self._sleep_later)
        agent = (config.get("user_agent") or "").strip()
        self._session = HttpSession(
            agent or f"tap-notion/{version_of('tap-notion')}",
            config["request_timeout"],
            {
                "Authorization": f"Bearer {config['access_token'].strip()}",
                "Notion-Version": config["notion_version"],
            },
        )

    def _sleep_later(self, seconds: float) -> None:
        """Sleep with what `sleep` is then."""
        self.sleep(seconds)

    @property
    def points(self) -> float:
        """Notion has no points: its requests all count the same."""
        return 0

    @property
    def points_left(self) -> None:
        """Notion does not say how many requests are left."""
        return

    @property
    def server_clock(self) -> str:
        """When the last response was sent; this machine's time before the first."""
        if self.answered_at is None:
            return datetime.now(UTC).isoformat()
        return from_epoch(self.answered_at)

    def get(self, path: str, **query: object) -> JSON:
        """Send a GET request; see `send`.

        Args:
            path: Path below /v1.
            query: Parameters; null values are not sent.
        """
        given = {key: value for key, value in query.items() if value is not None}
        return self.send("GET", path, params=given)

    def post(self, path: str, body: Mapping[str, Any]) -> JSON:
        """Send a POST request that reads; see `send`.

        Args:
            path: Path below /v1.
            body: The body; null values in it are not sent.
        """
        given = {key: value for key, value in body.items() if value is not None}
        return self.send("POST", path, json=given)

    def send(self, method: str, path: str, **content: Any) -> JSON:  # noqa: ANN401 - see requests
        """Send a request, as often as it takes.

        Args:
            method: GET or POST.
            path: Path below /v1.
            content: `params` or `json`, as requests takes them; `page_size` in it is
                the number of rows that are requested.

        Returns:
            The body of the response.

        Raises:
            PageRefusedError: If fewer rows have to be requested.
            CursorError: If the query has to be restarted.
            NotFoundError: If the object does not exist or is not shared.
            ForbiddenError: If the connection lacks a capability.
            FailedError: If this request fails in every attempt.
            TapError: If the run cannot continue; the text says why.
        """
        rows = next(iter(content.values())).get("page_size", 1) if content else 1
        failures, waited = 0, 0.0
        while True:
            received = self._send_once(method, path, content)
            if isinstance(received, Failure):
                if rows > 1 and received.may_be_size:
                    raise PageRefusedError(received.cause)
                reason = f"no complete response ({received.cause})"
                failures = self._pause(failures, reason, {})
                continue
            body, status = self._body(received), received.status_code
            if status == HTTPStatus.OK and isinstance(body, dict):
                return body
            rule, reply = judge(status, body)
            if rule.action is Action.WAIT:
                waited += self._wait(received.headers, reply, waited)
            elif rule.action is Action.SHRINK and rows > 1:
                raise PageRefusedError(reply.message)
            elif rule.action in (Action.SHRINK, Action.RETRY):
                reason = f"HTTP {status}: {reply.message}"
                failures = self._pause(failures, reason, received.headers)
            else:
                raise self._error(rule, reply)

    def _send_once(
        self, method: str, path: str, content: Mapping[str, Any]
    ) -> requests.Response | Failure:
        self._pace.wait()
        self.requests += 1
        url = f"{self.url}/v1/{path}"
        received = self._session.send(method, url, allow_redirects=False, **content)
        if not isinstance(received, Failure):
            self.answered_at = server_time(received.headers)
        elif received.kind is FailureKind.NOT_SENT:
            line = fill(
                "{api_url} cannot be used ({cause}): {url}",
                cause=received.cause,
                url=without_credentials(url),
            )
            raise TapError(line)
        return received

    def _body(self, received: requests.Response) -> object:
        try:
            body, is_repaired = decode(received.content)
        except ValueError:
            return None
        if is_repaired:
            self.faults.add(conditions.TEXT_REPAIRED)
        return body

    def _wait(
        self, headers: Mapping[str, str], reply: ErrorReply, waited: float
    ) -> float:
        """Wait as long as a rate limit asks for; return the seconds.

        Raises:
            TapError: If that is longer than the setting allows.
        """
        asked = retry_after(headers)
        seconds = max(asked or 0, FIRST_PAUSE)
        reason = reply.reason or reply.message
        if waited + seconds > self._most:
            line = Faults.line(
                conditions.LIMIT_TOO_LONG,
                seconds=f"{seconds:g}",
                message=reason,
                most=self._most,
            )
            raise TapError(line)
        self.logger.warning(
            "Notion's rate limit is reached (HTTP %d, %s): next attempt in %g s",
            reply.status,
            reason,
            seconds,
        )
        self.sleep(seconds)
        return seconds

    def _pause(self, failures: int, reason: str, headers: Mapping[str, str]) -> int:
        """Wait before the next attempt, or give up.

        Returns:
            How many attempts have failed.

        Raises:
            FailedError: If this request fails in every attempt, and others do not.
            TapError: If every request fails.
        """
        if failures + 1 >= TRIES:
            if self._answers():
                raise FailedError(reason)
            line = Faults.line(
                conditions.UNREACHABLE,
                url=without_credentials(self.url),
                message=reason,
                tries=TRIES,
            )
            raise TapError(line)
        seconds = max(FIRST_PAUSE * 2**failures, retry_after(headers) or 0)
        seconds = min(seconds, self._most)
        self.logger.warning(
            "Request to Notion failed, attempt %d of %d (%s): next attempt in %g s",
            failures + 1,
            TRIES,
            reason,
            seconds,
        )
        self.sleep(seconds)
        return failures + 1

    def _answers(self) -> bool:
        """Tell whether Notion answers the smallest request."""
        received = self._send_once("GET", "users/me", {})
        return not isinstance(received, Failure) and received.ok

    @staticmethod
    def _error(rule: Rule, reply: ErrorReply) -> Exception:
        """Return the exception that tells the caller to continue, or ends the run."""
        if rule.action is Action.STOP:
            line = Faults.line(
                rule.condition, message=reply.message, status=reply.status
            )
            return TapError(line)
        return ERRORS.get(rule.action, FailedError)(reply.message)
