"""What a refused GraphQL document's errors name: a place, a type, a field, an enum.

GitHub words them as graphql-ruby does, in `extensions` and in the message; a proxy or
an older server may leave any of it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.graphql_ast import TYPE_STEP
from tap_github_prs.transport.errors import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.common.graphql_ast import TypedPath

FIELDS = (
    r"[Ff]ield '(?P<field>\w+)' doesn't exist on type '(?P<type>\w+)'",
    r"Cannot query field ['\"](?P<field>\w+)['\"] on type ['\"](?P<type>\w+)['\"]",
    r"[Ff]ield '(?P<field>\w+)' (?:doesn't accept|is missing|has an argument)",
    r"Argument '\w+' on [Ff]ield '(?P<field>\w+)'",
    r"'(?P<field>\w+)' field requires",
    r"Unknown argument .* on field ['\"](?P<type>\w+)\.(?P<field>\w+)['\"]",
)
TYPES = (r"No such type (\w+)", r"Unknown type ['\"](\w+)['\"]")
ENUMS = (r"[Ee]xpected type '?\[?(\w+)", r"does not exist in ['\"](\w+)['\"] enum")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What one error names.

    Attributes:
        locations: Line and column, from 1, of each place.
        definition: Operation or fragment; "" if the error has no path.
        place: TypedPath within it.
        field: Name of the field; "" if none.
        type: Name of the type that it is on, or that is gone; "" if none.
        enum: Name of the enum that lacks a value; "" if it is not about one.
        is_type_gone: Whether the type itself is gone.
    """

    locations: tuple[tuple[int, int], ...]
    definition: str
    place: TypedPath
    field: str
    type: str
    enum: str
    is_type_gone: bool

    @classmethod
    def read(cls, error: dict[str, Any]) -> Refusal:
        """Read an error of a response."""
        message = str(error.get("message", ""))
        extensions = error.get("extensions")
        extensions = extensions if isinstance(extensions, dict) else {}
        named = _match(FIELDS, message)
        groups = named.groupdict() if named else {}
        gone = _match(TYPES, message)
        is_enum = kind_of(error) == "argumentLiteralsIncompatible"
        enum = _match(ENUMS, message) if is_enum else None
        definition, place = _path(error.get("path"))
        is_type_gone = bool(gone) or kind_of(error) == "undefinedType"
        field = str(extensions.get("fieldName") or groups.get("field") or "")
        return cls(
            locations=tuple(_locations(error)),
            definition=definition,
            place=place,
            field="" if is_type_gone else field,
            type=str(
                extensions.get("typeName")
                or groups.get("type")
                or (gone[1] if gone else "")
            ),
            enum=enum[1] if enum else "",
            is_type_gone=is_type_gone,
        )


def _match(patterns: tuple[str, ...], message: str) -> re.Match[str] | None:
    found = (re.search(pattern, message) for pattern in patterns)
    return next((match for match in found if match), None)


def _locations(error: dict[str, Any]) -> Iterator[tuple[int, int]]:
    found = error.get("locations")
    for place in found if isinstance(found, list) else ():
        if isinstance(place, dict) and {"line", "column"} <= place.keys():
            yield place["line"], place["column"]


def _path(path: Any) -> tuple[str, TypedPath]:  # noqa: ANN401 - JSON
    """Return definition and place of graphql-ruby's path of a refusal.

    It is `["fragment Account", "... on User", "email"]`.
    """
    steps = [str(step) for step in path] if isinstance(path, list) else []
    if not steps or not re.match(r"(query|fragment) \w+$", steps[0]):
        return "", ()
    place = tuple(
        TYPE_STEP + step.removeprefix("... on ") if step.startswith("... on ") else step
        for step in steps[1:]
    )
    return steps[0].partition(" ")[2], place
