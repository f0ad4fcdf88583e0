"""GitHub's price of a query, and what it refuses before running it (FACTS-github.md)."""

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


@dataclass(frozen=True, slots=True)
class Refusal(Exception):  # noqa: N818 - GitHub calls it so
    """Why GitHub refuses a query unread; `type` is the error's type."""

    type: str
    message: str


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
        self, selections: SelectionSetNode | None, parent: GraphQLNamedType, parents: int
    ) -> None:
        """Add up what is below a node that `parents` objects reach."""
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
        if size is None:
            raise Refusal(
                "MISSING_PAGINATION_BOUNDARIES",
                "You must provide a `first` or `last` value to properly paginate"
                f" the `{field.name}` connection.",
            )
        if size > PAGE_MAX:
            raise Refusal(
                "EXCESSIVE_PAGINATION",
                f"Requesting {size} records on the `{field.name}` connection exceeds"
                f" the `first` limit of {PAGE_MAX} records.",
            )
        if size < 1:
            raise Refusal(
                "INVALID_PAGINATION",
                f"`first` on the `{field.name}` connection cannot be less than 1.",
            )
        return int(size)


def price(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Price:
    """Price one operation.

    Points are the connections to be fetched, each once for every parent that reaches
    it, over 100 and rounded, at least 1. Nodes are the product of the page sizes.

    Raises:
        Refusal: Without `first` or `last`, with more than 100, above 500,000 nodes.
    """
    pricing = _Pricing(Walker(schema, document, variables))
    if schema.query_type:
        pricing.visit(operation.selection_set, schema.query_type, 1)
    if pricing.nodes > NODES_MAX:
        raise Refusal(
            "MAX_NODE_LIMIT_EXCEEDED",
            f"This query requests up to {pricing.nodes:,} possible nodes which exceeds"
            f" the maximum limit of {NODES_MAX:,}.",
        )
    return Price(max(1, round(pricing.requests / 100)), pricing.nodes)
