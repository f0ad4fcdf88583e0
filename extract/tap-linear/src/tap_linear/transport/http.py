"""Sends one request and returns its whole response, or why there is none."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import requests

from tap_linear.common.deadline import within
from tap_linear.common.errors import TapError
from tap_linear.common.variables import setting_name

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nothing of the request has reached the API.
NEVER_CONNECTED = frozenset({"NewConnectionError", "NameResolutionError", "ProxyError"})


class Failure(NamedTuple):
    """Why no whole response came back.

    Attributes:
        reason: In words.
        may_be_size: Whether a smaller response might have come.
    """

    reason: str
    may_be_size: bool


class Transport:
    """One session for all requests.

    Args:
        config: The tap's settings.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Open a session; nothing is sent yet."""
        self.timeout = config["request_timeout"]
        self._agent = (config.get("user_agent") or "").strip() or (
            f"tap-linear/{version('tap-linear')}"
        )
        self._session = self._new_session()

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.headers["User-Agent"] = self._agent
        # Or requests would replace the header by what ~/.netrc has for the host.
        session.auth = _keep_header
        return session

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> requests.Response | Failure:
        """Send a POST request.

        Args:
            url: Where to.
            body: What to send.
            headers: Beside the User-Agent.

        Returns:
            The response, whatever its status; why there is none where it failed.

        Raises:
            TapError: If the address cannot be used.
        """
        session = self._session

        def send() -> requests.Response:
            return session.post(
                url,
                data=body,
                headers=dict(headers),
                timeout=self.timeout,
                allow_redirects=False,
            )

        try:
            return within(self.timeout, send)
        except (requests.Timeout, TimeoutError) as error:
            # The connection may still be in use by the call that was given up on.
            self._session = self._new_session()
            return Failure(
                f"no whole response within {self.timeout:g} s",
                may_be_size=not isinstance(error, requests.ConnectTimeout),
            )
        except (
            requests.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            cause = _cause(error)
            return Failure(
                f"the connection failed ({cause})",
                may_be_size=cause not in NEVER_CONNECTED,
            )
        except requests.RequestException as error:
            line = (
                f"{setting_name('api_url')} cannot be used ({type(error).__name__}): "
                f"{public(url)}"
            )
            raise TapError(line) from None


def public(url: str) -> str:
    """Return an address without what might be a secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _cause(error: BaseException) -> str:
    """Return the name of what an exception of requests or urllib3 wraps."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return type(getattr(error, "reason", None) or error).__name__


def _keep_header(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
