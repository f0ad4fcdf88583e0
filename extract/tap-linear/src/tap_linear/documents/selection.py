"""Reads and changes the selections of a GraphQL document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

from graphql import (
    ArgumentNode,
    FieldNode,
    IntValueNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)

from tap_linear.common.graphql_ast import Path, prune, response_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from graphql import DocumentNode

Node = FieldNode | OperationDefinitionNode
SelectingNode = TypeVar("SelectingNode", FieldNode, OperationDefinitionNode)

# Linear's documentation, "Complexity": a property costs 0.1, an object 1, and a
# connection multiplies what is inside by its page size, by default 50.
PROPERTY = 0.1
OBJECT = 1.0
PAGE_DEFAULT = 50

# Types of fields that are objects, by the field's name, or by `Type.field` where the
# name has several types; a test compares them with Linear's published schema. A field
# with another name is no object.
SAME = ("parent", "inheritedFrom")  # of the type that has them
TYPES = {
    **dict.fromkeys(
        (
            "appUser", "assignee", "creator", "delegate", "dismissedBy", "fromDelegate",
            "lead", "owner", "resolvingUser", "retiredBy", "snoozedBy", "toDelegate",
            "user",
        ),
        "User",
    ),
    **dict.fromkeys(("externalUser", "externalUserCreator"), "ExternalUser"),
    **dict.fromkeys(
        ("convertedFromIssue", "issue", "originalIssue", "relatedIssue"), "Issue"
    ),
    **dict.fromkeys(
        ("fromProjectMilestone", "projectMilestone", "toProjectMilestone"),
        "ProjectMilestone",
    ),
    **dict.fromkeys(
        ("defaultIssueState", "state", "triageIssueState"), "WorkflowState"
    ),
    **dict.fromkeys(("lastAppliedTemplate", "recurringIssueTemplate"), "Template"),
    **dict.fromkeys(("initiative", "parentInitiative"), "Initiative"),
    **dict.fromkeys(("activeCycle", "cycle"), "Cycle"),
    **dict.fromkeys(("comment", "sourceComment"), "Comment"),
    "attachment": "Attachment",
    "botActor": "ActorBot",
    "customer": "Customer",
    "Customer.status": "CustomerStatus",
    "history": "IssueHistory",
    "pageInfo": "PageInfo",
    "pipeline": "ReleasePipeline",
    "project": "Project",
    "release": "Release",
    "stage": "ReleaseStage",
    "stateHistory": "IssueStateSpan",
    "status": "ProjectStatus",
    "team": "Team",
    "teams": "Team",
    "tier": "CustomerTier",
    "uncompletedIssuesUponClose": "Issue",
}  # fmt: skip
CONNECTION = "Connection"  # the suffix of a connection's type


@cache
def parsed(name: str) -> OperationDefinitionNode:
    """Return a document of queries/.

    Args:
        name: File name without its ending.
    """
    path = files("tap_linear").joinpath("queries", f"{name}.graphql")
    return operation(parse(path.read_text(encoding="utf-8"), no_location=True))


def operation(document: DocumentNode) -> OperationDefinitionNode:
    """Return the only operation of a document."""
    (found,) = document.definitions
    if not isinstance(found, OperationDefinitionNode):
        raise TypeError(found.kind)
    return found


def fields(node: Node) -> list[FieldNode]:
    """Return the fields that a node selects."""
    selections = node.selection_set.selections if node.selection_set else ()
    return [inner for inner in selections if isinstance(inner, FieldNode)]


def with_fields(node: SelectingNode, selected: Sequence[FieldNode]) -> SelectingNode:
    """Return a node that selects these fields instead."""
    return replace(node, selection_set=SelectionSetNode(selections=tuple(selected)))


def is_connection(field: FieldNode) -> bool:
    """Return whether a field is a list with pages."""
    return any(inner.name.value == "nodes" for inner in fields(field))


def nodes(connection: FieldNode) -> FieldNode:
    """Return the field of a connection whose selection is a row."""
    return next(one for one in fields(connection) if one.name.value == "nodes")


def row(root: FieldNode) -> FieldNode:
    """Return the field whose selection is a row: `nodes`, or the root itself."""
    return nodes(root) if is_connection(root) else root


def with_row(root: FieldNode, replaced: FieldNode) -> FieldNode:
    """Put a row's field back where `row` found it."""
    if not is_connection(root):
        return replaced
    return with_fields(
        root, [replaced if one.name.value == "nodes" else one for one in fields(root)]
    )


PAGE_INFO, PAGE_INFO_OF_END = (
    fields(operation(parse(f"{{ pageInfo {{ {names} }} }}", no_location=True)))[0]
    for names in ("hasNextPage endCursor", "hasPreviousPage hasNextPage startCursor")
)


def with_page(connection: FieldNode, rows: int, has_info: bool) -> FieldNode:  # noqa: FBT001 - the two parts of a page
    """Return a connection with another page.

    Args:
        connection: The field of the connection.
        rows: Rows to request.
        has_info: Whether to request if and where the list continues.
    """
    size = ArgumentNode(
        name=NameNode(value="first"), value=IntValueNode(value=str(rows))
    )
    others = [one for one in connection.arguments or () if one.name.value != "first"]
    selected = [nodes(connection), *([PAGE_INFO] if has_info else [])]
    return with_fields(replace(connection, arguments=(size, *others)), selected)


@dataclass(frozen=True, slots=True)
class Selected:
    """A field of a document, and where it is.

    Attributes:
        path: Its path in the response.
        type_name: Type that has the field.
        field: The field.
    """

    path: Path
    type_name: str
    field: FieldNode


def walk(node: Node, type_name: str = "Query", path: Path = ()) -> Iterator[Selected]:
    """Yield every field of a node, at any depth.

    Args:
        node: Where to begin.
        type_name: Its type.
        path: Its path.
    """
    for field in fields(node):
        here = (*path, response_name(field))
        yield Selected(here, type_name, field)
        yield from walk(field, type_of(field, type_name), here)


def type_of(field: FieldNode, parent: str) -> str:
    """Return the type of a field that is an object.

    Args:
        field: The field.
        parent: Type that has it.
    """
    name = field.name.value
    if name == "nodes":
        return parent.removesuffix(CONNECTION)
    if name in SAME:
        return parent
    if parent == "Query":
        found = f"{name[0].upper()}{name[1:].removesuffix('s')}"
    else:
        found = TYPES.get(f"{parent}.{name}", TYPES.get(name, ""))
    return f"{found}{CONNECTION}" if is_connection(field) else found


def row_type(root: FieldNode) -> str:
    """Return the type of the rows of a root field."""
    found = type_of(root, "Query")
    return found.removesuffix(CONNECTION) if is_connection(root) else found


def without(node: SelectingNode, paths: Collection[Path]) -> SelectingNode:
    """Return a node that selects none of the fields at these paths.

    An object without fields cannot be requested, and is removed, too.
    """
    return prune(node, lambda _, path: path not in paths)


def only(node: FieldNode, names: Collection[str]) -> FieldNode:
    """Return a row's field with these properties only."""
    return with_fields(
        node,
        [
            one
            for one in fields(node)
            if one.selection_set is None and response_name(one) in names
        ],
    )


def cost(node: Node, variables: Mapping[str, int]) -> float:
    """Price what a node selects, in complexity points."""
    total = 0.0
    for field in fields(node):
        if field.selection_set is None:
            total += PROPERTY
            continue
        inside = cost(field, variables)
        if is_connection(field):
            inside *= first(field, variables)
        total += OBJECT + inside
    return total


def first(field: FieldNode, variables: Mapping[str, int]) -> int:
    """Return the number of rows that a connection requests."""
    for argument in field.arguments or ():
        if argument.name.value in ("first", "last"):
            if isinstance(argument.value, VariableNode):
                return variables[argument.value.name.value]
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
    return PAGE_DEFAULT


def pruned(
    selected: FieldNode,
    keep: Callable[[str], bool],
    children: Mapping[str, Callable[[str], bool]],
    column_of: Callable[[str], str],
    always: str,
) -> FieldNode:
    """Return a row's field without what is not selected.

    Args:
        selected: The row's field.
        keep: Returns whether a column is selected.
        children: The same for each nested stream that is selected.
        column_of: Converts a field's name to a column's.
        always: A field that is requested unchanged if `keep` returns True.
    """
    kept = []
    for field in fields(selected):
        name = response_name(field)
        column = column_of(name)
        if column in children:
            inner = pruned(nodes(field), children[column], {}, column_of, always)
            kept.append(with_row(field, inner))
        elif is_connection(field):
            # A list with more than IDs is a stream of its own, which is not selected.
            if len(fields(nodes(field))) == 1 and keep(column):
                kept.append(field)
        elif field.selection_set is None:
            if keep(column):
                kept.append(field)
        elif name == always:
            if keep(always):
                kept.append(field)
        elif parts := [
            one
            for one in fields(field)
            if keep(f"{column}_{column_of(response_name(one))}")
        ]:
            kept.append(with_fields(field, parts))
    return with_fields(selected, kept)
