"""GraphQL over plain rows: a schema, its resolvers and a cache of documents.

Rows are dicts whose keys are the vendor's field names. A field of an object type
is read from the row itself or, where the row holds `<field>Id`, from the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    build_ast_schema,
    execute_sync,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from sandbox.executor import PlainLeaf, RowExecutor
from sandbox.removal import without

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from graphql import DocumentNode, GraphQLField, GraphQLSchema

Row = dict[str, Any]

DOCUMENTS_KEPT = 256  # a tap has a few dozen

# The values of missing keys of non-null fields.
EMPTY: Mapping[str, Any] = {
    "Boolean": False,
    "Float": 0,
    "Int": 0,
    "String": "",
    "JSONObject": {},
}


@lru_cache(maxsize=8)
def parsed(sdl: str) -> DocumentNode:
    """Parse a schema and cache the document, which callers must not change."""
    return parse(sdl)


class Store(Protocol):
    """Finds the row that a reference points to."""

    def get(self, type_name: str, key: str) -> Row | None:
        """Return the row of a type (object or abstract) with that id, or None."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed and validated document."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    operations: Mapping[str | None, OperationDefinitionNode]


@dataclass
class Engine:
    """Executes documents over rows.

    Args:
        sdl: The schema.
        resolvers: `"Type.field"` to a resolver `(row, info, **arguments)`.
        defaults: `"Type.field"` to the value of a missing key.
        type_of: Returns the object type of a row of an abstract type.
        removed: Names that the schema lacks: `Type`, `Type.field`, `Enum.VALUE`.
    """

    sdl: str
    resolvers: Mapping[str, Callable[..., Any]]
    defaults: Mapping[str, Any]
    type_of: Callable[[Row, Any, Any], str] | None = None
    removed: Collection[str] = ()
    schema: GraphQLSchema = field(init=False)
    _prepared: dict[str, Prepared] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Build the schema and give every field its resolver."""
        self.schema = build_ast_schema(without(parsed(self.sdl), self.removed))
        if self.removed:
            # Here an object may lack a field of its interface; a vendor's object never
            # does.
            self.schema._validation_errors = []  # noqa: SLF001 - what assert_valid_schema reads
        known = set()
        for name, type_ in self.schema.type_map.items():
            if is_abstract_type(type_):
                type_.resolve_type = self.type_of
            if not isinstance(type_, GraphQLObjectType) or name.startswith("__"):
                continue
            for field_name, definition in type_.fields.items():
                path = f"{name}.{field_name}"
                known.add(path)
                definition.resolve = self.resolvers.get(path) or _plain_resolver(
                    field_name, definition, path, self.defaults
                )
        unknown = (set(self.resolvers) | set(self.defaults)) - known
        if unknown and not self.removed:
            message = f"not in the schema: {sorted(unknown)}"
            raise ValueError(message)

    def prepare(self, query: str) -> Prepared:
        """Parse and validate a document, and cache the result."""
        found = self._prepared.get(query)
        if found is None:
            if len(self._prepared) >= DOCUMENTS_KEPT:
                self._prepared.clear()
            found = self._prepared[query] = self._prepare(query)
        return found

    def _prepare(self, query: str) -> Prepared:
        try:
            document = parse(query, no_location=False)
        except GraphQLError as error:
            return Prepared(parse("{ __typename }"), (error,), {})
        errors = tuple(validate(self.schema, document))
        operations: dict[str | None, OperationDefinitionNode] = {
            (node.name.value if node.name else None): node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        return Prepared(document, errors, operations)

    def operation(
        self, prepared: Prepared, name: str | None
    ) -> OperationDefinitionNode | None:
        """Return the operation that a request selects; None if it is ambiguous."""
        if name is None and len(prepared.operations) == 1:
            return next(iter(prepared.operations.values()))
        return prepared.operations.get(name)

    def variables(
        self, operation: OperationDefinitionNode, given: Mapping[str, Any]
    ) -> dict[str, Any] | list[GraphQLError]:
        """Coerce a request's variables, or return the errors."""
        result = get_variable_values(
            self.schema, operation.variable_definitions or (), dict(given)
        )
        return result if isinstance(result, list) else dict(result.coerced)

    def execute(
        self,
        prepared: Prepared,
        context: Any,  # noqa: ANN401 - each API hands its own to its resolvers
        variables: Mapping[str, Any],
        operation_name: str | None,
    ) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
        """Execute one operation; return data and errors in GraphQL's format."""
        result = execute_sync(
            self.schema,
            prepared.document,
            {},
            context,
            dict(variables),
            operation_name,
            executor_class=RowExecutor,
        )
        return result.data, list(result.errors or ())


def _plain_resolver(
    name: str, definition: GraphQLField, path: str, defaults: Mapping[str, Any]
) -> Callable[..., Any]:
    named = get_named_type(definition.type)
    required = isinstance(definition.type, GraphQLNonNull)
    nullable = get_nullable_type(definition.type)
    is_list = isinstance(nullable, GraphQLList)
    if is_leaf_type(named):
        default = defaults.get(path)
        if default is None and required:
            default = [] if is_list else EMPTY.get(named.name)
        return PlainLeaf(name, default)
    if is_list:
        return _embedded(name, [] if required else None)
    return _reference(name, named.name)


def _embedded(name: str, default: Any) -> Callable[..., Any]:  # noqa: ANN401
    def embedded(row: Row, _info: Any, **_arguments: Any) -> Any:  # noqa: ANN401
        return row.get(name, default)

    return embedded


def _reference(name: str, type_name: str) -> Callable[..., Any]:
    key = f"{name}Id"

    def reference(row: Row, info: Any, **_arguments: Any) -> Row | None:  # noqa: ANN401
        if name in row:
            return row[name]  # type: ignore[no-any-return]
        reference_id = row.get(key)
        if reference_id is None:
            return None
        return info.context.store.get(type_name, reference_id)  # type: ignore[no-any-return]

    return reference
