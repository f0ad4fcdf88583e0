"""Reads and rewrites GraphQL documents, whatever they request."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from graphql import (
    REMOVE,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from graphql import SelectionNode

Definition = FragmentDefinitionNode | OperationDefinitionNode
Path = tuple[str, ...]
"""Names in the response, from a definition down: `("author", "login")`."""

TypedPath = tuple[str, ...]
"""A path with the types on the way: `("author", "...User", "login")`."""

TYPE_STEP = "..."
"""Beginning of a step that is a type."""

SELECTIONS = (FieldNode, FragmentSpreadNode, InlineFragmentNode)

AnyNode = TypeVar("AnyNode", bound=Node)


def definitions(text: str) -> Iterator[tuple[str, Definition]]:
    """Yield the named operations and fragments of a document."""
    for definition in parse(text).definitions:
        if isinstance(definition, Definition) and definition.name:
            yield definition.name.value, definition


def changed(node: AnyNode, **parts: object) -> AnyNode:
    """Return a copy of a node with some of its parts changed."""
    kept = {key: getattr(node, key) for key in node.keys if key != "loc"}
    return type(node)(**{**kept, **parts})


def strip_types(path: TypedPath) -> Path:
    """Return a path without the types."""
    return tuple(step for step in path if not step.startswith(TYPE_STEP))


def prune(node: AnyNode, keep: Callable[[SelectionNode, TypedPath], bool]) -> AnyNode:
    """Return a copy of a node without some of what it selects.

    Args:
        node: An operation, a fragment, a field or a selection.
        keep: Returns whether to keep a field, a spread or an inline fragment, given its
            path from the node down.

    Returns:
        The copy. A field or inline fragment of which nothing is left is removed, too;
        the selection of the node itself may be empty.
    """
    paths: list[TypedPath] = [()]

    class Pruner(Visitor):
        def enter(self, found: Node, *_: object) -> object:
            if found is node or not isinstance(found, SELECTIONS):
                return None
            path = _path_of(found, paths[-1])
            if not keep(found, path):
                return REMOVE
            paths.append(path)
            return None

        def leave(self, found: Node, *_: object) -> object:
            if not isinstance(found, SELECTIONS) or len(paths) == 1:
                return None
            paths.pop()
            inner = (
                None if isinstance(found, FragmentSpreadNode) else found.selection_set
            )
            return REMOVE if inner is not None and not inner.selections else None

    pruned: AnyNode = visit(node, Pruner())
    return pruned


def _path_of(node: SelectionNode, path: TypedPath) -> TypedPath:
    """Return the path of a node in a selection; a spread has the selection's own."""
    if isinstance(node, FieldNode):
        return (*path, response_name(node))
    if isinstance(node, InlineFragmentNode) and node.type_condition:
        return (*path, TYPE_STEP + node.type_condition.name.value)
    return path


def response_name(node: FieldNode) -> str:
    """Return the name that a field has in the response."""
    return (node.alias or node.name).value


def without_selection(field: FieldNode) -> str:
    """Return the text of a field with its arguments and nothing below it."""
    return print_ast(changed(field, selection_set=None))


def spreads(node: Node) -> set[str]:
    """Return the names of the fragments that are spread below a node."""
    found: set[str] = set()

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            found.add(node.name.value)

    visit(node, Spreads())
    return found


def fields(
    selections: SelectionSetNode, path: TypedPath = ()
) -> Iterator[tuple[FieldNode, TypedPath]]:
    """Yield every field of a selection, at any depth, with its path."""
    for node in selections.selections:
        here = _path_of(node, path)
        if isinstance(node, FieldNode):
            yield node, here
        if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
            yield from fields(node.selection_set, here)


def enum_lists(node: Node) -> Iterator[set[str]]:
    """Yield the values of every list of enum values in a definition."""
    found: list[set[str]] = []

    class Lists(Visitor):
        def enter_list_value(self, node: ListValueNode, *_: object) -> None:
            names = {v.value for v in node.values if isinstance(v, EnumValueNode)}
            found.append(names)

    visit(node, Lists())
    yield from (names for names in found if names)


def without_values(node: AnyNode, values: Collection[str]) -> AnyNode:
    """Return a copy of a definition without some enum values in its lists."""

    class Remover(Visitor):
        def enter_enum_value(
            self, node: EnumValueNode, _key: object, parent: object, *_: object
        ) -> object:
            in_list = isinstance(parent, tuple | list)
            return REMOVE if in_list and node.value in values else None

    return visit(node, Remover()) if values else node


def begins_at(field: FieldNode, line: int, column: int) -> bool:
    """Whether a field begins at a line and column, from 1, of the text it is from."""
    if field.loc is None:
        return False
    start = field.loc.start_token
    return (start.line, start.column) == (line, column)
