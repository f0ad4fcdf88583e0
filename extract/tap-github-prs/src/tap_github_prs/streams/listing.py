"""Which pull requests of a repository to read: the list of ids and `updatedAt`.

It is read newest first, down to the bookmark, and returned oldest first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.timestamps import FIRST, LAST, timestamp
from tap_github_prs.streams.details import Listed
from tap_github_prs.streams.refusal import NO_REASON
from tap_github_prs.transport.partial import expecting, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.transport.auth import Token
    from tap_github_prs.transport.client import GitHub
    from tap_github_prs.transport.errors import Response

LISTED_TO = "was listed to"
"""Mark on a repository's node: the token that it was listed to. No field has blanks."""


@dataclass(slots=True)
class Span:
    """The time from which a repository is read.

    Attributes:
        start: What changed from here on is new.
        earliest: As far down goes the list; before `start` where `start_date` was
            moved, or where the list has hidden something.
        read_from: What changed from here on has been read before, up to the bookmark.
        known: Node ids of what was read of the very moment of `start`.
        hidden: Spans, from and to, in which the list has hidden something before.
        last: What changed later is not read.
    """

    start: str
    earliest: str
    read_from: str
    known: frozenset[str] = frozenset()
    hidden: tuple[tuple[str, str], ...] = ()
    last: str = LAST

    @property
    def lowest(self) -> str:
        """The moment at which the list may end."""
        return min(self.start, self.earliest, *(low for low, _ in self.hidden))


@dataclass(slots=True)
class Found:
    """What the list of a repository shows.

    Attributes:
        new: To be read oldest first, moving the bookmark.
        older: To be read newest first: what `start_date` has left out so far.
        again: To be read without moving a bookmark.
        hidden: Spans in which the list has null in place of a pull request.
        failed: Why the list could not be read to its end; "" if it was.
    """

    new: list[Listed] = field(default_factory=list)
    older: list[Listed] = field(default_factory=list)
    again: list[Listed] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    failed: str = ""

    def __len__(self) -> int:
        """Return how many pull requests are to be read."""
        return len(self.new) + len(self.older) + len(self.again)


def find(github: GitHub, repository: Node, span: Span) -> Found:
    """List a repository's pull requests.

    Args:
        github: The client.
        repository: Its node, with the first page of the list.
        span: From when on it is read.
    """
    found = Found()
    number = repository["databaseId"]
    newer = LAST
    is_hidden = False
    try:
        with expecting():
            for node, token in _nodes(github, repository):
                if node is None:
                    is_hidden = True
                    continue
                listed = _listed(number, node, token)
                at = listed.updated_at
                if is_hidden:
                    # Its place in the list says when it changed, no more.
                    found.hidden.append((at or FIRST, newer))
                    is_hidden = False
                if not at:
                    found.again.append(listed)
                    continue
                if at < span.lowest:
                    break
                newer = at
                if at <= span.last:
                    _sort(found, listed, span)
    except UnreadableError as error:
        # The older ones are not known: nothing may move the bookmark past them.
        found.failed = str(error)
        found.again += [replace(each, updated_at="") for each in found.new]
        found.new.clear()
        found.older.clear()
    if is_hidden:
        found.hidden.append((FIRST, newer))
    found.new.reverse()
    return found


def _listed(repository_id: int, node: Node, token: Token | None) -> Listed:
    """Return an entry of the list; its time is null if it is invalid."""
    try:
        updated_at = timestamp(node["updatedAt"])
    except (TypeError, ValueError):
        updated_at = ""
    return Listed(repository_id, node["id"], updated_at, node["number"], token)


def _sort(found: Found, listed: Listed, span: Span) -> None:
    """Put an entry of the list where it belongs."""
    at = listed.updated_at
    # Ties are common (docs/apis/github.md: 34 on one second): >=, never >.
    if at > span.start or (at == span.start and listed.node_id not in span.known):
        found.new.append(listed)
    elif span.earliest <= at < span.read_from:
        found.older.append(listed)
    elif any(low <= at <= high for low, high in span.hidden):
        found.again.append(replace(listed, updated_at=""))


def _nodes(
    github: GitHub, repository: Node
) -> Iterator[tuple[Node | None, Token | None]]:
    """Yield the entries of the list, newest first; None for one that is not shown.

    Raises:
        UnreadableError: If the list cannot be read to its end.
    """
    page: Any = repository.get("pullRequests")
    if page is None:
        message = why(repository, "pullRequests") or NO_REASON
        raise UnreadableError(message)
    token = repository.get(LISTED_TO)
    yield from ((node, token) for node in page["nodes"])
    if not page["pageInfo"]["hasNextPage"]:
        return
    cursor = page["pageInfo"]["endCursor"]
    if cursor is None:
        message = "GitHub announces another page without a cursor"
        raise UnreadableError(message)

    def lies_in(response: Response) -> dict[str, Any]:
        node = response.body["data"]["node"]
        if node is None or node.get("pullRequests") is None:
            message = f"GitHub stopped listing it: {response.message or NO_REASON}"
            raise UnreadableError(message)
        found: dict[str, Any] = node["pullRequests"]
        return found

    variables = {"id": repository["id"]}
    pages = github.pages("ListPullRequests", variables, lies_in, cursor)
    for page, response in pages:
        yield from ((node, response.token) for node in page["nodes"])
