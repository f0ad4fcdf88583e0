"""Checks the settings and reports each problem under the name that the user wrote."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from singer_sdk.plugin_base import JSONSchemaValidator

from target_bigquery.errors import shorten
from target_bigquery.variables import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

TRUE, FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
TYPE_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a JSON object",
    "array": "a JSON array",
}
DATASET_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_]*$"
PATTERNS = {
    DATASET_PATTERN: (
        "letters, digits and underscores that do not begin with an underscore"
    ),
}
"""Describes the texts that match a pattern."""


def typed(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without empty settings, and with texts as their types.

    An environment variable is always a text, and Meltano passes an unset variable as an
    empty text.

    Args:
        config: The settings as given.
        schema: The JSON schema of the settings.
    """
    properties = schema["properties"]
    return {
        name: _typed(value, _types(properties.get(name, {})))
        for name, value in config.items()
        if value is not None and value != ""
    }


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _typed(value: Any, types: list[str]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value; a text that does not have the setting's type stays a text."""
    if not isinstance(value, str) or not types or "string" in types:
        return value
    if "boolean" in types and value.lower() in {*TRUE, *FALSE}:
        return value.lower() in TRUE
    with contextlib.suppress(ValueError):
        if "integer" in types:
            return int(value)
        if "number" in types:
            return float(value)
        if "object" in types or "array" in types:
            return json.loads(value)
    return value


def problems_of(config: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """Return one line per setting whose value is wrong.

    What is missing is left to `Settings`.

    Args:
        config: The settings; the defaults of those that are missing are added.
        schema: The JSON schema of the settings.
    """
    return [
        _problem(error, schema["properties"])
        for error in JSONSchemaValidator(schema).iter_errors(config)
        if error.validator != "required"
    ]


def _problem(error: Any, properties: Mapping[str, Any]) -> str:  # noqa: ANN401 - jsonschema is untyped
    name = str(error.path[0]) if error.path else "configuration"
    secret = properties.get(name, {}).get("secret")
    given = "wrong" if secret else shorten(error.instance)
    where = "".join(f"[{part!r}]" for part in list(error.path)[1:])
    return f"{shown(name)}{where} is {given}: it must be {_wanted(error)}."


def _wanted(error: Any) -> str:  # noqa: ANN401 - jsonschema is untyped
    value = error.validator_value
    types = _types({"type": value}) if error.validator == "type" else []
    if error.validator in {"anyOf", "oneOf"}:
        types = [name for choice in value for name in _types(choice)]
    if types:
        return " or ".join(TYPE_NAMES[name] for name in types if name != "null")
    if error.validator == "pattern" and value in PATTERNS:
        return PATTERNS[value]
    if error.validator == "enum":
        return " or ".join(map(str, value))
    if error.validator == "minimum":
        return f"at least {value}"
    if error.validator == "exclusiveMinimum":
        return f"more than {value}"
    return f"as the settings' schema says ({error.message})"
