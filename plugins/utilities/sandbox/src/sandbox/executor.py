"""graphql-core's executor with a fast path for fields that the row contains.

graphql-core needs about ten microseconds per field, and a page of a tap has tens of
thousands. This module reads a leaf without a resolver directly. A value that may not
fit its type (null in a non-null field, an Int of 64 bits) takes the slow path, which
creates the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType
from graphql.execution.executor import Executor
from graphql.pyutils import Path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
    from graphql.type import GraphQLField

TYPE_NAME = "__typename"
MISSING = object()
INT_MAX = 2**31 - 1
# Python types that need no conversion for a scalar. For other scalars (dates, IDs,
# URLs) and enums, the rows contain text.
PLAIN: Mapping[str, tuple[type, ...]] = {
    "Boolean": (bool,),
    "Float": (float, int),
    "Int": (int,),
}


@dataclass(frozen=True, slots=True)
class PlainLeaf:
    """A leaf's resolver: returns a key of the row, or the default of a missing key."""

    key: str
    default: Any

    def __call__(self, row: Mapping[str, Any], _info: Any, **_arguments: Any) -> Any:  # noqa: ANN401 - any leaf
        """Resolve on the slow path."""
        value = row.get(self.key)
        return self.default if value is None else value


@dataclass(frozen=True, slots=True)
class Step:
    """One field of a selection set, and how to resolve it."""

    name: str
    details: FieldDetailsList
    leaf: PlainLeaf | None = None
    types: tuple[type, ...] = (str,)
    required: bool = False
    is_list: bool = False
    is_type_name: bool = False

    def read(self, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any leaf
        """Return the leaf's value; MISSING if it needs the slow path."""
        leaf = self.leaf
        if leaf is None:
            return MISSING
        value = row.get(leaf.key)
        if value is None:
            value = leaf.default
            if value is None:
                return MISSING if self.required else None
        kind = type(value)
        if self.is_list:
            return value if kind is list else MISSING
        if kind is int and value > INT_MAX:
            return MISSING
        return value if kind in self.types else MISSING


class RowExecutor(Executor[Any]):
    """Executes documents over rows, leaves first."""

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,  # noqa: ANN401 - graphql-core's
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,  # noqa: ANN401 - graphql-core's
    ) -> dict[str, Any]:
        """Resolve one selection set over one row."""
        results: dict[str, Any] = {}
        parent = parent_type.name
        for step in self._plan(parent_type, grouped_field_set):
            if step.is_type_name:
                results[step.name] = parent
                continue
            value = step.read(source_value)
            if value is MISSING:
                value = self.execute_field(
                    parent_type,
                    source_value,
                    step.details,
                    Path(path, step.name, parent),
                    position_context,
                )
            results[step.name] = value
        return results

    def _plan(
        self, parent_type: GraphQLObjectType, grouped_field_set: GroupedFieldSet
    ) -> list[Step]:
        """Return the steps of a selection set, computed once for each request."""
        plans: dict[int, tuple[GroupedFieldSet, list[Step]]] = self.__dict__.setdefault(
            "_plans", {}
        )
        key = id(grouped_field_set)
        found = plans.get(key)
        if found is None:
            steps = [
                _step(name, details, parent_type)
                for name, details in grouped_field_set.items()
            ]
            # Keep a reference to the set, so that no other object gets the same id().
            found = plans[key] = (grouped_field_set, steps)
        return found[1]


def _step(name: str, details: FieldDetailsList, parent_type: GraphQLObjectType) -> Step:
    field_name = details[0].node.name.value
    if field_name == TYPE_NAME:
        return Step(name, details, is_type_name=True)
    definition: GraphQLField | None = parent_type.fields.get(field_name)
    if definition is None or not isinstance(definition.resolve, PlainLeaf):
        return Step(name, details)
    type_: Any = definition.type
    required = isinstance(type_, GraphQLNonNull)
    if required:
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        return Step(name, details, definition.resolve, (), required, is_list=True)
    types = PLAIN.get(type_.name, (str,))
    return Step(name, details, definition.resolve, types, required)
