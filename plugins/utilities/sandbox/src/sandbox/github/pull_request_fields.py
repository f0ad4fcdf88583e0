"""Fields of pull requests and their children that are not in the company's rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.github.paging import connection
from sandbox.github.repository_fields import WEB, blocked, commit, not_found
from sandbox.github.store import ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.github.store import GitHubStore

Row = dict[str, Any]


# --- pull requests ------------------------------------------------------------


def _pull_requests(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    blocked(row)
    order = arguments.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    by = ORDERS[order["field"]]
    rows = info.context.store.pull_requests(row["id"], by)
    if states := arguments.get("states"):
        rows = [one for one in rows if one["state"] in states]
    for argument, key in (
        ("baseRefName", "baseRefName"),
        ("headRefName", "headRefName"),
    ):
        if wanted := arguments.get(argument):
            rows = [one for one in rows if one.get(key) == wanted]
    descending = order["direction"] == "DESC"
    if descending:
        rows = rows[::-1]
    return connection(
        rows, arguments, lambda one: (one[by], one["number"]), descending=descending
    )


def _pull_request(row: Row, info: Any, number: int) -> Row:  # noqa: ANN401
    blocked(row)
    found: Row | None = info.context.store.pull_request(row["id"], number)
    if found is None:
        message = f"Could not resolve to a PullRequest with the number of {number}."
        raise not_found(message)
    return found


def _nested(key: str) -> Callable[..., Row]:
    return lambda row, info, **arguments: connection(
        info.context.store.nested(row, key), arguments
    )


def _reviews(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    rows = info.context.store.nested(row, "reviews")
    if states := arguments.get("states"):
        rows = [one for one in rows if one["state"] in states]
    if author := arguments.get("author"):
        found = info.context.store.login(author)
        rows = [one for one in rows if found and one.get("authorId") == found["id"]]
    return connection(rows, arguments)


def _pull_request_commits(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    store: GitHubStore = info.context.store
    rows = [
        {**one, "commit": commit(one["commit"], one["repository"])}
        for one in store.nested(row, "commits")
    ]
    return connection(rows, arguments)


def _people(key: str) -> Callable[..., Row]:
    def people(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
        found = (info.context.store.get("User", one) for one in row.get(key) or ())
        return connection([one for one in found if one is not None], arguments)

    return people


def _review_requests(row: Row, _info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    rows = [
        {
            "__typename": "ReviewRequest",
            "id": f"RR_{row['id']}_{key}",
            "pullRequest": row,
            "requestedReviewerId": key,
        }
        for key in row.get("requestedReviewerIds") or ()
    ]
    return connection(rows, arguments)


def _comments_count(row: Row, info: Any) -> int:  # noqa: ANN401
    threads = row.get("reviewThreads") or ()
    nested = sum(len(thread.get("comments") or ()) for thread in threads)
    del info
    return len(row.get("comments") or ()) + nested


def _head_owner(row: Row, info: Any) -> Row | None:  # noqa: ANN401
    if "headRepositoryOwnerId" in row:
        found: Row | None = info.context.store.get(
            "RepositoryOwner", row["headRepositoryOwnerId"]
        )
        return found
    repository = info.context.store.get("Repository", row.get("headRepositoryId"))
    return None if repository is None else info.context.store.owner(repository)


def _merge_commit(row: Row, info: Any) -> Row | None:  # noqa: ANN401
    held = row.get("mergeCommit")
    if not held:
        return None
    store: GitHubStore = info.context.store
    repository = store.host.repositories[row["repositoryId"]]
    return store.commit(held["oid"]) or commit(held, repository)


# --- timelines, reviews and comments ------------------------------------------


def _timeline(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    store: GitHubStore = info.context.store
    every = store.nested(row, "timelineItems")
    wanted = arguments.get("itemTypes")
    kinds = None if wanted is None else set(wanted)
    for kind, key in (
        ("PULL_REQUEST_REVIEW", "reviews"),
        ("ISSUE_COMMENT", "comments"),
        ("PULL_REQUEST_COMMIT", "commits"),
    ):
        if kinds is None or kind in kinds:
            every = every + store.nested(row, key)
    rows = [
        one for one in every if kinds is None or item_type(one["__typename"]) in kinds
    ]
    rows.sort(key=_happened)
    if since := arguments.get("since"):
        rows = [one for one in rows if _happened(one) >= since]
    rows = rows[arguments.get("skip") or 0 :]
    page = connection(rows, arguments)
    return {
        **page,
        "totalCount": len(every),
        "filteredCount": len(rows),
        "pageCount": len(page["nodes"]),
        "updatedAt": row["updatedAt"],
    }


def _happened(row: Row) -> str:
    when = row.get("createdAt") or row.get("submittedAt")
    return str(when or (row.get("commit") or {}).get("committedDate") or "")


def item_type(type_name: str) -> str:
    """Return the enum's name of a timeline item: ReopenedEvent is REOPENED_EVENT."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type_name).upper()


def _review_comments(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    store: GitHubStore = info.context.store
    rows = [
        one
        for one in store.review_comments(row["pullRequest"])
        if one.get("pullRequestReviewId") == row["id"]
    ]
    return connection(rows, arguments)


def _thread_comments(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    rows = info.context.store.thread_comments(row)
    return connection(rows[arguments.get("skip") or 0 :], arguments)


def _commit_of(key: str) -> Callable[..., Row | None]:
    def commit_of(row: Row, info: Any) -> Row | None:  # noqa: ANN401
        held = row.get(key)
        if not held:
            return None
        repository = row.get("repository") or row["pullRequest"]["repository"]
        found: Row | None = info.context.store.commit(held["oid"])
        return found or commit(held, repository)

    return commit_of


def _issue_of(row: Row, _info: Any) -> Row:  # noqa: ANN401
    """Return a pull request as an issue: every pull request is also an issue."""
    pull = row["pullRequest"]
    shared = (
        "number",
        "title",
        "body",
        "createdAt",
        "updatedAt",
        "closedAt",
        "authorId",
        "authorAssociation",
    )
    return {
        "__typename": "Issue",
        "id": f"I_{pull['id']}",
        "repository": row["repository"],
        "state": "OPEN" if pull["state"] == "OPEN" else "CLOSED",
        **{key: pull[key] for key in shared if key in pull},
    }


# --- addresses ----------------------------------------------------------------


def _pull_path(row: Row) -> str:
    repository = row.get("repository") or {}
    name = repository.get("nameWithOwner") or row.get("nameWithOwner", "")
    return f"/{name}/pull/{row.get('number')}"


def _pull_url(row: Row, info: Any) -> str:  # noqa: ANN401
    repository = info.context.store.host.repositories[row["repositoryId"]]
    return str(
        row.get("url") or f"{WEB}{_pull_path({**row, 'repository': repository})}"
    )


def anchor(prefix: str) -> Callable[[Row], str]:
    """Return a resolver of the path of a row on its pull request's page."""

    def path(row: Row) -> str:
        base = _pull_path({**row["pullRequest"], "repository": row["repository"]})
        return f"{base}#{prefix}{row.get('fullDatabaseId') or row['id']}"

    return path


PULL_REQUEST_FIELDS: dict[str, Callable[..., Any]] = {
    "Repository.pullRequests": _pull_requests,
    "Repository.pullRequest": _pull_request,
    "PullRequest.closed": lambda row, _info: row["state"] != "OPEN",
    "PullRequest.merged": lambda row, _info: row["state"] == "MERGED",
    "PullRequest.baseRepository": lambda row, info: (
        info.context.store.host.repositories[row["repositoryId"]]
    ),
    "PullRequest.headRepositoryOwner": _head_owner,
    "PullRequest.mergeCommit": _merge_commit,
    "PullRequest.totalCommentsCount": _comments_count,
    "PullRequest.url": _pull_url,
    "PullRequest.permalink": _pull_url,
    "PullRequest.resourcePath": lambda row, info: _pull_url(row, info).removeprefix(
        WEB
    ),
    "PullRequest.reviews": _reviews,
    "PullRequest.reviewThreads": _nested("reviewThreads"),
    "PullRequest.comments": _nested("comments"),
    "PullRequest.files": _nested("files"),
    "PullRequest.labels": _nested("labels"),
    "PullRequest.closingIssuesReferences": _nested("closingIssues"),
    "PullRequest.commits": _pull_request_commits,
    "PullRequest.assignees": _people("assigneeIds"),
    "PullRequest.reviewRequests": _review_requests,
    "PullRequest.timelineItems": _timeline,
    "PullRequestReview.comments": _review_comments,
    "PullRequestReviewThread.comments": _thread_comments,
    "IssueComment.issue": _issue_of,
    "PullRequestReview.commit": _commit_of("commit"),
    "PullRequestReviewComment.commit": _commit_of("commit"),
    "PullRequestReviewComment.originalCommit": _commit_of("originalCommit"),
    "MergedEvent.commit": _commit_of("commit"),
    "HeadRefForcePushedEvent.beforeCommit": _commit_of("beforeCommit"),
    "HeadRefForcePushedEvent.afterCommit": _commit_of("afterCommit"),
    "ClosedEvent.closable": lambda row, _info: row["pullRequest"],
    "ReopenedEvent.closable": lambda row, _info: row["pullRequest"],
}
