"""From ids to complete pull requests, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_github_prs.batches import BatchSize
from tap_github_prs.errors import TapError, TooHeavyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.client import GitHub
    from tap_github_prs.errors import Answer
    from tap_github_prs.rows import Node

CONTINUATIONS = {
    "labels": "MoreLabels",
    "assignees": "MoreAssignees",
    "reviewRequests": "MoreReviewRequests",
    "closingIssuesReferences": "MoreClosingIssues",
    "reviews": "MoreReviews",
    "reviewThreads": "MoreReviewThreads",
    "comments": "MoreIssueComments",
    "files": "MoreFiles",
    "commits": "MorePullRequestCommits",
    "timelineItems": "MoreTimelineItems",
}
"""Nested list of a pull request, and the operation that continues it."""

CHILD_LISTS = {
    "reviews": "Reviews",
    "reviewThreads": "ReviewThreads",
    "comments": "IssueComments",
    "files": "Files",
    "commits": "PullRequestCommits",
    "timelineItems": "TimelineItems",
}
"""Nested list that makes a stream, and the fragment with which it is asked for."""

NODES_DEPTH = 2
"""Length of the path of an error that is about a node itself: `nodes`, position."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A pull request as the listing shows it.

    Attributes:
        repository_id: Numeric id of its repository.
        node_id: GraphQL's id.
        updated_at: When it last changed; "" if it is not read for that (an edited
            comment): then it moves no bookmark.
        number: Its number within the repository; 0 if not known.
    """

    repository_id: int
    node_id: str
    updated_at: str = ""
    number: int = 0


Batch = list[tuple[Listed, "Node | None"]]


def hydrate(github: GitHub, listed: list[Listed], at_once: int) -> Iterator[Batch]:
    """Read pull requests with everything that hangs on them.

    Args:
        github: The client.
        listed: What to read, in the order in which to read it.
        at_once: Pull requests in a request.

    Yields:
        Batches in that order, with every nested list whole. None stands for a pull
        request that GitHub no longer has.

    Raises:
        TapError: If GitHub does not give one that it has.
    """
    size = BatchSize(at_once)
    start = 0
    while start < len(listed):
        asked = listed[start : start + size.value]
        ids = [each.node_id for each in asked]
        try:
            answer = github.graphql(
                "HydratePullRequests", {"ids": ids}, shrinkable=True
            )
        except TooHeavyError:
            if size.shrinkable:
                size.halve()
                continue
            answer = _list_by_list(github, ids)
        else:
            size.grow()
        start += len(asked)
        missing = _missing(github, answer)
        batch: Batch = []
        for position, (each, node) in enumerate(
            zip(asked, answer.body["data"]["nodes"], strict=True)
        ):
            if not node and missing.get(position) != "NOT_FOUND":
                message = (
                    f"GitHub does not give pull request {each.node_id} "
                    f"({missing.get(position) or 'no reason'}: {answer.message}): "
                    "give the token access to it, or leave its repository out"
                )
                raise TapError(message)
            if node:
                complete(github, node)
            batch.append((each, node or None))
        yield batch


def _list_by_list(github: GitHub, ids: list[str]) -> Answer:
    """Read pull requests without what hangs on them, each list as yet unread.

    For the one that is too much for GitHub even alone.
    """
    answer = github.graphql("PullRequests", {"ids": ids})
    for node in answer.body["data"]["nodes"]:
        for name, fragment in CHILD_LISTS.items():
            if node and github.documents.is_spread(fragment):
                start = {"hasNextPage": True, "endCursor": None}
                node[name] = {"nodes": [], "pageInfo": start}
    return answer


def _missing(github: GitHub, answer: Answer) -> dict[int, str]:
    """Return the type of error by position of the node that is missing.

    A field further down that may not be seen is null: said once, and no more.
    """
    missing: dict[int, str] = {}
    for error in answer.errors:
        path = error.get("path", [])
        if len(path) == NODES_DEPTH:
            missing[path[1]] = error.get("type", "")
        else:
            where = ".".join(step for step in path[2:] if isinstance(step, str))
            github.say_once(f"Null for {where}: {error['message']}")
    return missing


def complete(github: GitHub, pull_request: Node) -> None:
    """Read every nested list of a pull request to its end, in place."""
    for name, operation in CONTINUATIONS.items():
        if held := pull_request.get(name):
            _continue(github, pull_request["id"], name, operation, held)
    for thread in (pull_request.get("reviewThreads") or {}).get("nodes", ()):
        if thread:
            _continue(
                github,
                thread["id"],
                "comments",
                "MoreReviewComments",
                thread["comments"],
            )


def _continue(
    github: GitHub, owner_id: str, name: str, operation: str, held: dict[str, Any]
) -> None:
    """Read the rest of a nested list that has overflowed."""
    while held["pageInfo"]["hasNextPage"]:
        variables = {"id": owner_id, "after": held["pageInfo"]["endCursor"]}
        answer = github.graphql(operation, variables)
        owner = answer.body["data"]["node"]
        if owner is None or owner[name] is None:
            message = f"GitHub does not give the rest of {name}: {answer.message}"
            raise TapError(message)
        held["nodes"] += owner[name]["nodes"]
        held["pageInfo"] = owner[name]["pageInfo"]
