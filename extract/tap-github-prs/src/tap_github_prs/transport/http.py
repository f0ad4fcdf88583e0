"""Sends one request to GitHub, and ends it within a limited time."""

from __future__ import annotations

from typing import Any

from tap_github_prs.common.decoding import decode
from tap_github_prs.common.http import Failure, FailureKind, HttpSession
from tap_github_prs.common.variables import fill
from tap_github_prs.transport.errors import Response


class Transport:
    """Sessions whose responses arrive in time or not at all.

    A session of requests is used by one request at a time; there are as many as there
    are requests at the same time.

    Args:
        user_agent: The User-Agent header.
        seconds: Time for a complete response.
    """

    def __init__(self, user_agent: str, seconds: float) -> None:
        """Open no session yet."""
        self._user_agent = user_agent
        self._seconds = seconds
        self._idle: list[HttpSession] = []

    def send(self, method: str, url: str, request: dict[str, Any]) -> Response:
        """Send one request, once.

        Args:
            method: GET or POST.
            url: Address.
            request: What else requests.Session.request takes.

        Returns:
            The response; status 0 and a note if none arrived.
        """
        session = self._take()
        try:
            received = session.send(method, url, **request)
        finally:
            self._idle.append(session)
        if isinstance(received, Failure):
            return Response(0, note=_reason(received))
        try:
            body, _ = decode(received.content)
        except ValueError:  # empty, or not JSON
            body = None
        headers = {name.lower(): value for name, value in received.headers.items()}
        return Response(received.status_code, headers, body, received.reason or "")

    def _take(self) -> HttpSession:
        """Return the session that was used last, which is the likeliest to be open."""
        try:
            return self._idle.pop()
        except IndexError:
            headers = {"X-Github-Next-Global-ID": "1"}
            return HttpSession(self._user_agent, self._seconds, headers)


def graphql_url(rest_url: str) -> str:
    """Return the address of GraphQL that belongs to an address of REST.

    docs/apis/github.md: a GitHub Enterprise Server has REST at `/api/v3`, GraphQL at
    `/api/graphql`; github.com has it at `/graphql`.
    """
    if rest_url.endswith("/api/v3"):
        return rest_url.removesuffix("v3") + "graphql"
    return rest_url + "/graphql"


def _reason(failure: Failure) -> str:
    """Return in a few words why no response arrived."""
    if failure.kind is FailureKind.TIMED_OUT:
        return "timed out"
    if failure.kind is FailureKind.CLOSED:
        return "the connection was closed in the middle of the response"
    cause = failure.cause.removesuffix("Error")
    return fill(
        "{cause} failed: is {api_url} right, and the network there?", cause=cause
    )
