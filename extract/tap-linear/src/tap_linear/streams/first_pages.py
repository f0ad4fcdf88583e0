"""Requests the first pages of several small lists together.

Most lists of a workspace are small: their first page is the only one. One request for
several of them costs the same points as one request for each. If it fails, each list is
requested by itself, and its own stream deals with the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_linear.common.errors import UnreadableError
from tap_linear.documents.nested import BUDGET
from tap_linear.documents.together import FirstPage, together
from tap_linear.streams import shapes
from tap_linear.transport.errors import FieldsError, IncompleteError

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from tap_linear.streams.interfaces import ListReader
    from tap_linear.transport.client import LinearClient


class FirstPages:
    """The first pages that were read before their stream needs them.

    Args:
        groups: Streams whose first pages may be requested together, in their order.
        client: The client.
        logger: Where a request that fails is logged.
    """

    def __init__(
        self,
        groups: Sequence[Sequence[ListReader]],
        client: LinearClient,
        logger: logging.Logger,
    ) -> None:
        """Send nothing yet."""
        self._groups = {stream.name: group for group in groups for stream in group}
        self._client = client
        self._logger = logger
        self._asked: set[str] = set()
        self._found: dict[str, Any] = {}

    def take(self, stream: ListReader) -> Any | None:  # noqa: ANN401 - JSON
        """Return the value of a stream's root, once.

        Args:
            stream: The stream that begins. Its first page is requested together with
                those of the next streams of its group, in one request.

        Returns:
            The first page, checked; None if the stream has to request it by itself.

        Raises:
            TapError: If the run cannot continue.
        """
        if stream.name not in self._asked and stream.ABORT_AT_RECORD_COUNT is None:
            self._read(self._next(stream))
        return self._found.pop(stream.name, None)

    def _next(self, stream: ListReader) -> dict[ListReader, FirstPage]:
        """Return the pages of the next request: as many as it may cost points for."""
        found: dict[ListReader, FirstPage] = {}
        points = 0.0
        for one in self._groups.get(stream.name, ()):
            if one.name in self._asked or not one.is_needed:
                continue
            page = FirstPage(
                one.document, one.first_rows, {"filter": one.filtered(None)}
            )
            points += page.points
            if found and points > BUDGET:
                break
            found[one] = page
            self._asked.add(one.name)
        return found

    def _read(self, pages: dict[ListReader, FirstPage]) -> None:
        """Request pages together, without those that the errors are about."""
        while len(pages) > 1:
            text, variables = together(list(pages.values()))
            points = sum(page.points for page in pages.values())
            rows = sum(page.rows for page in pages.values())
            try:
                data = self._client.execute(text, variables, points, rows)
            except FieldsError as error:
                good = {
                    stream: page
                    for stream, page in pages.items()
                    if not page.document.concerns(error)
                }
                if len(good) == len(pages):
                    return
                pages = good
            except UnreadableError as error:
                self._logger.warning(
                    "The first pages of %s failed (%s): next attempt one by one",
                    ", ".join(stream.name for stream in pages),
                    error,
                )
                return
            else:
                self._keep(pages, data)
                return

    def _keep(self, pages: dict[ListReader, FirstPage], data: dict[str, Any]) -> None:
        for stream, page in pages.items():
            found = data.get(page.document.root_key)
            try:
                shapes.check(page.document, found)
            except IncompleteError:
                continue  # the stream requests it again
            self._found[stream.name] = found
