"""Finds the fields of a document that the API's errors are about.

The error of a removed field is a validation error that names the field and its type.
The error of a refused field has a path, a location, or only a message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from graphql import parse

from tap_linear.documents.selection import operation, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from graphql import OperationDefinitionNode

    from tap_linear.common.graphql_ast import Path
    from tap_linear.documents.selection import Selected

# The wording of graphql-js, which Linear's server uses: the field, then its type.
TYPED = (
    re.compile(r"Cannot query field \W?(\w+)\W? on type \W?(?P<type>\w+)"),
    re.compile(r"argument \W?\w+\W? on field \W?(?P<type>\w+)\.(\w+)"),
    re.compile(r"\b(?P<type>[A-Z]\w+)\.([a-z]\w+)\b"),
)
UNTYPED = (
    re.compile(r"Field \W?(\w+)\W? (?:of type \W?\w+\W? )?must (?:not )?have"),
    re.compile(r"\bfield \W?(\w+)", re.IGNORECASE),
    re.compile(r"(\w+)\W? field\b", re.IGNORECASE),
    re.compile(r"[\"'`](\w+)[\"'`]"),
)


def refused(
    document: OperationDefinitionNode,
    text: str,
    errors: Iterable[Mapping[str, Any]],
    data: Mapping[str, Any],
) -> set[Path]:
    """Return the paths of the fields that errors are about.

    Args:
        document: What was sent.
        text: The same as text; locations refer to it.
        errors: The response's errors.
        data: The data in the same response.

    Returns:
        Paths of fields of the document; none for errors that name no field.
    """
    selected = list(walk(document))
    found: set[Path] = set()
    for error in errors:
        found.update(_of_one(selected, text, error, data))
    return found


def _of_one(
    selected: Sequence[Selected],
    text: str,
    error: Mapping[str, Any],
    data: Mapping[str, Any],
) -> set[Path]:
    message = str(error.get("message"))
    if typed := _typed(selected, message):
        return typed
    paths = {one.path for one in selected}
    where = _names(error.get("path"))
    # A path that ends at the list or at a row does not identify a field to drop.
    if where in paths and not _is_list_or_row(where):
        return {where} if _empty_in_all(data, where) else set()
    if untyped := _untyped(selected, message, where):
        return untyped
    return {path for path in _located(text, error.get("locations")) if len(path) > 1}


def _typed(selected: Sequence[Selected], message: str) -> set[Path]:
    for pattern in TYPED:
        match = pattern.search(message)
        if match is None:
            continue
        name = next(group for group in match.groups() if group != match["type"])
        found = {
            one.path
            for one in selected
            if one.field.name.value == name and one.type_name == match["type"]
        }
        if found:
            return found
    return set()


def _untyped(selected: Sequence[Selected], message: str, where: Path) -> set[Path]:
    """Return the fields that a message names, those below the error's path first."""
    for pattern in UNTYPED:
        for name in pattern.findall(message):
            named = [
                one.path
                for one in selected
                if one.field.name.value == name and not _is_list_or_row(one.path)
            ]
            below = {path for path in named if path[: len(where)] == where}
            if below or named:
                return below or set(named)
    return set()


def _is_list_or_row(path: Path) -> bool:
    return len(path) < 2 or path[-1] in ("nodes", "pageInfo")  # noqa: PLR2004 - root


def _names(path: Any) -> Path:  # noqa: ANN401 - JSON
    if not isinstance(path, list):
        return ()
    return tuple(one for one in path if isinstance(one, str))


def _located(text: str, locations: Any) -> Iterator[Path]:  # noqa: ANN401 - JSON
    """Yield the paths of the fields that begin at locations."""
    if not isinstance(locations, list):
        return
    places = {
        (one.get("line"), one.get("column"))
        for one in locations
        if isinstance(one, dict)
    }
    for one in walk(operation(parse(text))):
        token = one.field.loc.start_token if one.field.loc else None
        if token is not None and (token.line, token.column) in places:
            yield one.path


def _empty_in_all(data: Mapping[str, Any], path: Path) -> bool:
    """Return whether a field is null in every row, so that the field is refused."""
    return all(value is None for value in _values(data, path))


def _values(value: Any, path: Path) -> Iterator[Any]:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif not path or value is None:
        yield value
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])
