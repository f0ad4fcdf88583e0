"""The server with the stand-ins for the APIs, and control endpoints for tests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import company
from sandbox.engine import parsed
from sandbox.faults import Faults
from sandbox.github.access import Access
from sandbox.github.api import GitHubGraphQL
from sandbox.github.rest import GitHubRest, RestRequest
from sandbox.github.store import GitHubStore
from sandbox.google_health.server import TOKEN_PATH, GoogleHealthServer
from sandbox.guard import Guard
from sandbox.hubspot.server import HubSpotServer
from sandbox.linear.access import Access as LinearAccess
from sandbox.linear.api import LinearApi
from sandbox.linear.store import LinearStore
from sandbox.notion.server import NotionServer
from sandbox.orders import APIS, FaultError
from sandbox.removal import unknown
from sandbox.state import EventError, State
from sandbox.stats import ApiStats

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sandbox.answers import Answer
    from sandbox.hubspot.api import HubSpotApi
    from sandbox.limits import Budgets

REST_METHODS = ["GET", "POST"]


class Sandbox:
    """All APIs over one state."""

    def __init__(self, state: State) -> None:
        """Build all APIs over the rows of the state."""
        self.state = state
        world = state.world
        self.linear = LinearApi(LinearStore(world.linear, world.now))
        self.graphql = GitHubGraphQL(GitHubStore(world.github, world.now))
        self.rest = GitHubRest(self.graphql)
        self.hubspot = HubSpotServer(state, self._answer)
        self.google_health = GoogleHealthServer(state, self._answer)
        self.stats = {name: ApiStats() for name in APIS}
        self.notion = NotionServer(state, self._answer)
        self.faults = Faults(self.linear, self.graphql, self.rest)

    def refresh(self) -> None:
        """Rebuild the indexes after the company changed."""
        world = self.state.world
        self.linear.store = LinearStore(world.linear, world.now)
        self.graphql.store = GitHubStore(world.github, world.now)
        self.notion.refresh()
        self.hubspot.refresh()
        self.google_health.refresh()

    # --- the APIs ------------------------------------------------------------------

    async def _answer(
        self,
        api: str,
        path: str,
        body: bytes,
        request: Request,
        ask: Callable[[], Answer],
    ) -> Response:
        authorization = request.headers.get("authorization")
        fault = self.faults.next(api, path, body, authorization, str(request.url))
        if fault is not None:
            self.stats[api].faults[fault.kind] += 1
        with self.stats[api].answering():
            await asyncio.sleep(fault.latency if fault is not None else 0)
        answer = fault.instead() if fault is not None and fault.instead else ask()
        if not answer.operation:
            answer.operation = path if fault is None else f"{path} ({fault.kind})"
        self.stats[api].count(answer.operation, answer.status, answer.points)
        if fault is not None and fault.after:
            return fault.after(answer)
        return answer.response()

    async def linear_graphql(self, request: Request) -> Response:
        """Answer POST /linear/graphql."""
        body = await request.body()
        authorization = request.headers.get("authorization")
        return await self._answer(
            "linear",
            "graphql",
            body,
            request,
            lambda: self.linear.answer(authorization, body),
        )

    async def linear_token(self, request: Request) -> Response:
        """Answer POST /linear/oauth/token."""
        body = await request.body()
        return await self._answer(
            "linear",
            "oauth/token",
            body,
            request,
            lambda: self.linear.oauth.answer(body),
        )

    def github_graphql(self, *, limited: bool) -> Callable[..., Any]:
        """Return the GraphQL endpoint of github.com or of GHES."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            authorization = request.headers.get("authorization")
            return await self._answer(
                "github",
                "graphql",
                body,
                request,
                lambda: self.graphql.answer(authorization, body, limited=limited),
            )

        return endpoint

    def github_rest(self, prefix: str, *, limited: bool) -> Callable[..., Any]:
        """Return the REST endpoint of github.com or of GHES."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            path = "/" + request.path_params["path"]
            asked = RestRequest(
                method=request.method,
                path=path,
                query=dict(request.query_params),
                authorization=request.headers.get("authorization"),
                if_none_match=request.headers.get("if-none-match"),
                base=f"{str(request.base_url).rstrip('/')}{prefix}",
            )
            return await self._answer(
                "github",
                path,
                body,
                request,
                lambda: self.rest.answer(asked, limited=limited),
            )

        return endpoint

    # --- control -------------------------------------------------------------------

    async def health(self, _request: Request) -> Response:
        """Return the state of the server."""
        world = self.state.world
        recordings = self.state.recordings
        github = self.graphql.store.host
        return JSONResponse(
            {
                "status": "ok",
                "organization": company.ORGANIZATION,
                "now": world.now.isoformat(),
                "size": self.state.size,
                "seed": self.state.seed,
                "recordings": None if recordings is None else str(recordings),
                "issues": len(world.linear.issues),
                "pull_requests": len(github.pull_requests),
                "repositories": [
                    row["nameWithOwner"] for row in github.repositories.values()
                ],
            }
        )

    async def stats_endpoint(self, request: Request) -> Response:
        """Return or reset the statistics."""
        if request.method == "DELETE":
            self.stats = {name: ApiStats() for name in self.stats}
        return JSONResponse({name: one.as_json() for name, one in self.stats.items()})

    async def faults_endpoint(self, request: Request) -> Response:
        """List, inject or remove faults."""
        if request.method == "DELETE":
            self.faults.clear()
        if request.method == "POST":
            self.faults.order(await _given(request))
        return JSONResponse({"faults": self.faults.as_json()})

    async def limits_endpoint(self, request: Request) -> Response:
        """Set budgets: `{"linear": {"key.requests": 10}, "window_seconds": 2}`."""
        given = await _given(request)
        window = given.pop("window_seconds", None)
        # Functions: an API that no request has needed is not generated for its budget.
        apis: dict[str, Callable[[], Budgets | HubSpotApi]] = {
            "linear": lambda: self.linear.budgets,
            "github": lambda: self.graphql.budgets,
            "notion": lambda: self.notion.api.budgets,
            "hubspot": lambda: self.hubspot.api,
            "google_health": lambda: self.google_health.api.budgets,
        }
        try:
            changed = {name: apis[name]() for name in given}
            for name, limits in given.items():
                changed[name].change(limits, window)
        except (KeyError, TypeError) as error:
            message = f"no such budget: {error}"
            raise EventError(message) from error
        return JSONResponse({name: one.limits for name, one in changed.items()})

    async def events_endpoint(self, request: Request) -> Response:
        """Apply an event to the company."""
        given = await _given(request, "event")
        arguments = given.get("arguments") or {}
        if not isinstance(arguments, dict):
            message = "arguments must be a JSON object"
            raise EventError(message)
        self.state.apply(str(given["event"]), arguments)
        self.refresh()
        return await self.health(request)

    async def schema_endpoint(self, request: Request) -> Response:
        """Remove types, fields and enum values from a vendor's schema."""
        given = await _given(request, "removed")
        api = self.linear if given.get("api") == "linear" else self.graphql
        if missing := unknown(parsed(api.engine.sdl), given["removed"]):
            message = f"the schema has no {', '.join(missing)}"
            raise FaultError(message)
        api.remove(*given["removed"])
        return JSONResponse({"removed": given["removed"]})

    async def access_endpoint(self, request: Request) -> Response:
        """Restrict a token of GitHub, or every credential of Linear."""
        given = await _given(request)
        token = given.pop("token", "")
        try:
            if given.pop("api", "github") == "linear":
                self.linear.restrict(LinearAccess.read(given))
            else:
                self.graphql.restrict(token, Access.read(given))
        except TypeError as error:
            message = f"not a restriction: {error}"
            raise FaultError(message) from error
        return JSONResponse({"restricted": token})

    async def tokens_endpoint(self, request: Request) -> Response:
        """Expire or remove Linear's OAuth tokens, or set their lifetime in seconds."""
        given = await _given(request)
        oauth = self.linear.oauth
        if given.get("reset"):
            oauth.reset()
        if given.get("expired"):
            oauth.expire()
        if given.get("lifetime") is not None:
            oauth.lifetime = float(given["lifetime"])
        return JSONResponse({"lifetime": oauth.lifetime})

    async def apps_endpoint(self, request: Request) -> Response:
        """Register a GitHub App with its public key."""
        given = await _given(request, "app_id", "public_key", "installation_id")
        self.graphql.credentials.register(
            str(given["app_id"]), given["public_key"], str(given["installation_id"])
        )
        return JSONResponse({"registered": str(given["app_id"])})


async def _given(request: Request, *keys: str) -> dict[str, Any]:
    """Return a request's body, a JSON object with the given keys.

    Raises:
        EventError: It is not valid.
    """
    try:
        given = await request.json()
    except ValueError:
        given = None
    if not isinstance(given, dict) or not set(keys) <= set(given):
        wanted = f" with {', '.join(keys)}" if keys else ""
        message = f"the body must be a JSON object{wanted}"
        raise EventError(message)
    return given


async def _refused(_request: Request, error: Exception) -> Response:
    """Return the error of a request to a control endpoint."""
    return JSONResponse({"error": str(error)}, 400)


def build(state: State, token: str | None = None) -> Starlette:
    """Return the application over a state.

    Args:
        state: The company.
        token: The token that `/_sandbox/*` requires; None requires none. The paths of
            the vendors require the vendors' own credentials.
    """
    sandbox = Sandbox(state)
    github = sandbox.github_rest("/github", limited=True)
    ghes = sandbox.github_rest("/ghes/api/v3", limited=False)
    app = Starlette(
        routes=[
            Route("/_sandbox/health", sandbox.health),
            Route("/_sandbox/stats", sandbox.stats_endpoint, methods=["GET", "DELETE"]),
            Route(
                "/_sandbox/faults",
                sandbox.faults_endpoint,
                methods=["GET", "POST", "DELETE"],
            ),
            Route("/_sandbox/limits", sandbox.limits_endpoint, methods=["POST"]),
            Route("/_sandbox/events", sandbox.events_endpoint, methods=["POST"]),
            Route("/_sandbox/schema", sandbox.schema_endpoint, methods=["POST"]),
            Route("/_sandbox/access", sandbox.access_endpoint, methods=["POST"]),
            Route("/_sandbox/tokens", sandbox.tokens_endpoint, methods=["POST"]),
            Route("/_sandbox/apps", sandbox.apps_endpoint, methods=["POST"]),
            Route("/linear/graphql", sandbox.linear_graphql, methods=["POST"]),
            Route("/linear/oauth/token", sandbox.linear_token, methods=["POST"]),
            Route(
                "/github/graphql",
                sandbox.github_graphql(limited=True),
                methods=["POST"],
            ),
            Route(
                "/ghes/api/graphql",
                sandbox.github_graphql(limited=False),
                methods=["POST"],
            ),
            Route(
                "/google_health/{path:path}",
                sandbox.google_health.respond,
                methods=REST_METHODS,
            ),
            Route("/github/{path:path}", github, methods=REST_METHODS),
            Route(
                "/hubspot/{path:path}", sandbox.hubspot.respond, methods=REST_METHODS
            ),
            Route(
                "/notion/v1/{path:path}", sandbox.notion.endpoint, methods=REST_METHODS
            ),
            Route("/ghes/api/v3/{path:path}", ghes, methods=REST_METHODS),
        ],
        exception_handlers={EventError: _refused, FaultError: _refused},
        middleware=[
            Middleware(
                Guard,
                token=token,
                is_private=lambda path: path.startswith("/_sandbox"),
                forms=(
                    "/linear/oauth/token",
                    "/hubspot/oauth/2026-03/token",
                    TOKEN_PATH,
                ),
            )
        ],
    )
    app.state.sandbox = sandbox
    return app
