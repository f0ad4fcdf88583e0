"""Parts that GitHub leaves out of a response although they exist.

Each error of a response has the path of a null. The object that contains this null
gets a mark, so that a later reader can distinguish it from a value that is null.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.transport.errors import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.schemas.columns import Column
    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.transport.errors import Response

logger = logging.getLogger("tap-github-prs")

UNREAD = "!unread"
"""Mark of an object: its unread fields, with the reasons. No field has this name."""


def reason(error: dict[str, Any]) -> str:
    """Return what an error says, in one line."""
    return f"{kind_of(error)}: {' '.join(str(error.get('message', '')).split())}"


def mark(response: Response) -> None:
    """Mark every null of a response that an error explains.

    A null entry of a list marks the field `nodes` or `edges` that holds the list. An
    error whose path leads to nothing marks the `data` itself.
    """
    for error in response.errors:
        given = error.get("path")
        path = given if isinstance(given, list) else []
        holder, field = _place(response.body["data"], path)
        words = reason(error)
        if response.sign_on:
            words += f"; {response.sign_on}"
        holder.setdefault(UNREAD, {}).setdefault(field, words)


def _place(data: Node, path: list[Any]) -> tuple[Node, str]:
    """Return the object, and its field, in which the null of a path lies."""
    value: Any = data
    holder, field = data, ""
    for step in path:
        if isinstance(value, dict) and step in value:
            holder, field = value, str(step)
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break  # the null lies further up
        if value is None:
            break
    return holder, field


def why(holder: Node, field: str) -> str:
    """Return why a field was not read; "" if it has no mark."""
    return str(holder.get(UNREAD, {}).get(field, ""))


def lost_columns(node: Node, columns: tuple[Column, ...]) -> dict[str, str]:
    """Return the columns that a marked part of a node lacks, with the reasons."""
    if not any(_marks(node)):
        return {}
    found = {
        column.name: _crosses(node, [step.partition("[")[0] for step in column.path])
        for column in columns
    }
    return {name: words for name, words in found.items() if words}


def _marks(value: Any) -> Iterator[bool]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        if UNREAD in value:
            yield True
        for each in value.values():
            yield from _marks(each)
    elif isinstance(value, list):
        for each in value:
            yield from _marks(each)


def _crosses(value: Any, steps: list[str]) -> str:  # noqa: ANN401 - JSON
    """Return the reason of the first mark on a path; "" if there is none."""
    if isinstance(value, list):
        return next(filter(None, (_crosses(each, steps) for each in value)), "")
    if not isinstance(value, dict) or not steps:
        return ""
    for name in steps[0].split("|"):
        if words := why(value, name) or _crosses(value.get(name), steps[1:]):
            return words
    return ""


@contextmanager
def expecting() -> Iterator[None]:
    """Treat a response of another shape as unreadable.

    Raises:
        UnreadableError: In place of the exception of a missing key, or of a list where
            an object is expected.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        logger.debug("The response has an unexpected shape", exc_info=True)
        words = " ".join(str(error).split())[:100]
        message = f"unexpected shape of the response ({type(error).__name__}: {words})"
        raise UnreadableError(message) from None
