"""Puts nulls into a good response, as an API with partial results does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def _null_first(
    data: Any,  # noqa: ANN401 - any JSON
    wanted: Callable[[Any, Any], bool],
) -> list[Any]:
    """Set the first value that matches to null; return its path."""
    pairs: list[tuple[Any, Any]] = []
    if isinstance(data, dict):
        pairs = list(data.items())
    elif isinstance(data, list):
        pairs = list(enumerate(data))
    for key, value in pairs:
        if wanted(key, value):
            data[key] = None
            return [key]
    for key, value in pairs:
        if below := _null_first(value, wanted):
            return [key, *below]
    return []


def null_field(data: Any, name: str) -> list[Any]:  # noqa: ANN401 - any JSON
    """Set the first field with a name to null; return its path, if there is one."""
    return _null_first(data, lambda key, _value: key == name)


def null_node(data: Any, node_id: str) -> list[Any]:  # noqa: ANN401 - any JSON
    """Set the first object with an ID to null; return its path, if there is one."""
    return _null_first(
        data, lambda _key, value: isinstance(value, dict) and value.get("id") == node_id
    )


def null_some_nodes(body: Any) -> Any:  # noqa: ANN401 - any JSON
    """Set every second entry of the first list `nodes` to null."""
    errors = []

    def visit(value: Any, path: list[Any]) -> bool:  # noqa: ANN401
        if isinstance(value, dict):
            nodes = value.get("nodes")
            if isinstance(nodes, list) and nodes:
                for n in range(0, len(nodes), 2):
                    nodes[n] = None
                    errors.append(
                        {
                            "type": "RESOURCE_LIMITS_EXCEEDED",
                            "path": [*path, "nodes", n],
                            "message": "Resource limits for this query exceeded.",
                        }
                    )
                return True
            return any(visit(one, [*path, key]) for key, one in value.items())
        return False

    visit(body.get("data"), [])
    return {**body, "errors": errors}
