"""GitHub's errors for a token without `read:org`, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import FieldNode, InlineFragmentNode, Visitor, get_location, parse, visit

if TYPE_CHECKING:
    from graphql import Node


class _OnType(Visitor):
    """Collects the fields that are selected on one type."""

    def __init__(self, type_name: str) -> None:
        super().__init__()
        self.type_name = type_name
        self.found: list[FieldNode] = []

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> None:  # noqa: ANN401 - graphql-core's
        condition = node.type_condition
        if condition and condition.name.value == self.type_name:
            self.found += [
                field
                for field in node.selection_set.selections
                if isinstance(field, FieldNode)
            ]


def refusal(node: Node, name: str, scope: str) -> dict[str, Any]:
    """Return GitHub's error for a field that the token has no scope for."""
    if node.loc is None:
        raise TypeError(name)
    line, column = get_location(node.loc.source, node.loc.start)
    return {
        "type": "INSUFFICIENT_SCOPES",
        "locations": [{"line": line, "column": column}],
        "message": "Your token has not been granted the required scopes to execute"
        f" this query. The '{name}' field requires one of the following scopes:"
        f" ['{scope}'].",
    }


def refusals(query: str, type_name: str, scope: str) -> list[dict[str, Any]]:
    """Return an error for every field that a document selects on a type.

    Args:
        query: The document.
        type_name: The type, as in `... on Organization`.
        scope: What the token lacks.
    """
    visitor = _OnType(type_name)
    visit(parse(query), visitor)
    return [refusal(field, field.name.value, scope) for field in visitor.found]
