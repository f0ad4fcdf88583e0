"""Sends one request over HTTP, and is done with it in a limited time."""

from __future__ import annotations

from typing import Any

import requests

from tap_github_prs.common.deadline import within
from tap_github_prs.common.decoding import decode
from tap_github_prs.common.variables import setting_name
from tap_github_prs.transport.errors import Answer

CONNECT_SECONDS = 10


class Transport:
    """A session of requests whose responses arrive in time or not at all.

    Args:
        user_agent: The User-Agent header.
        seconds: Time for a whole response, from the first byte sent to the last one
            received. The timeouts of requests are per read: a response that trickles in
            would never end.
    """

    def __init__(self, user_agent: str, seconds: float) -> None:
        """Open the session; send nothing yet."""
        self._headers = {"User-Agent": user_agent, "X-Github-Next-Global-ID": "1"}
        self._seconds = seconds
        self._session = self._open()

    def _open(self) -> requests.Session:
        session = requests.Session()
        session.headers.update(self._headers)
        return session

    def send(self, method: str, url: str, request: dict[str, Any]) -> Answer:
        """Send one request, once.

        Args:
            method: GET or POST.
            url: Address.
            request: What else requests.Session.request takes.

        Returns:
            The answer; of status 0, with a note, where none came.
        """
        session = self._session
        timeout = min(self._seconds, CONNECT_SECONDS), self._seconds
        try:
            response = within(
                self._seconds,
                lambda: session.request(method, url, timeout=timeout, **request),
            )
        except TimeoutError:
            # Its thread still uses the session.
            self._session = self._open()
            return Answer(0, note="timed out")
        except requests.RequestException as error:
            return Answer(0, note=_reason(error))
        try:
            body, _ = decode(response.content)
        except ValueError:  # empty, or not JSON
            body = None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body, response.reason or "")


def graphql_url(rest_url: str) -> str:
    """Return the address of GraphQL that belongs to an address of REST.

    docs/apis/github.md: a GitHub Enterprise Server has REST at `/api/v3`, GraphQL at
    `/api/graphql`; github.com has it at `/graphql`.
    """
    if rest_url.endswith("/api/v3"):
        return rest_url.removesuffix("v3") + "graphql"
    return rest_url + "/graphql"


def _reason(error: requests.RequestException) -> str:
    """Return in a few words why no response came."""
    if isinstance(error, requests.Timeout) or "Read timed out" in str(error):
        return "timed out"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was closed in the middle of the response"
    kind = type(error).__name__.removesuffix("Error")
    return f"{kind} failed: is {setting_name('api_url')} right, and the network there?"
