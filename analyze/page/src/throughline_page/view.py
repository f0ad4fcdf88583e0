"""A view is a pair of files: a query over marts, and what to show of its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from .specs import Loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

MART = re.compile(
    r"\b(?:from|join)\s+((?:ops\.)?(?:dim|fct|agg|bridge)_[a-z0-9_]+)",
    re.IGNORECASE,
)
REQUIRED = {"title", "answer"}
OPTIONAL = {
    "age",
    "buckets",
    "card",
    "charts",
    "date",
    "definitions",
    "late",
    "levels",
    "longest",
    "measures",
    "menu",
    "note",
    "optional",
    "summaries",
    "table",
    "where",
}
OPERATIONS = {
    "above": 2,
    "count": 0,
    "groups": 2,
    "half": 2,
    "latest": 1,
    "max": 1,
    "min": 1,
    "percentiles": 1,
    "ratio": 2,
    "share": 1,
    "sum": 1,
}
"""The operations of a measure, with the number of their arguments."""


class ViewError(Exception):
    """A view's files are wrong; the text is one line for the user."""


@dataclass(frozen=True)
class View:
    """One view.

    Attributes:
        name: The name of its files, such as `20_flow`; views are shown in its order.
        sql: The query.
        content: The YAML file.
    """

    name: str
    sql: str
    content: dict[str, Any]

    @property
    def marts(self) -> set[str]:
        """The tables that the query reads, as it names them."""
        return set(MART.findall(self.sql))

    @property
    def tables(self) -> list[dict[str, Any]]:
        """What its tables show."""
        table = self.content.get("table", [])
        return table if isinstance(table, list) else [table]

    def check(self, columns: set[str]) -> None:
        """Check every column that the YAML names.

        Args:
            columns: The columns of the query.

        Raises:
            ViewError: If the query has no such column.
        """
        known = columns | {*self.content.get("age", {})}
        known |= {*self.content.get("buckets", {})}
        for where, column in self._columns():
            if column not in known:
                message = (
                    f"views/{self.name}.yml: {where} names the column {column!r}, which"
                    f" views/{self.name}.sql does not return"
                )
                raise ViewError(message)

    def _columns(self) -> Iterator[tuple[str, str]]:
        """Yield where a column of the query is named, and its name."""
        content = self.content
        if not content.get("card"):
            yield "the team filter", "team_key"
        if "date" in content:
            yield "date", content["date"]
        for name in (*content.get("age", {}).values(), *content.get("levels", {})):
            yield "age or levels", name
        for bucket in content.get("buckets", {}).values():
            yield "buckets", bucket["of"]
        yield from (("where", name) for name in content.get("where", {}))
        for where, summary in self._summaries():
            yield from ((where, name) for name in _summary_columns(summary))
        for table in self.tables:
            if "summary" not in table:
                links = table.get("link", {}).values()
                for name in (*table["columns"], *links, *table.get("first", {})):
                    yield "table", name

    def _summaries(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        yield "measures", {"measures": self.content.get("measures", {})}
        for name, summary in self.content.get("summaries", {}).items():
            yield f"summary {name}", summary


def _summary_columns(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield the columns that a summary reads."""
    yield from (*summary.get("by", ()), *summary.get("stack", {}))
    if "curve" in summary:
        yield summary["curve"]
    for measure in summary.get("measures", {}).values():
        parts = measure if isinstance(measure, dict) else {"op": measure}
        yield from parts.get("where", {})
        words = parts["op"].split()[1:]
        yield from (word for word in words if not word.isdigit())


def load_views(folder: Path | Traversable) -> list[View]:
    """Read every view of a folder, in the order of their names.

    Args:
        folder: With a NAME.sql and a NAME.yml for each view.

    Raises:
        ViewError: If a file is missing or cannot be read.
    """
    files = {each.name: each for each in folder.iterdir()}
    names = {
        name.rpartition(".")[0] for name in files if name.endswith((".sql", ".yml"))
    }
    views = []
    for name in sorted(names):
        for suffix in (".sql", ".yml"):
            if name + suffix not in files:
                message = f"views/{name}{suffix} is missing: a view is a pair of files"
                raise ViewError(message)
        sql = files[f"{name}.sql"].read_text("utf-8")
        text = files[f"{name}.yml"].read_text("utf-8")
        views.append(View(name, sql, _content(name, text)))
    return views


def _content(name: str, text: str) -> dict[str, Any]:
    try:
        content = yaml.load(text, Loader)  # noqa: S506 - a safe loader with three tags
    except (yaml.YAMLError, TypeError) as error:
        why = " ".join(str(error).split())
        message = f"views/{name}.yml cannot be read: {why}"
        raise ViewError(message) from None
    keys = set(content) if isinstance(content, dict) else set()
    if not keys >= REQUIRED or not keys <= REQUIRED | OPTIONAL:
        wrong = sorted((REQUIRED - keys) | (keys - REQUIRED - OPTIONAL))
        message = f"views/{name}.yml: {', '.join(wrong)}: missing or unknown"
        raise ViewError(message)
    for part in (content, *content.get("summaries", {}).values()):
        for measure in part.get("measures", {}).values():
            _check_operation(name, measure)
    return dict(content)


def _check_operation(name: str, measure: object) -> None:
    text = measure["op"] if isinstance(measure, dict) and "op" in measure else measure
    if not isinstance(text, str):
        return
    operation, *arguments = text.split()
    # In a stack, the operation applies to each of its columns.
    counts = {
        OPERATIONS.get(operation),
        0 if operation in {"sum", "percentiles"} else None,
    }
    if operation not in OPERATIONS or len(arguments) not in counts:
        message = (
            f"views/{name}.yml: {text!r} is not a measure: use"
            f" {', '.join(sorted(OPERATIONS))}"
        )
        raise ViewError(message)
