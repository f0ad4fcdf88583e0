"""The GraphQL documents in queries/, cut down to what a run has selected.

The files hold everything. What a catalog deselects (a stream, a field) and what
the server refuses (a field that a GitHub Enterprise Server is too old for, one
that the token has no scope for) is taken out before a document is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from graphql import FieldNode, FragmentSpreadNode, OperationDefinitionNode, print_ast

from tap_github_prs import trees
from tap_github_prs.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from graphql import SelectionNode

    from tap_github_prs.columns import Table
    from tap_github_prs.trees import Definition, Path, Place

TABLES_BY_NAME = {table.name: table for table in TABLES}
PULL_REQUEST_STREAMS = {"pull_requests"} | {
    name for name in TABLES_BY_NAME if name.startswith("pr_")
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a fragment is needed, whatever is selected.

    Attributes:
        stream: Stream whose columns lie in the fragment.
        always: Fields that the tap itself reads.
        below: Where in the fragment the columns' first name lies:
            `("thread", "nodes")` puts the column of `thread.id` at `nodes.id`.
    """

    stream: str
    always: tuple[str, ...] = ()
    below: tuple[str, str] | None = None

    @property
    def table(self) -> Table:
        """The stream's table."""
        return TABLES_BY_NAME[self.stream]

    def paths(self, columns: Collection[str]) -> Iterator[Path]:
        """Yield the paths at which the fragment holds what is needed.

        Args:
            columns: Names of the columns that are wanted, beside the key.
        """
        yield from (tuple(path.split(".")) for path in self.always)
        for name in {*columns, *self.table.keys} & self.table.by_name.keys():
            for path in self.table.by_name[name].paths:
                first, *rest = path
                if self.below is None:
                    *above, last = path
                    yield from ((*above, each) for each in last.split("|"))
                elif first == self.below[0]:
                    yield (self.below[1], *rest)


SHAPES = {
    "Repository": Shape(
        "repositories",
        ("id", "databaseId", "nameWithOwner", "owner", "isDisabled", "isEmpty"),
    ),
    "Account": Shape("users", ("id", "databaseId", "login")),
    "PullRequest": Shape(
        "pull_requests", ("id", "fullDatabaseId", "updatedAt", "repository.databaseId")
    ),
    "Review": Shape("pr_reviews"),
    "ReviewThreads": Shape(
        "pr_comments", ("nodes.id", "nodes.comments"), ("thread", "nodes")
    ),
    "ReviewComment": Shape("pr_comments"),
    "IssueComment": Shape("pr_issue_comments"),
    "File": Shape("pr_files"),
    "PullRequestCommit": Shape("pr_commits"),
    "TimelineItem": Shape("pr_events"),
    "Commit": Shape("commits", ("oid", "parents")),
}
"""Fragments that hold a stream's columns."""

SPREADS: dict[str, Collection[str]] = {
    "Listing": PULL_REQUEST_STREAMS,
    "Head": {"commits"},
    "VerifiedEmails": {"users.emails"},
    "Identities": {"users.emails"},
    "Reviews": {"pr_reviews"},
    "ReviewThreads": {"pr_comments"},
    "IssueComments": {"pr_issue_comments"},
    "Files": {"pr_files"},
    "PullRequestCommits": {"pr_commits"},
    "TimelineItems": {"pr_events"},
}
"""Fragments that are spread only where one of these is selected."""

STRUCTURAL = frozenset({"__typename", "pageInfo"})
INDISPENSABLE = STRUCTURAL | {"hasNextPage", "endCursor", "nodes", "edges"}

SPARED_WHOLE = frozenset({("Account", "...Organization")})
"""Types that can be spared in a fragment: an account without an id has no row.

To a token without `read:org` GitHub refuses every field `... on Organization`, and
with them the document, though hardly a pull request has an organisation for an author.
"""


class Documents:
    """The documents of one run.

    Args:
        selected: Names of the selected columns by selected stream.
    """

    def __init__(self, selected: Mapping[str, Collection[str]]) -> None:
        """Read the files."""
        self._columns = selected
        self._selected = {
            *selected,
            *(f"{name}.{column}" for name, of in selected.items() for column in of),
        }
        self._definitions = _read()
        self._refused: set[tuple[str, Place]] = set()
        self._spared: set[str] = set()
        self._texts: dict[str, str] = {}

    def text(self, operation: str) -> str:
        """Return the document of an operation, with the fragments that it needs."""
        if operation not in self._texts:
            self._texts[operation] = self._assemble(self._operation(operation))
        return self._texts[operation]

    def repeated(self, operation: str, times: int) -> str:
        """Return a document that asks an operation's one field several times.

        Args:
            operation: Name of the operation.
            times: How often. The n-th field has the alias `r<n>` and the
                variables `$<name><n>`, n from 0.
        """
        key = f"{operation}*{times}"
        if key not in self._texts:
            root = self._operation(operation)
            (field,) = root.selection_set.selections
            if not isinstance(field, FieldNode) or field.selection_set is None:
                raise TypeError(operation)
            declared = [
                f"${each.variable.name.value}{n}: {print_ast(each.type)}"
                for n in range(times)
                for each in root.variable_definitions or ()
            ]
            head = trees.without_selection(field)
            body = print_ast(field.selection_set)
            asked = [
                f"r{n}: " + re.sub(r"\$(\w+)", rf"$\g<1>{n}", head) + body
                for n in range(times)
            ]
            fields = "\n".join(["rateLimit { ...Budget }", *asked])
            text = f"query {operation}({', '.join(declared)}) {{ {fields} }}"
            self._texts[key] = self._assemble(dict(trees.definitions(text))[operation])
        return self._texts[key]

    def refuse(self, text: str, line: int, column: int) -> str | None:
        """Ask no more for the field at a place of a document.

        Args:
            text: Document that the server has refused.
            line: Line of the field, from 1.
            column: Column of the field, from 1.

        Returns:
            `Fragment.field`, or None where no field that can be spared is there.
        """
        for name, definition in trees.definitions(text):
            for field, place in trees.fields(definition.selection_set):
                if trees.begins_at(field, line, column):
                    return self._refuse(name, place)
        return None

    def refuse_all(self, field: str) -> list[str]:
        """Ask no more for any field of a name.

        Returns:
            `Fragment.field` of each that could be spared.
        """
        found = [
            self._refuse(name, place)
            for name, definition in self._definitions.items()
            for node, place in trees.fields(definition.selection_set)
            if node.name.value == field
        ]
        return [each for each in found if each]

    def _refuse(self, definition: str, place: Place) -> str | None:
        """Leave a field out, or its type, unless the tap cannot do without it."""
        if isinstance(self._definitions.get(definition), OperationDefinitionNode):
            return None
        shape = SHAPES.get(definition)
        needed = set(shape.paths(())) if shape else set()
        if place[-1] in INDISPENSABLE or trees.plain(place) in needed:
            place = place[:-1]
            if (definition, *place) not in SPARED_WHOLE:
                return None
        self._refused.add((definition, place))
        self._texts.clear()
        steps = (step.removeprefix(trees.CONDITION) for step in place)
        return ".".join([definition, *steps])

    def spare_spread(self, fragment: str) -> None:
        """Spread a fragment no more."""
        self._spared.add(fragment)
        self._texts.clear()

    def _operation(self, name: str) -> OperationDefinitionNode:
        definition = self._cut(name)
        if not isinstance(definition, OperationDefinitionNode):
            raise TypeError(name)
        return definition

    def _cut(self, name: str) -> Definition:
        """Return a definition without what is not wanted."""
        definition = self._definitions[name]
        shape = SHAPES.get(name)
        wanted = (
            list(shape.paths(self._columns.get(shape.stream, ()))) if shape else None
        )

        def keep(node: SelectionNode, place: Place) -> bool:
            if isinstance(node, FragmentSpreadNode):
                return self.is_spread(node.name.value)
            if (name, place) in self._refused:
                return False
            return (
                not isinstance(node, FieldNode)
                or node.name.value in STRUCTURAL
                or _overlaps(trees.plain(place), wanted)
            )

        kept = trees.cut(definition.selection_set, keep)
        return trees.changed(definition, selection_set=kept)

    def is_spread(self, fragment: str) -> bool:
        """Whether a fragment is asked for, as far as it is up to itself."""
        needs = SPREADS.get(fragment)
        if fragment in self._spared or (
            needs is not None and self._selected.isdisjoint(needs)
        ):
            return False
        return self._cut(fragment).selection_set is not None  # all of it refused

    def _assemble(self, root: Definition) -> str:
        """Return the text of an operation and of all fragments below it."""
        parts: dict[str, str] = {}
        waiting = trees.spreads(root.selection_set)
        while waiting:
            name = waiting.pop()
            if name not in parts:
                fragment = self._cut(name)
                parts[name] = print_ast(fragment)
                waiting |= trees.spreads(fragment.selection_set)
        body = print_ast(root.selection_set) + "".join(parts.values())
        used = tuple(
            each
            for each in root.variable_definitions or ()
            if re.search(rf"\${each.variable.name.value}\b", body)
        )
        head = print_ast(trees.changed(root, variable_definitions=used))
        return "\n\n".join([head, *(parts[name] for name in sorted(parts))])


@cache
def _read() -> dict[str, Definition]:
    """Return every definition in queries/ by name."""
    folder = files("tap_github_prs") / "queries"
    texts = [
        file.read_text("utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".graphql")
    ]
    return dict(trees.definitions("\n".join(texts)))


def _overlaps(path: Path, wanted: list[Path] | None) -> bool:
    """Whether a path leads to a wanted one or lies below one; None wants all."""
    return wanted is None or any(
        w[: len(path)] == path or path[: len(w)] == w for w in wanted
    )
