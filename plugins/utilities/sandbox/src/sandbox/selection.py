"""Walks the selections of a document for the vendors' cost formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLNonNull,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_leaf_type,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphql import (
        DirectiveNode,
        DocumentNode,
        GraphQLField,
        GraphQLNamedType,
        GraphQLSchema,
        SelectionSetNode,
        ValueNode,
    )


@dataclass(frozen=True, slots=True)
class Selected:
    """One field of a selection set."""

    node: FieldNode
    definition: GraphQLField
    type: GraphQLNamedType

    @property
    def name(self) -> str:
        """The field's name in the schema."""
        return self.node.name.value

    @property
    def is_leaf(self) -> bool:
        """Whether the field has no selections."""
        return is_leaf_type(self.type)

    @property
    def is_list(self) -> bool:
        """Whether it is a plain list, not a connection."""
        type_ = self.definition.type
        return isinstance(
            type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList
        )

    @property
    def is_connection(self) -> bool:
        """Whether it is a connection."""
        return self.type.name.endswith("Connection")


class Walker:
    """Walks one operation with its variables.

    Args:
        schema: The schema that the document was validated against.
        document: The document, for its fragments.
        variables: Coerced variables.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        variables: Mapping[str, Any],
    ) -> None:
        """Index the fragments by name."""
        self._schema = schema
        self._variables = variables
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def fields(
        self, selections: SelectionSetNode | None, parent: GraphQLNamedType
    ) -> Iterator[Selected]:
        """Yield the fields below a node, including those of fragments."""
        if selections is None:
            return
        for node in selections.selections:
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                if not is_composite_type(parent):
                    continue
                definition = self._schema.get_field(parent, node.name.value)
                if definition is not None:
                    yield Selected(node, definition, get_named_type(definition.type))
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition
                type_ = self._schema.get_type(on.name.value) if on else parent
                yield from self.fields(node.selection_set, type_ or parent)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                type_ = self._schema.get_type(fragment.type_condition.name.value)
                yield from self.fields(fragment.selection_set, type_ or parent)

    def argument(self, node: FieldNode, name: str) -> Any:  # noqa: ANN401 - any value
        """Return an integer, boolean or list argument; None if it is missing."""
        for argument in node.arguments or ():
            if argument.name.value == name:
                return self._value(argument.value)
        return None

    def _value(self, node: ValueNode) -> Any:  # noqa: ANN401 - any value
        if isinstance(node, VariableNode):
            return self._variables.get(node.name.value)
        if isinstance(node, IntValueNode):
            return int(node.value)
        if isinstance(node, ListValueNode):
            return [self._value(value) for value in node.values]
        return getattr(node, "value", None)

    def _included(self, directives: tuple[DirectiveNode, ...] | None) -> bool:
        for directive in directives or ():
            given = next(
                (
                    self._value(argument.value)
                    for argument in directive.arguments or ()
                    if argument.name.value == "if"
                ),
                True,
            )
            if directive.name.value == "skip" and given:
                return False
            if directive.name.value == "include" and not given:
                return False
        return True
