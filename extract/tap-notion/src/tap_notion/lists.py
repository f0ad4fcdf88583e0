"""Reads a list of the API to its end: users, search, the items of a property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_notion.common.cursors import Cursors
from tap_notion.common.errors import FailedError
from tap_notion.common.page_size import PageSize
from tap_notion.transport.errors import PageRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_notion.transport.client import NotionClient

PAGE_MAX = 100  # rows per request (https://developers.notion.com/reference/intro)


def responses(
    client: NotionClient, method: str, path: str, given: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the responses of a list, page by page.

    Args:
        client: The client.
        method: GET or POST.
        path: Path below /v1.
        given: Parameters, or the body.

    Raises:
        UnreadableError: If the list cannot be read to its end.
        TapError: If the run cannot continue.
    """
    size = PageSize(PAGE_MAX)
    cursor: str | None = None
    cursors = Cursors()
    seen: set[str] = set()  # IDs of rows; a property's items have none of their own
    while True:
        sent = {**given, "page_size": size.value, "start_cursor": cursor}
        try:
            response = (
                client.get(path, **sent) if method == "GET" else client.post(path, sent)
            )
        except PageRefusedError:
            size.halve()
            continue
        size.grow()
        yield response
        if not response.get("has_more"):
            return
        ids = {str(each.get("id")) for each in response["results"]}
        is_new = bool(ids - seen) if "property_item" not in response else True
        seen |= ids
        try:
            cursor = cursors.follow(response.get("next_cursor"), is_new)
        except ValueError as error:
            message = f"{path}: {error}"
            raise FailedError(message) from None


def pages_of_list(
    client: NotionClient, method: str, path: str, given: Mapping[str, Any]
) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a list, page by page; see `responses`."""
    for response in responses(client, method, path, given):
        yield response["results"]
