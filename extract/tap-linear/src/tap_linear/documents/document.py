"""The documents in queries/: reduced to the selection, priced, and read.

A document is the one place that defines how a row is requested. It determines
- the columns: `createdAt` is created_at, `team { id }` is team_id, `status { id name }`
  is status_id and status_name, `teamIds: teams(…) { nodes { id } … }` is team_ids;
- the nested streams: `issueHistory: history(…) { nodes { … } … }` is issue_history;
- the price of a page, and so how many rows one request may ask for;
- how a row of the response becomes a record.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from graphql import parse, print_ast

from tap_linear.common.graphql_ast import Path, response_name
from tap_linear.documents import selection
from tap_linear.documents.nested import BUDGET, PAGE_MAX, nested_lists
from tap_linear.documents.records import columns, reader, snake
from tap_linear.documents.refusals import refused
from tap_linear.documents.selection import cost, fields, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graphql import (
        FieldNode,
        OperationDefinitionNode,
        VariableDefinitionNode,
    )

    from tap_linear.common.columns import Schema
    from tap_linear.common.nested_pages import FirstPage
    from tap_linear.documents.records import Row
    from tap_linear.transport.errors import FieldsError

NOTHING: frozenset[str] = frozenset()
TEAM_KEY = "teamKey"  # requested only if the tap itself has to filter by team


@dataclass
class Dropped:
    """What a document no longer requests.

    Attributes:
        fields: `Type.field` of each field that was left out.
        needed: Those without which the stream cannot be read.
        children: Nested streams that cannot be read, with what they lack.
    """

    fields: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)
    children: dict[str, str] = field(default_factory=dict)


class Document:
    """One document of queries/, pruned.

    Args:
        name: File name without its ending.
        schema: JSON schema of the stream.
        keep: Returns whether a column is selected.
        children: Schema and `keep` of each nested stream that is selected.
        unusable: Called with each value that does not fit its column.
        needed: Columns without which the stream cannot be read.

    Attributes:
        text: The text that is sent.
        variables: Names of its variables.
        nested: Its nested connections.
        read: Converts a row of the response to a record.
        child_readers: The same for each nested stream.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the last ones are the exception
        self,
        name: str,
        schema: Schema,
        keep: Callable[[str], bool] = lambda _: True,
        children: Mapping[str, tuple[Schema, Callable[[str], bool]]] | None = None,
        unusable: Callable[[str, Any, Row], None] = lambda *_: None,
        needed: frozenset[str] = frozenset({"id"}),
    ) -> None:
        """Read the file and remove what is not selected."""
        self._schema = schema
        self._children = {name: one[0] for name, one in (children or {}).items()}
        self._unusable = unusable
        self._needed = needed
        operation = selection.parsed(name)
        (root,) = fields(operation)
        keeps = {name: one[1] for name, one in (children or {}).items()}
        row = selection.pruned(selection.row(root), keep, keeps, snake, TEAM_KEY)
        self._asked: dict[str, set[str]] = {}
        self._set(selection.with_fields(operation, [selection.with_row(root, row)]))
        self._asked = self.columns()

    def _set(self, operation: OperationDefinitionNode) -> None:
        self._operation = operation
        (self.root,) = fields(operation)
        self.root_key = response_name(self.root)
        self.text = print_ast(operation)
        self.variables = {one.variable.name.value for one in self.definitions}
        row = selection.row(self.root)
        self.nested = list(nested_lists(row))
        self.read = reader(row, self._schema, self._unusable)
        self.child_readers = {
            one.column: reader(
                selection.nodes(one.field), self._children[one.column], self._unusable
            )
            for one in self.nested
            if one.column in self._children
        }
        asked = self.columns()
        self._absent = {
            stream: frozenset(before - asked.get(stream, set()))
            for stream, before in self._asked.items()
        }

    def columns(self) -> dict[str, set[str]]:
        """Return the requested columns by nested stream; "" is the stream itself."""
        row = selection.row(self.root)
        found = {"": {column for one in fields(row) for column, _ in columns(one)}}
        for one in self.nested:
            if one.column in self._children:
                inner = fields(selection.nodes(one.field))
                found[one.column] = {
                    column for each in inner for column, _ in columns(each)
                }
        return found

    def absent(self, stream: str) -> frozenset[str]:
        """Return the columns that are no longer requested.

        Args:
            stream: Name of a nested stream, or "" for the stream itself.
        """
        if stream and stream not in self.child_readers:
            return NOTHING  # nothing of it is requested
        return self._absent.get(stream, NOTHING)

    def cost(self, rows: int = PAGE_MAX) -> float:
        """Price a page in complexity points.

        Args:
            rows: Number of requested rows.
        """
        return cost(self._operation, {"first": rows, "last": rows})

    def page_size(self, most: int = PAGE_MAX) -> int:
        """Return how many rows one request may contain, with a reserve of 30 %.

        Args:
            most: Upper limit of the result.
        """
        fixed = self.cost(0)
        per_row = self.cost(1) - fixed
        fits = int((BUDGET - fixed) / per_row) if per_row else most
        return max(1, min(most, PAGE_MAX, fits))

    @property
    def name(self) -> str:
        """The name of the operation."""
        return self._operation.name.value if self._operation.name else ""

    @property
    def definitions(self) -> Sequence[VariableDefinitionNode]:
        """The definitions of its variables."""
        return self._operation.variable_definitions or ()

    def concerns(self, error: FieldsError) -> bool:
        """Return whether errors are about the list or about fields of its rows.

        Args:
            error: The errors of a document that requested other lists, too.
        """
        return any(
            (one.get("path") or [""])[0] == self.root_key
            or refused(self._operation, "", [{"message": one.get("message")}], {})
            for one in error.errors
        )

    def resize(self, pages: Mapping[str, FirstPage]) -> None:
        """Change the first pages of nested lists.

        Args:
            pages: The page of each list, by its column or stream; the others stay.
        """
        row = selection.row(self.root)
        resized = [
            selection.with_page(one, *pages[column])
            if (column := snake(response_name(one))) in pages
            else one
            for one in fields(row)
        ]
        row = selection.with_fields(row, resized)
        root = selection.with_row(self.root, row)
        self._set(selection.with_fields(self._operation, [root]))

    def drop(self, error: FieldsError) -> Dropped:
        """Stop requesting the fields that errors are about.

        Needed fields stay: the caller cannot continue without them.

        Args:
            error: The errors, with the data of the response.
        """
        dropped = Dropped()
        paths = refused(self._operation, self.text, error.errors, error.data)
        names = {
            one.path: f"{one.type_name}.{one.field.name.value}"
            for one in walk(self._operation)
        }
        for path in sorted(paths):
            self._drop_one(path, names[path], dropped)
        return dropped

    def _drop_one(self, path: Path, name: str, dropped: Dropped) -> None:
        row = () if selection.row(self.root) is self.root else ("nodes",)
        inside = path[1 + len(row) :]
        if not inside or path[1 : 1 + len(row)] != row or inside[0] == TEAM_KEY:
            dropped.needed.append(name)
            return
        if snake(inside[0]) in self._children and not _is_optional(inside):
            dropped.children[snake(inside[0])] = name
            path = path[: 2 + len(row)]
        elif not inside[1:] and snake(inside[0]) in self._needed:
            dropped.needed.append(name)
            return
        else:
            dropped.fields.append(name)
            nested = {one.key for one in self.nested} - {
                one.key for one in self.nested if one.column in self._children
            }
            if inside[0] in nested:  # a list of IDs needs its IDs
                path = path[: 2 + len(row)]
        self._set(selection.without(self._operation, {path}))

    def skeleton(self) -> Document:
        """Return the document with only the ID and the order of a row."""
        row = selection.only(
            selection.row(self.root), {"id", "createdAt", "updatedAt", "archivedAt"}
        )
        return self._like([selection.with_row(self.root, row)])

    def _like(self, roots: list[FieldNode]) -> Document:
        other = object.__new__(Document)
        other.__dict__.update(self.__dict__)
        other._children = {}
        other._set(selection.with_fields(self._operation, roots))
        return other

    def backwards(self) -> Document:
        """Return the document that reads the list from its end."""
        renamed = (
            self.text.replace("$first: Int!", "$last: Int!")
            .replace("first: $first", "last: $last")
            .replace("$after", "$before")
            .replace("after:", "before:")
            .replace("hasNextPage", "hasPreviousPage")
        )
        operation = selection.operation(parse(renamed, no_location=True))
        (root,) = fields(operation)
        info = [
            replace(one, name=replace(one.name, value="startCursor"))
            if one.name.value == "endCursor"
            else one
            for page in fields(root)
            if page.name.value == "pageInfo"
            for one in fields(page)
        ]
        roots = [
            selection.with_fields(one, info) if one.name.value == "pageInfo" else one
            for one in fields(root)
        ]
        other = object.__new__(Document)
        other.__dict__.update(self.__dict__)
        other._set(
            selection.with_fields(operation, [selection.with_fields(root, roots)])
        )
        return other


def _is_optional(inside: Path) -> bool:
    """Return whether a path in a nested stream is a column that it does not need."""
    return len(inside) > 2 and inside[1] == "nodes" and inside[2:] != ("id",)  # noqa: PLR2004 - stream, nodes, column
