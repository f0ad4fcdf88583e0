"""The route of HubSpot's API."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.hubspot.api import HubSpotApi, Request
from sandbox.hubspot.customers import account_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request as HttpRequest
    from starlette.responses import Response

    from sandbox.hubspot.store import Account
    from sandbox.state import State


class HubSpotServer:
    """Answers below /hubspot. The account is generated when it is first needed.

    Args:
        state: The company.
        respond: Sends a response, with the injected faults.
    """

    def __init__(
        self, state: State, respond: Callable[..., Awaitable[Response]]
    ) -> None:
        """Generate nothing yet."""
        self._state = state
        self._respond = respond

    @cached_property
    def api(self) -> HubSpotApi:
        """The API."""
        return HubSpotApi(self._made())

    @property
    def account(self) -> Account:
        """The account, for tests that change it."""
        return self.api.account

    def _made(self) -> Account:
        return account_of(self._state.world, self._state.size, self._state.seed)

    def refresh(self) -> None:
        """Generate the account again after the company changed."""
        if "api" in self.__dict__:
            self.api.account = self._made()

    async def respond(self, request: HttpRequest) -> Response:
        """Answer a request below /hubspot."""
        body = await request.body()
        path = "/" + request.path_params["path"]
        asked = Request(
            method=request.method,
            path=path,
            query=dict(request.query_params),
            authorization=request.headers.get("authorization"),
            body=body,
            length=len(str(request.url)),
        )
        return await self._respond(
            "hubspot", path, body, request, lambda: self.api.answer(asked)
        )
