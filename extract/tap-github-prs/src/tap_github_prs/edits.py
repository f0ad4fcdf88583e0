"""Comments that were edited without touching their pull request.

FACTS: an edited comment does not always move its pull request's `updatedAt`.
REST's repository-wide lists show it, a hundred a request, and for nothing where
nothing is new (ETag). The pull requests of such comments are read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_github_prs.batches import BatchSize, in_batches
from tap_github_prs.errors import UnreadableError
from tap_github_prs.hydrate import Listed
from tap_github_prs.rows import settled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from tap_github_prs.client import Page
    from tap_github_prs.errors import Answer
    from tap_github_prs.rows import Node
    from tap_github_prs.streams.children import PullRequestChild
    from tap_github_prs.tap import TapGitHubPRs

LISTS = {
    "pr_comments": ("pulls/comments", "pull_request_url"),
    "pr_issue_comments": ("issues/comments", "html_url"),
}
"""REST's list of a stream's comments, and the field that names the pull request."""

AT_ONCE = 100


class Edits:
    """Finds edited comments since the last run.

    Args:
        tap: The tap.
        children: The selected streams.
    """

    def __init__(self, tap: TapGitHubPRs, children: Iterable[PullRequestChild]) -> None:
        """Take the streams whose comments can be edited."""
        self._tap = tap
        self._streams = [child for child in children if child.name in LISTS]
        self._settle: list[tuple[int, Callable[[], None]]] = []

    def find(
        self, repositories: dict[int, Node], listed: dict[int, list[Listed]]
    ) -> list[Listed]:
        """Return the pull requests to read again.

        Args:
            repositories: The repositories by id.
            listed: What is going to be read of each anyway.
        """
        edited: dict[str, int] = {}
        for number, repository in repositories.items():
            known = {each.number for each in listed[number]}
            comments = {
                pull_request: comment
                for stream in self._streams
                for pull_request, comment in self._read(stream, repository)
                if pull_request not in known
            }
            edited |= dict.fromkeys(comments.values(), number)
        return list(self._pull_requests(edited))

    def settle(self, except_for: Collection[int] = ()) -> None:
        """Move the state on: what was found has been read.

        Args:
            except_for: Repositories, by id, of which it has not.
        """
        for repository_id, step in self._settle:
            if repository_id not in except_for:
                step()
        self._settle.clear()

    def _read(
        self, stream: PullRequestChild, repository: Node
    ) -> Iterator[tuple[int, str]]:
        """Yield pull request number and node id of each comment changed since."""
        state = stream.partition(repository_id=repository["databaseId"])
        since = state.get("edited_since")
        if since is None or stream.is_full_table:
            # The first load reads every comment; what is edited from now on is new.
            state["edited_since"] = settled(self._tap.github.server_time)
            state.pop("etag", None)
            return
        path, names_it = LISTS[stream.name]
        url: str | None = f"/repos/{repository['nameWithOwner']}/{path}"
        # In the order of creation, which is the default: in that of editing, an
        # edit between two pages would move another comment over the border.
        params: dict[str, Any] | None = {"since": since, "per_page": AT_ONCE}
        pages: list[Page] = []
        while url:
            try:
                etag = None if pages else state.get("etag")
                page = self._tap.github.page(url, params, etag)
            except UnreadableError as error:
                name = repository["nameWithOwner"]
                self._tap.github.say_once(
                    f"Edited comments of {name} are not read: {error}"
                )
                return
            pages.append(page)
            for comment in page.items or ():
                number = _pull_request_number(comment.get(names_it) or "")
                if number is not None:
                    yield number, comment["node_id"]
            url, params = page.next_url, None
        first = pages[0]
        if any(page.items for page in pages):
            # By the moment of asking, not the newest edit: that would come again.
            news = {"edited_since": settled(first.asked_at), "etag": None}
        else:
            news = {"etag": first.etag or state.get("etag")}
        done = repository["databaseId"], lambda: state.update(news)
        self._settle.append(done)

    def _pull_requests(self, comments: dict[str, int]) -> Iterator[Listed]:
        """Yield the pull requests of comments, each once."""
        seen: set[str] = set()
        batches = in_batches(list(comments), BatchSize(AT_ONCE), self._ask)
        for ids, answer in batches:
            for comment, node in zip(ids, answer.body["data"]["nodes"], strict=True):
                owner = (node or {}).get("reviewed") or (node or {}).get("discussed")
                if owner and owner["id"] not in seen:
                    seen.add(owner["id"])
                    yield Listed(comments[comment], owner["id"], number=owner["number"])

    def _ask(self, ids: Sequence[str]) -> Answer:
        return self._tap.github.graphql(
            "PullRequestsOfComments", {"ids": ids}, shrinkable=len(ids) > 1
        )


def _pull_request_number(address: str) -> int | None:
    """Return the number in `…/pulls/4` or `…/pull/4#issuecomment-1`, None in others.

    Conversation comments of issues and of pull requests come in one list; only the
    page's address tells them apart.
    """
    for mark in ("/pulls/", "/pull/"):
        _, found, rest = address.partition(mark)
        digits = rest.partition("#")[0]
        if found and digits.isdecimal():
            return int(digits)
    return None
