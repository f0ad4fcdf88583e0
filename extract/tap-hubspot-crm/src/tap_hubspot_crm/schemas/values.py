"""Values of properties: HubSpot sends each as text or null, whatever its type.

docs/apis/hubspot.md: "" is empty; a datetime is ISO with Z, older values of dates are
milliseconds since 1970; a number may be text such as `N/A`; several values of a
checkbox have `;` between them.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_hubspot_crm.common.timestamps import from_epoch, timestamp
from tap_hubspot_crm.schemas.columns import (
    BOOLEAN,
    DATE,
    NUMBER,
    STRING,
    TIMESTAMP,
    Column,
    Kind,
    prop,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STRINGS = th.ArrayType(th.StringType)
EPOCH = re.compile(r"-?\d{5,15}")
"""Milliseconds since 1970; a year has four digits."""
BOOLEANS = {"true": True, "false": False}
KINDS: dict[str, Kind] = {
    "bool": BOOLEAN,
    "number": NUMBER,
    "date": DATE,
    "datetime": TIMESTAMP,
}
"""Column type by HubSpot's type; every other type is text."""
WORDS = {BOOLEAN: "boolean", NUMBER: "number", DATE: "date", TIMESTAMP: "time"}


def converted(value: Any, kind: Kind) -> Any:  # noqa: ANN401 - JSON
    """Return the value of a property in the type of its column.

    Args:
        value: Text or null, as HubSpot sends it.
        kind: Type of the column.

    Returns:
        None if the value is empty.

    Raises:
        ValueError: If the text does not fit the type.
    """
    if value is None or value == "":
        return None
    text = value if isinstance(value, str) else str(value)
    return CONVERSIONS.get(kind, str)(text)


def column_of(definition: Mapping[str, Any]) -> Column:
    """Return the column of a property that the user has chosen.

    Args:
        definition: The property as HubSpot describes it.
    """
    kind = KINDS.get(definition.get("type", ""), STRING)
    if definition.get("fieldType") == "checkbox":
        kind = STRINGS
    label = str(definition.get("label") or definition["name"])
    return prop(definition["name"], kind, label)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        message = f"{text} is not finite"
        raise ValueError(message)
    return value


def _boolean(text: str) -> bool:
    try:
        return BOOLEANS[text.lower()]
    except KeyError:
        message = f"{text} is neither true nor false"
        raise ValueError(message) from None


def _moment(text: str) -> str:
    if EPOCH.fullmatch(text):
        try:
            return from_epoch(int(text) / 1000)
        except (OverflowError, OSError) as error:
            raise ValueError(str(error)) from None
    return timestamp(text)


def _date(text: str) -> str:
    return _moment(text)[: len("2026-01-31")]


def _list(text: str) -> list[str]:
    return [each for each in text.split(";") if each]


CONVERSIONS: dict[Kind, Callable[[str], Any]] = {
    NUMBER: _number,
    BOOLEAN: _boolean,
    TIMESTAMP: _moment,
    DATE: _date,
    STRINGS: _list,
}
"""What converts the text of a value, by the type of the column."""
