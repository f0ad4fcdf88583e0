"""Comments that were edited without touching their pull request.

An edited comment does not always change its pull request's `updatedAt`
(docs/apis/github.md).
REST's repository-wide lists show it, a hundred a request, and for nothing where
nothing is new (ETag). The pull requests of such comments are read again.

The lists are read in the order of editing, each page from the last moment of the page
before. So an edit between two pages moves a comment to the end and none over a border,
what was read stays read when a page fails, and the window does not grow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.timestamps import timestamp
from tap_github_prs.conditions import EDITED_COMMENTS, NO_COMMENTS, REFUSED_COMMENTS
from tap_github_prs.schemas.rows import settled
from tap_github_prs.streams.details import Listed
from tap_github_prs.transport.batches import BatchSize, in_batches
from tap_github_prs.transport.errors import RefusedError, TooHeavyError
from tap_github_prs.transport.partial import expecting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from tap_github_prs.context import RunContext
    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.streams.child import PullRequestChild
    from tap_github_prs.transport.client import Page
    from tap_github_prs.transport.errors import Response

LISTS = {
    "pr_comments": ("pulls/comments", "pull_request_url"),
    "pr_issue_comments": ("issues/comments", "html_url"),
}
"""REST's list of a stream's comments, and the field that names the pull request."""

AT_ONCE = 100
MOST_SKIPPED = 10
"""Comments of a list that are left out at most where each request fails."""


@dataclass(slots=True)
class Window:
    """How far a list of comments has been read.

    Attributes:
        since: Start of the next page, a timestamp.
        size: How many comments at once.
        page: Which page of that size from that moment on, from 1.
        skipped: Moment and page of each comment that could not be read.
        first: The first page that was read.
        has_items: Whether any page had an entry.
        failed: Why the list could not be read to its end; "" if it was.
    """

    since: str
    size: BatchSize = field(default_factory=lambda: BatchSize(AT_ONCE))
    page: int = 1
    skipped: list[dict[str, Any]] = field(default_factory=list)
    first: Page | None = None
    has_items: bool = False
    failed: str = ""

    @property
    def params(self) -> dict[str, Any]:
        """Query parameters of the next request."""
        found = {"since": self.since, "per_page": self.size.value}
        found |= {"sort": "updated", "direction": "asc"}
        return found if self.page == 1 else {**found, "page": self.page}

    def shrink(self) -> None:
        """Halve the page size, and start again from the same time."""
        self.size.halve()
        self.page = 1

    def skip(self, reason: str) -> bool:
        """Skip the one comment that fails even alone; return whether to continue."""
        self.failed = reason
        if len(self.skipped) >= MOST_SKIPPED:
            return False
        self.skipped.append({"since": self.since, "page": self.page})
        self.page += 1
        return True

    def advance(self, items: list[dict[str, Any]], *, is_last: bool) -> bool:
        """Move behind a page; whether there is another."""
        self.has_items = self.has_items or bool(items)
        if is_last or not items:
            return False
        first, last = items[0]["updated_at"], items[-1]["updated_at"]
        is_one_second = first == last and len(items) > 1
        if is_one_second or timestamp(last) <= timestamp(self.since):
            self.page += 1  # more of one second than fit on a page
        else:
            self.since, self.page = last, 1
            self.size.grow()
        return True

    def news(self, etag: str | None) -> dict[str, Any]:
        """Return the new state.

        Args:
            etag: The ETag that it has.
        """
        if self.first is None:
            return {}
        if len(self.skipped) >= MOST_SKIPPED:
            return {"edited_since": timestamp(self.since), "etag": None}
        if self.has_items or self.skipped:
            # By the moment of asking, not the newest edit: that would come again.
            return {"edited_since": settled(self.first.asked_at), "etag": None}
        return {"etag": self.first.etag or etag}


class Edits:
    """Finds edited comments since the last run.

    Args:
        run: The run.
        children: The selected streams.
    """

    def __init__(self, run: RunContext, children: Iterable[PullRequestChild]) -> None:
        """Take the streams whose comments can be edited."""
        self._run = run
        self._streams = [child for child in children if child.name in LISTS]
        self._settle: list[tuple[int, Callable[[], None]]] = []
        self._unresolved: set[int] = set()

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
            comments: dict[int, str] = {}
            for stream in self._streams:
                try:
                    with expecting():
                        comments.update(self._read(stream, repository))
                except UnreadableError as error:
                    self._report(repository, str(error))
            for each in listed[number]:
                comments.pop(each.number, None)
            edited |= dict.fromkeys(comments.values(), number)
        return list(self._pull_requests(edited, repositories))

    def settle(self, except_for: Collection[int] = ()) -> None:
        """Move the state on: what was found has been read.

        Args:
            except_for: Repositories, by id, of which it has not.
        """
        for repository_id, step in self._settle:
            if repository_id not in self._unresolved.union(except_for):
                step()
        self._settle.clear()

    def _report(self, repository: Node, reason: str) -> None:
        name = repository["nameWithOwner"]
        self._run.report(EDITED_COMMENTS, repository=name, reason=reason)

    def _read(
        self, stream: PullRequestChild, repository: Node
    ) -> Iterator[tuple[int, str]]:
        """Yield pull request number and node id of each comment changed since."""
        state = stream.partition(repository_id=repository["databaseId"])
        since = state.get("edited_since")
        if since is None or stream.is_full_table:
            # The first load reads every comment; what is edited from now on is new.
            state["edited_since"] = settled(self._run.client.server_time)
            state.pop("etag", None)
            return
        path, names_it = LISTS[stream.name]
        url = f"/repos/{repository['nameWithOwner']}/{path}"
        failed: list[dict[str, Any]] = []
        for items in self._once_more(url, repository, state, failed):
            yield from _numbers(items, names_it)
        window = Window(since)
        try:
            for items in self._pages(url, window, state.get("etag")):
                yield from _numbers(items, names_it)
        except RefusedError as error:
            # It is switched off, or not for this token: the page is not the reason.
            condition = NO_COMMENTS if error.is_off else REFUSED_COMMENTS
            name = repository["nameWithOwner"]
            self._run.report(condition, repository=name, reason=str(error))
            return
        if window.failed:
            self._report(repository, window.failed)
        news = window.news(state.get("etag"))
        failed = (failed + window.skipped)[:MOST_SKIPPED]

        def step() -> None:
            state.update(news)
            state.pop("failed", None)
            if failed:
                state["failed"] = failed

        self._settle.append((repository["databaseId"], step))

    def _once_more(
        self,
        url: str,
        repository: Node,
        state: dict[str, Any],
        failed: list[dict[str, Any]],
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield what earlier runs could not read; what fails again goes to `failed`."""
        for one in state.get("failed", ()):
            params = {**Window(one["since"]).params, "per_page": 1, **one}
            try:
                yield self._run.client.page(url, params).items or []
            except UnreadableError as error:
                failed.append(one)
                self._report(repository, str(error))

    def _pages(
        self, url: str, window: Window, etag: str | None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a list of comments, in sizes that GitHub can give.

        Raises:
            RefusedError: If GitHub refuses the list.
        """
        while True:
            is_first = window.first is None
            size = window.size.value
            try:
                page = self._run.client.page(
                    url,
                    window.params,
                    etag if is_first and size == AT_ONCE else None,
                    shrinkable=size > 1,
                )
            except RefusedError:
                raise
            except TooHeavyError:
                window.shrink()
                continue
            except UnreadableError as error:
                if not window.skip(str(error)):
                    return
                continue
            window.first = window.first or page
            items = page.items or []
            yield items
            if not window.advance(items, is_last=page.next_url is None):
                return

    def _pull_requests(
        self, comments: dict[str, int], repositories: dict[int, Node]
    ) -> Iterator[Listed]:
        """Yield the pull requests of comments, each once."""
        seen: set[str] = set()
        batches = in_batches(list(comments), BatchSize(AT_ONCE), self._ask)
        try:
            for ids, response in batches:
                for comment, node in zip(
                    ids, response.body["data"]["nodes"], strict=True
                ):
                    found = node or {}
                    owner = found.get("reviewed") or found.get("discussed")
                    if owner and owner["id"] not in seen:
                        seen.add(owner["id"])
                        number = owner["number"]
                        yield Listed(comments[comment], owner["id"], number=number)
                _check(response)
        except UnreadableError as error:
            for number in set(comments.values()):
                self._unresolved.add(number)
                self._report(repositories[number], str(error))

    def _ask(self, ids: Sequence[str]) -> Response:
        return self._run.client.graphql(
            "PullRequestsOfComments", {"ids": ids}, shrinkable=len(ids) > 1
        )


def _check(response: Response) -> None:
    """Check that a response lacks no comment but those that were deleted since.

    Raises:
        UnreadableError: If it does.
    """
    if response.codes - {"NOT_FOUND"}:
        raise UnreadableError(response.message)


def _numbers(items: list[dict[str, Any]], names_it: str) -> Iterator[tuple[int, str]]:
    """Yield pull request number and node id of each comment of a page."""
    for comment in items:
        number = _pull_request_number(comment.get(names_it) or "")
        if number is not None:
            yield number, comment["node_id"]


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
