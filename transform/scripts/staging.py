"""Generate the sources and the staging models from the catalogs of the taps.

    .venv/bin/python transform/scripts/staging.py write
    .venv/bin/python transform/scripts/staging.py check

`write` writes what is in `models/staging/<source>/`: the yml of the sources, one
view per stream and the yml of the views. `check` prints each difference and ends
with exit code 1. Inputs are `<tap> --discover` and `exceptions/<source>.yml`.
"""

from __future__ import annotations

import argparse
import copy
import difflib
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml
from catalogs import FRESHNESS, SOURCES, catalog, table

TRANSFORM = Path(__file__).resolve().parent.parent
EXCEPTIONS = Path(__file__).resolve().parent / "exceptions"
# The groups of a staging model's columns, in order, and the types in each group.
# A string or an integer is an ID if its name ends like one.
GROUPS = {
    "ids": (),
    "strings": ("string",),
    "lists and structures": ("array", "struct", "json"),
    "numerics": ("int64", "float64"),
    "booleans": ("bool",),
    "dates": ("date",),
    "timestamps": ("timestamp",),
}
GENERATED = "Written by scripts/staging.py from {tap}'s catalog: do not edit."


def singular(name: str) -> str:
    """Return the name of one row of a table: `company` for `companies`."""
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")


class Column(NamedTuple):
    """A column of a staging model.

    Attributes:
        name: its name.
        expression: SQL over the raw columns.
        data_type: BigQuery's type, in lower case.
        description: for the yml.
    """

    name: str
    expression: str
    data_type: str
    description: str

    def group(self) -> str:
        """Name the group of columns that it belongs to."""
        if self.name.endswith(("_id", "oid")) and self.data_type in {"string", "int64"}:
            return "ids"
        kind = self.data_type.partition("<")[0]
        return next(group for group, kinds in GROUPS.items() if kind in kinds)

    def line(self) -> str:
        """Write its line of the select list."""
        return (
            self.name
            if self.expression == self.name
            else f"{self.expression} as {self.name}"
        )


class Staging:
    """The staging models of one source.

    Args:
        source: a key of `SOURCES`.
        tables: the source's tables, as `table` describes them.
        exceptions: the content of `exceptions/<source>.yml`.

    Raises:
        SystemExit: the exceptions do not fit the catalog.
    """

    def __init__(
        self, source: str, tables: list[dict[str, Any]], exceptions: dict[str, Any]
    ) -> None:
        """Check that the catalog has the tables of the exceptions."""
        self.source = source
        self.tables = {table["name"]: table for table in tables}
        self.all = exceptions["all"]["add"]
        named: dict[str, dict[str, Any]] = exceptions["tables"] or {}
        if unknown := sorted(named.keys() - self.tables.keys()):
            self.refuse(f"the catalog has no table {', '.join(unknown)}")
        self.exceptions = {name: named.get(name) or {} for name in self.tables}

    def refuse(self, why: str) -> NoReturn:
        """End with what is wrong in the file of exceptions."""
        sys.exit(f"transform/scripts/exceptions/{self.source}.yml: {why}")

    def renamed(self, name: str, column: str) -> str:
        """Return the name of a raw column in staging: `id` is named after its table."""
        usual = f"{singular(name)}_id" if column == "id" else column
        return str(self.exceptions[name].get("rename", {}).get(column, usual))

    def columns(self, name: str) -> list[Column]:
        """List the columns of a table's staging model, in order.

        Raises:
            SystemExit: an exception names a column that the tap does not have, or
                two columns get the same name.
        """
        exceptions = self.exceptions[name]
        raw = {column["name"]: column for column in self.tables[name]["columns"]}
        lower = exceptions.get("lower", [])
        replace = exceptions.get("replace", {})
        if unknown := {*exceptions.get("rename", {}), *lower, *replace} - raw.keys():
            self.refuse(f"{name} has no column {', '.join(sorted(unknown))}")
        found = []
        for column, about in raw.items():
            if column.startswith("_sdc_") and self.renamed(name, column) == column:
                continue
            lowered = column in lower
            expression = f"lower({column})" if lowered else replace.get(column, column)
            text = self.described(about["description"], lowered=lowered)
            renamed = self.renamed(name, column)
            found.append(Column(renamed, expression, about["data_type"], text))
        for column, about in {**self.all, **exceptions.get("add", {})}.items():
            if "if" not in about or about["if"] in raw:
                added = (about["expression"], about["data_type"], about["description"])
                found.append(Column(column, *added))
        names = [column.name for column in found]
        if len(names) != len(set(names)):
            self.refuse(f"two columns of {name} have the same name")
        order = list(GROUPS)
        return sorted(found, key=lambda column: order.index(column.group()))

    def described(self, text: str, *, lowered: bool) -> str:
        """Write a raw column's description with the names of staging."""

        def staged(match: re.Match[str]) -> str:
            known = match[1] in self.exceptions
            return self.renamed(match[1], "id") if known else match[0]

        text = re.sub(r"\b(\w+)\.id\b", staged, text)
        return f"{text.rstrip('.')}, in lower case" if lowered else text

    def key(self, name: str) -> list[str]:
        """List the key columns of a table's staging model."""
        key: list[str] = self.tables[name]["config"]["meta"]["key"]
        return [self.renamed(name, column) for column in key]

    def sql(self, name: str) -> str:
        """Write the SQL of a table's staging model."""
        groups: dict[str, list[str]] = {}
        for column in self.columns(name):
            groups.setdefault(column.group(), []).append(f"        {column.line()}")
        selected = ",\n\n".join(
            f"        -- {group}\n" + ",\n".join(lines)
            for group, lines in groups.items()
        )
        comment = GENERATED.format(tap=SOURCES[self.source][0])
        # Not named `source`: to GoogleSQL, a column with the name of a relation is
        # the relation's whole row, and an attachment has a column `source`.
        return (
            f"-- {comment}\nwith\n\n"
            f"raw as (\n    {{{{ read_raw('{self.source}', '{name}') }}}}\n),\n\n"
            f"renamed as (\n    select\n{selected}\n    from raw\n)\n\n"
            "select * from renamed\n"
        )

    def model(self, name: str) -> dict[str, Any]:
        """Describe a table's staging model as its yml does."""
        key = self.key(name)
        tests: list[dict[str, Any]] = [{"key": {"arguments": {"columns": key}}}]
        if parent := self.exceptions[name].get("parent"):
            (column,) = self.key(parent)
            arguments = {
                "column": column,
                "parent": f"ref('stg_{self.source}__{parent}')",
                "field": column,
                "parent_table": f"source('{self.source}', '{parent}')",
            }
            tests.insert(0, {"parent_is_loaded": {"arguments": arguments}})
        quoted = ", ".join(f"`{column}`" for column in key)
        row = self.exceptions[name].get("row", singular(name).replace("_", " "))
        return {
            "name": f"stg_{self.source}__{name}",
            "description": f"One row per {row}, key {quoted}.",
            "data_tests": tests,
            "columns": [
                {
                    "name": column.name,
                    "description": column.description,
                    "data_type": column.data_type,
                }
                for column in self.columns(name)
            ],
        }


def yml(tap: str, content: dict[str, Any]) -> str:
    """Write a generated yml file."""
    body = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return f"# {GENERATED.format(tap=tap)}\n\n{body}"


def generated(source: str) -> dict[str, str]:
    """Generate the files of a source's staging folder.

    Args:
        source: a key of `SOURCES`.

    Returns:
        Text by file name.

    Raises:
        SystemExit: the tap failed, or its catalog and the exceptions do not fit.
    """
    tap, variable, description = SOURCES[source]
    tables = [table(stream) for stream in catalog(tap)]
    exceptions = EXCEPTIONS / f"{source}.yml"
    staging = Staging(source, tables, yaml.safe_load(exceptions.read_text("utf-8")))
    declared = {
        "name": source,
        "description": description,
        "schema": f"{{{{ env_var('{variable}', '') }}}}",
        "config": {
            "loaded_at_field": "_sdc_batched_at",
            "freshness": copy.deepcopy(FRESHNESS[source]),
        },
        "tables": tables,
    }
    models = [staging.model(name) for name in staging.tables]
    return {
        f"_{source}__sources.yml": yml(tap, {"sources": [declared]}),
        f"_{source}__models.yml": yml(tap, {"models": models}),
        **{f"stg_{source}__{name}.sql": staging.sql(name) for name in staging.tables},
    }


def main() -> None:
    """Write the files, or compare them with the catalogs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=["write", "check"])
    command = parser.parse_args().command
    differences: list[str] = []
    for source in SOURCES:
        folder = TRANSFORM / "models" / "staging" / source
        wanted = generated(source)
        folder.mkdir(exist_ok=True)
        present = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
        if command == "write":
            for name in present.keys() - wanted.keys():
                (folder / name).unlink()
            for name, text in wanted.items():
                (folder / name).write_text(text, "utf-8")
            continue
        for name in sorted(present.keys() | wanted.keys()):
            differences += difflib.unified_diff(
                present.get(name, "").splitlines(),
                wanted.get(name, "").splitlines(),
                f"models/staging/{source}/{name}",
                f"generated from {SOURCES[source][0]}",
                lineterm="",
            )
    if differences:
        print(*differences, sep="\n")
        sys.exit(
            "The staging models differ from the taps' catalogs: run "
            "`.venv/bin/python transform/scripts/staging.py write`"
        )


if __name__ == "__main__":
    main()
