"""The root fields of Linear's schema, and the tables that they read."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from graphql import (
    FieldDefinitionNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    parse,
)

from sandbox.company import LinearWorkspace

SDL = (Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8")
_CONNECTION = "Connection"


def _query() -> tuple[FieldDefinitionNode, ...]:
    for node in parse(SDL, no_location=True).definitions:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value == "Query":
            return node.fields or ()
    message = "schema.graphql has no type Query"
    raise ValueError(message)


def _type(field: FieldDefinitionNode) -> str:
    inner = field.type.type if isinstance(field.type, NonNullTypeNode) else field.type
    return inner.name.value if isinstance(inner, NamedTypeNode) else ""


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


_FIELDS = {field.name.value: field for field in _query()}
ROOTS = {
    name: _type(field).removesuffix(_CONNECTION)
    for name, field in _FIELDS.items()
    if _type(field).endswith(_CONNECTION)
}
"""Root field of a connection: the type that it lists."""
SINGLES = {
    name: _type(field)
    for name, field in _FIELDS.items()
    if _type(field) in ROOTS.values()
    and "id" in {argument.name.value for argument in field.arguments or ()}
}
"""Root field of one entity: its type."""
TABLES = {
    type_name: _snake(root)
    for root, type_name in ROOTS.items()
    if _snake(root) in {field.name for field in fields(LinearWorkspace)}
}
"""GraphQL type: the workspace's table of its rows."""
