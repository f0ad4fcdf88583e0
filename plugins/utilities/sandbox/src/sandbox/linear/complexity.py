"""Linear's complexity points (docs/apis/linear.md, "Limits")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.linear.paging import PAGE_DEFAULT
from sandbox.selection import Walker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import (
        DocumentNode,
        GraphQLNamedType,
        GraphQLSchema,
        OperationDefinitionNode,
        SelectionSetNode,
    )

MAXIMUM = 10_000
PROPERTY = 0.1
OBJECT = 1.0


def complexity(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> float:
    """Price one operation.

    A property costs 0.1, an object 1, and a connection multiplies what is inside by
    its page size (50 where none is given).

    Returns:
        Points, with one decimal.
    """
    walker = Walker(schema, document, variables)

    def price(selections: SelectionSetNode | None, parent: GraphQLNamedType) -> float:
        total = 0.0
        for field in walker.fields(selections, parent):
            if field.is_leaf:
                total += PROPERTY
                continue
            inside = price(field.node.selection_set, field.type)
            if field.is_connection:
                size = walker.argument(field.node, "first")
                size = size or walker.argument(field.node, "last") or PAGE_DEFAULT
                inside *= size
            total += OBJECT + inside
        return total

    query = schema.query_type
    return round(price(operation.selection_set, query), 1) if query else 0.0
