"""Lists inside rows: their price, and the document that continues many of them.

A continuation asks for each list with an alias of its own, as many lists as the limit
allows:

    query IssuesContinued($id0: String!, $after0: String, …) {
      row0: issue(id: $id0) {
        issueHistory: history(first: 4, after: $after0) { ...issueHistory }
      }
      row1: …
    }
    fragment issueHistory on IssueHistoryConnection {
      nodes { … }
      pageInfo { hasNextPage endCursor }
    }
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import print_ast

from tap_linear.common.graphql_ast import response_name
from tap_linear.common.nested_pages import Prices
from tap_linear.documents import selection
from tap_linear.documents.records import snake
from tap_linear.documents.selection import OBJECT, cost, fields, first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graphql import FieldNode

PAGE_MAX = 250
COMPLEXITY_MAX = 10_000
SPARE = 0.3
BUDGET = COMPLEXITY_MAX * (1 - SPARE)


@dataclass(frozen=True, slots=True)
class Nested:
    """A connection inside a row.

    Attributes:
        key: Its name in the response.
        column: The column, or the stream, that it fills.
        field: Its selection.
    """

    key: str
    column: str
    field: FieldNode

    @property
    def first(self) -> int:
        """Rows of its page."""
        return first(self.field, {})

    @property
    def has_cursor(self) -> bool:
        """Whether its page shows if and where it continues.

        Linear charges for that in each requested row. Without it, a full page may have
        a continuation, and the list is read again from its beginning.
        """
        return any(one.name.value == "pageInfo" for one in fields(self.field))

    def prices(self, request: float) -> Prices:
        """Return what the list costs.

        Args:
            request: What a request is worth, in points.
        """
        row = selection.nodes(self.field)
        return Prices(
            row=OBJECT + cost(row, {}),
            page_info=OBJECT + cost(selection.PAGE_INFO, {}),
            parent=2 * OBJECT,  # the row, and the list itself
            request=request,
            capacity=BUDGET,
            largest=PAGE_MAX,
        )

    def continuation_cost(self, rows: int) -> float:
        """Return the points of one list in a continuation.

        Args:
            rows: Rows of its page.
        """
        prices = self.prices(0.0)
        return prices.parent + rows * (prices.row + prices.page_info)


def nested_lists(row: FieldNode) -> Iterator[Nested]:
    """Yield the connections inside a row.

    Args:
        row: The field whose selection is the row.
    """
    for one in fields(row):
        if selection.is_connection(one):
            yield Nested(response_name(one), snake(response_name(one)), one)


def continuation(root: FieldNode, lists: Sequence[tuple[Nested, int]]) -> str:
    """Return the document that continues nested lists.

    Args:
        root: The root field of the document that has the lists.
        lists: Each list, with the rows of its page.

    Returns:
        A document whose aliases are `row0`, `row1`, …, with the variables `$id0`,
        `$after0`, ….
    """
    single = root.name.value.removesuffix("s")
    declared = ", ".join(
        f"$id{n}: String!, $after{n}: String" for n in range(len(lists))
    )
    aliases = "\n".join(
        f"row{n}: {single}(id: $id{n}) {{ {_page(nested, n, rows)} }}"
        for n, (nested, rows) in enumerate(lists)
    )
    name = f"{root.name.value[0].upper()}{root.name.value[1:]}Continued"
    parts = [f"query {name}({declared}) {{\n{aliases}\n}}"]
    parent = selection.row_type(root)
    parts += [
        _fragment(nested, selection.type_of(nested.field, parent))
        for nested in {one.key: one for one, _ in lists}.values()
    ]
    return "\n".join(parts)


def _page(nested: Nested, number: int, rows: int) -> str:
    others = [
        print_ast(argument)
        for argument in nested.field.arguments or ()
        if argument.name.value != "first"
    ]
    arguments = ", ".join([f"first: {rows}", f"after: $after{number}", *others])
    list_field = f"{nested.key}: {nested.field.name.value}({arguments})"
    return f"{list_field} {{ ...{nested.key} }}"


def _fragment(nested: Nested, type_name: str) -> str:
    selected = selection.with_page(nested.field, 1, has_info=True)
    inside = "\n".join(print_ast(one) for one in fields(selected))
    return f"fragment {nested.key} on {type_name} {{\n{inside}\n}}"
