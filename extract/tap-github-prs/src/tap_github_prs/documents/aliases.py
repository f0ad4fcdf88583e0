"""Documents that request several objects, each under an alias `r<n>`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphql import FieldNode, print_ast

from tap_github_prs.common import graphql_ast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from graphql import OperationDefinitionNode

NESTED_PAGES = "NestedPages"
"""Name of the operation that reads pages of nested lists, and nothing else."""

THREAD_PAGES = "MoreReviewThreads"
"""Operation whose page size is `$threads`: each thread brings its comments."""

BUDGET = "rateLimit { ...Budget }"


def alias(number: int) -> str:
    """Return the alias of the n-th thing."""
    return f"r{number}"


def repeated(root: OperationDefinitionNode, times: int) -> tuple[str, list[str]]:
    """Repeat an operation's one field.

    Args:
        root: The operation.
        times: How often. The n-th field has the variables `$<name><n>`, n from 0.

    Returns:
        The variables and the fields, as text.
    """
    field = _field(root)
    declared = [
        f"${each.variable.name.value}{n}: {print_ast(each.type)}"
        for n in range(times)
        for each in root.variable_definitions or ()
    ]
    head = graphql_ast.without_selection(field)
    body = print_ast(field.selection_set) if field.selection_set else ""
    fields = [
        f"{alias(n)}: " + re.sub(r"\$(\w+)", rf"$\g<1>{n}", head) + body
        for n in range(times)
    ]
    return ", ".join(declared), fields


def pages(roots: Sequence[OperationDefinitionNode]) -> tuple[str, list[str]]:
    """Read a page of each of several nested lists.

    Args:
        roots: The operation that continues each list. The n-th has the variables
            `$id<n>` and `$after<n>`; they share `$first` and `$threads`.

    Returns:
        The variables and the fields, as text.
    """
    declared = ["$first: Int!", "$threads: Int!"]
    fields = []
    for n, root in enumerate(roots):
        declared += [f"$id{n}: ID!", f"$after{n}: String"]
        text = re.sub(r"\$(id|after)\b", rf"$\g<1>{n}", print_ast(_field(root)))
        if root.name and root.name.value == THREAD_PAGES:
            text = re.sub(r"\$first\b", "$threads", text)
        fields.append(f"{alias(n)}: {text}")
    return ", ".join(declared), fields


def joined(name: str, declared: str, fields: Iterable[str]) -> OperationDefinitionNode:
    """Return an operation made of variables and fields."""
    text = f"query {name}({declared}) {{ {' '.join(fields)} }}"
    ((_, root),) = graphql_ast.definitions(text)
    return root  # type: ignore[return-value] # a query is an operation


def _field(root: OperationDefinitionNode) -> FieldNode:
    (field,) = root.selection_set.selections
    if not isinstance(field, FieldNode):
        raise TypeError(root)
    return field
