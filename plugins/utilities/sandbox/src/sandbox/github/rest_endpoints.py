"""What the REST endpoints of people, repositories and pull requests read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sandbox.answers import Answer
from sandbox.github import shapes
from sandbox.github.access import SAML_MESSAGE, sso_url
from sandbox.github.api import DOCS

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from sandbox.github.api import GitHubGraphQL
    from sandbox.github.store import GitHubStore

Row = dict[str, Any]
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


class RestEndpoints:
    """Reads what each path names, as one row or as a list to be cut into pages."""

    def __init__(self, graphql: GitHubGraphQL) -> None:
        """Share the host with GraphQL."""
        self.graphql = graphql

    @property
    def store(self) -> GitHubStore:
        """The rows that the token that asks may see."""
        return self.graphql.seen

    def routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        """Return method, pattern and handler of each endpoint, in their order."""
        repository = (
            r"(?:/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)|/repositories/(?P<id>\d+))"
        )
        pull = repository + r"/pulls/(?P<number>\d+)"
        return [
            ("GET", r"/user/(?P<user_id>\d+)", self._user_by_id),
            ("GET", r"/users/(?P<login>[^/]+)", self._user),
            ("GET", r"/users/(?P<login>[^/]+)/repos", self._owned),
            ("GET", r"/orgs/(?P<login>[^/]+)", self._organization),
            ("GET", r"/orgs/(?P<login>[^/]+)/repos", self._owned),
            ("GET", r"/orgs/(?P<login>[^/]+)/members", self._members),
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
        ]

    # --- people --------------------------------------------------------------------

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
        login = found["nameWithOwner"].partition("/")[0]
        if self.graphql.allowed.protects(login):
            refusal = problem(403, SAML_MESSAGE)
            refusal.answer.headers["x-github-sso"] = f"required; url={sso_url(login)}"
            raise refusal
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
