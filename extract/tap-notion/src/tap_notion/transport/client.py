"""Sends requests to Notion: one session, one rate, one table of errors."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tap_notion import conditions
from tap_notion.common.errors import FailedError, TapError
from tap_notion.common.faults import Faults
from tap_notion.common.http import Failure
from tap_notion.common.pacing import Pace
from tap_notion.common.rate_limits import retry_after
from tap_notion.common.rest import FIRST_PAUSE, RestClient
from tap_notion.common.timestamps import from_epoch
from tap_notion.settings import API_URL
from tap_notion.transport.errors import (
    Action,
    CursorError,
    ForbiddenError,
    NotFoundError,
    PageRefusedError,
    judge,
)

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from tap_notion.common.rest import Response
    from tap_notion.transport.errors import ErrorReply, Rule

PER_SECOND = 3.0
"""Requests per second on average (https://developers.notion.com/reference/request-limits)."""
BURST = 9
JSON = dict[str, Any]
ERRORS = {
    Action.RESTART: CursorError,
    Action.PASS_OVER: NotFoundError,
    Action.FORBIDDEN: ForbiddenError,
}


class NotionClient(RestClient):
    """Sends requests to Notion; see `RestClient`.

    Args:
        config: The tap's settings.
        faults: Where what is noticed in responses is reported.
        logger: Where waits and retries are logged.
        sleep: Waits for a number of seconds.
    """

    vendor = "Notion"
    tap = "tap-notion"

    def __init__(
        self,
        config: Mapping[str, Any],
        faults: Faults,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a session; send nothing yet."""
        headers = {
            "Authorization": f"Bearer {config['access_token'].strip()}",
            "Notion-Version": config["notion_version"],
        }
        super().__init__(
            config,
            conditions,
            faults,
            logger,
            url=API_URL,
            sleep=sleep,
            headers=headers,
        )
        self._pace = Pace(PER_SECOND, BURST, self._sleep_later)

    def _sleep_later(self, seconds: float) -> None:
        """Sleep with what `sleep` is then."""
        self.sleep(seconds)

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

    def probe(self) -> Response | Failure:
        """Request whose token it is, once."""
        return self._once("GET", "users/me")

    def send(self, method: str, path: str, **content: Any) -> JSON:  # noqa: ANN401 - see requests
        """Send a request until it succeeds or cannot succeed.

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
            received = self._once(method, path, **content)
            if isinstance(received, Failure):
                if rows > 1 and received.may_be_size:
                    raise PageRefusedError(received.cause)
                failures = self.pause(failures, self.words(received))
                continue
            status, body = received.status, received.body
            if status == HTTPStatus.OK and isinstance(body, dict):
                return body
            rule, reply = judge(status, body)
            reason = reply.reason or f"HTTP {status}: {reply.message}"
            if rule.action is Action.WAIT:
                seconds = max(retry_after(received.headers) or 0, FIRST_PAUSE)
                waited = self.wait_for_limit(seconds, waited, reason)
            elif rule.action is Action.SHRINK and rows > 1:
                raise PageRefusedError(reply.message)
            elif rule.action in (Action.SHRINK, Action.RETRY):
                failures = self.pause(failures, reason, received.headers)
            else:
                raise self._error(rule, reply)

    def _once(self, method: str, path: str, **content: Any) -> Response | Failure:  # noqa: ANN401 - see requests
        self._pace.wait()
        return self.attempt(method, f"{self.url}/v1/{path}", **content)

    @staticmethod
    def _error(rule: Rule, reply: ErrorReply) -> Exception:
        """Return the exception that tells the caller to continue, or ends the run."""
        if rule.action is Action.STOP:
            line = Faults.line(
                rule.condition, message=reply.message, status=reply.status
            )
            return TapError(line)
        return ERRORS.get(rule.action, FailedError)(reply.message)
