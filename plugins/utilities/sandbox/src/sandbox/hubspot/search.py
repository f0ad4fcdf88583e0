"""Search: filters, one sort, and at most 10,000 rows of a query."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.hubspot.store import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.hubspot.store import Json, Properties, Record

MOST_ROWS = 10_000
MOST_PAGE = 200
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "EQ": lambda have, want: have == want,
    "NEQ": lambda have, want: have != want,
    "GT": lambda have, want: have > want,
    "GTE": lambda have, want: have >= want,
    "LT": lambda have, want: have < want,
    "LTE": lambda have, want: have <= want,
}


class SearchError(ValueError):
    """A search that HubSpot refuses."""


def search(records: list[tuple[Record, Properties]], asked: Json) -> Json:
    """Return a page of a search.

    Args:
        records: Records with their properties in the index.
        asked: The body of the request.

    Raises:
        SearchError: If the page is too large, or lies past 10,000 rows.
    """
    limit = int(asked.get("limit") or 10)
    after = int(asked.get("after") or 0)
    if not 1 <= limit <= MOST_PAGE:
        message = f"limit must be between 1 and {MOST_PAGE}"
        raise SearchError(message)
    if after + limit > MOST_ROWS:
        message = "The paging.next.after value is past 10000"
        raise SearchError(message)
    groups = [
        [(one["propertyName"], one["operator"], one.get("value")) for one in each]
        for each in (group["filters"] for group in asked.get("filterGroups") or ())
    ]
    found = [
        (record, properties)
        for record, properties in records
        if not groups
        or any(all(_matches(properties, *one) for one in each) for each in groups)
    ]
    for name in asked.get("sorts") or ["createdate"]:
        key = name.removeprefix("-")
        found.sort(
            key=lambda pair: _comparable(pair[1].get(key)) or 0.0,
            reverse=name.startswith("-"),
        )
    part = found[after : after + limit]
    page: Json = {
        "total": len(found),
        "results": [
            {
                **shown(record, ()),
                "properties": {
                    name: properties.get(name)
                    for name in sorted({"hs_object_id", *asked.get("properties", ())})
                },
            }
            for record, properties in part
        ],
    }
    if after + limit < len(found):
        page["paging"] = {"next": {"after": str(after + limit)}}
    return page


def _matches(
    properties: Properties, name: str, operator: str, value: str | None
) -> bool:
    have, want = _comparable(properties.get(name)), _comparable(value)
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return (have is not None) == (operator == "HAS_PROPERTY")
    # A property that a record does not have matches nothing, and is no error.
    if have is None or want is None:
        return False
    return OPERATORS[operator](have, want)


@lru_cache(maxsize=100_000)
def _comparable(value: str | None) -> float | None:
    """Return a number: of a time, its milliseconds since 1970."""
    if not value:
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return float(round(datetime.fromisoformat(value).timestamp() * 1000))
    except ValueError:
        return None
