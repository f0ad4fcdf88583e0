"""The documents in queries/: pruned to what is selected, priced, and read back.

A document is the one place that says how a row is asked for. From it follow
- the columns: `createdAt` is created_at, `team { id }` is team_id, `status { id name }`
  is status_id and status_name, `teamIds: teams(…) { nodes { id } … }` is team_ids;
- the nested streams: `issueHistory: history(…) { nodes { … } … }` is issue_history;
- the price of a page, and so how many rows one request may ask for;
- how a row of the answer becomes a record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from graphql import (
    FieldNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    print_ast,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from graphql import DocumentNode

    from tap_linear.schemas import Schema

Row = dict[str, Any]
SelectingNode = TypeVar("SelectingNode", FieldNode, OperationDefinitionNode)

# FACTS of Linear's documentation, "Complexity": a property costs 0.1, an object 1,
# and a connection multiplies what is inside by its page size, 50 where it has none.
PROPERTY = 0.1
OBJECT = 1.0
PAGE_DEFAULT = 50
PAGE_MAX = 250
COMPLEXITY_MAX = 10_000
SPARE = 0.3
BUDGET = COMPLEXITY_MAX * (1 - SPARE)

TEAM_KEY = "teamKey"  # asked for only where the tap itself has to filter by team
UNKNOWN_FIELD = re.compile(r"Cannot query field .(\w+). on type .(\w+).")


def snake(name: str) -> str:
    """Return a camelCase name in snake_case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def timestamp(value: str) -> str:
    """Return a timestamp as UTC with milliseconds and Z, so that text compares.

    Raises:
        ValueError: If it is no ISO 8601 timestamp.
    """
    if len(value) == len("2026-01-01T00:00:00.000Z") and value.endswith("Z"):
        return value
    moment = datetime.fromisoformat(value)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Nested:
    """A connection inside of a row.

    Attributes:
        key: Its name in the answer.
        column: The column, or the stream, that it fills.
        field: Its selection.
    """

    key: str
    column: str
    field: FieldNode

    @property
    def first(self) -> int:
        """Rows of its page."""
        return _first(self.field, {})

    @property
    def has_cursor(self) -> bool:
        """Whether its page says if and where it goes on.

        That is priced like a row, so a list of ids that hardly ever is longer than its
        page does without: a full page may go on, and is read anew.
        """
        return any(field.name.value == "pageInfo" for field in _fields(self.field))


class Document:
    """One document of queries/, pruned.

    Args:
        name: File name without its ending.
        schema: JSON schema of the stream.
        keep: Says whether a column is selected.
        children: Schema and `keep` of each nested stream that is selected.
    """

    def __init__(
        self,
        name: str,
        schema: Schema,
        keep: Callable[[str], bool] = lambda _: True,
        children: Mapping[str, tuple[Schema, Callable[[str], bool]]] | None = None,
    ) -> None:
        """Read the file and leave out what is not selected."""
        children = children or {}
        operation = _parsed(name)
        (root,) = _fields(operation)
        pruned = _pruned(_row(root), keep, children)
        self._set(_with(operation, [_with_row(root, pruned)]))
        row = _row(self.root)
        self.read = reader(row, schema)
        self.child_readers = {
            nested.column: reader(_nodes(nested.field), children[nested.column][0])
            for nested in self.nested
            if nested.column in children
        }

    def _set(self, operation: OperationDefinitionNode) -> None:
        self._operation = operation
        (self.root,) = _fields(operation)
        self.text = print_ast(operation)
        self.variables = {
            definition.variable.name.value
            for definition in operation.variable_definitions or ()
        }
        self.nested = list(_nested(_row(self.root)))

    def cost(self, first: int = PAGE_MAX) -> float:
        """Price a page in complexity points.

        Args:
            first: Rows that are asked for.
        """
        return _cost(self._operation, {"first": first})

    def page_size(self, most: int = PAGE_MAX) -> int:
        """Return how many rows one request may ask for, with 30 % to spare.

        Args:
            most: Never more than so many.
        """
        fixed = self.cost(0)
        per_row = self.cost(1) - fixed
        fits = int((BUDGET - fixed) / per_row) if per_row else most
        return max(1, min(most, PAGE_MAX, fits))

    def drop(self, messages: Sequence[str]) -> list[str]:
        """Stop asking for the fields that the API says it does not have.

        Args:
            messages: Validation errors.

        Returns:
            The fields that were left out; none where the errors are about others.
        """
        found = UNKNOWN_FIELD.findall("\n".join(messages))
        before = self.text
        self._set(_without(self._operation, {name for name, _ in found}))
        if self.text == before:
            return []
        return [f"{type_name}.{name}" for name, type_name in found]

    def continuation(
        self, nested: Nested, count: int, first: int = PAGE_MAX
    ) -> tuple[str, float]:
        """Write the document that reads a nested connection on, for several rows.

        Args:
            nested: The connection.
            count: Rows to read on; each is an alias `row0`, `row1`, … with its
                variables `$id0`, `$after0`, ….
            first: Nested rows per request and row.

        Returns:
            The document and its price in points.
        """
        inner = nested.field
        others = [
            print_ast(argument)
            for argument in inner.arguments or ()
            if argument.name.value != "first"
        ]
        single = self.root.name.value.removesuffix("s")
        nodes = print_ast(_nodes(inner))
        selection = f"{{ {nodes} pageInfo {{ hasNextPage endCursor }} }}"
        declared = ", ".join(
            f"$id{n}: String!, $after{n}: String" for n in range(count)
        )
        rows = "\n".join(
            f"row{n}: {single}(id: $id{n}) {{ {nested.key}: {inner.name.value}("
            f"{', '.join([f'first: {first}', f'after: $after{n}', *others])})"
            f" {selection} }}"
            for n in range(count)
        )
        name = f"{nested.key[0].upper()}{nested.key[1:]}Continued"
        text = f"query {name}({declared}) {{\n{rows}\n}}"
        return text, _cost(_operation(parse(text, no_location=True)), {})


def reader(field: FieldNode, schema: Schema) -> Callable[[Row], Row]:
    """Return a function that turns a row of the answer into a record.

    Args:
        field: The field whose selection is the row.
        schema: JSON schema of the record: what has to be converted.
    """
    plan = []
    for selected in _fields(field):
        for column, path in columns(selected):
            if column in schema["properties"]:
                about = schema["properties"][column]
                plan.append(
                    (column, path, _conversion(about), "array" in about["type"])
                )

    def read(row: Row) -> Row:
        record: Row = {}
        for column, (key, *inner), convert, is_list in plan:
            value = row.get(key)
            if inner and value is not None:
                if inner[0] == "nodes":
                    value = [node["id"] for node in value["nodes"]]
                else:
                    value = value[inner[0]]
            if value is None:
                record[column] = [] if is_list else None
            else:
                record[column] = convert(value) if convert else value
        return record

    return read


def columns(field: FieldNode) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the columns that a field of a row fills, each with its path."""
    key = _key(field)
    if field.selection_set is None:
        yield snake(key), (key,)
    elif _is_connection(field):
        yield snake(key), (key, "nodes")
    else:
        for inner in _fields(field):
            yield f"{snake(key)}_{snake(_key(inner))}", (key, _key(inner))


def _conversion(column: Mapping[str, Any]) -> Callable[[Any], Any] | None:
    """Return what has to be done to a value of a column, None for nothing."""
    if column.get("format") == "date-time":
        return timestamp
    # Linear's schema has Float where only whole numbers occur: number, priority.
    return int if "integer" in column["type"] else None


@cache
def _parsed(name: str) -> OperationDefinitionNode:
    path = files("tap_linear").joinpath("queries", f"{name}.graphql")
    return _operation(parse(path.read_text(encoding="utf-8"), no_location=True))


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    (operation,) = document.definitions
    if not isinstance(operation, OperationDefinitionNode):
        raise TypeError(operation.kind)
    return operation


def _fields(node: FieldNode | OperationDefinitionNode) -> list[FieldNode]:
    selections = node.selection_set.selections if node.selection_set else ()
    return [inner for inner in selections if isinstance(inner, FieldNode)]


def _with(node: SelectingNode, fields: Sequence[FieldNode]) -> SelectingNode:
    """Return a node that selects these fields instead."""
    return replace(node, selection_set=SelectionSetNode(selections=tuple(fields)))


def _key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _is_connection(field: FieldNode) -> bool:
    return any(inner.name.value == "nodes" for inner in _fields(field))


def _nodes(connection: FieldNode) -> FieldNode:
    return next(one for one in _fields(connection) if one.name.value == "nodes")


def _row(root: FieldNode) -> FieldNode:
    """Return the field whose selection is a row: `nodes`, or the root itself."""
    return _nodes(root) if _is_connection(root) else root


def _with_row(root: FieldNode, row: FieldNode) -> FieldNode:
    """Put a row's field back to where `_row` found it."""
    if not _is_connection(root):
        return row
    return _with(
        root, [row if one.name.value == "nodes" else one for one in _fields(root)]
    )


def _nested(row: FieldNode) -> Iterator[Nested]:
    for field in _fields(row):
        if _is_connection(field):
            yield Nested(_key(field), snake(_key(field)), field)


def _pruned(
    row: FieldNode,
    keep: Callable[[str], bool],
    children: Mapping[str, tuple[Schema, Callable[[str], bool]]],
) -> FieldNode:
    """Return a row's field without what is not selected."""
    kept = []
    for field in _fields(row):
        column = snake(_key(field))
        if column in children:
            nodes = _pruned(_nodes(field), children[column][1], {})
            kept.append(_with_row(field, nodes))
        elif _is_connection(field):
            # More than ids is a stream of its own, and not one that is selected.
            if len(_fields(_nodes(field))) == 1 and keep(column):
                kept.append(field)
        elif field.selection_set is None:
            if keep(column):
                kept.append(field)
        elif _key(field) == TEAM_KEY:
            if keep(TEAM_KEY):
                kept.append(field)
        elif inner := [
            one for one in _fields(field) if keep(f"{column}_{snake(_key(one))}")
        ]:
            kept.append(_with(field, inner))
    return _with(row, kept)


def _without(node: SelectingNode, names: set[str]) -> SelectingNode:
    """Return a node that selects none of these fields, at any depth."""
    if node.selection_set is None:
        return node
    kept = [
        _without(field, names)
        for field in _fields(node)
        if field.name.value not in names
    ]
    # An object of which nothing is left cannot be asked for.
    return _with(
        node, [one for one in kept if one.selection_set is None or _fields(one)]
    )


def _cost(
    node: FieldNode | OperationDefinitionNode, variables: Mapping[str, int]
) -> float:
    total = 0.0
    for field in _fields(node):
        if field.selection_set is None:
            total += PROPERTY
            continue
        inside = _cost(field, variables)
        if _is_connection(field):
            inside *= _first(field, variables)
        total += OBJECT + inside
    return total


def _first(field: FieldNode, variables: Mapping[str, int]) -> int:
    for argument in field.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, VariableNode):
                return variables[argument.value.name.value]
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
    return PAGE_DEFAULT
