"""Lists inside rows: their price, and the document that continues many of them.

A continuation asks for each list with an alias of its own, as many lists as the limit
allows:

    query IssuesContinued($id0: String!, $cursor0: String, …) {
      row0: issue(id: $id0) {
        issueHistory: history(first: 4, after: $cursor0) { ...issueHistory }
      }
      row1: issue(id: $id1) {
        issueHistory: history(last: 3, before: $cursor1) { ...issueHistoryEnd }
      }
    }
    fragment issueHistory on IssueHistoryConnection {
      nodes { … }
      pageInfo { hasNextPage endCursor }
    }
    fragment issueHistoryEnd on IssueHistoryConnection {
      nodes { … }
      pageInfo { hasPreviousPage hasNextPage startCursor }
    }

A list whose first page does not show where it continues is read from its end.
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
        a continuation, and the rest of the list is read from its end.
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

    def continuation_cost(self, rows: int, *, from_end: bool = False) -> float:
        """Return the points of one list in a continuation.

        Args:
            rows: Rows of its page.
            from_end: Whether the list is read from its end.
        """
        prices = self.prices(0.0)
        info = selection.PAGE_INFO_OF_END if from_end else selection.PAGE_INFO
        return prices.parent + rows * (prices.row + OBJECT + cost(info, {}))


def nested_lists(row: FieldNode) -> Iterator[Nested]:
    """Yield the connections inside a row.

    Args:
        row: The field whose selection is the row.
    """
    for one in fields(row):
        if selection.is_connection(one):
            yield Nested(response_name(one), snake(response_name(one)), one)


@dataclass(frozen=True, slots=True)
class NextPage:
    """A page that continues a list.

    Attributes:
        nested: The list.
        rows: Rows of the page.
        from_end: Whether the list is read from its end.
    """

    nested: Nested
    rows: int
    from_end: bool

    @property
    def points(self) -> float:
        """What the page costs, in complexity points."""
        return self.nested.continuation_cost(self.rows, from_end=self.from_end)

    @property
    def fragment(self) -> str:
        """The name of the fragment with what is requested."""
        return f"{self.nested.key}{'End' if self.from_end else ''}"


def continuation(root: FieldNode, pages: Sequence[NextPage]) -> str:
    """Return the document that continues nested lists.

    Args:
        root: The root field of the document that has the lists.
        pages: The page of each list.

    Returns:
        A document whose aliases are `row0`, `row1`, …, with the variables `$id0`,
        `$cursor0`, ….
    """
    single = root.name.value.removesuffix("s")
    declared = ", ".join(
        f"$id{n}: String!, $cursor{n}: String" for n in range(len(pages))
    )
    aliases = "\n".join(
        f"row{n}: {single}(id: $id{n}) {{ {_page(page, n)} }}"
        for n, page in enumerate(pages)
    )
    name = f"{root.name.value[0].upper()}{root.name.value[1:]}Continued"
    parts = [f"query {name}({declared}) {{\n{aliases}\n}}"]
    parent = selection.row_type(root)
    parts += [
        _fragment(page, selection.type_of(page.nested.field, parent))
        for page in {page.fragment: page for page in pages}.values()
    ]
    return "\n".join(parts)


def _page(page: NextPage, number: int) -> str:
    nested = page.nested
    others = [
        print_ast(argument)
        for argument in nested.field.arguments or ()
        if argument.name.value != "first"
    ]
    size, cursor = ("last", "before") if page.from_end else ("first", "after")
    place = [f"{size}: {page.rows}", f"{cursor}: $cursor{number}"]
    list_field = f"{nested.key}: {nested.field.name.value}({', '.join(place + others)})"
    return f"{list_field} {{ ...{page.fragment} }}"


def _fragment(page: NextPage, type_name: str) -> str:
    info = selection.PAGE_INFO_OF_END if page.from_end else selection.PAGE_INFO
    selected = [selection.nodes(page.nested.field), info]
    inside = "\n".join(print_ast(one) for one in selected)
    return f"fragment {page.fragment} on {type_name} {{\n{inside}\n}}"
