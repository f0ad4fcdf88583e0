"""Interfaces of a stream, so that its helpers do not import it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tap_linear.documents.nested import PAGE_MAX

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from tap_linear.common.faults import Faults
    from tap_linear.common.nested_pages import NestedPages
    from tap_linear.documents.document import Document
    from tap_linear.documents.nested import Nested
    from tap_linear.transport.client import LinearClient
    from tap_linear.transport.page_size import PageSize

Filter = dict[str, Any]


class PageReader(Protocol):
    """A stream that sends documents and reads pages; see `LinearStream`."""

    @property
    def name(self) -> str:
        """Name of the stream."""

    @property
    def logger(self) -> logging.Logger:
        """The stream's log."""

    @property
    def client(self) -> LinearClient:
        """The client."""

    @property
    def faults(self) -> Faults:
        """Collects what cannot be read."""

    @property
    def ABORT_AT_RECORD_COUNT(self) -> int | None:  # noqa: N802 - the SDK's name
        """Most rows to read, None for all; set by the connection test."""

    def sized(self, most: int) -> PageSize:
        """Return a new page size, with the largest number of rows."""

    def filtered(self, given: Filter | None) -> Filter | None:
        """Add the teams to a filter."""

    def fetch(
        self,
        document: Document,
        size: PageSize,
        variables: Callable[[int], Mapping[str, Any]],
        most: int = PAGE_MAX,
    ) -> tuple[Any, int]:
        """Send a document, with fewer rows as long as it is refused."""


class NestedReader(PageReader, Protocol):
    """A stream whose rows contain lists; see `LinearStream`."""

    @property
    def request_price(self) -> float:
        """What a request is worth, in points."""

    def pages_of(self, nested: Nested) -> NestedPages:
        """Return what chooses the pages of a nested list."""


class ListReader(PageReader, Protocol):
    """A stream that reads a list in each run; see `WholeStream`."""

    @property
    def document(self) -> Document:
        """The document of the list."""

    @property
    def first_rows(self) -> int:
        """Rows of the first page."""

    @property
    def is_needed(self) -> bool:
        """Whether the run reads the list."""
