"""Resolvers of GitHub's roots, repositories, owners and commits beyond their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from sandbox.github.access import check
from sandbox.github.paging import connection, decode

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]
WEB = "https://github.com"


def not_found(message: str) -> GraphQLError:
    """Return GitHub's error for an object that does not exist or is not visible."""
    return GraphQLError(message, extensions={"type": "NOT_FOUND"})


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
    return check(found, info)


def _organization(_row: Row, info: Any, login: str) -> Row:  # noqa: ANN401
    found: Row | None = info.context.store.organizations.get(login.lower())
    if found is None:
        message = f"Could not resolve to an Organization with the login of '{login}'."
        raise not_found(message)
    return check(found, info)


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
    return check(found, info)


def _nodes(_row: Row, info: Any, ids: list[str]) -> list[Row | GraphQLError]:  # noqa: ANN401
    rows: list[Row | GraphQLError] = []
    for key in ids:
        found = info.context.store.node(key)
        message = f"Could not resolve to a node with the global id of '{key}'"
        try:
            rows.append(not_found(message) if found is None else check(found, info))
        except GraphQLError as error:
            rows.append(error)
    return rows


# --- repositories and owners --------------------------------------------------


def blocked(repository: Row) -> None:
    """Reject access to a disabled repository.

    Raises:
        GraphQLError: If the repository is disabled.
    """
    if repository.get("isDisabled"):
        message = "Repository access blocked"
        raise GraphQLError(message, extensions={"type": "FORBIDDEN"})


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
        "target": commit(commits[0], row),
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


def commit(row: Row, repository: Row) -> Row:
    """Return a commit's row with its type and repository."""
    return {"__typename": "Commit", "repository": repository, **row}


def _history(row: Row, info: Any, **arguments: Any) -> Row:  # noqa: ANN401
    repository = row["repository"]
    blocked(repository)
    rows = info.context.store.commits(repository)
    since, until = arguments.get("since"), arguments.get("until")
    if since:
        rows = [one for one in rows if one["committedDate"] >= since]
    if until:
        rows = [one for one in rows if one["committedDate"] <= until]
    after = arguments.get("after")
    if after:
        # Anchored to the commit: a push during a scan does not shift it.
        oid = decode(after)[0]
        at = next((n for n, one in enumerate(rows) if one["oid"] == oid), len(rows))
        rows_after = rows[at + 1 :]
    else:
        rows_after = rows
    page = connection(rows_after, {**arguments, "after": None})
    keys = [(one["oid"],) for one in page["nodes"]]
    ends = connection(page["nodes"], {}, lambda one: (one["oid"],))["pageInfo"]
    return {
        "nodes": [commit(one, repository) for one in page["nodes"]],
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
    if isinstance(held, dict):  # only its number is known
        return {**connection([], arguments), **held}
    rows = [
        commit({"oid": one} if isinstance(one, str) else one, row.get("repository", {}))
        for one in held
    ]
    return connection(rows, arguments)


def _commit_url(row: Row, _info: Any) -> str:  # noqa: ANN401
    return f"{WEB}{_commit_path(row, _info)}"


def _commit_path(row: Row, _info: Any) -> str:  # noqa: ANN401
    return f"/{row['repository']['nameWithOwner']}/commit/{row['oid']}"


def _text(key: str, part: int) -> Callable[..., str]:
    def text(row: Row, _info: Any) -> str:  # noqa: ANN401
        head, _newline, body = (row.get(key) or "").partition("\n")
        return (head, body.strip("\n"))[part]

    return text


REPOSITORY_FIELDS: dict[str, Callable[..., Any]] = {
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
    "Commit.url": _commit_url,
    "Commit.commitUrl": _commit_url,
    "Commit.resourcePath": _commit_path,
    "Commit.commitResourcePath": _commit_path,
}
