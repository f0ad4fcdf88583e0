"""One document with the first pages of several lists.

    query Releases_Customers($customersFilter: CustomerFilter) {
      releases(first: 100, includeArchived: true) { nodes { … } pageInfo { … } }
      customers(first: 250, filter: $customersFilter) { nodes { … } pageInfo { … } }
    }

A root keeps its name in the response, so a page is read as if it had been requested by
itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graphql import (
    ArgumentNode,
    IntValueNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    print_ast,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graphql import FieldNode, VariableDefinitionNode

    from tap_linear.documents.document import Document


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The first page of a list.

    Attributes:
        document: The document of the list.
        rows: Rows of the page.
        variables: Variables of the list besides those of the page; None leaves an
            argument out.
    """

    document: Document
    rows: int
    variables: Mapping[str, Any]

    @property
    def points(self) -> float:
        """What the page costs, in complexity points."""
        return self.document.cost(self.rows)

    def root(self) -> FieldNode:
        """Return the root field with the page and with variables of its own."""
        return replace(self.document.root, arguments=tuple(self._arguments()))

    def _arguments(self) -> Iterator[ArgumentNode]:
        for one in self.document.root.arguments or ():
            name = one.name.value
            if name == "first":
                yield replace(one, value=IntValueNode(value=str(self.rows)))
            elif not isinstance(one.value, VariableNode):
                yield one
            elif self.variables.get(name) is not None:
                own = VariableNode(name=NameNode(value=self._own(name)))
                yield replace(one, value=own)

    def _own(self, name: str) -> str:
        return f"{self.document.root_key}{name.capitalize()}"

    def definitions(self) -> Iterator[VariableDefinitionNode]:
        """Yield the definitions of its variables."""
        for one in self.document.definitions:
            name = one.variable.name.value
            if self.variables.get(name) is not None:
                variable = VariableNode(name=NameNode(value=self._own(name)))
                yield replace(one, variable=variable)

    def values(self) -> dict[str, Any]:
        """Return the values of its variables."""
        return {
            self._own(name): value
            for name, value in self.variables.items()
            if value is not None and name in self.document.variables
        }


def together(pages: Sequence[FirstPage]) -> tuple[str, dict[str, Any]]:
    """Return one document that requests several first pages.

    Args:
        pages: The pages.

    Returns:
        The text, and its variables.
    """
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=NameNode(value="_".join(page.document.name for page in pages)),
        variable_definitions=tuple(
            definition for page in pages for definition in page.definitions()
        ),
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(page.root() for page in pages)),
    )
    values = {key: value for page in pages for key, value in page.values().items()}
    return print_ast(operation), values
