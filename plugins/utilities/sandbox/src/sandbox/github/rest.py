"""The REST endpoints that a tap calls, under github.com's or a GHES's base."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from sandbox.answers import Answer
from sandbox.github import shapes
from sandbox.github.api import DOCS, bad_credentials, iso, rate_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.github.api import GitHubGraphQL
    from sandbox.github.store import GitHubStore

Row = dict[str, Any]
PAGE_DEFAULT = 30
PAGE_MAX = 100
COMMITS_MAX = 250
FILES_MAX = 3_000


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One REST request.

    Attributes:
        path: Under the base, with a leading slash.
        base: What links start with: `http://host:port/github`.
    """

    method: str
    path: str
    query: dict[str, str]
    authorization: str | None
    if_none_match: str | None
    base: str


class RestError(Exception):
    """An answer in place of the one asked for."""

    def __init__(self, answer: Answer) -> None:
        """Carry the answer."""
        super().__init__(answer.status)
        self.answer = answer


def problem(status: int, message: str, **more: Any) -> RestError:  # noqa: ANN401
    """Return an error as GitHub's REST API words it."""
    body = {
        "message": message,
        **more,
        "documentation_url": f"{DOCS}/rest",
        "status": str(status),
    }
    return RestError(Answer(status, body))


@dataclass(frozen=True, slots=True)
class Listed:
    """A list to be cut into pages; `path` is what its links point at."""

    rows: list[Row]
    path: str
    shape: Callable[[Row], Row]


class GitHubRest:
    """Answers REST over the same host and the same credentials as GraphQL."""

    def __init__(self, graphql: GitHubGraphQL) -> None:
        """Share host, credentials and budgets with GraphQL."""
        self.graphql = graphql
        repository = (
            r"(?:/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)|/repositories/(?P<id>\d+))"
        )
        pull = repository + r"/pulls/(?P<number>\d+)"
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = [
            (method, re.compile(pattern + r"/?$"), handler)
            for method, pattern, handler in (
                ("GET", "/rate_limit", self._rate_limit),
                ("GET", "/meta", lambda *_: {"installed_version": "3.15.0"}),
                ("GET", "/user", self._viewer),
                ("GET", r"/user/(?P<user_id>\d+)", self._user_by_id),
                ("GET", r"/users/(?P<login>[^/]+)", self._user),
                ("GET", r"/users/(?P<login>[^/]+)/repos", self._owned),
                ("GET", r"/orgs/(?P<login>[^/]+)", self._organization),
                ("GET", r"/orgs/(?P<login>[^/]+)/repos", self._owned),
                ("GET", r"/orgs/(?P<login>[^/]+)/members", self._members),
                ("GET", "/installation/repositories", self._installation_repositories),
                ("GET", repository, self._repository),
                ("GET", repository + "/pulls", self._pulls),
                ("GET", pull, self._pull),
                ("GET", pull + "/reviews", self._reviews),
                ("GET", pull + "/comments", self._pull_review_comments),
                ("GET", pull + "/commits", self._pull_commits),
                ("GET", pull + "/files", self._pull_files),
                ("GET", repository + "/pulls/comments", self._review_comments),
                ("GET", repository + "/issues/comments", self._issue_comments),
                (
                    "GET",
                    repository + r"/issues/(?P<number>\d+)/comments",
                    self._pull_issue_comments,
                ),
                ("GET", repository + "/commits", self._commits),
            )
        ]

    @property
    def store(self) -> GitHubStore:
        """The host's rows as they are now."""
        return self.graphql.store

    def answer(self, request: RestRequest, *, limited: bool = True) -> Answer:
        """Answer one request.

        Args:
            request: The request.
            limited: Whether budgets are kept and their headers sent; off on GHES.
        """
        if request.path.startswith("/app"):
            return self._app(request)
        credentials = self.graphql.credentials
        token = credentials.token(request.authorization)
        if request.authorization and token is None:
            return bad_credentials()
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
        # An answer that the client already has costs nothing.
        if limited and not free and answer.status != 304:  # noqa: PLR2004 - HTTP
            budget.spend(1)
        if limited:
            answer.headers |= rate_headers(budget, "core")
        return answer

    def rate_limited(self, token: str | None = None, status: int = 403) -> Answer:
        """Return the refusal of a spent budget: 403, on other days 429."""
        kind = "core" if token else "anonymous"
        budget = self.graphql.budgets.of(token or "nobody", kind)
        body = {
            "message": "API rate limit exceeded for user ID 1.",
            "documentation_url": f"{DOCS}/rest/overview/rate-limits-for-the-rest-api",
            "status": str(status),
        }
        return Answer(status, body, rate_headers(budget, "core"))

    def _routed(self, request: RestRequest) -> Answer:
        for method, pattern, handler in self._routes:
            match = pattern.match(request.path)
            if match is None or method != request.method:
                continue
            found = handler(request, match)
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

    # --- people --------------------------------------------------------------------

    def _rate_limit(self, request: RestRequest, _match: re.Match[str]) -> Row:
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

    def _viewer(self, request: RestRequest, _match: re.Match[str]) -> Row:
        if request.authorization is None:
            raise problem(401, "Requires authentication")
        return shapes.user(self.graphql.viewer(), full=True)

    def _user(self, _request: RestRequest, match: re.Match[str]) -> Row:
        login = match["login"].removesuffix("[bot]")
        found = self.store.login(login)
        if found is None:
            raise problem(404, "Not Found")
        return shapes.user(found, full=True)

    def _user_by_id(self, _request: RestRequest, match: re.Match[str]) -> Row:
        found = self.store.number(match["user_id"])
        if found is None:
            raise problem(404, "Not Found")
        return shapes.user(found, full=True)

    def _organization(self, _request: RestRequest, match: re.Match[str]) -> Row:
        found = self.store.organizations.get(match["login"].lower())
        if found is None:
            raise problem(404, "Not Found")
        return shapes.user(found, full=True)

    def _members(self, request: RestRequest, match: re.Match[str]) -> Listed:
        organization = self.store.organizations.get(match["login"].lower())
        if organization is None:
            raise problem(404, "Not Found")
        wanted = request.query.get("role", "all").upper()
        rows = [
            self.store.get("User", key)
            for key, role in organization.get("members") or ()
            if wanted in ("ALL", role)
        ]
        path = f"/organizations/{organization['databaseId']}/members"
        return Listed([row for row in rows if row], path, shapes.user)

    # --- repositories ----------------------------------------------------------------

    def _found(self, request: RestRequest, match: re.Match[str]) -> Row:
        groups = match.groupdict()
        if groups.get("id"):
            found = self.store.by_number.get(groups["id"])
        else:
            full = f"{groups['owner']}/{groups['name']}"
            found = self.store.repository(full, follow=False)
            moved = None if found else self.store.repository(full)
            if moved is not None:
                rest = request.path.partition(full)[2]
                query = f"?{urlencode(request.query)}" if request.query else ""
                where = (
                    f"{request.base}/repositories/{moved['databaseId']}{rest}{query}"
                )
                body = {"message": "Moved Permanently", "url": where}
                raise RestError(Answer(301, body, {"location": where}))
        if found is None:
            raise problem(404, "Not Found")
        if found.get("isDisabled"):
            block = {"reason": "dmca", "created_at": found["updatedAt"]}
            raise problem(451, "Repository access blocked", block=block)
        return found

    def _repository(self, request: RestRequest, match: re.Match[str]) -> Row:
        found = self._found(request, match)
        return shapes.repository(found, self.store.owner(found))

    def _owned(self, _request: RestRequest, match: re.Match[str]) -> Listed:
        owner = self.store.login(match["login"])
        if owner is None:
            raise problem(404, "Not Found")
        kind = "organizations" if owner["__typename"] == "Organization" else "user"
        return Listed(
            self.store.owned(owner["login"]),
            f"/{kind}/{owner['databaseId']}/repos",
            lambda row: shapes.repository(row, owner),
        )

    def _installation_repositories(
        self, request: RestRequest, _match: re.Match[str]
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

    def _commits(self, request: RestRequest, match: re.Match[str]) -> Listed:
        repository = self._found(request, match)
        rows = self.store.commits(repository)
        if not rows:
            raise problem(409, "Git Repository is empty.")
        since, until = request.query.get("since"), request.query.get("until")
        rows = [
            row
            for row in rows
            if (not since or row["committedDate"] >= since)
            and (not until or row["committedDate"] <= until)
        ]
        return Listed(
            rows,
            f"/repositories/{repository['databaseId']}/commits",
            lambda row: shapes.commit(row, repository, self.store),
        )

    # --- pull requests ---------------------------------------------------------------

    def _pulls(self, request: RestRequest, match: re.Match[str]) -> Listed:
        repository = self._found(request, match)
        order = request.query.get("sort", "created")
        rows = self.store.pull_requests(
            repository["id"], "updatedAt" if order == "updated" else "createdAt"
        )
        state = request.query.get("state", "open")
        if state != "all":
            rows = [
                row for row in rows if (row["state"] == "OPEN") == (state == "open")
            ]
        descending = request.query.get(
            "direction", "desc" if order == "created" else "asc"
        )
        return Listed(
            rows[::-1] if descending == "desc" else list(rows),
            f"/repositories/{repository['databaseId']}/pulls",
            lambda row: shapes.pull(row, repository, self.store),
        )

    def _pull_row(self, request: RestRequest, match: re.Match[str]) -> tuple[Row, Row]:
        repository = self._found(request, match)
        found = self.store.pull_request(repository["id"], int(match["number"]))
        if found is None:
            raise problem(404, "Not Found")
        return repository, found

    def _pull(self, request: RestRequest, match: re.Match[str]) -> Row:
        repository, row = self._pull_row(request, match)
        return shapes.pull(row, repository, self.store, full=True)

    def _of_pull(
        self,
        request: RestRequest,
        match: re.Match[str],
        read: Callable[[Row], list[Row]],
        shape: Callable[..., Row],
    ) -> Listed:
        repository, row = self._pull_row(request, match)
        rest = request.path.rpartition("/")[2]
        kind = "issues" if "/issues/" in request.path else "pulls"
        path = f"/repositories/{repository['databaseId']}/{kind}/{row['number']}/{rest}"
        return Listed(read(row), path, lambda one: shape(one, repository, self.store))

    def _reviews(self, request: RestRequest, match: re.Match[str]) -> Listed:
        return self._of_pull(
            request, match, lambda row: self.store.nested(row, "reviews"), shapes.review
        )

    def _pull_review_comments(
        self, request: RestRequest, match: re.Match[str]
    ) -> Listed:
        return self._of_pull(
            request, match, self.store.review_comments, shapes.review_comment
        )

    def _pull_issue_comments(
        self, request: RestRequest, match: re.Match[str]
    ) -> Listed:
        return self._of_pull(
            request,
            match,
            lambda row: self.store.nested(row, "comments"),
            shapes.issue_comment,
        )

    def _pull_commits(self, request: RestRequest, match: re.Match[str]) -> Listed:
        def read(row: Row) -> list[Row]:
            rows = self.store.nested(row, "commits")[:COMMITS_MAX]
            return [one["commit"] for one in rows]

        return self._of_pull(request, match, read, shapes.commit)

    def _pull_files(self, request: RestRequest, match: re.Match[str]) -> Listed:
        return self._of_pull(
            request,
            match,
            lambda row: self.store.nested(row, "files")[:FILES_MAX],
            shapes.file,
        )

    def _since(
        self,
        request: RestRequest,
        match: re.Match[str],
        read: Callable[[Row], list[Row]],
        shape: Callable[..., Row],
    ) -> Listed:
        """List a repository's comments, those updated at or after `since`."""
        repository = self._found(request, match)
        since = request.query.get("since")
        rows = [
            one
            for row in self.store.pull_requests(repository["id"])
            for one in read(row)
            if since is None or one["updatedAt"] >= since
        ]
        by = "updatedAt" if request.query.get("sort") == "updated" else "createdAt"
        rows.sort(
            key=lambda one: (one[by], int(one["fullDatabaseId"])),
            reverse=request.query.get("direction") == "desc",
        )
        rest = request.path.rpartition("/")[0].rpartition("/")[2]
        path = f"/repositories/{repository['databaseId']}/{rest}/comments"
        return Listed(rows, path, lambda one: shape(one, repository, self.store))

    def _review_comments(self, request: RestRequest, match: re.Match[str]) -> Listed:
        return self._since(
            request, match, self.store.review_comments, shapes.review_comment
        )

    def _issue_comments(self, request: RestRequest, match: re.Match[str]) -> Listed:
        return self._since(
            request,
            match,
            lambda row: self.store.nested(row, "comments"),
            shapes.issue_comment,
        )

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
