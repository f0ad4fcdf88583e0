"""Data points of one type: `dataPoints.list`, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_google_health.common.cursors import Cursors
from tap_google_health.common.errors import UnreadableError
from tap_google_health.common.page_size import PageSize
from tap_google_health.settings import ALL_SOURCES
from tap_google_health.streams.windows import WindowStream
from tap_google_health.transport.errors import SmallerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_google_health.streams.base import HealthStream

POINTS = 10_000
"""The largest page of most types; the default is 1,440, and for heart rate a default of
50 was seen, so the size is always sent (docs/apis/google_health.md)."""
SESSIONS = 25
"""The largest page of sleep and exercises."""
MANY_YEARS = 3_650
"""Days of a list with one point per day: two sources fit into one page."""


class ListStream(WindowStream):
    """A stream of data points.

    Subclasses set `page_rows` and say with `filter` which points a window has.
    """

    page_rows = POINTS
    family_is_sent = True
    """Whether the API accepts a family of sources for this type."""

    def points(self, text: str) -> Iterator[dict[str, Any]]:
        """Yield all data points that match a filter.

        An empty page may have a token. A token is valid only as long as nothing else in
        the request changes: after a smaller page size, the list begins again.

        Args:
            text: The filter.

        Raises:
            UnreadableError: If the list cannot be read to its end.
        """
        family = self.run.family if self.family_is_sent else ALL_SOURCES
        yield from listed(self, self.data_type.path, text, family, self.page_rows)


def listed(
    stream: HealthStream, path: str, text: str, family: str, rows: int
) -> list[dict[str, Any]]:
    """Return all data points that match a filter.

    Args:
        stream: The stream that reads them.
        path: The type, in kebab case.
        text: The filter.
        family: The data sources.
        rows: Largest page.

    Raises:
        UnreadableError: If the list cannot be read to its end.
    """
    size = PageSize(rows)
    while True:
        try:
            return _pages(stream, path, text, family, size)
        except SmallerError as refused:
            if not size.shrinkable:
                raise UnreadableError(str(refused)) from None
            size.halve()
            stream.logger.warning(
                "%s: Google refused a page (%s): reading the list again with %d rows "
                "per page",
                stream.name,
                refused,
                size.value,
            )


def _pages(
    stream: HealthStream, path: str, text: str, family: str, size: PageSize
) -> list[dict[str, Any]]:
    query: dict[str, Any] = {"filter": text, "pageSize": size.value}
    if family != ALL_SOURCES:
        query["dataSourceFamily"] = f"users/me/dataSourceFamilies/{family}"
    found: list[dict[str, Any]] = []
    tokens = Cursors()
    while True:
        body = stream.run.client.send(
            "GET",
            f"users/me/dataTypes/{path}/dataPoints",
            params=query,
            shrinkable=size.shrinkable,
        )
        points = objects(body, "dataPoints")
        found += points
        token = body.get("nextPageToken")
        if not token:
            return found
        query["pageToken"] = follow(tokens, token, len(points))


def objects(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of a response; an empty list is left out (proto3).

    Args:
        body: The response.
        name: The field.

    Raises:
        UnreadableError: If it is something else: ignoring it would lose rows.
    """
    found = body.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        message = f"{name} is not a list of objects"
        raise UnreadableError(message)
    return found


def follow(tokens: Cursors, token: object, rows: int) -> str:
    """Return the token of the next page.

    Args:
        tokens: The tokens of the list so far.
        token: The token that the response contains.
        rows: Rows of the response.

    Raises:
        UnreadableError: If the list does not end.
    """
    try:
        return tokens.follow(token, rows)
    except ValueError as error:
        raise UnreadableError(str(error)) from None


def source_of(point: dict[str, Any]) -> str:
    """Return the source of a data point: platform, device or app, and method.

    Args:
        point: The data point.

    Returns:
        Such as `FITBIT/Charge 6/DERIVED`; parts that are missing are left out.
    """
    source = point.get("dataSource") or {}
    device = source.get("device") or {}
    application = source.get("application") or {}
    parts = (
        source.get("platform"),
        device.get("displayName")
        or application.get("packageName")
        or application.get("googleWebClientId")
        or application.get("webClientId"),
        source.get("recordingMethod"),
    )
    return "/".join(str(part) for part in parts if part) or "UNKNOWN"


def id_of(point: dict[str, Any]) -> str | None:
    """Return the last part of a data point's name; None without a name.

    The name is `name` in lists and `dataPointName` in reconciled lists.

    Args:
        point: The data point.
    """
    name = point.get("name") or point.get("dataPointName")
    return str(name).rpartition("/")[2] if name else None
