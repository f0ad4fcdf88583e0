"""From a node of GitHub's response to a row of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_github_prs.common.timestamps import from_epoch, timestamp
from tap_github_prs.conditions import BAD_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_github_prs.schemas.columns import Column, Table

Node = dict[str, Any]
Row = dict[str, Any]

ACCOUNTS = frozenset({"User", "Bot", "Mannequin", "Organization"})
"""Types of actor that have a numeric id, hence a row in `users`."""

SETTLING_SECONDS = 60


def _integer(value: Any) -> int:  # noqa: ANN401 - JSON
    """Return a whole number; a BigInt comes as a string."""
    if isinstance(value, bool) or (isinstance(value, float) and value % 1):
        raise ValueError(value)
    return int(value)


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _flag(value: Any) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


CONVERTERS: dict[Any, Callable[[Any], Any]] = {
    th.BooleanType: _flag,
    th.DateTimeType: timestamp,
    th.IntegerType: _integer,
    th.StringType: _text,
}
"""By type: what returns a value of it; ValueError or TypeError says it is none."""


def settled(epoch_seconds: float) -> str:
    """Return the moment up to which GitHub shows every change for certain.

    Its servers may be behind each other, and a second that is not over may bring more.

    Args:
        epoch_seconds: GitHub's time of the request.
    """
    return from_epoch(epoch_seconds - SETTLING_SECONDS)


class RowBuilder:
    """Builds the rows of one stream.

    Args:
        table: The stream's table.
        selected: Names of the columns to build.
        report: Called for each value that does not fit its column.
    """

    def __init__(
        self, table: Table, selected: Collection[str], report: Callable[[str], None]
    ) -> None:
        """Prepare one getter for each column."""
        self._table = table
        self._report = report
        self._getters = [
            (column.name, _getter(column))
            for column in table.columns
            if column.path and column.name in selected
        ]
        self._given = [
            column.name
            for column in table.columns
            if not column.path and column.name in selected
        ]

    def __call__(self, node: Node, **given: Any) -> Row:  # noqa: ANN401 - JSON values
        """Return the row of a node.

        Args:
            node: One object of GitHub's response.
            given: Values of the columns that are not in the node.

        Raises:
            ValueError: If a part of the key is none of its type.
            TypeError: The same.
        """
        row: Row = {}
        bad: dict[str, str] = {}
        for name, get in self._getters:
            try:
                row[name] = get(node)
            except (ValueError, TypeError) as error:
                if name in self._table.keys:
                    raise
                row[name] = None
                bad[name] = str(error)
        for name in self._given:
            row[name] = given.get(name)
        for name, words in bad.items():
            keys = ", ".join(f"{key} {row.get(key)}" for key in self._table.keys)
            kind = getattr(self._table.by_name[name].kind, "__name__", "list")
            self._report(
                BAD_VALUE.line.format(
                    column=name,
                    stream=self._table.name,
                    key=keys,
                    kind=kind.removesuffix("Type"),
                    value=" ".join(words.split())[:100],
                )
            )
        return row


def _getter(column: Column) -> Callable[[Node], Any]:
    """Return the function that takes a column's value out of a node."""
    convert = CONVERTERS.get(column.kind)
    members = [(member.name, _getter(member)) for member in column.members]
    default = column.default

    def finish(value: Any) -> Any:  # noqa: ANN401 - JSON values
        if members:
            return {name: get(value) for name, get in members}
        return convert(value) if convert else value

    *above, last = column.path
    steps = [_step(name) for name in column.path]
    if not above and last.isidentifier():

        def direct(node: Node) -> Any:  # noqa: ANN401 - JSON values
            value = node.get(last)
            return default if value is None else finish(value)

        return direct

    def get(node: Node) -> Any:  # noqa: ANN401 - JSON values
        value = _follow(node, steps, finish)
        return default if value is None else value

    return get


def _step(name: str) -> tuple[str, str | None]:
    """Split `nodes[]` into a name and the operation on the list."""
    name, bracket, which = name.partition("[")
    return name, which.rstrip("]") if bracket else None


def _follow(
    value: Any,  # noqa: ANN401 - JSON values
    steps: list[tuple[str, str | None]],
    finish: Callable[[Any], Any],
) -> Any:  # noqa: ANN401 - JSON values
    """Follow the steps down from a node; null anywhere on the way is null."""
    for position, (name, which) in enumerate(steps):
        found = None
        for alternative in name.split("|"):
            found = value.get(alternative)
            if found is not None:
                break
        if found is None:
            return None
        if which == "":
            rest = steps[position + 1 :]
            # GitHub puts null for a node that one may not see: partial.py marks it.
            values = (_follow(each, rest, finish) for each in found if each is not None)
            return [each for each in values if each is not None]
        if which is not None:
            if not found:
                return None
            found = found[int(which)]
        value = found
    return finish(value)


def actors(value: Any) -> Iterator[Node]:  # noqa: ANN401 - JSON values
    """Yield every account in a response, each as often as it occurs."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if value.get("__typename") in ACCOUNTS and value.get("databaseId"):
                yield value
            waiting += [v for v in value.values() if isinstance(v, (dict, list))]
