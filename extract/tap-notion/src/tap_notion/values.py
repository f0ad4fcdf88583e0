"""Turns the value of a property into the columns of page_properties.

The types are those of https://developers.notion.com/reference/page-property-values.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date as calendar_date
from datetime import datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tap_notion.common.timestamps import timestamp

Row = dict[str, Any]
Reader = Callable[[Any], Row]

DAY = len("2026-01-31")
CUT_AT = 25
"""Notion cuts lists in a page at this many items
(https://developers.notion.com/reference/retrieve-a-page)."""
CUT_TYPES = frozenset({"title", "rich_text", "people", "relation"})

EMPTY: Row = {
    "value_boolean": None,
    "value_number": None,
    "value_string": None,
    "value_date": None,
    "value_start_at": None,
    "value_end_at": None,
    "value_time_zone": None,
    "value_strings": [],
    "is_truncated": False,
}


def plain_text(parts: list[dict[str, Any]]) -> str:
    """Return the text of a title or a rich text.

    Args:
        parts: Its parts, each with `plain_text`.
    """
    return "".join(part["plain_text"] for part in parts)


def columns(prop: Row) -> Row:
    """Return the columns of a property's value.

    Args:
        prop: The property as a page contains it: `type`, and the value below the name
            of the type.

    Raises:
        AttributeError, KeyError, OverflowError, TypeError, ValueError: If the value
            does not have the shape of its type.
    """
    kind = prop["type"]
    if kind not in READERS:
        message = f"the unknown type {kind}"
        raise ValueError(message)
    value = prop[kind]
    found = {**EMPTY, **({} if value is None else READERS[kind](value))}
    if kind in CUT_TYPES:
        found["is_truncated"] = is_cut(prop)
    return found


def is_cut(prop: Row) -> bool:
    """Tell whether Notion may have cut the list of a property.

    Only a relation says so (`has_more`); any other list is cut if it is full.

    Args:
        prop: The property as a page contains it.
    """
    if prop["type"] not in CUT_TYPES:
        return False
    if "has_more" in prop:
        return bool(prop["has_more"])
    return len(prop[prop["type"]] or ()) >= CUT_AT


def _text(value: Any) -> Row:  # noqa: ANN401 - JSON
    if not isinstance(value, str):
        raise TypeError(value)
    return {"value_string": value}


def _number(value: Any) -> Row:  # noqa: ANN401 - JSON
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    if not isfinite(value):
        raise ValueError(value)
    return {"value_number": value}


def _boolean(value: Any) -> Row:  # noqa: ANN401 - JSON
    if not isinstance(value, bool):
        raise TypeError(value)
    return {"value_boolean": value}


def _rich_text(value: list[Row]) -> Row:
    return {"value_string": plain_text(value)}


def _option(value: Row) -> Row:
    return _text(value["name"])


def _names(value: list[Row]) -> Row:
    return {"value_strings": [str(item["name"]) for item in value]}


def _ids(value: list[Row]) -> Row:
    return {"value_strings": [str(item["id"]) for item in value]}


def _user(value: Row) -> Row:
    return _text(value["id"])


def _moment(text: str, zone: str | None) -> str | None:
    """Return a date with a time of day as a timestamp; None without a time of day.

    Args:
        text: ISO 8601. If a time zone is given, the text has no offset.
        zone: IANA name of the time zone.
    """
    if len(text) <= DAY:
        return None
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None and zone:
        parsed = parsed.replace(tzinfo=ZoneInfo(zone))
    return timestamp(parsed.isoformat())


def _date(value: Row) -> Row:
    start, end, zone = value["start"], value.get("end"), value.get("time_zone")
    day = calendar_date.fromisoformat(start[:DAY]).isoformat()
    try:
        started = _moment(start, zone)
        ended = _moment(end, zone) if end else None
    except (OSError, ZoneInfoNotFoundError):  # such as America, which is a folder
        message = f"the unknown time zone {zone}"
        raise ValueError(message) from None
    return {
        "value_string": f"{start}/{end}" if end else start,
        "value_date": day,
        "value_start_at": started,
        "value_end_at": ended,
        "value_time_zone": zone,
    }


def _time(value: str) -> Row:
    return _date({"start": value})


def _unique_id(value: Row) -> Row:
    number = value["number"]
    if number is None:
        return {}
    prefix = value.get("prefix")
    text = f"{prefix}-{number}" if prefix else str(number)
    return {**_number(number), "value_string": text}


def _place(value: Row) -> Row:
    text = value.get("name") or value.get("address")
    return _text(text or f"{value['lat']},{value['lon']}")


def _verification(value: Row) -> Row:
    dates = _date(value["date"]) if value.get("date") else {}
    return {**dates, **_text(value["state"])}


def _result(value: Row) -> Row:
    """Return the result of a formula or of an item of a rollup."""
    kind = value["type"]
    if kind == "unsupported":
        return {}
    return columns(value)


def _rollup(value: Row) -> Row:
    kind = value["type"]
    if kind == "incomplete":
        return {"is_truncated": True}
    if kind == "array":
        items = [text for item in value["array"] for text in texts(columns(item))]
        return {
            "value_strings": items,
            "is_truncated": len(value["array"]) >= CUT_AT,
        }
    return _result(value)


def texts(found: Row) -> list[str]:
    """Return what a row of page_properties contains as texts.

    Args:
        found: The columns of a value.
    """
    if found["value_strings"]:
        return list(found["value_strings"])
    if found["value_string"] is not None:
        return [found["value_string"]]
    if found["value_number"] is not None:
        return [_digits(found["value_number"])]
    if found["value_boolean"] is not None:
        return [str(found["value_boolean"]).lower()]
    return []


def _digits(number: float) -> str:
    """Return a number with all its digits; a whole one without a point."""
    return str(int(number)) if number == int(number) else str(number)


def _nothing(_value: Any) -> Row:  # noqa: ANN401 - JSON
    return {}


READERS: dict[str, Reader] = {
    "title": _rich_text,
    "rich_text": _rich_text,
    "number": _number,
    "checkbox": _boolean,
    "boolean": _boolean,  # a result
    "string": _text,  # a result
    "select": _option,
    "status": _option,
    "multi_select": _names,
    "url": _text,
    "email": _text,
    "phone_number": _text,
    "date": _date,
    "people": _ids,
    "relation": _ids,
    "files": _names,  # the address of a file contains a signature, and expires
    "created_time": _time,
    "last_edited_time": _time,
    "created_by": _user,
    "last_edited_by": _user,
    "unique_id": _unique_id,
    "place": _place,
    "verification": _verification,
    "button": _nothing,
    "formula": _result,
    "rollup": _rollup,
}
