"""The nested lists of a pull request, of which GitHub returns the first page with it.

A list that is longer is open: its next pages are requested, those of many lists in one
request. A list that fails there is read alone, page by page, and what GitHub does not
return of it is its gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.streams.refusal import NO_REASON, refusal
from tap_github_prs.transport.client import Progress
from tap_github_prs.transport.partial import UNREAD, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.transport.auth import Token
    from tap_github_prs.transport.client import GitHub
    from tap_github_prs.transport.errors import Response

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

THREADS = "reviewThreads"
COMMENTS = "MoreReviewComments"


class Nested:
    """A nested list, of which the first page was read.

    Args:
        owner_id: GraphQL's ID of what it belongs to.
        name: The field that contains it.
        operation: Reads its next page.
        held: The rows read so far; later pages are appended to it.

    Attributes:
        is_open: Whether there is another page.
    """

    def __init__(
        self, owner_id: str, name: str, operation: str, held: dict[str, Any]
    ) -> None:
        """Begin after the first page."""
        self.owner_id = owner_id
        self.name = name
        self.operation = operation
        self._held = held
        info = held["pageInfo"]
        self.is_open = bool(info["hasNextPage"])
        after = info["endCursor"] if self.is_open else None
        self._progress = Progress(after)
        if self.is_open and after is None and held["nodes"]:
            self.is_open = False
            self._lack("GitHub announces another page without a cursor")

    def __len__(self) -> int:
        """Return how many entries were read so far."""
        return len(self._held["nodes"])

    @property
    def cursor(self) -> str | None:
        """Cursor of the last row; None before the first page."""
        return self._progress.cursor

    def take(self, owner: Node | None) -> list[Nested] | None:
        """Append the next page.

        Args:
            owner: What the list belongs to, as a response contains it.

        Returns:
            The open lists in that page; None if it is not a page that continues the
            list: then nothing was appended, and the list has to be read alone.
        """
        page = owner and owner.get(self.name)
        if not page or self._progress.stuck(page):
            return None
        return self._append(page)

    def _append(self, page: dict[str, Any]) -> list[Nested]:
        self._held["nodes"] += page["nodes"]
        if gap := hole(page):
            self._lack(gap)
        self.is_open = self._progress.advance(page)
        return list(_of_threads(page["nodes"])) if self.name == THREADS else []

    def read_alone(self, github: GitHub, token: Token | None) -> list[Nested]:
        """Read the rest of the list, page by page; what fails of it is its gap.

        Args:
            github: The client.
            token: The token to use; None for the one with the most left.

        Returns:
            The open lists in its pages.
        """
        found: list[Nested] = []
        pages = github.pages(
            self.operation, {"id": self.owner_id}, self._find, self.cursor, token
        )
        try:
            for page, _ in pages:
                found += self._append(page)
        except UnreadableError as error:
            self._lack(str(error))
        self.is_open = False
        return found

    def read(self, github: GitHub, token: Token | None) -> str:
        """Read the list to its end, without the lists below it.

        Args:
            github: The client.
            token: The token to use; None for the one with the most left.

        Returns:
            What of it is missing; "" if nothing is.
        """
        if self.is_open:
            self.read_alone(github, token)
        return hole(self._held)

    def _lack(self, gap: str) -> None:
        self._held.setdefault(UNREAD, {})["nodes"] = gap

    def _find(self, response: Response) -> dict[str, Any]:
        owner = response.body["data"]["node"]
        if owner is None:
            raise refusal(response.errors[0] if response.errors else None, [])
        if owner[self.name] is None and (words := why(owner, self.name)):
            raise UnreadableError(words)
        # Null and no error: there is none, as of the files of a head that is gone.
        return owner[self.name] or {"nodes": [], "pageInfo": {"hasNextPage": False}}


def open_lists(pull_request: Node) -> list[Nested]:
    """Return the lists of a pull request, and of its threads, that have more pages."""
    found = [
        Nested(pull_request["id"], name, operation, held)
        for name, operation in CONTINUATIONS.items()
        if (held := pull_request.get(name)) is not None
    ]
    threads = (pull_request.get(THREADS) or {}).get("nodes", ())
    return [each for each in found if each.is_open] + list(_of_threads(threads))


def _of_threads(threads: list[Node | None]) -> Iterator[Nested]:
    """Yield the lists of comments of threads that have more pages."""
    for thread in filter(None, threads):
        if (held := thread.get("comments")) is not None:
            nested = Nested(thread["id"], "comments", COMMENTS, held)
            if nested.is_open:
                yield nested


def gaps(github: GitHub, pull_request: Node) -> Iterator[str]:
    """Yield what GitHub has not returned of the lists of a pull request, and why.

    Args:
        github: The client.
        pull_request: It, with every list read as far as possible.
    """
    for name in CONTINUATIONS:
        held = pull_request.get(name)
        fragment = CHILD_LISTS.get(name)
        if held is None:
            words = why(pull_request, name)
            if words and fragment and github.documents.asks_for(name, fragment):
                yield f"{name}: {words}"
        elif gap := hole(held):
            if fragment:
                yield f"{name}: {gap}"
            else:
                github.say_once(f"{name} of pull requests are not complete: {gap}")
    for thread in filter(None, (pull_request.get(THREADS) or {}).get("nodes", ())):
        held = thread.get("comments")
        if held is None:
            words = why(thread, "comments") or NO_REASON
            yield f"comments of a thread: {words}"
        elif gap := hole(held):
            yield f"comments of a thread: {gap}"


def hole(connection: dict[str, Any]) -> str:
    """Return why entries of a list are missing, "" if none are."""
    if None in connection["nodes"]:
        return why(connection, "nodes") or f"null, and {NO_REASON}"
    return why(connection, "nodes")
