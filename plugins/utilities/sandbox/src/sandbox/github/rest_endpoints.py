"""The REST endpoints of people, repositories and pull requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.routing import Route

from sandbox.answers import Answer
from sandbox.github import shapes
from sandbox.github.access import SAML_MESSAGE, sso_url
from sandbox.github.api import DOCS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.github.api import GitHubGraphQL
    from sandbox.github.store import GitHubStore

Row = dict[str, Any]
Params = dict[str, Any]
"""The values of the braces in an endpoint's path."""

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
    """A response instead of the requested one."""

    def __init__(self, answer: Answer) -> None:
        """Keep the response."""
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
    """A list to be split into pages; its links contain `path`."""

    rows: list[Row]
    path: str
    shape: Callable[[Row], Row]


class RestEndpoints:
    """Reads the rows of each path: one row, or a list to be split into pages."""

    def __init__(self, graphql: GitHubGraphQL) -> None:
        """Share the host with GraphQL."""
        self.graphql = graphql

    @property
    def store(self) -> GitHubStore:
        """The rows that the token of the request may see."""
        return self.graphql.seen

    def routes(self) -> list[Route]:
        """Return the endpoints in the order in which they are tried."""
        endpoints: dict[str, Callable[[RestRequest, Params], Row | Listed]] = {
            "/user/{user_id:int}": self._user_by_id,
            "/users/{login}": self._user,
            "/users/{login}/repos": self._owned,
            "/orgs/{login}": self._organization,
            "/orgs/{login}/repos": self._owned,
            "/orgs/{login}/members": self._members,
        }
        for repository in ("/repos/{owner}/{name}", "/repositories/{id:int}"):
            pull = repository + "/pulls/{number:int}"
            endpoints |= {
                repository: self._repository,
                repository + "/pulls": self._pulls,
                pull: self._pull,
                pull + "/reviews": self._reviews,
                pull + "/comments": self._pull_review_comments,
                pull + "/commits": self._pull_commits,
                pull + "/files": self._pull_files,
                repository + "/pulls/comments": self._review_comments,
                repository + "/issues/comments": self._issue_comments,
                repository + "/issues/{number:int}/comments": self._pull_issue_comments,
                repository + "/commits": self._commits,
            }
        return [Route(path, endpoint) for path, endpoint in endpoints.items()]

    # --- people --------------------------------------------------------------------

    def _user(self, _request: RestRequest, params: Params) -> Row:
        login = params["login"].removesuffix("[bot]")
        found = self.store.login(login)
        if found is None:
            raise problem(404, "Not Found")
        return shapes.user(found, full=True)

    def _user_by_id(self, _request: RestRequest, params: Params) -> Row:
        found = self.store.number(str(params["user_id"]))
        if found is None:
            raise problem(404, "Not Found")
        return shapes.user(found, full=True)

    def _organization(self, _request: RestRequest, params: Params) -> Row:
        found = self.store.organizations.get(params["login"].lower())
        if found is None:
            raise problem(404, "Not Found")
        return shapes.user(found, full=True)

    def _members(self, request: RestRequest, params: Params) -> Listed:
        organization = self.store.organizations.get(params["login"].lower())
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

    def _found(self, request: RestRequest, params: Params) -> Row:
        if "id" in params:
            found = self.store.by_number.get(str(params["id"]))
        else:
            full = f"{params['owner']}/{params['name']}"
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
        login = found["nameWithOwner"].partition("/")[0]
        if self.graphql.allowed.protects(login):
            refusal = problem(403, SAML_MESSAGE)
            refusal.answer.headers["x-github-sso"] = f"required; url={sso_url(login)}"
            raise refusal
        if found.get("isDisabled"):
            block = {"reason": "dmca", "created_at": found["updatedAt"]}
            raise problem(451, "Repository access blocked", block=block)
        return found

    def _repository(self, request: RestRequest, params: Params) -> Row:
        found = self._found(request, params)
        return shapes.repository(found, self.store.owner(found))

    def _owned(self, _request: RestRequest, params: Params) -> Listed:
        owner = self.store.login(params["login"])
        if owner is None:
            raise problem(404, "Not Found")
        kind = "organizations" if owner["__typename"] == "Organization" else "user"
        return Listed(
            self.store.owned(owner["login"]),
            f"/{kind}/{owner['databaseId']}/repos",
            lambda row: shapes.repository(row, owner),
        )

    def _commits(self, request: RestRequest, params: Params) -> Listed:
        repository = self._found(request, params)
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

    def _pulls(self, request: RestRequest, params: Params) -> Listed:
        repository = self._found(request, params)
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

    def _pull_row(self, request: RestRequest, params: Params) -> tuple[Row, Row]:
        repository = self._found(request, params)
        found = self.store.pull_request(repository["id"], params["number"])
        if found is None:
            raise problem(404, "Not Found")
        return repository, found

    def _pull(self, request: RestRequest, params: Params) -> Row:
        repository, row = self._pull_row(request, params)
        return shapes.pull(row, repository, self.store, full=True)

    def _of_pull(
        self,
        request: RestRequest,
        params: Params,
        read: Callable[[Row], list[Row]],
        shape: Callable[..., Row],
    ) -> Listed:
        repository, row = self._pull_row(request, params)
        rest = request.path.rpartition("/")[2]
        kind = "issues" if "/issues/" in request.path else "pulls"
        path = f"/repositories/{repository['databaseId']}/{kind}/{row['number']}/{rest}"
        return Listed(read(row), path, lambda one: shape(one, repository, self.store))

    def _reviews(self, request: RestRequest, params: Params) -> Listed:
        return self._of_pull(
            request,
            params,
            lambda row: self.store.nested(row, "reviews"),
            shapes.review,
        )

    def _pull_review_comments(self, request: RestRequest, params: Params) -> Listed:
        return self._of_pull(
            request, params, self.store.review_comments, shapes.review_comment
        )

    def _pull_issue_comments(self, request: RestRequest, params: Params) -> Listed:
        return self._of_pull(
            request,
            params,
            lambda row: self.store.nested(row, "comments"),
            shapes.issue_comment,
        )

    def _pull_commits(self, request: RestRequest, params: Params) -> Listed:
        def read(row: Row) -> list[Row]:
            rows = self.store.nested(row, "commits")[:COMMITS_MAX]
            return [one["commit"] for one in rows]

        return self._of_pull(request, params, read, shapes.commit)

    def _pull_files(self, request: RestRequest, params: Params) -> Listed:
        return self._of_pull(
            request,
            params,
            lambda row: self.store.nested(row, "files")[:FILES_MAX],
            shapes.file,
        )

    def _since(
        self,
        request: RestRequest,
        params: Params,
        read: Callable[[Row], list[Row]],
        shape: Callable[..., Row],
    ) -> Listed:
        """List a repository's comments, those updated at or after `since`."""
        repository = self._found(request, params)
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

    def _review_comments(self, request: RestRequest, params: Params) -> Listed:
        return self._since(
            request, params, self.store.review_comments, shapes.review_comment
        )

    def _issue_comments(self, request: RestRequest, params: Params) -> Listed:
        return self._since(
            request,
            params,
            lambda row: self.store.nested(row, "comments"),
            shapes.issue_comment,
        )
