"""Splits a JSON schema into schemas of one type each.

All parts of a schema count
together: `allOf`, a `$ref` and the keywords next to it, `anyOf` and the keywords next
to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from target_bigquery.errors import SchemaError, shorten

Schema = dict[str, Any]

MAX_OPTIONS = 1000
"""Alternatives of one property that are read; a property with more becomes JSON."""
MAX_NESTING = 200
"""Levels of objects and lists in a schema that are read; deeper ones become JSON.

The 15 levels of RECORD that BigQuery allows need fewer.
"""
COMPOSED = frozenset({"$ref", "allOf", "anyOf", "oneOf"})
"""Keywords whose schemas are combined with the keywords next to them."""


@dataclass(frozen=True)
class Option:
    """A schema of one type: one of those that a property may have."""

    schema: Schema
    seen: frozenset[str] = frozenset()
    """The references that led to this schema."""


Options = tuple[list[Option], bool]
"""The options of a schema, and whether it allows null."""


class OptionsReader:
    """Reads the options of one stream's schemas."""

    def __init__(self, stream: str, schema: Schema) -> None:
        """Keep the schema, to which references refer.

        Args:
            stream: The stream's name, for messages.
            schema: The stream's whole schema.
        """
        self.stream = stream
        registry: Registry[Any] = Registry()
        root = DRAFT202012.create_resource(schema)
        self._resolver = registry.with_resource("", root).resolver()

    def options(self, schema: object, seen: frozenset[str]) -> Options:
        """Return the schemas of one type that a schema offers, and whether null.

        Args:
            schema: A part of the stream's schema.
            seen: The references that led to it.

        Raises:
            SchemaError: If a reference has no target.
        """
        if not isinstance(schema, dict):
            return [Option({}, seen)], True
        parts = [_own(schema, seen)]
        if "$ref" in schema:
            parts.append(self._referred(schema["$ref"], seen))
        parts += [self.options(part, seen) for part in listed(schema, "allOf")]
        for word in ("anyOf", "oneOf"):
            if choices := listed(schema, word):
                found = [self.options(choice, seen) for choice in choices]
                options = [option for each, _ in found for option in each]
                parts.append((options, any(nullable for _, nullable in found)))
        return reduce(_both, parts)

    def _referred(self, reference: object, seen: frozenset[str]) -> Options:
        """Return the options of a reference's target; inside itself it is JSON."""
        if str(reference) in seen:
            return [Option({}, seen)], True
        try:
            found = self._resolver.lookup(str(reference)).contents
        except (Unresolvable, ValueError, TypeError, LookupError, AttributeError):
            message = (
                f"Stream '{self.stream}': its schema refers to {shorten(reference)}, "
                "which is not in the schema: leave the property out with a stream map."
            )
            raise SchemaError(message) from None
        return self.options(found, seen | {str(reference)})


def pruned(schema: Any, nesting: int = 0) -> Any:  # noqa: ANN401 - a part of a schema
    """Return a schema without the parts that are nested too deeply for Python.

    Args:
        schema: A schema or a part of it.
        nesting: Its depth in the stream's schema.
    """
    if nesting >= MAX_NESTING:
        return {}
    if isinstance(schema, dict):
        return {word: pruned(part, nesting + 1) for word, part in schema.items()}
    if isinstance(schema, list):
        return [pruned(part, nesting + 1) for part in schema]
    return schema


def listed(schema: Schema, word: str) -> list[Any]:
    """Return a list in a schema; any other value counts as empty.

    Args:
        schema: A schema.
        word: The list's name in it.
    """
    found = schema.get(word)
    return found if isinstance(found, list) else []


def _own(schema: Schema, seen: frozenset[str]) -> Options:
    """Return the options of a schema without its `allOf`, `anyOf` and `$ref`."""
    rest = {word: value for word, value in schema.items() if word not in COMPOSED}
    types = rest.pop("type", None)
    names = types if isinstance(types, list) else [types]
    if not names or not all(isinstance(name, str) for name in names):
        return [Option(rest, seen)], True
    options = [Option({**rest, "type": name}, seen) for name in names]
    return [o for o in options if o.schema["type"] != "null"], "null" in names


def _both(one: Options, other: Options) -> Options:
    """Return the options of a value that has to fit two schemas."""
    nullable = one[1] and other[1]
    pairs = [(a, b) for a in one[0] for b in other[0]]
    if len(pairs) > MAX_OPTIONS:
        return [Option({})], nullable
    options = [both for a, b in pairs if (both := _merged(a, b)) is not None]
    if not options and not nullable:
        # No type fits both: the schema is wrong, and the tap may still send values.
        return [Option({})], True
    return options, nullable


def _merged(one: Option, other: Option) -> Option | None:
    """Return one option for two, None if no value has both types."""
    a, b = one.schema, other.schema
    types = {a.get("type"), b.get("type")} - {None}
    if len(types) > 1 and types != {"integer", "number"}:
        return None
    schema = {**a, **b}
    if types:
        schema["type"] = "integer" if "integer" in types else types.pop()
    first, second = _properties(a), _properties(b)
    if first or second:
        schema["properties"] = {**first, **second} | {
            name: {"allOf": [first[name], second[name]]}
            for name in first.keys() & second.keys()
        }
    if "items" in a and "items" in b:
        schema["items"] = {"allOf": [a["items"], b["items"]]}
    schema["required"] = [*listed(a, "required"), *listed(b, "required")]
    return Option(schema, one.seen | other.seen)


def _properties(schema: Schema) -> dict[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}
