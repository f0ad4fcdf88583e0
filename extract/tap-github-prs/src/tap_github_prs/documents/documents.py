"""The GraphQL documents in queries/, cut down to what a run has selected.

The files hold everything. What a catalog deselects (a stream, a field) and what
the server refuses (a field that a GitHub Enterprise Server is too old for, one
that the token has no scope for) is taken out before a document is sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    print_ast,
)

from tap_github_prs.common import graphql_ast
from tap_github_prs.documents import aliases, definitions
from tap_github_prs.documents.denied import denied_listings
from tap_github_prs.documents.fragments import (
    HYDRATE,
    INDISPENSABLE,
    LIES_IN,
    NEEDED,
    SHAPES,
    SPARED_WHOLE,
    SPREADS,
    STRUCTURAL,
)
from tap_github_prs.documents.refusals import Refusal
from tap_github_prs.transport.errors import RefusedQueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from graphql import SelectionNode

    from tap_github_prs.common.graphql_ast import Definition, TypedPath
    from tap_github_prs.schemas.columns import Table
    from tap_github_prs.transport.errors import Response

MOST_TEXTS = 1_000
"""Documents that are kept: which lists overflow together differs by batch."""


class Documents:
    """The documents of one run.

    Attributes:
        denied: Fragments that the token has no permission for.

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
        self._definitions = definitions.read()
        self._refused: set[tuple[str, TypedPath]] = set()
        self._refused_types: set[str] = set()
        self._refused_values: set[str] = set()
        self._dropped: set[str] = set()
        self.denied: set[str] = set()
        self._texts: dict[str, str] = {}
        self._cuts: dict[str, Definition] = {}
        self._asked: dict[str, bool] = {}
        self._spread: dict[str, bool] = {}
        self._lost: dict[str, dict[str, set[str]]] = {}

    def _changed(self) -> None:
        """Discard everything that was derived from the old definitions."""
        self._texts.clear()
        # Not emptied: a thread that cuts by the old rules keeps the old dictionary.
        self._cuts = {}
        self._asked.clear()
        self._spread.clear()
        self._lost.clear()

    def text(self, operation: str) -> str:
        """Return the document of an operation, with the fragments that it needs."""
        if operation not in self._texts:
            self._texts[operation] = self._assemble(self._operation(operation))
        return self._texts[operation]

    def repeated(self, operation: str, times: int) -> str:
        """Return a document that requests an operation's one field several times.

        Args:
            operation: Name of the operation.
            times: How often. The n-th field has the alias `r<n>` and the
                variables `$<name><n>`, n from 0.
        """
        key = f"{operation}*{times}"
        if key not in self._texts:
            declared, fields = aliases.repeated(self._operation(operation), times)
            if self._is_asked(operation, ("rateLimit",)):
                fields.insert(0, aliases.BUDGET)
            root = aliases.joined(operation, declared, fields)
            self._texts[key] = self._assemble(root)
        return self._texts[key]

    def with_pages(self, operation: str, pages: tuple[str, ...]) -> str:
        """Return a document that also reads the next pages of nested lists.

        Args:
            operation: What it reads besides; NESTED_PAGES reads nothing else.
            pages: The operation that continues each list, see aliases.pages.
        """
        key = " ".join((operation, *pages))
        if key not in self._texts:
            declared, fields = aliases.pages([self._operation(name) for name in pages])
            if operation != aliases.NESTED_PAGES:
                main = self._operation(operation)
                of_main = map(print_ast, main.variable_definitions or ())
                declared = ", ".join([*of_main, declared])
                fields[:0] = map(print_ast, main.selection_set.selections)
            elif self._is_asked(operation, ("rateLimit",)):
                fields.insert(0, aliases.BUDGET)
            root = aliases.joined(operation, declared, fields)
            if len(self._texts) > MOST_TEXTS:
                self._texts.clear()
            self._texts[key] = self._assemble(root)
        return self._texts[key]

    def drop(
        self, text: str, response: Response, values_of: Callable[[str], Collection[str]]
    ) -> list[str]:
        """Stop requesting the fields that GitHub rejected.

        Args:
            text: The document.
            response: The refusal.
            values_of: Returns the values that GitHub has of an enum.

        Returns:
            `Fragment.field`, or the name of a type or value, of each that was left out.

        Raises:
            RefusedQueryError: If the tap cannot do without one of them.
        """
        found: list[str] = []
        for error in response.errors:
            refusal = Refusal.read(error)
            dropped = (
                self._drop_values(values_of(refusal.enum))
                if refusal.enum
                else self._drop_type(refusal.type)
                if refusal.is_type_gone and refusal.type
                else self._drop_field(text, refusal)
            )
            if not dropped:
                said = " ".join(str(error.get("message", "")).split())
                message = f"GitHub refuses what the tap cannot do without: {said}"
                raise RefusedQueryError(message)
            found += dropped
        return sorted(set(found))

    def _drop_values(self, known: Collection[str]) -> list[str]:
        """Leave out the values of an enum's lists that GitHub does not have."""
        lists = [
            names
            for definition in self._definitions.values()
            for names in graphql_ast.enum_lists(definition)
            if not names.isdisjoint(known)
        ]
        gone = {name for names in lists for name in names} - set(known)
        self._refused_values |= gone
        self._changed()
        return sorted(gone)

    def _drop_type(self, name: str) -> list[str]:
        """Leave out every condition on a type."""
        if name in self._refused_types:
            return []
        self._refused_types.add(name)
        self._changed()
        return [name]

    def _drop_field(self, text: str, refusal: Refusal) -> list[str]:
        """Leave out a field: by its place, else by its type, else by its name.

        The place counts only if the field that the message names is there.
        """
        places = [self._at(text, *place) for place in refusal.locations]
        if refusal.place:
            places.append((refusal.definition, refusal.place, refusal.place[-1]))
        for definition, place, name in places:
            named = place and refusal.field in ("", name)
            if named and (dropped := self._refuse(definition, place)):
                return [dropped]
            if named and refusal.field and self._is_asked(definition, place):
                return []  # it is that one, and the tap needs it
        for type_ in self._types_of(refusal):
            found = [
                dropped
                for definition, place, on in self._places(refusal.field)
                if on == type_ and (dropped := self._refuse(definition, place))
            ]
            if found:
                return found
        return []

    def _at(self, text: str, line: int, column: int) -> tuple[str, TypedPath, str]:
        """Return definition, place and name of the field at a place of a document."""
        for name, definition in graphql_ast.definitions(text):
            for field, place in graphql_ast.fields(definition.selection_set):
                if graphql_ast.begins_at(field, line, column):
                    return name, place, field.name.value
        return "", (), ""

    def _types_of(self, refusal: Refusal) -> list[str]:
        """Return the types of which to leave out a field, one after the other.

        Where the message names none, the account comes first: its e-mail is what
        tokens have no scope for.
        """
        types = {on for _, _, on in self._places(refusal.field)}
        if refusal.type:
            return [each for each in (refusal.type, "") if each in types]
        return sorted(types, key=lambda each: (each != "User", not each, each))

    def _places(self, field: str) -> Iterator[tuple[str, TypedPath, str]]:
        """Yield definition, place and type of every field of a name."""
        for name, definition in self._definitions.items():
            for node, place in graphql_ast.fields(definition.selection_set):
                if node.name.value == field:
                    yield name, place, definitions.type_at(definition, place)

    def _is_asked(self, definition: str, place: TypedPath) -> bool:
        return (definition, place) not in self._refused

    def _refuse(self, definition: str, place: TypedPath) -> str | None:
        """Leave a field out, or its type, unless the tap cannot do without it."""
        if (definition, place) in self._refused:
            return None
        if isinstance(self._definitions.get(definition), OperationDefinitionNode):
            if not definitions.may_be_dropped(definition, place):
                return None
        elif definition not in self._definitions and place != ("rateLimit",):
            return None
        else:
            shape = SHAPES.get(definition)
            needed = set(shape.paths(())) if shape else NEEDED.get(definition, set())
            if place[-1] in INDISPENSABLE or graphql_ast.strip_types(place) in needed:
                place = place[:-1]
                if (definition, *place) not in SPARED_WHOLE:
                    return None
        self._refused.add((definition, place))
        self._changed()
        steps = (step.removeprefix(graphql_ast.TYPE_STEP) for step in place)
        return ".".join([definition, *steps])

    def dropped_columns(self, table: Table) -> dict[str, set[str]]:
        """Return the columns that cannot be read, by type of the node; "" is any.

        Args:
            table: The stream's table.
        """
        if (known := self._lost.get(table.name)) is not None:
            return known
        found: dict[str, set[str]] = {}
        for definition, place in list(self._refused):
            within, above = LIES_IN.get(definition, (definition, ()))
            shape = SHAPES.get(within)
            if shape is None or shape.table is not table:
                continue
            path = above + graphql_ast.strip_types(place)
            types = [step for step in place if step.startswith(graphql_ast.TYPE_STEP)]
            on = types[-1].removeprefix(graphql_ast.TYPE_STEP) if types else ""
            if graphql_ast.strip_types(place):
                found.setdefault(on, set()).update(
                    column.name for column in table.columns if shape.loses(column, path)
                )
        self._lost[table.name] = found
        return found

    def asks_for(self, connection: str, fragment: str) -> bool:
        """Whether a nested list of a pull request is requested.

        Args:
            connection: The field that holds it.
            fragment: What is spread there.
        """
        asked = self._asked.get(connection)
        if asked is None:  # another thread may empty the dictionary at any time
            place = ("nodes", "...PullRequest", connection)
            asked = self.is_spread(fragment) and self._is_asked(HYDRATE, place)
            self._asked[connection] = asked
        return asked

    def drop_spread(self, fragment: str) -> None:
        """Spread a fragment no more."""
        self._dropped.add(fragment)
        self._changed()

    def drop_denied(self, response: Response) -> bool:
        """Spread the lists no more whose refusal takes a repository away.

        Returns:
            Whether there were any: the request is to be repeated without them.
        """
        found = {name for name in denied_listings(response) if self.is_spread(name)}
        self.denied |= found
        for name in found:
            self.drop_spread(name)
        return bool(found)

    def is_dropped(self, fragment: str) -> bool:
        """Whether a fragment is spread no more, or without one of its fields."""
        refused = {definition for definition, _ in list(self._refused)}
        return fragment in self._dropped | refused

    def _operation(self, name: str) -> OperationDefinitionNode:
        definition = self._cut(name)
        if not isinstance(definition, OperationDefinitionNode):
            raise TypeError(name)
        if not definitions.has_data(definition):
            message = f"GitHub refuses everything that {name} asks for"
            raise RefusedQueryError(message)
        return definition

    def _cut(self, name: str) -> Definition:
        """Return a definition without the fields that are not selected."""
        cuts = self._cuts
        if name not in cuts:
            cuts[name] = self._pruned(name)
        return cuts[name]

    def _pruned(self, name: str) -> Definition:
        definition = self._definitions[name]
        shape = SHAPES.get(name)
        wanted = (
            list(shape.paths(self._columns.get(shape.stream, ()))) if shape else None
        )

        def keep(node: SelectionNode, place: TypedPath) -> bool:
            if isinstance(node, FragmentSpreadNode):
                return self.is_spread(node.name.value)
            if (name, place) in self._refused or (
                isinstance(node, InlineFragmentNode)
                and node.type_condition
                and node.type_condition.name.value in self._refused_types
            ):
                return False
            return (
                not isinstance(node, FieldNode)
                or node.name.value in STRUCTURAL
                or definitions.overlaps(graphql_ast.strip_types(place), wanted)
            )

        pruned = graphql_ast.prune(definition, keep)
        return graphql_ast.without_values(pruned, self._refused_values)

    def is_spread(self, fragment: str) -> bool:
        """Whether the fragment is enabled, regardless of its parents."""
        spread = self._spread.get(fragment)
        if spread is None:
            spread = self._spread[fragment] = self._is_left(fragment)
        return spread

    def _is_left(self, fragment: str) -> bool:
        needs = SPREADS.get(fragment)
        if fragment in self._dropped or (
            needs is not None and self._selected.isdisjoint(needs)
        ):
            return False
        cut = self._cut(fragment)
        gone = (
            isinstance(cut, FragmentDefinitionNode)
            and cut.type_condition.name.value in self._refused_types
        )
        return not gone and bool(cut.selection_set.selections)  # all of it refused

    def _assemble(self, root: Definition) -> str:
        """Return the text of an operation and of all fragments below it."""
        parts: dict[str, str] = {}
        waiting = graphql_ast.spreads(root)
        while waiting:
            name = waiting.pop()
            if name not in parts:
                fragment = self._cut(name)
                parts[name] = print_ast(fragment)
                waiting |= graphql_ast.spreads(fragment)
        body = print_ast(root.selection_set) + "".join(parts.values())
        used = tuple(
            each
            for each in root.variable_definitions or ()
            if re.search(rf"\${each.variable.name.value}\b", body)
        )
        head = print_ast(graphql_ast.changed(root, variable_definitions=used))
        return "\n\n".join([head, *(parts[name] for name in sorted(parts))])
