"""The REST API that a tap calls, under github.com's or a GHES's base."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from starlette.routing import Match, Route

from sandbox.answers import Answer
from sandbox.github import shapes
from sandbox.github.api import DOCS, bad_credentials, iso, rate_headers
from sandbox.github.rest_endpoints import (
    Listed,
    Params,
    RestEndpoints,
    RestError,
    RestRequest,
    problem,
)

if TYPE_CHECKING:
    from sandbox.github.api import GitHubGraphQL
    from sandbox.github.store import GitHubStore

__all__ = ["GitHubRest", "RestRequest"]

Row = dict[str, Any]
PAGE_DEFAULT = 30
PAGE_MAX = 100


class GitHubRest:
    """Answers REST over the same host and the same credentials as GraphQL."""

    def __init__(self, graphql: GitHubGraphQL) -> None:
        """Share host, credentials and budgets with GraphQL."""
        self.graphql = graphql
        self._routes = [
            Route("/rate_limit", self._rate_limit),
            Route("/meta", lambda *_: {"installed_version": "3.15.0"}),
            Route("/user", self._viewer),
            Route("/installation/repositories", self._installation_repositories),
            *RestEndpoints(graphql).routes(),
        ]

    @property
    def store(self) -> GitHubStore:
        """The rows that the token of the request may see."""
        return self.graphql.seen

    def answer(self, request: RestRequest, *, limited: bool = True) -> Answer:
        """Answer one request.

        Args:
            request: The request.
            limited: Whether there are budgets with their headers; GHES has none.
        """
        if request.path.startswith("/app"):
            return self._app(request)
        credentials = self.graphql.credentials
        token = credentials.token(request.authorization)
        if request.authorization and token is None:
            return bad_credentials()
        self.graphql.token = token or ""
        kind = "core" if token else "anonymous"
        budget = self.graphql.budgets.of(token or "nobody", kind)
        free = request.path == "/rate_limit"
        if limited and not free and not budget.has(1):
            return self.rate_limited(token)
        try:
            answer = self._routed(request)
        except RestError as error:
            answer = error.answer
        answer = _with_etag(answer, request)
        # A response that the client already has costs nothing.
        if limited and not free and answer.status != 304:  # noqa: PLR2004 - HTTP
            budget.spend(1)
        if limited:
            answer.headers |= rate_headers(budget, "core")
        return answer

    def rate_limited(self, token: str | None = None, status: int = 403) -> Answer:
        """Return the error of an exhausted budget: 403, sometimes 429."""
        kind = "core" if token else "anonymous"
        budget = self.graphql.budgets.of(token or "nobody", kind)
        body = {
            "message": "API rate limit exceeded for user ID 1.",
            "documentation_url": f"{DOCS}/rest/overview/rate-limits-for-the-rest-api",
            "status": str(status),
        }
        return Answer(status, body, rate_headers(budget, "core"))

    def _routed(self, request: RestRequest) -> Answer:
        path = request.path.rstrip("/")
        scope = {"type": "http", "method": request.method, "path": path}
        for route in self._routes:
            match, matched = route.matches(scope)
            if match is not Match.FULL:
                continue
            found = matched["endpoint"](request, matched["path_params"])
            if isinstance(found, Answer):
                return found
            if isinstance(found, Listed):
                return self._page(request, found)
            return Answer(200, found)
        raise problem(404, "Not Found")

    def _page(self, request: RestRequest, listed: Listed) -> Answer:
        size = min(max(_integer(request, "per_page", PAGE_DEFAULT), 1), PAGE_MAX)
        page = max(_integer(request, "page", 1), 1)
        last = max(-(-len(listed.rows) // size), 1)
        rows = listed.rows[(page - 1) * size : page * size]
        links: dict[str, int] = {}
        if page < last:
            links |= {"next": page + 1, "last": last}
        if page > 1:
            links |= {"prev": min(page - 1, last), "first": 1}
        headers = {}
        if links:
            headers["link"] = ", ".join(
                f"<{request.base}{listed.path}?"
                f'{urlencode({**request.query, "page": number})}>; rel="{name}"'
                for name, number in links.items()
            )
        return Answer(200, [listed.shape(row) for row in rows], headers)

    # --- what depends on the token ----------------------------------------------------

    def _rate_limit(self, request: RestRequest, _params: Params) -> Row:
        token = self.graphql.credentials.token(request.authorization)
        resources = {}
        for name in ("core", "graphql"):
            kind = "anonymous" if token is None and name == "core" else name
            budget = self.graphql.budgets.of(token or "nobody", kind)
            remaining = budget.remaining
            resources[name] = {
                "limit": budget.limit,
                "used": budget.used,
                "remaining": remaining,
                "reset": int(budget.reset_at),
            }
        return {"resources": resources, "rate": resources["core"]}

    def _viewer(self, request: RestRequest, _params: Params) -> Row:
        if request.authorization is None:
            raise problem(401, "Requires authentication")
        return shapes.user(self.graphql.viewer(), full=True)

    def _installation_repositories(
        self, request: RestRequest, _params: Params
    ) -> Answer:
        rows = list(self.store.host.repositories.values())
        listed = Listed(
            rows,
            "/installation/repositories",
            lambda row: shapes.repository(row, self.store.owner(row)),
        )
        answer = self._page(request, listed)
        body = {"total_count": len(rows), "repositories": answer.body}
        return replace(answer, body=body)

    # --- Apps ------------------------------------------------------------------------

    def _app(self, request: RestRequest) -> Answer:
        app = self.graphql.credentials.app(request.authorization)
        if app is None:
            message = "A JSON web token could not be decoded"
            return Answer(401, {"message": message, "status": "401"})
        if request.path == "/app":
            return Answer(200, {"id": int(app.app_id), "slug": "sandbox"})
        match = re.fullmatch(r"/app/installations/(\d+)/access_tokens", request.path)
        if match is None or match[1] != app.installation_id:
            return problem(404, "Not Found").answer
        if request.method != "POST":
            return problem(404, "Not Found").answer
        token, expires = self.graphql.credentials.issue()
        body = {
            "token": token,
            "expires_at": iso(expires.timestamp()),
            "permissions": {"contents": "read", "pull_requests": "read"},
            "repository_selection": "all",
        }
        return Answer(201, body)


def _integer(request: RestRequest, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default


def _with_etag(answer: Answer, request: RestRequest) -> Answer:
    if answer.status != 200:  # noqa: PLR2004 - HTTP
        return answer
    tag = f'W/"{hashlib.sha256(orjson.dumps(answer.body)).hexdigest()}"'
    if request.if_none_match == tag:
        return Answer(304, None, {"etag": tag}, answer.operation)
    answer.headers["etag"] = tag
    return answer
