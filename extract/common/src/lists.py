"""Settings that are lists, and that a user may also write as text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th
from singer_sdk.configuration._dict_config import parse_environment_config

from .errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TEXT_OR_LIST = th.CustomType(
    {"type": ["string", "array", "null"], "items": {"type": "string"}}
)
"""Text first: Meltano rejects text such as `owner/name` for a setting of the kind
array."""
BLANKS_OR_COMMAS = re.compile(r"[,\s]+")
COMMAS_OR_LINES = re.compile(r"\s*[,\n]\s*")


def as_list(value: Any, separator: re.Pattern[str] = BLANKS_OR_COMMAS) -> Any:  # noqa: ANN401 - what a user may write
    """Return the strings of a setting that is a list.

    Args:
        value: A list, the JSON of one, or text with separators; an entry of a list may
            be such text too.
        separator: What separates the entries of a text.

    Returns:
        A list of strings. Whatever is neither text nor a list of text is returned as it
        is: the JSON schema refuses it.

    Raises:
        ValueError: If the text begins as the JSON of a list and is not one.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            message = f"begins with [ and is not JSON: {error}"
            raise ValueError(message) from None
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return value
    return [entry for each in value for entry in separator.split(each.strip()) if entry]


def from_environment(
    prefix: str, schema: Mapping[str, Any], lists: Collection[str]
) -> dict[str, Any]:
    """Return the settings that environment variables give, the lists as text.

    The SDK would parse the lists as JSON, and warn that text is deprecated.

    Args:
        prefix: What each variable begins with.
        schema: JSON schema of the settings.
        lists: Names of the settings that are lists.

    Raises:
        SettingsError: If one contains text where a number or an object must be.
    """
    text = th.StringType.type_dict
    properties = {
        name: text if name in lists else each
        for name, each in schema["properties"].items()
    }
    found: dict[str, Any] = {}
    wrong = []
    for name, each in properties.items():
        try:
            found |= parse_environment_config({"properties": {name: each}}, prefix)
        except ValueError:
            wrong.append(f"{prefix}{name.upper()} is of the wrong type")
    if wrong:
        raise SettingsError(*wrong)
    return found
