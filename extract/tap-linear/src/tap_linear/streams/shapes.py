"""Checks that a response has the requested shape and nothing in it is null.

A null among rows is a row that could not be read, with or without an error:
https://spec.graphql.org/October2021/#sec-Handling-Field-Errors
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tap_linear.common.graphql_ast import response_name
from tap_linear.documents.selection import fields, is_connection, row
from tap_linear.transport.errors import FailedError, IncompleteError

if TYPE_CHECKING:
    from tap_linear.documents.document import Document


logger = logging.getLogger("tap-linear")

UNEXPECTED = (AttributeError, LookupError, TypeError, ValueError)
"""What Python raises if a value is missing or has an unexpected type."""


def unexpected(error: Exception) -> FailedError:
    """Return the error of a response with an unexpected shape.

    Args:
        error: One of UNEXPECTED.
    """
    logger.debug("A response has an unexpected shape", exc_info=error)
    words = " ".join(str(error).split())[:100]
    return FailedError(f"unexpected shape ({type(error).__name__}: {words})")


def check(document: Document, answer: Any) -> None:  # noqa: ANN401 - JSON
    """Check what the root of a document holds.

    Args:
        document: The document that was sent.
        answer: The value of its root.

    Raises:
        IncompleteError: If something is missing.
    """
    wanted = {response_name(one) for one in fields(row(document.root))}
    if not is_connection(document.root):
        _check_row(document, answer, wanted, None)
        return
    rows, cursor = page(answer, has_info=_has_info(document))
    for one in rows:
        _check_row(document, one, wanted, cursor)


def _has_info(document: Document) -> bool:
    return any(one.name.value == "pageInfo" for one in fields(document.root))


def _check_row(
    document: Document,
    found: Any,  # noqa: ANN401 - JSON
    wanted: set[str],
    cursor: str | None,
) -> None:
    if not isinstance(found, dict):
        line = "a row is null" if found is None else "a row is no object"
        raise IncompleteError(line, cursor)
    if missing := wanted - found.keys():
        line = f"a row lacks {', '.join(sorted(missing))}"
        raise IncompleteError(line, cursor)
    if "id" in found and not _is_id(found["id"]):
        line = f"the ID of a row is {found['id']!r}"[:100]
        raise IncompleteError(line, cursor)
    for nested in document.nested:
        try:
            rows, _ = page(found[nested.key], has_info=nested.has_cursor)
        except IncompleteError as error:
            line = f"{nested.key} of {found.get('id')}: {error}"
            raise IncompleteError(line, cursor) from None
        if not all(isinstance(one, dict) for one in rows):
            line = f"{nested.key} of {found.get('id')} holds null"
            raise IncompleteError(line, cursor)


def check_ids(values: list[Any]) -> None:
    """Check the IDs of a list.

    Args:
        values: The values of the list.

    Raises:
        ValueError: If one of them is not an ID.
    """
    for value in values:
        if not _is_id(value):
            raise ValueError(value)


def _is_id(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Return whether a value is an ID: Linear's IDs are UUIDs (docs/apis/linear.md)."""
    try:
        return bool(UUID(value))
    except (AttributeError, TypeError, ValueError):
        return False


def page(found: Any, *, has_info: bool) -> tuple[list[Any], str | None]:  # noqa: ANN401 - JSON
    """Return the rows of a page, and the cursor at which it ends.

    Args:
        found: A connection of the response.
        has_info: Whether it must show if the list continues.

    Raises:
        IncompleteError: If it is not a page.
    """
    if not isinstance(found, dict) or not isinstance(found.get("nodes"), list):
        line = "a list is null" if found is None else "a list has an unexpected shape"
        raise IncompleteError(line)
    rows: list[Any] = found["nodes"]
    if not has_info:
        return rows, None
    info = found.get("pageInfo")
    names = ("hasNextPage", "hasPreviousPage")
    if not isinstance(info, dict) or not any(
        isinstance(info.get(name), bool) for name in names
    ):
        line = "a page does not show if it is the last one"
        raise IncompleteError(line)
    cursor = info.get("endCursor", info.get("startCursor"))
    return rows, cursor if isinstance(cursor, str) else None
