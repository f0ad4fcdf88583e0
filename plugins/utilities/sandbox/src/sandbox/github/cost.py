"""GitHub's price of a query, and what it rejects unexecuted (docs/apis/github.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.selection import Selected, Walker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import (
        DocumentNode,
        GraphQLNamedType,
        GraphQLSchema,
        OperationDefinitionNode,
        SelectionSetNode,
    )

PAGE_MAX = 100
NODES_MAX = 500_000


# GitHub's messages, by the error's type.
REFUSALS = {
    "MISSING_PAGINATION_BOUNDARIES": (
        "You must provide a `first` or `last` value to properly paginate the `{name}`"
        " connection."
    ),
    "EXCESSIVE_PAGINATION": (
        "Requesting {size} records on the `{name}` connection exceeds the `first` limit"
        " of 100 records."
    ),
    "INVALID_PAGINATION": "`first` on the `{name}` connection cannot be less than 1.",
    "MAX_NODE_LIMIT_EXCEEDED": (
        "This query requests up to {nodes:,} possible nodes which exceeds the maximum"
        " limit of 500,000."
    ),
}


class Refusal(Exception):  # noqa: N818 - GitHub calls it so
    """Why GitHub rejects a query without executing it.

    Args:
        type_: A key of REFUSALS.
        values: Values for its message.
    """

    def __init__(self, type_: str, **values: object) -> None:
        """Build the message."""
        self.type = type_
        self.message = REFUSALS[type_].format(**values)
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Price:
    """Points, and the nodes that the query may return at most."""

    points: int
    nodes: int


class _Pricing:
    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.requests = 0
        self.nodes = 0

    def visit(
        self,
        selections: SelectionSetNode | None,
        parent: GraphQLNamedType,
        parents: int,
    ) -> None:
        """Add the price of everything below a node of `parents` objects."""
        for field in self.walker.fields(selections, parent):
            if not field.is_leaf:
                self.visit(
                    field.node.selection_set, field.type, self._reached(field, parents)
                )

    def _reached(self, field: Selected, parents: int) -> int:
        if field.is_connection:
            size = self._size(field)
            self.requests += parents
            self.nodes += parents * size
            return parents * size
        ids = self.walker.argument(field.node, "ids")
        if field.name == "nodes" and ids is not None:
            self.requests += 1
            self.nodes += len(ids)
            return len(ids)
        return parents

    def _size(self, field: Selected) -> int:
        sizes = [self.walker.argument(field.node, name) for name in ("first", "last")]
        size = next((size for size in sizes if size is not None), None)
        kind = (
            "MISSING_PAGINATION_BOUNDARIES"
            if size is None
            else "EXCESSIVE_PAGINATION"
            if size > PAGE_MAX
            else "INVALID_PAGINATION"
            if size < 1
            else None
        )
        if kind is not None:
            raise Refusal(kind, name=field.name, size=size)
        return int(size or 0)


def price(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Price:
    """Price one operation.

    Points are the connections to fetch, each once for every parent object, divided by
    100 and rounded, at least 1. Nodes are the product of the page sizes.

    Raises:
        Refusal: Without `first` or `last`, with more than 100, above 500,000 nodes.
    """
    pricing = _Pricing(Walker(schema, document, variables))
    if schema.query_type:
        pricing.visit(operation.selection_set, schema.query_type, 1)
    if pricing.nodes > NODES_MAX:
        kind = "MAX_NODE_LIMIT_EXCEEDED"
        raise Refusal(kind, nodes=pricing.nodes)
    return Price(max(1, round(pricing.requests / 100)), pricing.nodes)
