"""Rows in the format of GitHub's REST API: snake_case, `[bot]`, other ids and nulls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.github.store import GitHubStore

Row = dict[str, Any]
WEB = "https://github.com"


def _id(row: Row) -> int | None:
    held = row.get("fullDatabaseId") or row.get("databaseId")
    return None if held is None else int(held)


def user(row: Row, *, full: bool = False) -> Row:
    """Return an account; a bot's login has its `[bot]` here."""
    kind = row["__typename"]
    login = f"{row['login']}[bot]" if kind == "Bot" else row["login"]
    shown = {
        "login": login,
        "id": row.get("databaseId"),
        "node_id": row["id"],
        "avatar_url": row.get("avatarUrl"),
        "html_url": row.get("url") or f"{WEB}/{row['login']}",
        "type": kind,
        "site_admin": False,
    }
    if full:
        shown |= {
            "name": row.get("name"),
            "company": row.get("company"),
            "location": row.get("location"),
            "email": row.get("email") or None,
            "bio": row.get("bio"),
            "created_at": row.get("createdAt"),
            "updated_at": row.get("updatedAt"),
        }
    return shown


def _actor(row: Row, key: str, store: GitHubStore) -> Row | None:
    found = store.get("Actor", row[key]) if row.get(key) else None
    return None if found is None else user(found)


def _page(repository: Row, number: int) -> str:
    """Return the address of a pull request, with the repository's current name."""
    return f"{WEB}/{repository['nameWithOwner']}/pull/{number}"


def repository(row: Row, owner: Row | None) -> Row:
    """Return a repository."""
    return {
        "id": row["databaseId"],
        "node_id": row["id"],
        "name": row["name"],
        "full_name": row["nameWithOwner"],
        "private": bool(row.get("isPrivate")),
        "owner": None if owner is None else user(owner),
        "html_url": row.get("url") or f"{WEB}/{row['nameWithOwner']}",
        "description": row.get("description"),
        "fork": bool(row.get("isFork")),
        "archived": bool(row.get("isArchived")),
        "disabled": bool(row.get("isDisabled")),
        "visibility": str(row.get("visibility", "private")).lower(),
        "default_branch": row.get("defaultBranch") or "main",
        "language": (row.get("primaryLanguage") or {}).get("name"),
        "stargazers_count": row.get("stargazerCount", 0),
        "forks_count": row.get("forkCount", 0),
        "size": row.get("diskUsage", 0),
        "created_at": row["createdAt"],
        "updated_at": row["updatedAt"],
        "pushed_at": row.get("pushedAt"),
    }


def _branch(
    name: str | None, oid: str | None, repo: Row | None, store: GitHubStore
) -> Row:
    return {
        "ref": name,
        "sha": oid,
        "repo": None if repo is None else repository(repo, store.owner(repo)),
    }


def pull(row: Row, repo: Row, store: GitHubStore, *, full: bool = False) -> Row:
    """Return a pull request; a list lacks size, mergedBy and counts."""
    head = (
        store.get("Repository", row["headRepositoryId"])
        if row.get("headRepositoryId")
        else None
    )
    people = [store.get("User", key) for key in row.get("assigneeIds") or ()]
    asked = [store.get("User", key) for key in row.get("requestedReviewerIds") or ()]
    merge_commit = row.get("mergeCommit") or {}
    shown = {
        "id": _id(row),
        "node_id": row["id"],
        "number": row["number"],
        "state": "open" if row["state"] == "OPEN" else "closed",
        "locked": bool(row.get("locked")),
        "title": row["title"],
        "body": row.get("body"),
        "user": _actor(row, "authorId", store),
        "author_association": row.get("authorAssociation", "NONE"),
        "draft": bool(row.get("isDraft")),
        "labels": [
            {"node_id": one.get("id"), "name": one["name"], "color": one.get("color")}
            for one in row.get("labels") or ()
        ],
        "assignees": [user(one) for one in people if one],
        "requested_reviewers": [user(one) for one in asked if one],
        "created_at": row["createdAt"],
        "updated_at": row["updatedAt"],
        "closed_at": row.get("closedAt"),
        "merged_at": row.get("mergedAt"),
        "merge_commit_sha": merge_commit.get("oid"),
        "head": _branch(row.get("headRefName"), row.get("headRefOid"), head, store),
        "base": _branch(row.get("baseRefName"), row.get("baseRefOid"), repo, store),
        "html_url": row.get("url") or _page(repo, row["number"]),
    }
    if full:
        threads = row.get("reviewThreads") or ()
        shown |= {
            "merged": row["state"] == "MERGED",
            "merged_by": _actor(row, "mergedById", store),
            "additions": row.get("additions", 0),
            "deletions": row.get("deletions", 0),
            "changed_files": row.get("changedFiles", 0),
            "commits": len(row.get("commits") or ()),
            "comments": len(row.get("comments") or ()),
            "review_comments": sum(len(one.get("comments") or ()) for one in threads),
        }
    return shown


def review(row: Row, repo: Row, store: GitHubStore) -> Row:
    """Return a review."""
    number = row["pullRequest"]["number"]
    return {
        "id": _id(row),
        "node_id": row["id"],
        "user": _actor(row, "authorId", store),
        "body": row.get("body", ""),
        "state": row["state"],
        "author_association": row.get("authorAssociation", "NONE"),
        "commit_id": (row.get("commit") or {}).get("oid"),
        "submitted_at": row.get("submittedAt"),
        "html_url": row.get("url")
        or f"{_page(repo, number)}#pullrequestreview-{_id(row)}",
        "pull_request_url": f"{WEB}/repos/{repo['nameWithOwner']}/pulls/{number}",
    }


def review_comment(row: Row, repo: Row, store: GitHubStore) -> Row:
    """Return a review comment; `line` is null if the diff has changed since."""
    number = row["pullRequest"]["number"]
    review_id = row.get("pullRequestReviewId")
    held = store.node(review_id) if review_id else None
    reply = store.node(row["replyToId"]) if row.get("replyToId") else None
    shown = {
        "id": _id(row),
        "node_id": row["id"],
        "pull_request_review_id": None if held is None else _id(held),
        "user": _actor(row, "authorId", store),
        "body": row.get("body", ""),
        "path": row.get("path"),
        "line": row.get("line"),
        "original_line": row.get("originalLine"),
        "diff_hunk": row.get("diffHunk", ""),
        "commit_id": (row.get("commit") or {}).get("oid"),
        "original_commit_id": (row.get("originalCommit") or {}).get("oid"),
        "author_association": row.get("authorAssociation", "NONE"),
        "created_at": row["createdAt"],
        "updated_at": row["updatedAt"],
        "html_url": row.get("url") or f"{_page(repo, number)}#discussion_r{_id(row)}",
        "pull_request_url": f"{WEB}/repos/{repo['nameWithOwner']}/pulls/{number}",
    }
    if reply is not None:
        shown["in_reply_to_id"] = _id(reply)
    return shown


def issue_comment(row: Row, repo: Row, store: GitHubStore) -> Row:
    """Return a comment of the conversation."""
    number = row["pullRequest"]["number"]
    return {
        "id": _id(row),
        "node_id": row["id"],
        "user": _actor(row, "authorId", store),
        "body": row.get("body", ""),
        "author_association": row.get("authorAssociation", "NONE"),
        "created_at": row["createdAt"],
        "updated_at": row["updatedAt"],
        "html_url": row.get("url") or f"{_page(repo, number)}#issuecomment-{_id(row)}",
        "issue_url": f"{WEB}/repos/{repo['nameWithOwner']}/issues/{number}",
    }


def commit(row: Row, repo: Row, store: GitHubStore) -> Row:
    """Return a commit."""
    author = row.get("author") or {}
    committer = row.get("committer") or author
    return {
        "sha": row["oid"],
        "node_id": row.get("id") or f"C_{row['oid']}",
        "commit": {
            "message": row.get("message", ""),
            "author": {
                "name": author.get("name"),
                "email": author.get("email"),
                "date": row.get("authoredDate"),
            },
            "committer": {
                "name": committer.get("name"),
                "email": committer.get("email"),
                "date": row.get("committedDate"),
            },
        },
        "author": _actor(author, "userId", store),
        "committer": _actor(committer, "userId", store),
        "html_url": f"{WEB}/{repo['nameWithOwner']}/commit/{row['oid']}",
        "parents": [
            {"sha": one if isinstance(one, str) else one["oid"]}
            for one in (
                row.get("parents") if isinstance(row.get("parents"), list) else ()
            )
            or ()
        ],
    }


def file(row: Row, _repo: Row, _store: GitHubStore) -> Row:
    """Return a changed file."""
    return {
        "filename": row["path"],
        "status": str(row.get("changeType", "MODIFIED")).lower(),
        "additions": row.get("additions", 0),
        "deletions": row.get("deletions", 0),
        "changes": row.get("additions", 0) + row.get("deletions", 0),
    }
