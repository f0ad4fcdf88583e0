"""What each field of GitHub's schema reads where it is not simply in the row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from sandbox.github.paging import connection, decode, edges
from sandbox.github.store import ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLSchema

    from sandbox.github.store import GitHubStore

Row = dict[str, Any]
WEB = "https://github.com"
ACTORS = ("User", "Bot", "Mannequin", "Organization", "EnterpriseUserAccount")

DEFAULTS = {
    "Issue.authorAssociation": "NONE",
    "Issue.state": "OPEN",
    "IssueComment.authorAssociation": "NONE",
    "Label.color": "ededed",
    "PullRequest.authorAssociation": "NONE",
    "PullRequest.mergeable": "UNKNOWN",
    "PullRequest.state": "OPEN",
    "PullRequestChangedFile.changeType": "MODIFIED",
    "PullRequestReview.authorAssociation": "NONE",
    "PullRequestReview.state": "COMMENTED",
    "PullRequestReviewComment.authorAssociation": "NONE",
    "PullRequestReviewComment.state": "SUBMITTED",
    "PullRequestReviewComment.subjectType": "LINE",
    "PullRequestReviewThread.diffSide": "RIGHT",
    "PullRequestReviewThread.subjectType": "LINE",
    "Repository.forkingAllowed": True,
    "Repository.hasIssuesEnabled": True,
    "Repository.mergeCommitAllowed": True,
    "Repository.rebaseMergeAllowed": True,
    "Repository.squashMergeAllowed": True,
    "Repository.visibility": "PRIVATE",
    "ReviewDismissedEvent.previousReviewState": "APPROVED",
    "Team.privacy": "VISIBLE",
}


@dataclass(slots=True)
class GitHubContext:
    """What resolvers reach through `info.context`."""

    store: GitHubStore
    viewer: Row
    rate_limit: Row


def not_found(message: str) -> GraphQLError:
    """Return GitHub's error for what does not exist or may not be seen."""
    return GraphQLError(message, extensions={"type": "NOT_FOUND"})


def type_of(row: Row, _info: Any, _abstract: Any) -> str:  # noqa: ANN401 - graphql-core's
    """Name the object type of a row behind an interface or union."""
    return str(row["__typename"])


# --- roots --------------------------------------------------------------------


def _repository(
    _row: Row,
    info: Any,  # noqa: ANN401
    owner: str,
    name: str,
    followRenames: bool = True,  # noqa: N803, FBT001, FBT002 - GitHub's
) -> Row:
    full = f"{owner}/{name}"
    found: Row | None = info.context.store.repository(full, follow=followRenames)
    if found is None:
        message = f"Could not resolve to a Repository with the name '{full}'."
        raise not_found(message)
    return found


def _organization(_row: Row, info: Any, login: str) -> Row:  # noqa: ANN401
    found: Row | None = info.context.store.organizations.get(login.lower())
    if found is None:
        message = f"Could not resolve to an Organization with the login of '{login}'."
        raise not_found(message)
    return found


def _user(_row: Row, info: Any, login: str) -> Row:  # noqa: ANN401
    found: Row | None = info.context.store.login(login)
    if found is None or found["__typename"] != "User":
        message = f"Could not resolve to a User with the login of '{login}'."
        raise not_found(message)
    return found


def _owner_by_login(_row: Row, info: Any, login: str) -> Row | None:  # noqa: ANN401
    found: Row | None = info.context.store.login(login)
    return found if found and found["__typename"] in ("User", "Organization") else None


def _node(_row: Row, info: Any, id: str) -> Row:  # noqa: A002, ANN401 - GitHub's
    found: Row | None = info.context.store.node(id)
    if found is None:
        message = f"Could not resolve to a node with the global id of '{id}'"
        raise not_found(message)
    return found


def _nodes(_row: Row, info: Any, ids: list[str]) -> list[Row | GraphQLError]:  # noqa: ANN401
    rows: list[Row | GraphQLError] = []
    for key in ids:
        found = info.context.store.node(key)
        message = f"Could not resolve to a node with the global id of '{key}'"
        rows.append(not_found(message) if found is None else found)
    return rows


# --- repositories and owners --------------------------------------------------


def _blocked(repository: Row) -> None:
    if repository.get("isDisabled"):
        message = "Repository access blocked"
        raise GraphQLError(message, extensions={"type": "FORBIDDEN"})


def _pull_requests(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    _blocked(row)
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
    _blocked(row)
    found: Row | None = info.context.store.pull_request(row["id"], number)
    if found is None:
        message = f"Could not resolve to a PullRequest with the number of {number}."
        raise not_found(message)
    return found


def _repositories(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    rows = info.context.store.owned(row["login"])
    for flag in ("isArchived", "isFork"):
        wanted = arguments.get(flag)
        if wanted is not None:
            rows = [one for one in rows if bool(one.get(flag)) == wanted]
    keys = {
        "CREATED_AT": "createdAt",
        "UPDATED_AT": "updatedAt",
        "PUSHED_AT": "pushedAt",
        "NAME": "name",
        "STARGAZERS": "stargazerCount",
    }
    order = arguments.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    by = keys[order["field"]]
    empty: str | int = 0 if by == "stargazerCount" else ""
    descending = order["direction"] == "DESC"

    def key(one: Row) -> tuple[Any, ...]:
        return (one.get(by) or empty, one["databaseId"])

    rows = sorted(rows, key=key, reverse=descending)
    return connection(rows, arguments, key, descending=descending)


def _repository_of(row: Row, info: Any, name: str, **_arguments: Any) -> Row:  # noqa: ANN401
    return _repository(row, info, row["login"], name)


def _members(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    members = [
        (found, role)
        for key, role in row.get("members") or ()
        if (found := info.context.store.get("User", key)) is not None
    ]
    page = connection([found for found, _role in members], arguments)
    roles = [members[position][1] for (position,) in page["keys"]]
    return {
        **page,
        "edgeFields": [{"role": role, "hasTwoFactorEnabled": None} for role in roles],
    }


def _organizations_of(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    rows = [
        one
        for one in info.context.store.organizations.values()
        if any(key == row["id"] for key, _role in one.get("members") or ())
    ]
    return connection(rows, arguments)


def _organization_of(row: Row, info: Any, login: str) -> Row | None:  # noqa: ANN401
    found: Row | None = info.context.store.organizations.get(login.lower())
    if found and any(key == row["id"] for key, _role in found.get("members") or ()):
        return found
    return None


def _verified_emails(row: Row, _info: Any, login: str) -> list[str]:  # noqa: ANN401, ARG001
    found: list[str] = row.get("organizationVerifiedDomainEmails") or []
    return found


def _default_branch(row: Row, info: Any) -> Row | None:  # noqa: ANN401
    if held := row.get("defaultBranchRef"):  # recorded without its commits
        return {"__typename": "Ref", "prefix": "refs/heads/", "repository": row, **held}
    commits = info.context.store.commits(row)
    if not commits:
        return None
    name = row.get("defaultBranch") or "main"
    return {
        "__typename": "Ref",
        "id": f"REF_{row['id']}",
        "name": name,
        "prefix": "refs/heads/",
        "repository": row,
        "target": _commit(commits[0], row),
    }


def _languages(row: Row, _info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    held = row.get("languages") or []
    page = connection(held, arguments)
    return {
        **page,
        "totalSize": sum(one.get("size", 0) for one in held),
        "edgeFields": [{"size": one.get("size", 0)} for one in page["nodes"]],
    }


def _owner(row: Row, info: Any) -> Row | None:  # noqa: ANN401
    found: Row | None = info.context.store.owner(row)
    return found


# --- commits ------------------------------------------------------------------


def _commit(row: Row, repository: Row) -> Row:
    return {"__typename": "Commit", "repository": repository, **row}


def _history(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    repository = row["repository"]
    _blocked(repository)
    rows = info.context.store.commits(repository)
    since, until = arguments.get("since"), arguments.get("until")
    if since:
        rows = [one for one in rows if one["committedDate"] >= since]
    if until:
        rows = [one for one in rows if one["committedDate"] <= until]
    after = arguments.get("after")
    if after:
        # Anchored to the commit: what is pushed during a scan does not shift it.
        oid = decode(after)[0]
        at = next((n for n, one in enumerate(rows) if one["oid"] == oid), len(rows))
        rows_after = rows[at + 1 :]
    else:
        rows_after = rows
    page = connection(rows_after, {**arguments, "after": None})
    keys = [(one["oid"],) for one in page["nodes"]]
    ends = connection(page["nodes"], {}, lambda one: (one["oid"],))["pageInfo"]
    return {
        "nodes": [_commit(one, repository) for one in page["nodes"]],
        "keys": keys,
        "totalCount": len(rows),
        "pageInfo": {
            **page["pageInfo"],
            "hasPreviousPage": bool(after),
            "startCursor": ends["startCursor"],
            "endCursor": ends["endCursor"],
        },
    }


def _git_actor(key: str, date: str) -> Callable[..., Row | None]:
    def actor(row: Row, _info: Any) -> Row | None:  # noqa: ANN401
        found = row.get(key) or row.get("author")
        return None if found is None else {"date": row.get(date), **found}

    return actor


def _authors(row: Row, _info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    held = row.get("authors") or [row.get("author") or {}]
    return connection(
        [{"date": row.get("authoredDate"), **one} for one in held], arguments
    )


def _parents(row: Row, _info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    held = row.get("parents") or []
    if isinstance(held, dict):  # known by number only
        return {**connection([], arguments), **held}
    rows = [
        _commit(
            {"oid": one} if isinstance(one, str) else one, row.get("repository", {})
        )
        for one in held
    ]
    return connection(rows, arguments)


def _commit_url(row: Row, _info: Any) -> str:  # noqa: ANN401
    return f"{WEB}{_commit_path(row, _info)}"


def _commit_path(row: Row, _info: Any) -> str:  # noqa: ANN401
    return f"/{row['repository']['nameWithOwner']}/commit/{row['oid']}"


# --- pull requests ------------------------------------------------------------


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
        {**one, "commit": _commit(one["commit"], one["repository"])}
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
    return store.commit(held["oid"]) or _commit(held, repository)


def _commit_of(key: str) -> Callable[..., Row | None]:
    def commit_of(row: Row, info: Any) -> Row | None:  # noqa: ANN401
        held = row.get(key)
        if not held:
            return None
        repository = row.get("repository") or row["pullRequest"]["repository"]
        found: Row | None = info.context.store.commit(held["oid"])
        return found or _commit(held, repository)

    return commit_of


def _issue_of(row: Row, _info: Any) -> Row:  # noqa: ANN401
    """Show a pull request as the issue that every pull request is too."""
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


def _url(path: Callable[[Row], str]) -> tuple[Callable[..., str], Callable[..., str]]:
    """Return resolvers of `url` and `resourcePath` for rows that carry neither."""

    def resource_path(row: Row, _info: Any) -> str:  # noqa: ANN401
        return str(row.get("resourcePath") or path(row))

    def url(row: Row, _info: Any) -> str:  # noqa: ANN401
        return str(row.get("url") or f"{WEB}{path(row)}")

    return url, resource_path


def _pull_path(row: Row) -> str:
    repository = row.get("repository") or {}
    name = repository.get("nameWithOwner") or row.get("nameWithOwner", "")
    return f"/{name}/pull/{row.get('number')}"


def _pull_url(row: Row, info: Any) -> str:  # noqa: ANN401
    repository = info.context.store.host.repositories[row["repositoryId"]]
    return str(
        row.get("url") or f"{WEB}{_pull_path({**row, 'repository': repository})}"
    )


def _repository_path(row: Row) -> str:
    return f"/{(row.get('repository') or {}).get('nameWithOwner')}"


def _account_path(prefix: str) -> Callable[[Row], str]:
    return lambda row: f"{prefix}{row['login']}"


def _anchor(prefix: str) -> Callable[[Row], str]:
    def path(row: Row) -> str:
        base = _pull_path({**row["pullRequest"], "repository": row["repository"]})
        return f"{base}#{prefix}{row.get('fullDatabaseId') or row['id']}"

    return path


def _text(key: str, part: int) -> Callable[..., str]:
    def text(row: Row, _info: Any) -> str:  # noqa: ANN401
        head, _newline, body = (row.get(key) or "").partition("\n")
        return (head, body.strip("\n"))[part]

    return text


def resolvers(schema: GraphQLSchema) -> dict[str, Callable[..., Any]]:
    """Return every resolver that is not a plain read, by `Type.field`."""
    table: dict[str, Callable[..., Any]] = {
        "Query.id": lambda _row, _info: "Q_sandbox",
        "Query.viewer": lambda _row, info: info.context.viewer,
        "Query.rateLimit": lambda _row, info, **_arguments: info.context.rate_limit,
        "Query.repository": _repository,
        "Query.organization": _organization,
        "Query.user": _user,
        "Query.repositoryOwner": _owner_by_login,
        "Query.node": _node,
        "Query.nodes": _nodes,
        "Query.meta": lambda _row, _info: {"gitHubServicesSha": "0" * 40},
        "Repository.pullRequests": _pull_requests,
        "Repository.pullRequest": _pull_request,
        "Repository.owner": _owner,
        "Repository.defaultBranchRef": _default_branch,
        "Repository.languages": _languages,
        "Repository.labels": lambda row, _info, **arguments: connection(
            row.get("labels") or [], arguments
        ),
        "Repository.repositoryTopics": lambda row, _info, **arguments: connection(
            [
                {
                    "id": f"RT_{row['id']}_{name}",
                    "topic": {"id": f"T_{name}", "name": name},
                }
                for name in row.get("topics") or ()
            ],
            arguments,
        ),
        "Organization.repositories": _repositories,
        "Organization.repository": _repository_of,
        "Organization.membersWithRole": _members,
        "User.repositories": _repositories,
        "User.repository": _repository_of,
        "User.organizations": _organizations_of,
        "User.organization": _organization_of,
        "User.organizationVerifiedDomainEmails": _verified_emails,
        "Commit.id": lambda row, _info: row.get("id") or f"C_{row['oid']}",
        "Commit.abbreviatedOid": lambda row, _info: row["oid"][:7],
        "Commit.messageHeadline": _text("message", 0),
        "Commit.messageBody": _text("message", 1),
        "Commit.author": _git_actor("author", "authoredDate"),
        "Commit.committer": _git_actor("committer", "committedDate"),
        "Commit.authors": _authors,
        "Commit.parents": _parents,
        "Commit.history": _history,
        "Commit.associatedPullRequests": lambda _row, _info, **arguments: connection(
            [], arguments
        ),
        "Commit.changedFiles": lambda row, _info: (
            row.get("changedFiles") or row.get("changedFilesIfAvailable") or 0
        ),
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
    paths: dict[str, Callable[[Row], str]] = {
        "Repository": lambda row: f"/{row['nameWithOwner']}",
        "Label": lambda row: f"{_repository_path(row)}/labels/{row['name']}",
        "Issue": lambda row: f"{_repository_path(row)}/issues/{row['number']}",
        "PullRequestCommit": lambda row: (
            f"{_anchor('')(row).partition('#')[0]}/commits/{row['commit']['oid']}"
        ),
        "PullRequestReview": _anchor("pullrequestreview-"),
        "PullRequestReviewComment": _anchor("discussion_r"),
        "IssueComment": _anchor("issuecomment-"),
    }
    for type_name in ACTORS:
        paths[type_name] = _account_path("/apps/" if type_name == "Bot" else "/")
    for name, type_ in schema.type_map.items():
        if name.endswith("Event") and "resourcePath" in getattr(type_, "fields", {}):
            paths[name] = _anchor("event-")
    for type_name, path in paths.items():
        table[f"{type_name}.url"], table[f"{type_name}.resourcePath"] = _url(path)
    for name in ("url", "commitUrl"):
        table[f"Commit.{name}"] = _commit_url
    for name in ("resourcePath", "commitResourcePath"):
        table[f"Commit.{name}"] = _commit_path
    table |= {
        f"{name}.edges": edges
        for name, type_ in schema.type_map.items()
        if name.endswith("Connection") and "edges" in getattr(type_, "fields", {})
    }
    return table
