"""Serves the Notion API of the sandbox."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.company.people import ORGANIZATION
from sandbox.notion.api import NotionApi, NotionRequest
from sandbox.notion.habits import DAYS, workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.answers import Answer
    from sandbox.notion.store import NotionStore
    from sandbox.state import State

    Ask = Callable[[], Answer]
    Respond = Callable[[str, str, bytes, Request, Ask], Awaitable[Response]]


class NotionServer:
    """The API over the pages of one person of the company.

    Args:
        state: The company.
        respond: Sends a response and counts it, with the injected faults.
    """

    def __init__(self, state: State, respond: Respond) -> None:
        """Generate nothing yet: few tests need the workspace."""
        self._state = state
        self._respond = respond

    @cached_property
    def api(self) -> NotionApi:
        """The API; its `store` can be replaced."""
        return NotionApi(self._workspace())

    def _workspace(self) -> NotionStore:
        world = self._state.world
        people = (
            (str(user["name"]), str(user["email"]))
            for user in world.linear.users.values()
            if user.get("email")
        )
        return workspace(
            ORGANIZATION,
            next(people, ("Ada", "ada@lanternworks.example")),
            (self._state.until - timedelta(days=DAYS)).date(),
            world.now,
            self._state.seed,
        )

    def refresh(self) -> None:
        """Generate the workspace again after the company changed."""
        if "api" in self.__dict__:
            self.api.store = self._workspace()

    async def endpoint(self, request: Request) -> Response:
        """Answer a request below /notion/v1."""
        body = await request.body()
        path = request.path_params["path"]
        asked = NotionRequest(
            request.method,
            # As the client sent it: the ID of a property may contain %3B.
            request.scope["raw_path"].decode().partition("/v1/")[2],
            {name: request.query_params.getlist(name) for name in request.query_params},
            request.headers.get("authorization"),
            request.headers.get("notion-version"),
            body,
        )
        return await self._respond(
            "notion", path, body, request, lambda: self.api.answer(asked)
        )
