"""The definitions in queries/: operations and fragments, and questions about them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from graphql import FieldNode, FragmentDefinitionNode

from tap_github_prs.common import graphql_ast
from tap_github_prs.documents.fragments import HYDRATE, NESTED

if TYPE_CHECKING:
    from graphql import OperationDefinitionNode

    from tap_github_prs.common.graphql_ast import Definition, Path, TypedPath


@cache
def read() -> dict[str, Definition]:
    """Return every definition in queries/ by name."""
    folder = files("tap_github_prs") / "queries"
    texts = [
        file.read_text("utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".graphql")
    ]
    return dict(graphql_ast.definitions("\n".join(texts)))


def overlaps(path: Path, wanted: list[Path] | None) -> bool:
    """Return whether a path leads to a wanted one or lies below one.

    Args:
        path: The path.
        wanted: The wanted paths; None for all.
    """
    return wanted is None or any(
        w[: len(path)] == path or path[: len(w)] == w for w in wanted
    )


def type_at(definition: Definition, place: TypedPath) -> str:
    """Return the type that has a field; "" if unknown.

    Args:
        definition: The definition that contains the field.
        place: Path of the field.
    """
    *above, _ = place
    if above:
        last = above[-1]
        if last.startswith(graphql_ast.TYPE_STEP):
            return last.removeprefix(graphql_ast.TYPE_STEP)
        return NESTED.get(last, "")
    if isinstance(definition, FragmentDefinitionNode):
        return definition.type_condition.name.value
    return "Query"


def may_be_dropped(operation: str, place: TypedPath) -> bool:
    """Return whether an operation can be used without a field.

    Args:
        operation: Name of the operation.
        place: Path of the field.
    """
    return place in {
        ("rateLimit",),
        ("organization", "membersWithRole", "edges", "role"),
    } or (operation == HYDRATE and place[:-1] == ("nodes", "...PullRequest"))


def has_data(operation: OperationDefinitionNode) -> bool:
    """Return whether an operation requests more than the remaining budget.

    Args:
        operation: The operation.
    """
    selections = operation.selection_set.selections if operation.selection_set else ()
    return any(
        not isinstance(node, FieldNode) or node.name.value != "rateLimit"
        for node in selections
    )
