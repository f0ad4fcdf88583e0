"""The client: GraphQL operations, and REST lists page by page."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.rate_limits import server_time
from tap_github_prs.conditions import LEFT_OUT
from tap_github_prs.transport.batches import BatchSize
from tap_github_prs.transport.errors import Action
from tap_github_prs.transport.partial import mark
from tap_github_prs.transport.sender import GRAPHQL, REST, Request, Sender

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping

    from tap_github_prs.documents.documents import Documents
    from tap_github_prs.transport.auth import Clock, Token
    from tap_github_prs.transport.errors import Response, Rule

    Connection = dict[str, Any]

LARGEST_PAGE = 100  # docs/apis/github.md: `first` is 1..100
REPOSITORIES_AT_ONCE = 20  # each brings a page of its list of pull requests
LARGEST_PAGES = {
    "OrganizationRepositories": REPOSITORIES_AT_ONCE,
    "MoreReviewThreads": 50,
}
"""Largest page of an operation whose rows contain lists."""

CURSOR_ATTEMPTS = 3
EMPTY_PAGES = 3
"""Empty pages in a row after which a list counts as stuck."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a REST list.

    Attributes:
        items: Its rows; None if nothing has changed (304).
        etag: What to send as If-None-Match next time.
        next_url: Address of the next page, as GitHub gave it.
        asked_at: When GitHub answered, in epoch seconds of its clock.
    """

    items: list[dict[str, Any]] | None
    etag: str | None
    next_url: str | None
    asked_at: float


class GitHub:
    """Sends GraphQL operations and REST requests to GitHub.

    Attributes:
        has_marks: Whether a response of this run was incomplete.

    Args:
        config: The tap's settings.
        documents: The GraphQL documents of the run.
        logger: Logs waits and retries.
        clock: The clock of the waits.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        documents: Documents,
        logger: logging.Logger,
        clock: Clock,
    ) -> None:
        """Open the session and read the tokens; send nothing yet."""
        self.sender = Sender(config, logger, clock)
        self.tokens = self.sender.tokens
        self.documents = documents
        self._logger = logger
        self._said: set[str] = set()
        self._stuck: set[str] = set()
        self._sizes: dict[str, BatchSize] = {}
        self._lock = threading.RLock()  # held while the documents are used or changed
        self.has_marks = False

    @property
    def parallel_requests(self) -> int:
        """How many requests may be sent at the same time."""
        return self.sender.slots.limit

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self.sender.requests

    @property
    def points(self) -> float:
        """GraphQL points by which the budgets of the tokens went down."""
        return self.tokens.spent(GRAPHQL)

    @property
    def points_left(self) -> float:
        """GraphQL points that all tokens have left; infinite if unknown."""
        return self.tokens.left(GRAPHQL)

    @property
    def server_time(self) -> float:
        """Time of the last response, by GitHub's clock, in epoch seconds."""
        return self.sender.server_time

    def say_once(self, message: str) -> None:
        """Log a warning, each text once."""
        if message not in self._said:
            self._said.add(message)
            self._logger.warning(message)

    # GraphQL

    def graphql(  # noqa: PLR0913 - one per part of a request
        self,
        operation: str,
        variables: Mapping[str, Any],
        *,
        times: int | None = None,
        pages: tuple[str, ...] = (),
        shrinkable: bool = False,
        token: Token | None = None,
    ) -> Response:
        """Send an operation of queries/, with retries.

        Args:
            operation: Its name.
            variables: Its variables; those that the document does not use are dropped.
            times: How many times to repeat it under aliases, see Documents.repeated.
            pages: Nested lists to continue in the same request, see
                Documents.with_pages.
            shrinkable: Whether the caller can request fewer rows.
            token: The token to use; None for the one with the most left.

        Returns:
            The response; it contains no errors other than PARTIAL ones.

        Raises:
            TooHeavyError: If it is shrinkable and too large for the server.
            UnreadableError: If this cannot be read.
            TapError: If the run cannot continue.
        """
        while True:
            text = self._text(operation, times, pages)
            used = {k: v for k, v in variables.items() if f"${k}:" in text}
            body = {"query": text, "variables": used, "operationName": operation}
            request = Request(
                GRAPHQL,
                operation,
                "POST",
                self.sender.graphql_url,
                wanted=dict,
                more={"json": body},
                shrinkable=shrinkable,
                token=token,
            )
            response, rule = self.sender.send(request)
            if rule is None:
                return response
            if rule.action is Action.PARTIAL:
                with self._lock:
                    is_dropped = self.documents.drop_denied(response)
                if is_dropped:
                    continue  # the stream reports it
                mark(response)
                self.has_marks = True
                return response
            with self._lock:
                if text == self._text(operation, times, pages):
                    self._drop(text, response, rule)
                # else: another request has already dropped the same field

    def _text(self, operation: str, times: int | None, pages: tuple[str, ...]) -> str:
        """Return the current document of an operation."""
        with self._lock:
            if times:
                return self.documents.repeated(operation, times)
            if pages:
                return self.documents.with_pages(operation, pages)
            return self.documents.text(operation)

    def _drop(self, text: str, response: Response, rule: Rule) -> None:
        """Drop what GitHub refuses from the documents, and log it."""
        names = ", ".join(self.documents.drop(text, response, self._values_of))
        self.say_once(
            LEFT_OUT.line.format(names=names, fault=rule.name, reason=response.message)
        )

    def _values_of(self, enum: str) -> set[str]:
        """Return the values that GitHub's schema has of an enum."""
        body = {
            "query": "query Values($name: String!) "
            "{ __type(name: $name) { enumValues { name } } }",
            "variables": {"name": enum},
        }
        url = self.sender.graphql_url
        request = Request(GRAPHQL, "Values", "POST", url, dict, {"json": body})
        response, _ = self.sender.send(request)
        found = (response.body["data"].get("__type") or {}).get("enumValues") or ()
        return {each["name"] for each in found}

    def list_page(
        self,
        operation: str,
        variables: Mapping[str, Any],
        token: Token | None = None,
    ) -> Response:
        """Send an operation that reads a page of `$first` rows of a list.

        The page is as large as GitHub allows for this list, from 100 down to 1.

        Raises:
            UnreadableError: If even a page of one row fails.
        """
        _, response = self._size(operation).fit(
            lambda first: self.graphql(
                operation,
                {**variables, "first": first},
                shrinkable=first > 1,
                token=token,
            )
        )
        return response

    def _size(self, operation: str) -> BatchSize:
        largest = LARGEST_PAGES.get(operation, LARGEST_PAGE)
        return self._sizes.setdefault(operation, BatchSize(largest))

    def page_size(self, operation: str) -> int:
        """Return how many rows to request of a list at once."""
        return self._size(operation).value

    def pages(
        self,
        operation: str,
        variables: Mapping[str, Any],
        find: Callable[[Response], Connection],
        after: str | None = None,
        token: Token | None = None,
    ) -> Iterator[tuple[Connection, Response]]:
        """Read a list to its end.

        Args:
            operation: Reads a page of it after the cursor `$after`.
            variables: Its other variables.
            find: Returns the list in a response.
            after: Cursor to begin after.
            token: The token to use; None for the one with the most left.

        Yields:
            Each page, with its response.

        Raises:
            UnreadableError: If a page cannot be read, or the list is stuck.
        """
        progress = Progress(after)
        while True:
            attempts = 1 if operation in self._stuck else CURSOR_ATTEMPTS
            for attempt in range(attempts):
                given = {**variables, "after": progress.cursor}
                response = self.list_page(operation, given, token)
                page = find(response)
                stuck = progress.stuck(page)
                if not stuck:
                    break
                if attempt + 1 < attempts:
                    line = f"{stuck} ({operation}): attempt {attempt + 1} failed"
                    self.sender.pause(2.0**attempt, line)
            yield page, response
            if stuck:
                self._stuck.add(operation)
                message = f"{stuck} ({operation})"
                raise UnreadableError(message)
            if not progress.advance(page):
                return

    # REST

    def page(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        etag: str | None = None,
        *,
        shrinkable: bool = False,
    ) -> Page:
        """Read one page of a REST list.

        Args:
            url: Path below api_url, or an address that GitHub gave in a Link.
            params: Query parameters.
            etag: ETag of the last response to this request. If nothing has changed,
                the response is 304, which costs nothing.
            shrinkable: Whether the caller can request fewer rows.

        Raises:
            TooHeavyError: If it is shrinkable and too large for the server.
            UnreadableError: If it cannot be read.
            TapError: If the run cannot continue.
        """
        if url.startswith("/"):
            url = self.sender.rest_url + url
        headers = {"If-None-Match": etag} if etag else {}
        request = Request(
            REST,
            url.partition("?")[0],
            "GET",
            url,
            wanted=list,
            more={"params": dict(params or {}), "headers": headers},
            shrinkable=shrinkable,
        )
        response, _ = self.sender.send(request)
        link = requests.utils.parse_header_links(response.headers.get("link", ""))
        following = [part["url"] for part in link if part.get("rel") == "next"]
        return Page(
            items=None
            if response.status == requests.codes.not_modified
            else response.body,
            etag=response.headers.get("etag"),
            next_url=following[0] if following else None,
            asked_at=server_time(response.headers),
        )


class Progress:
    """Follows a list: each page must have a new cursor, and entries.

    Args:
        cursor: The cursor after which reading begins.
    """

    def __init__(self, cursor: str | None = None) -> None:
        """Start after the cursor."""
        self.cursor = cursor
        self._seen = {cursor}
        self._empty = 0

    def stuck(self, page: Connection) -> str:
        """Return why the list cannot be continued after a page; "" if it can."""
        info = page["pageInfo"]
        if not info["hasNextPage"]:
            return ""
        if info.get("endCursor") is None:
            return "GitHub announces another page without a cursor"
        if info["endCursor"] in self._seen:
            return "GitHub announces another page with a cursor that it gave before"
        if self._empty >= EMPTY_PAGES and not _entries(page):
            return "GitHub announces another page after several empty ones"
        return ""

    def advance(self, page: Connection) -> bool:
        """Continue after a page that is not stuck; return whether another follows."""
        if not page["pageInfo"]["hasNextPage"]:
            return False
        self.cursor = page["pageInfo"]["endCursor"]
        self._seen.add(self.cursor)
        self._empty = 0 if _entries(page) else self._empty + 1
        return True


def _entries(page: Connection) -> list[Any]:
    found: list[Any] = page.get("nodes") or page.get("edges") or []
    return found
