"""Damage done to a good GraphQL answer, of either vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = list[str | int]
REPEATED = "repeated"


def found(data: Any, name: str, path: Path | None = None) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - any JSON
    """Yield path and value of every field of a name; "" is every field.

    What lies below a field that was yielded is not searched.
    """
    path = path or []
    if isinstance(data, list):
        for n, value in enumerate(data):
            yield from found(value, name, [*path, n])
    elif isinstance(data, dict):
        for key, value in list(data.items()):
            here = [*path, key]
            if key == name:
                yield here, value
            else:
                yield from found(value, name, here)


def connections(data: Any, name: str, path: Path | None = None) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """Yield path and object of every list with `nodes` or `edges` below a field.

    Args:
        data: Any part of an answer.
        name: The field; "" is any.
        path: Where `data` lies.
    """
    path = path or []
    if isinstance(data, list):
        for n, value in enumerate(data):
            yield from connections(value, name, [*path, n])
    elif isinstance(data, dict):
        for key, value in data.items():
            here = [*path, key]
            is_list = isinstance(value, dict) and not {"nodes", "edges"}.isdisjoint(
                value
            )
            if is_list and name in ("", key):
                yield here, value
            yield from connections(value, name, here)


def null_children(
    body: dict[str, Any], name: str, every: int, error: dict[str, Any] | None
) -> None:
    """Null each n-th entry of the lists of a field.

    Args:
        body: The answer, changed in place.
        name: The field; "" is any list.
        every: 1 nulls every entry, 2 the first, the third, and so on.
        error: What the answer says of each, its path is added; None says nothing.
    """
    errors = body.get("errors") or []
    for path, connection in connections(body.get("data"), name):
        for key in ("nodes", "edges"):
            entries = connection.get(key) or []
            for n in range(0, len(entries), every):
                entries[n] = None
                if error is not None:
                    errors.append({**error, "path": [*path, key, n]})
    if errors:
        body["errors"] = errors


def spoil_cursors(
    body: dict[str, Any], name: str, after: str | None, cursor: str | None
) -> None:
    """Say that there is another page, and give no new cursor.

    Args:
        body: The answer, changed in place.
        name: The field that holds the list; "" is any.
        after: The cursor that the request brought.
        cursor: What to give: REPEATED gives that one again, None gives null.
    """
    for _, connection in connections(body.get("data"), name):
        info = connection.get("pageInfo")
        if info is not None:
            info["hasNextPage"] = True
            if cursor != REPEATED:
                info["endCursor"] = cursor
            elif after is not None:
                info["endCursor"] = after


def replace(body: dict[str, Any], name: str, value: Any, count: int) -> None:  # noqa: ANN401 - any JSON
    """Put another value into a field, wherever it occurs.

    Args:
        body: The answer, changed in place.
        name: The field.
        value: What it has from now on.
        count: In how many places at most; 0 is all.
    """
    for n, (path, _) in enumerate(list(found(body, name))):
        if count and n >= count:
            return
        *above, last = path
        place: Any = body
        for step in above:
            place = place[step]
        place[last] = value


def hide(body: dict[str, Any], key: str) -> None:
    """Leave a row out of every list, as a replica does that is behind.

    Args:
        body: The answer, changed in place.
        key: The row's ID.
    """
    for _, connection in connections(body.get("data"), ""):
        rows = connection.get("nodes") or []
        connection["nodes"] = [
            row for row in rows if not isinstance(row, dict) or row.get("id") != key
        ]


def holds(body: Any, key: str, field: str) -> bool:  # noqa: ANN401 - any JSON
    """Say whether an answer holds a row, with one of its fields.

    Args:
        body: Any part of an answer.
        key: The row's ID.
        field: The field; "" is none in particular.
    """
    if isinstance(body, list):
        return any(holds(one, key, field) for one in body)
    if isinstance(body, dict):
        # REST gives GraphQL's ID as `node_id`.
        is_it = key in (body.get("id"), body.get("node_id"))
        here = is_it and (not field or field in body)
        return here or any(holds(one, key, field) for one in body.values())
    return False


def blur_errors(body: dict[str, Any], *, moved: bool) -> None:
    """Leave the errors of a refused document without a useful place.

    Args:
        body: The answer, changed in place.
        moved: Whether each names the beginning of the document instead of nothing.
    """
    for error in body.get("errors") or ():
        for key in ("locations", "path", "extensions"):
            error.pop(key, None)
        if moved:
            error["locations"] = [{"line": 1, "column": 1}]
