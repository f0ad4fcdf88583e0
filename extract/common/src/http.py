"""Sends one HTTP request, and ends it within a limited time."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import requests

from .deadline import within

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 10.0
NOT_CONNECTED = frozenset(
    {
        "ConnectTimeoutError",
        "NameResolutionError",
        "NewConnectionError",
        "ProxyError",
        "SSLError",
    }
)
"""Errors of urllib3 after which nothing of the request has reached the API."""


class FailureKind(Enum):
    """Why no complete response arrived."""

    TIMED_OUT = auto()
    """The time was over."""
    CLOSED = auto()
    """The connection was closed before the response was complete."""
    NOT_CONNECTED = auto()
    """There was no connection."""
    NOT_SENT = auto()
    """The request is impossible, for example because of its address."""


class Failure(NamedTuple):
    """A request without a complete response.

    Attributes:
        kind: Why.
        cause: Name of the exception.
    """

    kind: FailureKind
    cause: str

    @property
    def may_be_size(self) -> bool:
        """Whether a smaller response might have arrived."""
        return self.kind in {FailureKind.TIMED_OUT, FailureKind.CLOSED}


class HttpSession:
    """A session whose responses arrive completely within a limited time.

    Args:
        user_agent: The User-Agent header; white space around it is not sent.
        seconds: Time from the first byte sent to the last byte received.
        headers: Other headers of every request.
    """

    def __init__(
        self, user_agent: str, seconds: float, headers: Mapping[str, str] | None = None
    ) -> None:
        """Open the session; send nothing yet."""
        self.seconds = seconds
        self._headers = {**(headers or {}), "User-Agent": user_agent.strip()}
        self._session = self._open()

    def _open(self) -> requests.Session:
        session = requests.Session()
        session.headers.update(self._headers)
        # Otherwise requests replaces the Authorization header by what ~/.netrc
        # contains for the host.
        session.auth = _keep_header
        return session

    def send(
        self,
        method: str,
        url: str,
        **options: Any,  # noqa: ANN401 - see requests
    ) -> requests.Response | Failure:
        """Send a request once.

        Args:
            method: GET or POST.
            url: Address.
            options: See `requests.Session.request`.

        Returns:
            The response, whatever its status; a Failure if none arrived.
        """
        session = self._session
        timeout = min(self.seconds, CONNECT_SECONDS), self.seconds
        try:
            return within(
                self.seconds,
                lambda: session.request(method, url, timeout=timeout, **options),
            )
        except TimeoutError as error:
            # The thread of the call may still use the session.
            self._session = self._open()
            return Failure(FailureKind.TIMED_OUT, type(error).__name__)
        except requests.RequestException as error:
            return _failure(error)
        except (OverflowError, ValueError) as error:
            # A header that is not Latin-1, or a time that the system cannot wait for.
            return Failure(FailureKind.NOT_SENT, type(error).__name__)


def without_credentials(url: str) -> str:
    """Return an address for a message: without user, password, query and fragment.

    Args:
        url: Address.
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _failure(error: requests.RequestException) -> Failure:
    cause = _cause(error)
    if isinstance(error, requests.ConnectTimeout) or cause in NOT_CONNECTED:
        return Failure(FailureKind.NOT_CONNECTED, cause)
    if isinstance(error, requests.Timeout) or cause == "ReadTimeoutError":
        return Failure(FailureKind.TIMED_OUT, cause)
    if isinstance(
        error,
        requests.ConnectionError
        | requests.exceptions.ChunkedEncodingError
        | requests.exceptions.ContentDecodingError,
    ):
        return Failure(FailureKind.CLOSED, cause)
    return Failure(FailureKind.NOT_SENT, type(error).__name__)


def _cause(error: BaseException) -> str:
    """Return the name of the exception that one of requests or urllib3 wraps."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return type(getattr(error, "reason", None) or error).__name__


def _keep_header(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
