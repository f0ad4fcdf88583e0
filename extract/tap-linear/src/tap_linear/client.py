"""Transport: one session, one set of budgets, one reading of errors."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import requests

from tap_linear.deadline import DeadlineError, within
from tap_linear.documents import timestamp
from tap_linear.errors import (
    Action,
    GoneError,
    LinearError,
    NotInPlanError,
    PageRefusedError,
    UnknownFieldError,
    judge,
)
from tap_linear.limits import Limits
from tap_linear.variables import shown

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping, Sequence

API_URL = "https://api.linear.app/graphql"
TRIES = 5  # of one request that fails for no fault of its own
FIRST_PAUSE = 1.0  # seconds before the second try; doubled before each further one


class LinearClient:
    """Sends documents to Linear.

    Args:
        config: The tap's settings.
        logger: Where waits and fields without data are announced.
        sleep: Waits so many seconds.

    Attributes:
        requests: Requests sent so far.
        answered_at: When the last answer was given, by the server's own clock; a
            timestamp with Z, rounded down to the second.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a session; nothing is sent yet."""
        self.url = config.get("api_url") or API_URL
        self.timeout = config["request_timeout"]
        self.logger = logger
        self.sleep = sleep
        self.limits = Limits(config["max_wait_seconds"], logger, sleep)
        self.requests = 0
        self.answered_at: str | None = None
        self._said: set[str] = set()
        self._headers = {
            "Authorization": _authorization(config),
            "Content-Type": "application/json",
            "User-Agent": (config.get("user_agent") or "").strip()
            or f"tap-linear/{version('tap-linear')}",
        }
        self._session = self._new_session()

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.headers.update(self._headers)
        # Or requests would replace the header by what ~/.netrc has for the host.
        session.auth = _keep_header
        return session

    def execute(
        self, document: str, variables: Mapping[str, Any], points: float
    ) -> dict[str, Any]:
        """Send one document, as often as it takes.

        Args:
            document: GraphQL text.
            variables: Its variables.
            points: What it will cost, in complexity points.

        Returns:
            `data`.

        Raises:
            PageRefusedError: If fewer rows have to be asked for.
            UnknownFieldError: If the API does not have a field of the document.
            GoneError: If it does not have a row that the document asks for by id.
            NotInPlanError: If the workspace's plan does not include the root.
            LinearError: If the run cannot go on; the text says why.
        """
        body = msgspec.json.encode({"query": document, "variables": variables})
        failures = refusals = 0
        waited = 0.0
        while True:
            self.limits.before_request(points)
            response = self._post(body)
            if isinstance(response, str):
                failures = self._pause(failures, response, self._unreachable(response))
                continue
            data, errors = _read(response)
            if data and not errors and response.status_code == HTTPStatus.OK:
                return data
            # A root that is null holds nothing that could be kept.
            partial = bool(data) and None not in data.values()
            rule, advice = judge(response.status_code, errors, partial=partial)
            if rule.action is Action.KEEP:
                self._say_missing(errors)
                return data
            if rule.action is Action.WAIT:
                waited += self.limits.after_refusal(response.headers, refusals, waited)
                refusals += 1
            elif rule.action is Action.RETRY:
                failed = f"HTTP {response.status_code}: {advice}"
                line = (
                    f"Linear failed {TRIES} times in a row, run again later ({advice})"
                )
                failures = self._pause(failures, failed, line)
            else:
                raise _refusal(rule.action, advice, response.status_code, errors)

    def _post(self, body: bytes) -> requests.Response | str:
        """Send a request; what went wrong where no whole response came back."""
        self.requests += 1
        session = self._session

        def send() -> requests.Response:
            return session.post(
                self.url, data=body, timeout=self.timeout, allow_redirects=False
            )

        try:
            response = within(self.timeout, send)
        except (requests.Timeout, DeadlineError):
            # The connection may still be in use by the call that was given up on.
            self._session = self._new_session()
            return f"no whole response within {self.timeout:g} s"
        except (
            requests.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            return f"the connection failed ({_cause(error)})"
        except requests.RequestException as error:
            message = (
                f"{shown('api_url')} cannot be used ({type(error).__name__}): "
                f"{self._shown_url}"
            )
            raise LinearError(message) from None
        self.limits.observe(response.headers)
        self.answered_at = _date(response.headers.get("date"))
        return response

    def _pause(self, failures: int, failed: str, line: str) -> int:
        """Wait before the next attempt, or give up with a line."""
        if failures + 1 >= TRIES:
            raise LinearError(line)
        seconds = FIRST_PAUSE * 2**failures
        self.logger.warning(
            "Request to Linear failed, attempt %d of %d (%s): next attempt in %g s",
            failures + 1,
            TRIES,
            failed,
            seconds,
        )
        self.sleep(seconds)
        return failures + 1

    def _unreachable(self, failed: str) -> str:
        return (
            f"Linear cannot be reached at {self._shown_url}: {failed}, {TRIES} times "
            f"in a row; check the network, the proxy, {shown('api_url')} and "
            f"{shown('request_timeout')}"
        )

    @property
    def _shown_url(self) -> str:
        """api_url without what might be a secret in it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def _say_missing(self, errors: Sequence[Mapping[str, Any]]) -> None:
        """Name each field that came back empty with an error, once."""
        for error in errors:
            path = [key for key in error.get("path") or () if isinstance(key, str)]
            field = ".".join(key for key in path if key != "nodes") or "a field"
            if field not in self._said:
                self._said.add(field)
                self.logger.warning(
                    "%s stays empty: Linear says %s", field, error.get("message")
                )

    def say_dropped(self, fields: Sequence[str]) -> None:
        """Name the fields that Linear does not have any more."""
        self.logger.warning(
            "%s stay empty: Linear does not have them", ", ".join(sorted(fields))
        )


def _authorization(config: Mapping[str, Any]) -> str:
    """Return the header's value: an API key bare, an OAuth token as Bearer."""
    if key := (config.get("api_key") or "").strip():
        return str(key)
    return f"Bearer {(config.get('access_token') or '').strip()}"


def _cause(error: BaseException) -> str:
    """Return the name of what an exception of requests or urllib3 wraps."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return type(getattr(error, "reason", None) or error).__name__


def _refusal(
    action: Action, line: str, status: int, errors: Sequence[Mapping[str, Any]]
) -> LinearError:
    """Return the exception with which whoever asked can go on, or the run ends."""
    if action is Action.SHRINK:
        overloaded = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return PageRefusedError(line, overloaded=overloaded)
    if action is Action.DROP_FIELD:
        return UnknownFieldError([str(error["message"]) for error in errors])
    if action is Action.PASS_OVER:
        paths = [error.get("path") or [""] for error in errors]
        return GoneError(line, [str(path[0]) for path in paths])
    if action is Action.LEAVE_OUT:
        return NotInPlanError(line)
    return LinearError(line)


def _date(header: str | None) -> str | None:
    """Return a Date header as a timestamp with Z."""
    try:
        return timestamp(parsedate_to_datetime(header or "").isoformat())
    except ValueError:
        return None


def _keep_header(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _read(
    response: requests.Response,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return data and errors of an answer; both empty where it is not GraphQL's."""
    try:
        body = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return {}, []
    if not isinstance(body, dict):
        return {}, []
    data = body.get("data")
    errors = [error for error in body.get("errors") or () if isinstance(error, dict)]
    return data if isinstance(data, dict) else {}, errors
