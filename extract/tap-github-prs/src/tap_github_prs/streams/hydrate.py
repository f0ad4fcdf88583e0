"""From ids to complete pull requests, batch by batch.

What GitHub does not give of a pull request is a gap. A gap stops nothing: what was
given is handed on, with the reason, and the reader remembers to ask again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.documents.fragments import HYDRATE
from tap_github_prs.transport.batches import BatchSize
from tap_github_prs.transport.errors import GoneError, RefusedQueryError, TooHeavyError
from tap_github_prs.transport.partial import UNREAD, expecting, reason, why

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.transport.auth import Token
    from tap_github_prs.transport.client import GitHub
    from tap_github_prs.transport.errors import Answer

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
"""Nested list of each stream, and the fragment that requests it."""

MOST_FAILURES = 25
"""Pull requests in a row that cannot be read at all, before the stream stops."""

NO_REASON = "GitHub gives no reason"


@dataclass(frozen=True, slots=True)
class Listed:
    """A pull request as the listing shows it.

    Attributes:
        repository_id: Numeric id of its repository.
        node_id: GraphQL's id.
        updated_at: When it last changed; "" if it is not read for that (an edited
            comment): then it moves no bookmark.
        number: Its number within the repository.
        token: The token that it was listed to.
    """

    repository_id: int
    node_id: str
    updated_at: str = ""
    number: int = 0
    token: Token | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Hydrated:
    """What GitHub gave of a pull request.

    Attributes:
        listed: What was asked for.
        node: What was given; None if nothing was.
        gaps: What was not given of it, and why.
    """

    listed: Listed
    node: Node | None
    gaps: tuple[str, ...] = ()


Batch = list[Hydrated]


class Hydrator:
    """Reads pull requests with everything below them.

    Args:
        github: The client.
        at_once: Pull requests in a request.
        repositories: GraphQL's ids of their repositories by numeric id.

    Attributes:
        lost: Why a repository, by numeric id, cannot be seen any more. Nothing more is
            read of it.
    """

    def __init__(
        self, github: GitHub, at_once: int, repositories: Mapping[int, str]
    ) -> None:
        """Begin with the largest batch."""
        self._github = github
        self._at_once = at_once
        self._repositories = repositories
        self._failures = 0
        self.lost: dict[int, str] = {}

    def read(self, listed: list[Listed], token: Token | None = None) -> Iterator[Batch]:
        """Read pull requests.

        Args:
            listed: What to read, in the order in which to read it.
            token: The token to use; None for the one with the most left.

        Yields:
            Batches in that order, with every nested list whole or its gap named.
        """
        size = BatchSize(self._at_once)
        waiting = listed[::-1]  # the next one last: it is taken off there
        nodes: list[Node | UnreadableError] = []

        def send(count: int) -> Answer:
            ids = [each.node_id for each in waiting[: -count - 1 : -1]]
            variables = {"ids": ids}
            try:
                answer = self._github.graphql(
                    HYDRATE, variables, shrinkable=True, token=token
                )
                with expecting():
                    nodes[:] = self._nodes(answer, len(ids))
            except RefusedQueryError:
                raise
            except UnreadableError as error:
                # It may be one of them: ask for fewer, until it is alone.
                raise TooHeavyError(str(error)) from None
            return answer

        while waiting:
            try:
                count, _ = size.fit(send)
            except TooHeavyError:
                count, nodes[:] = 1, [self._alone(waiting[-1], token)]
            asked = waiting[: -count - 1 : -1]
            del waiting[-count:]
            lost = len(self.lost)
            yield [
                each
                for one, node in zip(asked, nodes, strict=True)
                if (each := self._whole(one, node, token))
            ]
            if len(self.lost) > lost:
                waiting = [one for one in waiting if one.repository_id not in self.lost]

    def _nodes(self, answer: Answer, count: int) -> list[Node | UnreadableError]:
        """Return the nodes of an answer, and what the null ones mean.

        Raises:
            UnreadableError: If they are not as many as were asked for.
        """
        data = answer.body["data"]
        if len(data["nodes"]) != count:
            message = f"{len(data['nodes'])} nodes in place of {count}"
            raise UnreadableError(message)
        errors = {
            error["path"][1]: error
            for error in answer.errors
            if isinstance(error.get("path"), list) and len(error["path"]) > 1
        }
        loose = why(data, "") or why(data, "nodes")
        return [
            _object(node) if node else refusal(errors.get(n), ["nodes"], loose)
            for n, node in enumerate(data["nodes"])
        ]

    def _alone(self, one: Listed, token: Token | None) -> Node | UnreadableError:
        """Read one that is too much even alone, with its lists as yet unread.

        Raises:
            UnreadableError: If that has failed for too many in a row.
        """
        github = self._github
        try:
            answer = github.graphql("PullRequests", {"ids": [one.node_id]}, token=token)
            with expecting():
                (node,) = self._nodes(answer, 1)
        except UnreadableError as error:
            self._failures += 1
            if self._failures > MOST_FAILURES:
                message = f"{self._failures} pull requests in a row failed: {error}"
                raise UnreadableError(message) from None
            return error
        self._failures = 0
        if isinstance(node, dict):
            for name, fragment in CHILD_LISTS.items():
                if github.documents.asks_for(name, fragment):
                    start = {"hasNextPage": True, "endCursor": None}
                    node[name] = {"nodes": [], "pageInfo": start}
        return node

    def _whole(
        self, one: Listed, node: Node | UnreadableError, token: Token | None
    ) -> Hydrated | None:
        """Return a pull request with its lists read to their ends, or with its gaps.

        None if its repository cannot be seen any more.
        """
        if one.repository_id in self.lost:
            return None
        if isinstance(node, UnreadableError):
            if isinstance(node, GoneError) and not self._is_seen(one.repository_id):
                return None
            return Hydrated(one, None, (str(node),))
        gaps: list[str] = []
        try:
            with expecting():
                gaps = list(_complete(self._github, node, token))
        except UnreadableError as error:
            return Hydrated(one, None, (str(error),))
        return Hydrated(one, node, tuple(gaps))

    def _is_seen(self, repository_id: int) -> bool:
        """Whether a repository can be seen in which a pull request is not found.

        To a token that has lost access GitHub says of everything that it is not there.
        """
        variables = {"id": self._repositories[repository_id], "first": 1}
        try:
            answer = self._github.graphql("ListPullRequests", variables)
            if answer.body["data"]["node"] is not None:
                return True
            words = answer.message or NO_REASON
        except UnreadableError as error:
            words = str(error)
        self.lost[repository_id] = words
        return False


def refusal(
    error: dict[str, Any] | None, above: list[str], loose: str = ""
) -> UnreadableError:
    """Return what it means that an answer has null for a node.

    Args:
        error: What GitHub says about it.
        above: Path down to the node, without its position.
        loose: What GitHub says without a place.
    """
    if error is None:
        return UnreadableError(loose or NO_REASON)
    path = error.get("path") or []
    # A longer path is of something in the node that must not be null: then the node
    # is null as well, though it is there.
    gone = error.get("type") == "NOT_FOUND" and path[:-1] == above
    kind = GoneError if gone else UnreadableError
    return kind(reason(error))


def _object(node: Any) -> Node:  # noqa: ANN401 - JSON
    if not isinstance(node, dict):
        raise TypeError(node)
    return node


def _complete(github: GitHub, pull_request: Node, token: Token | None) -> Iterator[str]:
    """Read every nested list of a pull request to its end, in place.

    Yields:
        What GitHub does not give of them, and why.
    """
    for name, operation in CONTINUATIONS.items():
        held = pull_request.get(name)
        fragment = CHILD_LISTS.get(name)
        if held is None:
            words = why(pull_request, name)
            if words and fragment and github.documents.asks_for(name, fragment):
                yield f"{name}: {words}"
            continue
        gap = Nested(pull_request["id"], name, operation, held).read(github, token)
        if gap and fragment:
            yield f"{name}: {gap}"
        elif gap:
            github.say_once(f"{name} of pull requests are not complete: {gap}")
    threads = pull_request.get("reviewThreads") or {}
    for thread in filter(None, threads.get("nodes", ())):
        held = thread.get("comments")
        if held is None:
            yield f"comments of a thread: {why(thread, 'comments') or NO_REASON}"
            continue
        nested = Nested(thread["id"], "comments", "MoreReviewComments", held)
        if gap := nested.read(github, token):
            yield f"comments of a thread: {gap}"


@dataclass(frozen=True, slots=True)
class Nested:
    """A nested list, of which the first page is there.

    Attributes:
        owner_id: GraphQL's id of what it belongs to.
        name: The field that holds it.
        operation: Reads its next page.
        held: The rows read so far; later pages are appended to it.
    """

    owner_id: str
    name: str
    operation: str
    held: dict[str, Any]

    def read(self, github: GitHub, token: Token | None) -> str:
        """Read the rest of the list.

        Returns:
            What of it is missing; "" if nothing is.
        """
        gap = _hole(self.held)
        info = self.held["pageInfo"]
        if info["hasNextPage"]:
            gap = self._continue(github, token) or gap
        if gap:
            self.held.setdefault(UNREAD, {})["nodes"] = gap
        return gap

    def _continue(self, github: GitHub, token: Token | None) -> str:
        """Read the next pages; return what is missing of them."""
        after = self.held["pageInfo"]["endCursor"]
        if after is None and self.held["nodes"]:
            return "GitHub announces another page without a cursor"
        gap = ""
        try:
            variables = {"id": self.owner_id}
            pages = github.pages(self.operation, variables, self._find, after, token)
            for page, _ in pages:
                self.held["nodes"] += page["nodes"]
                gap = gap or _hole(page)
        except UnreadableError as error:
            return str(error)
        return gap

    def _find(self, answer: Answer) -> dict[str, Any]:
        owner = answer.body["data"]["node"]
        if owner is None:
            raise refusal(answer.errors[0] if answer.errors else None, [])
        if owner[self.name] is None and (words := why(owner, self.name)):
            raise UnreadableError(words)
        # Null and no error: there is none, as of the files of a head that is gone.
        return owner[self.name] or {"nodes": [], "pageInfo": {"hasNextPage": False}}


def _hole(connection: dict[str, Any]) -> str:
    """Return why a list has null in place of an entry, "" if it has none."""
    if None in connection["nodes"]:
        return why(connection, "nodes") or f"null, and {NO_REASON}"
    return why(connection, "nodes")
