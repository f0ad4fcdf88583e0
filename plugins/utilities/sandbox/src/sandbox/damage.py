"""Changes good GraphQL responses of all vendors into faulty ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = list[str | int]
REPEATED = "repeated"


def found(data: Any, name: str, path: Path | None = None) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - any JSON
    """Yield the path and the value of every field with a name; "" is every field.

    The function does not search below a field that it yielded.
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
    """Yield the path and the object of every connection below a field.

    Args:
        data: Any part of a response.
        name: The field; "" is any.
        path: Path of `data`.
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
    """Set each n-th entry of the lists of a field to null.

    Args:
        body: The response, changed in place.
        name: The field; "" is any list.
        every: 1 sets every entry to null, 2 the first, the third, and so on.
        error: Error for each entry; its path is added. None adds no error.
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
    """Announce another page without a new cursor.

    Args:
        body: The response, changed in place.
        name: The field that contains the list; "" is any.
        after: The cursor in the request.
        cursor: The cursor to return: REPEATED repeats `after`, None is null.
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
    """Replace the value of a field.

    Args:
        body: The response, changed in place.
        name: The field.
        value: The new value.
        count: Maximum number of places; 0 is all.
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
    """Omit a row from every list, as a replica that lags does.

    Args:
        body: The response, changed in place.
        key: The row's ID.
    """
    for _, connection in connections(body.get("data"), ""):
        rows = connection.get("nodes") or []
        connection["nodes"] = [
            row for row in rows if not isinstance(row, dict) or row.get("id") != key
        ]


def holds(body: Any, key: str, field: str) -> bool:  # noqa: ANN401 - any JSON
    """Return whether a response contains a row, with one of its fields.

    Args:
        body: Any part of a response.
        key: The row's ID.
        field: The field; "" means any.
    """
    if isinstance(body, list):
        return any(holds(one, key, field) for one in body)
    if isinstance(body, dict):
        # REST returns GraphQL's ID as `node_id`.
        is_it = key in (body.get("id"), body.get("node_id"))
        here = is_it and (not field or field in body)
        return here or any(holds(one, key, field) for one in body.values())
    return False


def blur_errors(body: dict[str, Any], *, moved: bool) -> None:
    """Remove the location from the errors of a rejected document.

    Args:
        body: The response, changed in place.
        moved: Whether each error gets the start of the document as its location.
    """
    for error in body.get("errors") or ():
        for key in ("locations", "path", "extensions"):
            error.pop(key, None)
        if moved:
            error["locations"] = [{"line": 1, "column": 1}]
