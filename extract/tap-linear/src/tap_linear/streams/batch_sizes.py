"""Chooses the issues of a batch, and the rows of their lists on each page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tap_linear.common.nested_pages import NestedPages
from tap_linear.documents.nested import BUDGET
from tap_linear.streams.interfaces import PageReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_linear.common.nested_pages import FirstPage
    from tap_linear.documents.document import Document
    from tap_linear.documents.nested import Nested
    from tap_linear.transport.page_size import PageSize
    from tap_linear.workspace import Workspace

# A batch is written, then a STATE confirms it. It is larger than a page, so that many
# lists are continued in one request, and small enough for the memory.
BATCH_PAGES = 20
BATCH_ISSUES = 1_250


class BatchReader(PageReader, Protocol):
    """The stream of issues; see `Issues`."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings."""

    @property
    def document(self) -> Document:
        """The document with the nested lists."""

    @property
    def page_size(self) -> PageSize:
        """How many issues one request reads."""


class BatchSizes:
    """Learns from the lengths of nested lists how to read the next batch.

    Args:
        stream: The stream.
        workspace: Keeps the lengths in the state, from one run to the next.

    Attributes:
        request_price: What a request is worth during this batch, in points.
    """

    def __init__(self, stream: BatchReader, workspace: Workspace) -> None:
        """Begin with the lengths that earlier runs learned."""
        self.request_price = BUDGET
        self._stream = stream
        self._workspace = workspace
        self._pages: dict[str, NestedPages] = {}
        self._chosen: dict[str, FirstPage] = {}
        # An upper limit: the pages of the file are larger than those that are chosen.
        self._expected = stream.document.cost(1) - stream.document.cost(0)

    def pages_of(self, nested: Nested) -> NestedPages:
        """Return what chooses the pages of a nested list.

        Args:
            nested: The list.
        """
        if nested.column not in self._pages:
            self._pages[nested.column] = self._from_state(nested)
        return self._pages[nested.column]

    def _from_state(self, nested: Nested) -> NestedPages:
        known = self._workspace.lengths
        try:
            if isinstance(known, dict):
                known = known.get(nested.column, {})
            return NestedPages.from_state(nested.first, known)
        except ValueError as error:
            self._stream.logger.warning(
                "%s: the lengths of %s in the state are ignored (%s): the tap learns "
                "them again",
                self._stream.name,
                nested.column,
                error,
            )
            return NestedPages(nested.first)

    def save(self) -> None:
        """Write the lengths to the state."""
        self._workspace.keep_lengths(
            {column: pages.to_state() for column, pages in self._pages.items()}
        )

    def next_batch(self, left: int) -> int:
        """Choose the pages for the next batch.

        Args:
            left: Issues that are left to read.

        Returns:
            Issues of the batch: a multiple of those of one request. As long as nothing
            is known about the lists, a batch is one request.
        """
        stream = self._stream
        self.request_price = stream.client.limits.request_price(
            left * self._expected, BUDGET
        )
        issues = min(left, BATCH_ISSUES)
        chosen: dict[str, FirstPage] = {}
        is_learned = True
        for nested in stream.document.nested:
            pages = self.pages_of(nested)
            is_learned = is_learned and pages.is_learned
            if pages.is_learned:
                prices = nested.prices(self.request_price)
                chosen[nested.column] = pages.first_page(prices, issues)
        if chosen != self._chosen:
            self._chosen = chosen
            stream.document.resize(chosen)
            most = stream.document.page_size(stream.config["page_size"])
            stream.page_size.limit(most)
        size = min(stream.page_size.value, BATCH_ISSUES)
        return size * min(BATCH_PAGES, BATCH_ISSUES // size) if is_learned else size
