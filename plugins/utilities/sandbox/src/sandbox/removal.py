"""Removes types, fields and enum values from a schema, as a vendor may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    REMOVE,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    NamedTypeNode,
    TypeDefinitionNode,
    Visitor,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from graphql import DocumentNode, Node


def without(document: DocumentNode, names: Collection[str]) -> DocumentNode:
    """Return a schema's document without some definitions.

    Args:
        document: The schema.
        names: `Type` (with every field of that type), `Type.field`, `Enum.VALUE`.
    """
    if not names:
        return document
    pruned: DocumentNode = visit(document, _Remover(frozenset(names)))
    return pruned


def unknown(document: DocumentNode, names: Collection[str]) -> list[str]:
    """Return the names that a schema does not have.

    Args:
        document: The schema.
        names: Names in the form that `without` accepts.
    """
    known = set()
    for type_ in document.definitions:
        if isinstance(type_, TypeDefinitionNode):
            known.add(type_.name.value)
            for part in (
                *(getattr(type_, "fields", None) or ()),
                *(getattr(type_, "values", None) or ()),
            ):
                known.add(f"{type_.name.value}.{part.name.value}")
    return sorted(set(names) - known)


class _Remover(Visitor):
    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self.names = names
        self.parent = ""

    def enter(self, node: Node, *_: Any) -> Any:  # noqa: ANN401 - graphql-core's
        if isinstance(node, TypeDefinitionNode):
            self.parent = node.name.value
            return REMOVE if self.parent in self.names else None
        if isinstance(node, FieldDefinitionNode):
            gone = f"{self.parent}.{node.name.value}" in self.names
            return REMOVE if gone or _named(node.type) in self.names else None
        if isinstance(node, EnumValueDefinitionNode):
            gone = f"{self.parent}.{node.name.value}" in self.names
            return REMOVE if gone else None
        # A member of a union, or an interface that a type implements.
        if isinstance(node, NamedTypeNode) and node.name.value in self.names:
            return REMOVE
        return None


def _named(type_: Any) -> str:  # noqa: ANN401 - a type of graphql-core's AST
    while not isinstance(type_, NamedTypeNode):
        type_ = type_.type
    return type_.name.value
