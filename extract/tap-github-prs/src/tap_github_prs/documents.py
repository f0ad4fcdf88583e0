"""The GraphQL documents in queries/, cut down to what a run has selected.

The files hold everything. What a catalog deselects (a stream, a field) and what
the server refuses (a field that a GitHub Enterprise Server is too old for, one
that the token has no scope for) is taken out before a document is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from tap_github_prs.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from graphql import SelectionNode

    Path = tuple[str, ...]

TABLES_BY_NAME = {table.name: table for table in TABLES}
PULL_REQUEST_STREAMS = frozenset(
    {
        "pull_requests",
        "pr_reviews",
        "pr_comments",
        "pr_issue_comments",
        "pr_files",
        "pr_commits",
        "pr_events",
    }
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a fragment is needed, whatever is selected.

    Attributes:
        stream: Stream whose columns lie in the fragment.
        always: Fields that the tap itself reads.
        below: Where in the fragment the columns' first name lies:
            `("thread", ("nodes",))` puts `thread.id` at `nodes.id`.
    """

    stream: str
    always: tuple[str, ...] = ()
    below: tuple[str, Path] | None = None


SHAPES = {
    "Repository": Shape(
        "repositories",
        ("id", "databaseId", "nameWithOwner", "owner", "isDisabled", "isEmpty"),
    ),
    "Account": Shape("users", ("databaseId", "login")),
    "PullRequest": Shape(
        "pull_requests", ("id", "fullDatabaseId", "updatedAt", "repository.databaseId")
    ),
    "Review": Shape("pr_reviews"),
    "ReviewThreads": Shape(
        "pr_comments", ("nodes.id", "nodes.comments"), ("thread", ("nodes",))
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


class Documents:
    """The documents of one run.

    Args:
        selected: Names of the selected columns by selected stream.
    """

    def __init__(self, selected: Mapping[str, Collection[str]]) -> None:
        """Read the files."""
        self._selected = {
            *selected,
            *(f"{name}.{column}" for name, of in selected.items() for column in of),
        }
        self._columns = selected
        self._definitions = _read()
        self._refused: set[tuple[str, Path]] = set()
        self._spared: set[str] = set()
        self._texts: dict[str, str] = {}

    def text(self, operation: str) -> str:
        """Return the document of an operation, with the fragments that it needs."""
        if operation not in self._texts:
            root = self._definitions[operation]
            self._texts[operation] = self._assemble(self._cut(root))
        return self._texts[operation]

    def repeated(self, operation: str, times: int) -> str:
        """Return a document that asks an operation's first field several times.

        Args:
            operation: Name of the operation.
            times: How often. The n-th field has the alias `r<n>` and the
                variables `$<name><n>`, n from 0.
        """
        key = f"{operation}*{times}"
        if key not in self._texts:
            root = self._cut(self._definitions[operation])
            (field,) = root.selection_set.selections
            variables = [
                f"${v.variable.name.value}{{n}}: {print_ast(v.type)}"
                for v in root.variable_definitions
            ]
            once = re.sub(r"\$(\w+)", r"$\g<1>{n}", _head(field))
            body = print_ast(field.selection_set)
            declared = ", ".join(v.format(n=n) for n in range(times) for v in variables)
            fields = "\n".join(f"r{n}: {once.format(n=n)} {body}" for n in range(times))
            text = f"query {operation}({declared}) {{ rateLimit {{ ...Budget }} {fields} }}"
            (repeated,) = parse(text).definitions
            self._texts[key] = self._assemble(repeated)
        return self._texts[key]

    def refuse(self, text: str, line: int, column: int) -> str | None:
        """Ask no more for a field that the server has refused.

        Args:
            text: Document that was refused.
            line: Line of the field, from 1.
            column: Column of the field, from 1.

        Returns:
            `Fragment.field`, or None where it is not a field that can be spared.
        """
        for definition in parse(text).definitions:
            name = definition.name.value
            path = _find(definition.selection_set, line, column)
            if path is None or name not in self._definitions:
                continue
            shape = SHAPES.get(name)
            kept = shape.always if shape else ()
            key = TABLES_BY_NAME[shape.stream].keys if shape else ()
            columns = TABLES_BY_NAME[shape.stream].by_name if shape else {}
            needed = {".".join(columns[k].path) for k in key} | set(kept)
            if (
                isinstance(definition, OperationDefinitionNode)
                or ".".join(path) in needed
            ):
                return None
            self._refused.add((name, path))
            self._texts.clear()
            return f"{name}.{'.'.join(path)}"
        return None

    def spare_spread(self, fragment: str) -> None:
        """Spread a fragment no more."""
        self._spared.add(fragment)
        self._texts.clear()

    def _cut(self, definition):
        """Return a definition without what is not wanted."""
        name = definition.name.value
        kept = self._keep(definition.selection_set, (), self._wanted(name), name)
        return _with(definition, selection_set=kept)

    def _wanted(self, fragment: str) -> list[Path] | None:
        """Return the paths that a fragment is wanted for, None for all."""
        shape = SHAPES.get(fragment)
        if shape is None:
            return None
        table = TABLES_BY_NAME[shape.stream]
        names = {*self._columns.get(shape.stream, ()), *table.keys}
        wanted = [tuple(path.split(".")) for path in shape.always]
        for name in names & table.by_name.keys():
            for path in table.by_name[name].paths:
                if shape.below is None:
                    wanted += _alternatives(path)
                elif path[:1] == (shape.below[0],):
                    wanted.append(shape.below[1] + path[1:])
        return wanted

    def _keep(
        self,
        selections: SelectionSetNode | None,
        path: Path,
        wanted: list[Path] | None,
        definition: str,
    ) -> SelectionSetNode | None:
        if selections is None:
            return None
        kept = [
            node
            for selection in selections.selections
            if (node := self._keep_one(selection, path, wanted, definition))
        ]
        return SelectionSetNode(selections=tuple(kept)) if kept else None

    def _keep_one(
        self,
        node: SelectionNode,
        path: Path,
        wanted: list[Path] | None,
        definition: str,
    ) -> SelectionNode | None:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            needs = SPREADS.get(name)
            if name in self._spared or not (
                needs is None or self._selected & set(needs)
            ):
                return None
            return node
        if isinstance(node, FieldNode):
            path = (*path, _response_name(node))
            if (definition, path) in self._refused:
                return None
            if node.name.value not in STRUCTURAL and not _overlaps(path, wanted):
                return None
        if node.selection_set is None:
            return node
        below = None if wanted is not None and path in wanted else wanted
        kept = self._keep(node.selection_set, path, below, definition)
        return _with(node, selection_set=kept) if kept else None

    def _assemble(self, root: OperationDefinitionNode) -> str:
        """Return the text of an operation and of all fragments below it."""
        parts: dict[str, str] = {}
        waiting = list(_spreads(root))
        while waiting:
            name = waiting.pop()
            if name not in parts:
                fragment = self._cut(self._definitions[name])
                parts[name] = print_ast(fragment)
                waiting += _spreads(fragment)
        body = print_ast(root.selection_set) + "".join(parts.values())
        used = tuple(
            variable
            for variable in root.variable_definitions
            if re.search(rf"\${variable.variable.name.value}\b", body)
        )
        head = print_ast(_with(root, variable_definitions=used))
        return "\n\n".join([head, *(parts[name] for name in sorted(parts))])


def _read() -> dict[str, FragmentDefinitionNode | OperationDefinitionNode]:
    """Return every definition in queries/ by name."""
    folder = files("tap_github_prs") / "queries"
    return {
        definition.name.value: definition
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if file.name.endswith(".graphql")
        for definition in parse(file.read_text("utf-8")).definitions
    }


def _with(node, **changes):
    """Return a copy of a node with some of its parts changed."""
    parts = {key: getattr(node, key) for key in node.keys if key != "loc"}
    return type(node)(**{**parts, **changes})


def _response_name(node: FieldNode) -> str:
    return (node.alias or node.name).value


def _head(field: FieldNode) -> str:
    """Return a field with its arguments, without what is below it."""
    return print_ast(_with(field, selection_set=None))


def _alternatives(path: Path) -> Iterable[Path]:
    """Yield the paths that `login|slug` in the last step stands for."""
    for name in path[-1].split("|"):
        yield (*path[:-1], name)


def _overlaps(path: Path, wanted: list[Path] | None) -> bool:
    """Whether a path leads to a wanted one or lies below one."""
    return wanted is None or any(
        w[: len(path)] == path or path[: len(w)] == w for w in wanted
    )


def _spreads(node) -> set[str]:
    found: set[str] = set()

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            found.add(node.name.value)

    visit(node, Spreads())
    return found


def _find(
    selections: SelectionSetNode, line: int, column: int, path: Path = ()
) -> Path | None:
    """Return the path of the field that begins at a place of the text."""
    for node in selections.selections:
        here = (*path, _response_name(node)) if isinstance(node, FieldNode) else path
        start = node.loc.start_token
        if isinstance(node, FieldNode) and (start.line, start.column) == (line, column):
            return here
        below = getattr(node, "selection_set", None)
        if below and (found := _find(below, line, column, here)):
            return found
    return None
