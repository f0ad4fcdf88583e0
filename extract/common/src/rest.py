"""The base class of a client of a REST API: attempts, pauses and waits."""

from __future__ import annotations

import abc
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from .decoding import decode
from .errors import FailedError, TapError
from .faults import Faults
from .http import Failure, FailureKind, HttpSession, without_credentials
from .package import version_of
from .rate_limits import retry_after, server_time
from .variables import fill, setting_name

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from .conditions import Condition

TRIES = 5  # of one request
FIRST_PAUSE = 1.0  # seconds before the second attempt; doubled before each later one


class Conditions(Protocol):
    """The conditions of the tap that every client reports; see conditions.py."""

    @property
    def UNREACHABLE(self) -> Condition:  # noqa: N802 - a constant of a module
        """The API cannot be reached."""

    @property
    def LIMIT_TOO_LONG(self) -> Condition:  # noqa: N802 - a constant of a module
        """A rate limit lasts longer than the setting allows."""

    @property
    def TEXT_REPAIRED(self) -> Condition:  # noqa: N802 - a constant of a module
        """A text is not valid Unicode."""


class Response(NamedTuple):
    """A complete response.

    Attributes:
        status: HTTP status.
        body: The decoded JSON; None if the content is not JSON.
        headers: Header names in lower case.
        phrase: The server's words for the status.
    """

    status: int
    body: Any
    headers: Mapping[str, str]
    phrase: str


class RestClient(abc.ABC):
    """Sends requests, repeats what fails, and waits for rate limits.

    Subclasses decide what a response means; see `error_rules`.

    Args:
        config: The settings.
        conditions: The table of conditions of the tap.
        faults: Where repaired text is reported.
        logger: Where each wait and each retry is logged.
        url: The vendor's own address, used if `api_url` is not set.
        sleep: Waits for a number of seconds.
        headers: Headers of every request, besides the User-Agent.

    Attributes:
        vendor: Who operates the API, for messages.
        tap: Name of the tap, for the User-Agent.
        url: Address of the API, without a slash at its end.
        requests: Requests sent so far.
        answered_at: When the last response was sent, by the server's clock, in seconds
            since 1970; None before the first.
    """

    vendor: ClassVar[str]
    tap: ClassVar[str]

    def __init__(  # noqa: PLR0913 - what a client needs
        self,
        config: Mapping[str, Any],
        conditions: Conditions,
        faults: Faults,
        logger: logging.Logger,
        *,
        url: str,
        sleep: Callable[[float], None] = time.sleep,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Open a session; send nothing yet."""
        self.url = str(config.get("api_url") or url).rstrip("/")
        self.sleep = sleep
        self.requests = 0
        self.answered_at: float | None = None
        self._conditions = conditions
        self._faults = faults
        self._logger = logger
        self._most = float(config["max_wait_seconds"])
        agent = (config.get("user_agent") or "").strip()
        agent = agent or f"{self.tap}/{version_of(self.tap)}"
        self._session = HttpSession(agent, config["request_timeout"], headers)

    @property
    def points(self) -> float:
        """What the requests cost: one point each, unless the API says otherwise."""
        return float(self.requests)

    @property
    def points_left(self) -> float | None:
        """Requests that are left in the budget; None if the API does not say it."""
        return None

    @abc.abstractmethod
    def probe(self) -> Response | Failure:
        """Send the smallest request, once; see `attempt`."""

    def attempt(
        self,
        method: str,
        url: str,
        setting: str = "api_url",
        **options: Any,  # noqa: ANN401 - see requests
    ) -> Response | Failure:
        """Send a request once.

        Args:
            method: GET or POST.
            url: Address.
            setting: The setting that contains it.
            options: See `requests.Session.request`.

        Returns:
            The response, whatever its status; why none arrived.

        Raises:
            TapError: If the address cannot be used.
        """
        self.requests += 1
        received = self._session.send(method, url, allow_redirects=False, **options)
        if isinstance(received, Failure):
            if received.kind is FailureKind.NOT_SENT:
                line = fill(
                    "{setting} cannot be used ({cause}): {url}",
                    setting=setting_name(setting),
                    cause=received.cause,
                    url=without_credentials(url),
                )
                raise TapError(line)
            return received
        headers = {name.lower(): value for name, value in received.headers.items()}
        self.answered_at = server_time(headers)
        body = self._decoded(received.content)
        return Response(received.status_code, body, headers, received.reason or "")

    def _decoded(self, content: bytes) -> Any:  # noqa: ANN401 - JSON
        try:
            body, is_repaired = decode(content)
        except ValueError:
            return None
        if is_repaired:
            self._faults.add(self._conditions.TEXT_REPAIRED)
        return body

    def pause(
        self,
        failures: int,
        reason: str,
        headers: Mapping[str, str] | None = None,
        needed: str = "",
    ) -> int:
        """Wait before the next attempt, or give up.

        The pause doubles with each attempt, and is at least what `Retry-After` says.

        Args:
            failures: Attempts that failed before this one.
            reason: Why this one failed.
            headers: Of its response, if one arrived.
            needed: Address of a request without which the run cannot continue.

        Returns:
            How many attempts have failed.

        Raises:
            FailedError: If this request fails in every attempt, and the API answers
                others.
            TapError: If the API answers no request, the run needs this one, or the wait
                would be longer than `max_wait_seconds`.
        """
        if failures + 1 >= TRIES:
            if not needed and self._answers():
                raise FailedError(reason)
            line = Faults.line(
                self._conditions.UNREACHABLE,
                url=without_credentials(needed or self.url),
                message=reason,
                tries=TRIES,
            )
            raise TapError(line)
        seconds = max(FIRST_PAUSE * 2**failures, retry_after(headers or {}) or 0)
        self._check_wait(seconds, reason)
        self._logger.warning(
            "Request to %s failed, attempt %d of %d (%s): next attempt in %g s",
            self.vendor,
            failures + 1,
            TRIES,
            reason,
            seconds,
        )
        self.sleep(seconds)
        return failures + 1

    def words(self, failure: Failure) -> str:
        """Return why no complete response arrived, in words.

        Args:
            failure: What `attempt` returned.
        """
        if failure.kind is FailureKind.TIMED_OUT:
            seconds = self._session.seconds
            return f"no complete response within {seconds:g} s ({failure.cause})"
        return f"the connection failed ({failure.cause})"

    def _answers(self) -> bool:
        """Return whether the API answers the smallest request."""
        received = self.probe()
        return (
            not isinstance(received, Failure)
            and received.status < HTTPStatus.INTERNAL_SERVER_ERROR
        )

    def wait_for_limit(self, seconds: float, waited: float, reason: str) -> float:
        """Wait because a rate limit is reached.

        Args:
            seconds: How long to wait now.
            waited: Seconds that this request has waited for limits before.
            reason: What the API says.

        Returns:
            Seconds that this request has waited in all.

        Raises:
            TapError: If that is longer than `max_wait_seconds`.
        """
        self._check_wait(waited + seconds, reason)
        self._logger.warning(
            "%s's rate limit is reached (%s): next attempt in %.3g s",
            self.vendor,
            reason,
            seconds,
        )
        self.sleep(seconds)
        return waited + seconds

    def _check_wait(self, seconds: float, reason: str) -> None:
        if seconds > self._most:
            line = Faults.line(
                self._conditions.LIMIT_TOO_LONG,
                seconds=f"{seconds:,.0f}",
                most=f"{self._most:,.0f}",
                message=reason,
            )
            raise TapError(line)
