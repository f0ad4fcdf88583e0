"""What can be done to a GraphQL document without knowing what it asks for."""

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
"""Response names from a definition down: `("author", "login")`."""

Place = tuple[str, ...]
"""A path with the types on the way: `("author", "...User", "login")`."""

CONDITION = "..."

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


def plain(place: Place) -> Path:
    """Return a place without the types."""
    return tuple(step for step in place if not step.startswith(CONDITION))


def cut(
    selections: SelectionSetNode | None,
    keep: Callable[[SelectionNode, Place], bool],
    place: Place = (),
) -> SelectionSetNode | None:
    """Return a selection without what is not to be kept.

    Args:
        selections: The selection.
        keep: Whether to keep a field, a spread or an inline fragment at a place.
        place: Where the selection lies.

    Returns:
        The rest; None if nothing is left of it.
    """
    kept = [
        node
        for selection in (selections.selections if selections else ())
        if (node := _cut_one(selection, keep, place))
    ]
    return SelectionSetNode(selections=tuple(kept)) if kept else None


def _cut_one(
    node: SelectionNode,
    keep: Callable[[SelectionNode, Place], bool],
    place: Place,
) -> SelectionNode | None:
    place = _place_of(node, place)
    if not keep(node, place):
        return None
    if not isinstance(node, FieldNode | InlineFragmentNode) or not node.selection_set:
        return node
    rest = cut(node.selection_set, keep, place)
    return changed(node, selection_set=rest) if rest else None


def _place_of(node: SelectionNode, place: Place) -> Place:
    """Return where a node lies in a selection at a place; a spread lies there."""
    if isinstance(node, FieldNode):
        return (*place, response_name(node))
    if isinstance(node, InlineFragmentNode) and node.type_condition:
        return (*place, CONDITION + node.type_condition.name.value)
    return place


def response_name(node: FieldNode) -> str:
    """Return the name that a field has in the answer."""
    return (node.alias or node.name).value


def without_selection(field: FieldNode) -> str:
    """Return the text of a field with its arguments and nothing below it."""
    return print_ast(changed(field, selection_set=None))


def spreads(selections: SelectionSetNode) -> set[str]:
    """Return the names of the fragments that a selection spreads."""
    found: set[str] = set()
    for node in selections.selections:
        if isinstance(node, FragmentSpreadNode):
            found.add(node.name.value)
        elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
            found |= spreads(node.selection_set)
    return found


def fields(
    selections: SelectionSetNode, place: Place = ()
) -> Iterator[tuple[FieldNode, Place]]:
    """Yield every field of a selection with its place."""
    for node in selections.selections:
        here = _place_of(node, place)
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
