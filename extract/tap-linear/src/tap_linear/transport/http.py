"""Sends one request to Linear; returns its complete response, or why none came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_linear.common.errors import TapError
from tap_linear.common.http import Failure as HttpFailure
from tap_linear.common.http import FailureKind, HttpSession, without_credentials
from tap_linear.common.package import version_of
from tap_linear.common.variables import fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests


class Failure(NamedTuple):
    """Why no complete response arrived.

    Attributes:
        reason: In words.
        may_be_size: Whether a smaller response might have arrived.
    """

    reason: str
    may_be_size: bool


class Transport:
    """Sessions for all requests.

    A session is used by one request at a time; there are as many as there are requests
    at the same time.

    Args:
        config: The tap's settings.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Open no session yet."""
        agent = (config.get("user_agent") or "").strip()
        agent = agent or f"tap-linear/{version_of('tap-linear')}"
        self._agent = agent
        self._seconds = config["request_timeout"]
        self._idle: list[HttpSession] = []

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> requests.Response | Failure:
        """Send a POST request.

        Args:
            url: Address.
            body: The content that is sent.
            headers: Headers in addition to the User-Agent.

        Returns:
            The response, whatever its status; why none arrived if it failed.

        Raises:
            TapError: If the address cannot be used.
        """
        try:
            session = self._idle.pop()
        except IndexError:
            session = HttpSession(self._agent, self._seconds)
        try:
            response = session.send(
                "POST", url, data=body, headers=dict(headers), allow_redirects=False
            )
        finally:
            self._idle.append(session)
        if not isinstance(response, HttpFailure):
            return response
        if response.kind is FailureKind.NOT_SENT:
            line = fill(
                "{api_url} cannot be used ({cause}): {url}",
                cause=response.cause,
                url=without_credentials(url),
            )
            raise TapError(line)
        reason = f"the connection failed ({response.cause})"
        if response.kind is FailureKind.TIMED_OUT:
            reason = f"no complete response within {self._seconds:g} s"
        return Failure(reason, response.may_be_size)
