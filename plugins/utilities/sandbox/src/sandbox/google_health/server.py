"""The routes of the stand-in: `/google_health/…`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.google_health.api import Asked, GoogleHealthApi
from sandbox.google_health.person import DAYS, Person, Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.answers import Answer
    from sandbox.state import State

    Answering = Callable[
        [str, str, bytes, Request, Callable[[], Answer]], Awaitable[Response]
    ]

NAME = "google_health"
TOKEN_PATH = f"/{NAME}/token"


class GoogleHealthServer:
    """Answers the requests below `/google_health`.

    Args:
        state: The company.
        respond: Sends a response, with the injected faults.
    """

    def __init__(self, state: State, respond: Answering) -> None:
        """Keep the state; the data is generated for the first request."""
        self._state = state
        self._respond = respond
        self._is_made = False
        self.api = GoogleHealthApi(Store())

    def refresh(self) -> None:
        """Generate the data again for the next request, because time has passed."""
        self._is_made = False

    def serve(self, store: Store) -> None:
        """Serve other data than the person's.

        Args:
            store: The data.
        """
        self.api.store = store
        self._is_made = True

    async def respond(self, request: Request) -> Response:
        """Answer a request.

        Args:
            request: The request.
        """
        if not self._is_made:
            start = self._state.until.date() - timedelta(days=DAYS)
            person = Person(self._state.seed, start)
            self.serve(person.store(self._state.world.now))
        body = await request.body()
        asked = Asked(
            method=request.method,
            path=request.path_params["path"],
            query=dict(request.query_params),
            body=body,
            authorization=request.headers.get("authorization"),
        )
        return await self._respond(
            NAME, asked.path, body, request, lambda: self.api.answer(asked)
        )
