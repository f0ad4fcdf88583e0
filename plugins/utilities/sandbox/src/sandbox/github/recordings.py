"""Converts recorded REST responses of GitHub to the rows of a host.

The recordings are JSON lines `{"input": …, "data": …}` (Apache DevLake's raw tables of
one repository). A list of pull requests lacks additions, deletions, changed files and
who merged: those stay null or zero, because the recordings lack them.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sandbox.company import GitHubHost

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


class RecordingsError(ValueError):
    """The folder contains no recordings; the text is for the user."""


def _lines(folder: Path, name: str) -> list[Row]:
    path = folder / f"{name}.jsonl"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"no recordings in {folder}: {path.name} cannot be read"
        raise RecordingsError(message) from error
    return [json.loads(line) for line in text.splitlines() if line]


def _number(url: str) -> int:
    return int(url.rpartition("/")[2])


def _review_node_id(number: int) -> str:
    """Return a review's global id in GitHub's format at the time of the recordings."""
    return base64.b64encode(f"017:PullRequestReview{number}".encode()).decode()


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = GitHubHost(
            actors={}, organizations={}, repositories={}, pull_requests={}
        )
        self.pulls: dict[int, Row] = {}

    def read(self) -> GitHubHost:
        for line in _lines(self.folder, "users"):
            self.actor(line["data"])
        for line in _lines(self.folder, "pulls"):
            self.pull(line["data"])
        for line in _lines(self.folder, "reviews"):
            self.review(line["data"])
        self.review_comments()
        for line in _lines(self.folder, "issue_comments"):
            self.issue_comment(line["data"])
        for line in _lines(self.folder, "pull_commits"):
            self.commit(line["input"]["Number"], line["data"])
        for row in self.pulls.values():
            row["reviewThreads"] = list(row.pop("threadsById", {}).values())
        return self.host

    def actor(self, data: Row | None) -> str | None:
        """Keep an account and return its id; None for a ghost."""
        if not data or not data.get("node_id"):
            return None
        row = (
            self.host.organizations.setdefault(data["login"], {})
            if data["type"] == "Organization"
            else self.host.actors.setdefault(data["node_id"], {})
        )
        row |= {
            "__typename": data["type"],
            "id": data["node_id"],
            "databaseId": data["id"],
            # A bot has no [bot] in GraphQL (docs/apis/github.md, "Ids, people, nulls").
            "login": data["login"].removesuffix("[bot]"),
            "avatarUrl": data["avatar_url"],
            "url": data["html_url"],
        }
        for key, name in (
            ("name", "name"),
            ("email", "email"),
            ("company", "company"),
            ("location", "location"),
            ("bio", "bio"),
            ("blog", "websiteUrl"),
            ("twitter_username", "twitterUsername"),
            ("created_at", "createdAt"),
            ("updated_at", "updatedAt"),
        ):
            if data.get(key):
                row[name] = data[key]
        # Not recorded for accounts that only act here; the schema has DateTime!.
        row.setdefault("createdAt", "1970-01-01T00:00:00Z")
        row.setdefault("updatedAt", row["createdAt"])
        return str(row["id"])

    def repository(self, data: Row | None) -> str | None:
        """Keep a repository (of a fork only the id) and return its id."""
        if not data:
            return None
        if data["node_id"] not in self.host.repositories:
            self.host.repositories[data["node_id"]] = {
                "id": data["node_id"],
                "databaseId": data["id"],
                "name": data["name"],
                "nameWithOwner": data["full_name"],
                "ownerId": self.actor(data["owner"]),
                "description": data["description"],
                "url": data["html_url"],
                "isPrivate": data["private"],
                "isFork": data["fork"],
                "isArchived": data["archived"],
                "isDisabled": data["disabled"],
                "isTemplate": data.get("is_template", False),
                "visibility": data.get("visibility", "public").upper(),
                "defaultBranch": data["default_branch"],
                # Its name is recorded, but not the commit at its head.
                "defaultBranchRef": {
                    "id": f"REF_{data['node_id']}",
                    "name": data["default_branch"],
                    "target": None,
                },
                "licenseInfo": _license(data["license"]),
                "topics": data["topics"],
                "primaryLanguage": {"id": "L", "name": data["language"]}
                if data["language"]
                else None,
                "stargazerCount": data["stargazers_count"],
                "forkCount": data["forks_count"],
                "diskUsage": data["size"],
                "homepageUrl": data["homepage"],
                "createdAt": data["created_at"],
                "updatedAt": data["updated_at"],
                "pushedAt": data["pushed_at"],
                "previousNames": [],
                "commits": [],
            }
        return str(data["node_id"])

    def pull(self, data: Row) -> None:
        base, head = data["base"], data["head"]
        merged = bool(data["merged_at"])
        head_repository = head["repo"]
        row: Row = {
            "id": data["node_id"],
            "fullDatabaseId": str(data["id"]),
            "databaseId": data["id"],
            "number": data["number"],
            "repositoryId": self.repository(base["repo"]),
            "title": data["title"],
            "body": data["body"] or "",
            "url": data["html_url"],
            "state": "MERGED" if merged else data["state"].upper(),
            "isDraft": data["draft"],
            "locked": data["locked"],
            "activeLockReason": _enum(data["active_lock_reason"]),
            "milestone": _milestone(data["milestone"]),
            "authorId": self.actor(data["user"]),
            "authorAssociation": data["author_association"],
            "createdAt": data["created_at"],
            "publishedAt": data["created_at"],
            "updatedAt": data["updated_at"],
            "closedAt": data["closed_at"],
            "mergedAt": data["merged_at"],
            "mergeCommit": {"oid": data["merge_commit_sha"]} if merged else None,
            "baseRefName": base["ref"],
            "baseRefOid": base["sha"],
            "headRefName": head["ref"],
            "headRefOid": head["sha"],
            "isCrossRepository": head_repository is None
            or head_repository["id"] != base["repo"]["id"],
            "labels": [
                {
                    "id": one["node_id"],
                    "name": one["name"],
                    "color": one["color"],
                    "description": one["description"],
                    "isDefault": one["default"],
                    "url": one["url"],
                }
                for one in data["labels"]
            ],
            "assigneeIds": [self.actor(one) for one in data["assignees"]],
            "requestedReviewerIds": [
                self.actor(one) for one in data["requested_reviewers"]
            ],
            "closingIssues": [],
            "reviews": [],
            "unlistedReviews": [],
            "threadsById": {},
            "comments": [],
            "files": [],
            "commits": [],
            "timelineItems": [],
        }
        if head_repository is not None:
            row["headRepositoryId"] = self.repository(head_repository)
        self.pulls[row["number"]] = row
        self.host.pull_requests[row["id"]] = row

    def review(self, data: Row) -> None:
        row = self.pulls[_number(data["pull_request_url"])]
        submitted = data["submitted_at"]
        row["reviews"].append(
            {
                "id": data["node_id"],
                "fullDatabaseId": str(data["id"]),
                "databaseId": data["id"],
                "state": data["state"],
                "body": data["body"] or "",
                "authorId": self.actor(data["user"]),
                "authorAssociation": data["author_association"],
                "commit": {"oid": data["commit_id"]} if data["commit_id"] else None,
                "url": data["html_url"],
                "submittedAt": submitted,
                "createdAt": submitted,
                "publishedAt": submitted,
                "updatedAt": submitted,
            }
        )

    def review_comments(self) -> None:
        lines = [line["data"] for line in _lines(self.folder, "review_comments")]
        node_ids = {data["id"]: data["node_id"] for data in lines}
        roots: dict[int, int] = {}
        threads: dict[int, Row] = defaultdict(dict)
        for data in sorted(lines, key=lambda data: (data["created_at"], data["id"])):
            reply_to = data.get("in_reply_to_id")
            root = roots.get(reply_to, reply_to) if reply_to else data["id"]
            roots[data["id"]] = root
            row = self.pulls[_number(data["pull_request_url"])]
            comment = {
                "id": data["node_id"],
                "fullDatabaseId": str(data["id"]),
                "databaseId": data["id"],
                "pullRequestReviewId": self._review_of(data, row),
                "authorId": self.actor(data["user"]),
                "authorAssociation": data["author_association"],
                "body": data["body"],
                "path": data["path"],
                "position": data["position"],
                "originalPosition": data["original_position"],
                "line": data.get("line"),
                "originalLine": data.get("original_line"),
                "startLine": data.get("start_line"),
                "originalStartLine": data.get("original_start_line"),
                "diffHunk": data["diff_hunk"],
                "outdated": data["position"] is None,
                "commit": {"oid": data["commit_id"]},
                "originalCommit": {"oid": data["original_commit_id"]},
                "url": data["html_url"],
                "createdAt": data["created_at"],
                "draftedAt": data["created_at"],
                "publishedAt": data["created_at"],
                "updatedAt": data["updated_at"],
            }
            if reply_to in node_ids:
                comment["replyToId"] = node_ids[reply_to]
            thread = threads[root]
            if not thread:
                thread |= {
                    "id": f"PRRT_{root}",
                    "path": data["path"],
                    "line": data.get("line"),
                    "originalLine": data.get("original_line"),
                    "diffSide": data.get("side") or "RIGHT",
                    "startDiffSide": data.get("start_side"),
                    "isOutdated": data["position"] is None,
                    "comments": [],
                }
                row["threadsById"][root] = thread
            thread["comments"].append(comment)

    def _review_of(self, comment: Row, pull: Row) -> str:
        """Return the id of a comment's review.

        Of most reviews, only the number is recorded, in their comments: they can be
        reached from there, and are in no pull request's list.
        """
        number = comment["pull_request_review_id"]
        for one in pull["reviews"] + pull["unlistedReviews"]:
            if one["databaseId"] == number:
                return str(one["id"])
        first_seen = comment["created_at"]
        review = {
            "id": _review_node_id(number),
            "fullDatabaseId": str(number),
            "databaseId": number,
            "createdAt": first_seen,
            "updatedAt": first_seen,
        }
        pull["unlistedReviews"].append(review)
        return str(review["id"])

    def issue_comment(self, data: Row) -> None:
        row = self.pulls.get(_number(data["issue_url"]))
        if row is None:  # of an issue that is not a pull request
            return
        row["comments"].append(
            {
                "id": data["node_id"],
                "fullDatabaseId": str(data["id"]),
                "databaseId": data["id"],
                "authorId": self.actor(data["user"]),
                "authorAssociation": data["author_association"],
                "body": data["body"],
                "url": data["html_url"],
                "createdAt": data["created_at"],
                "publishedAt": data["created_at"],
                "updatedAt": data["updated_at"],
            }
        )

    def commit(self, number: int, data: Row) -> None:
        row = self.pulls[number]
        git = data["commit"]
        commit = {
            "id": data["node_id"],
            "oid": data["sha"],
            "message": git["message"],
            "authoredDate": git["author"]["date"],
            "committedDate": git["committer"]["date"],
            "author": self._git_actor(git["author"], data.get("author")),
            "committer": self._git_actor(git["committer"], data.get("committer")),
            "parents": [one["sha"] for one in data["parents"]],
        }
        row["commits"].append(
            {"id": f"PURC_{row['id']}_{data['sha']}", "commit": commit}
        )

    def _git_actor(self, git: Row, account: Row | None) -> Row:
        found = {"name": git["name"], "email": git["email"], "date": git["date"]}
        if (key := self.actor(account)) is not None:
            found["userId"] = key
        return found


def _enum(value: str | None) -> str | None:
    """Return REST's `too heated` as GraphQL's TOO_HEATED."""
    return value and value.upper().replace(" ", "_").replace("-", "_")


def _license(data: Row | None) -> Row | None:
    return data and {
        "id": data["node_id"],
        "key": data["key"],
        "name": data["name"],
        "spdxId": data["spdx_id"],
    }


def _milestone(data: Row | None) -> Row | None:
    return data and {
        "id": data["node_id"],
        "number": data["number"],
        "title": data["title"],
    }


def read_recordings(folder: Path) -> GitHubHost:
    """Read a folder of recorded responses.

    Args:
        folder: Holds pulls, reviews, review_comments, issue_comments, pull_commits and
            users, each `.jsonl`.

    Returns:
        The host: one repository of interest, the forks that its heads lie in, and all
        who act. Comments on issues that are no pull requests are left out.

    Raises:
        RecordingsError: If a file is missing.
    """
    return _Reader(folder).read()
