"""From ids to complete pull requests, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_github_prs.batches import BatchSize
from tap_github_prs.errors import GoneError, TooHeavyError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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

DEPTH = 2
"""Length of the path of what is asked for: `nodes`, position, or `node`, list."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A pull request as the listing shows it.

    Attributes:
        repository_id: Numeric id of its repository.
        node_id: GraphQL's id.
        updated_at: When it last changed; "" if it is not read for that (an edited
            comment): then it moves no bookmark.
        number: Its number within the repository.
    """

    repository_id: int
    node_id: str
    updated_at: str = ""
    number: int = 0


Batch = list[tuple[Listed, "Node | None"]]


def hydrate(
    github: GitHub,
    listed: list[Listed],
    at_once: int,
    repositories: Mapping[int, str],
    refuse: Callable[[Listed, str], None],
) -> Iterator[Batch]:
    """Read pull requests with everything that hangs on them.

    Args:
        github: The client.
        listed: What to read, in the order in which to read it.
        at_once: Pull requests in a request.
        repositories: GraphQL's ids of their repositories by numeric id.
        refuse: Told of a pull request that GitHub has and does not give, and why.
            Of its repository nothing more is read.

    Yields:
        Batches in that order, with every nested list whole. None stands for a pull
        request that GitHub no longer has.
    """
    size = BatchSize(at_once)
    waiting = listed[::-1]  # the next one last: it is taken off there
    stopped: set[int] = set()

    def send(count: int) -> Answer:
        ids = [each.node_id for each in waiting[: -count - 1 : -1]]
        return github.graphql("HydratePullRequests", {"ids": ids}, shrinkable=True)

    while waiting:
        try:
            count, answer = size.fit(send)
        except TooHeavyError:
            count, answer = 1, _list_by_list(github, waiting[-1].node_id)
        asked = waiting[: -count - 1 : -1]
        del waiting[-count:]
        errors = _errors_of(github, answer)
        batch: Batch = []
        for position, (each, node) in enumerate(
            zip(asked, answer.body["data"]["nodes"], strict=True)
        ):
            if each.repository_id in stopped:
                continue
            try:
                whole = _whole(github, node, errors.get(position))
                if whole is None:
                    _check(github, repositories[each.repository_id])
                batch.append((each, whole))
            except UnreadableError as error:
                stopped.add(each.repository_id)
                refuse(each, str(error))
                waiting = [one for one in waiting if one.repository_id not in stopped]
        yield batch


def _whole(
    github: GitHub, node: Node | None, error: dict[str, Any] | None
) -> Node | None:
    """Return a pull request with its lists read to their ends; None for one gone.

    Raises:
        UnreadableError: If GitHub has it and does not give it.
    """
    try:
        if not node:
            raise _refusal(error, ["nodes"])
        complete(github, node)
    except GoneError:
        return None
    return node


def _check(github: GitHub, repository_id: str) -> None:
    """Check that a repository can be seen in which a pull request is gone.

    To a token that has lost access GitHub says of everything that it is gone.

    Raises:
        UnreadableError: If it cannot.
    """
    answer = github.graphql("ListPullRequests", {"id": repository_id, "first": 1})
    if answer.body["data"]["node"] is None:
        raise UnreadableError(answer.message)


def _refusal(error: dict[str, Any] | None, above: list[str]) -> UnreadableError:
    """Return what it means that an answer has null for a node.

    Args:
        error: What GitHub says about it.
        above: Path down to the node, without its position.
    """
    if error is None:
        return UnreadableError("GitHub gives no reason")
    path = error.get("path") or []
    # A longer path is of something in the node that must not be null: then the node
    # is null as well, though it is there.
    gone = error.get("type") == "NOT_FOUND" and path[:-1] == above
    kind = GoneError if gone else UnreadableError
    return kind(f"{error.get('type')}: {error.get('message')}")


def _list_by_list(github: GitHub, node_id: str) -> Answer:
    """Read a pull request without what hangs on it, each list as yet unread.

    For one that is too much for GitHub even alone.
    """
    answer = github.graphql("PullRequests", {"ids": [node_id]})
    for node in answer.body["data"]["nodes"]:
        for name, fragment in CHILD_LISTS.items():
            if node and github.documents.is_spread(fragment):
                start = {"hasNextPage": True, "endCursor": None}
                node[name] = {"nodes": [], "pageInfo": start}
    return answer


def _errors_of(github: GitHub, answer: Answer) -> dict[int | str, dict[str, Any]]:
    """Return the errors of an answer by the first steps of their paths.

    A field further down that may not be seen is null: said once, and no more.
    """
    found: dict[int | str, dict[str, Any]] = {}
    for error in answer.errors:
        path = error.get("path") or []
        for step in path[:DEPTH]:
            found.setdefault(step, error)
        if len(path) > DEPTH:
            where = ".".join(step for step in path[DEPTH:] if isinstance(step, str))
            github.say_once(f"Null for {where}: {error['message']}")
    return found


def complete(github: GitHub, pull_request: Node) -> None:
    """Read every nested list of a pull request to its end, in place.

    Raises:
        GoneError: If GitHub has the pull request no longer.
        UnreadableError: If it does not give the rest of a list.
    """
    for name, operation in CONTINUATIONS.items():
        if held := pull_request.get(name):
            _continue(github, pull_request["id"], name, operation, held)
    for thread in (pull_request.get("reviewThreads") or {}).get("nodes", ()):
        if thread:
            try:
                _continue(
                    github,
                    thread["id"],
                    "comments",
                    "MoreReviewComments",
                    thread["comments"],
                )
            except GoneError:  # deleted since, with its comments
                thread["comments"]["nodes"].clear()


def _continue(
    github: GitHub, owner_id: str, name: str, operation: str, held: dict[str, Any]
) -> None:
    """Read the rest of a nested list that has overflowed."""
    while held["pageInfo"]["hasNextPage"]:
        variables = {"id": owner_id, "after": held["pageInfo"]["endCursor"]}
        answer = github.list_page(operation, variables)
        errors = _errors_of(github, answer)
        owner = answer.body["data"]["node"]
        if owner is None:
            raise _refusal(errors.get("node"), [])
        if owner[name] is None and name in errors:
            raise _refusal(errors[name], [])
        # Null and no error: there is none, as of the files of a head that is gone.
        rest = owner[name] or {"nodes": [], "pageInfo": {"hasNextPage": False}}
        held["nodes"] += rest["nodes"]
        held["pageInfo"] = rest["pageInfo"]
