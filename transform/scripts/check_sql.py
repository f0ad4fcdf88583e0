"""Check every compiled model and data test with GoogleSQL's own analyzer.

    .venv/bin/python transform/scripts/check_sql.py

The local BigQuery accepts SQL that BigQuery rejects: types that differ, ambiguous
names, columns that are not grouped. The package `zetasql` is Google's analyzer; it
needs the types of the tables but no account. The script compares the columns that
the analyzer finds with those that the yml declares, so it also finds a contract
that BigQuery would reject. It connects to nothing: dbt compiles with the var
`offline`.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import compiled_analyzer  # noqa: F401 - imported for its effect
from dbt.cli.main import dbtRunner
from offline import VARIABLES
from zetasql.api import Analyzer, CatalogBuilder, TableBuilder
from zetasql.types import (
    AnalyzerOptions,
    LanguageOptions,
    ProductMode,
    Type,
    TypeKind,
    ZetaSQLBuiltinFunctionOptions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSFORM = Path(__file__).resolve().parent.parent
# `project`.`dataset`.`table` in compiled SQL: the analyzer gets `dataset.table`.
RELATION = re.compile(r"`[^`]+`\.`([^`]+)`\.`([^`]+)`")


@dataclass
class Checker:
    """The analyzer and the tables that were analyzed so far.

    Attributes:
        language: the options of the SQL dialect.
        tables: columns by table (`dataset.table`), name to type.
        types: a cache of types by name.
    """

    language: LanguageOptions
    tables: dict[str, dict[str, Type]] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)

    def columns(self, sql: str) -> dict[str, Type]:
        """Analyze a query.

        Args:
            sql: a compiled query.

        Returns:
            The query's columns, name to type.

        Raises:
            Exception: the analyzer rejects the query; the package defines
                the exception's type.
        """
        query = RELATION.sub(r"`\1.\2`", sql)
        builder = CatalogBuilder("bigquery").with_builtin_functions(
            ZetaSQLBuiltinFunctionOptions(language_options=self.language)
        )
        for name, columns in self.tables.items():
            if f"`{name}`" in query:
                table = TableBuilder(name)
                for column, kind in columns.items():
                    table.add_column(column, kind)
                builder.add_table(table.build())
        options = AnalyzerOptions(language_options=self.language)
        statement = Analyzer(options, builder.build()).analyze_statement(query)
        return {each.name: each.column.type for each in statement.output_column_list}

    def of_type(self, data_type: str) -> Type:
        """Return the analyzer's type for a name such as `array<struct<a int64>>`."""
        if data_type not in self.types:
            self.types[data_type] = self.columns(
                f"select cast(null as {data_type}) as c"
            )["c"]
        return self.types[data_type]


def type_name(kind: Type) -> str:
    """Write a type as the yml does: `array<string>`, `int64`."""
    if kind.type_kind == TypeKind.TYPE_ARRAY:
        return f"array<{type_name(kind.array_type.element_type)}>"
    if kind.type_kind == TypeKind.TYPE_STRUCT:
        fields = (
            f"{each.field_name} {type_name(each.field_type)}"
            for each in kind.struct_type.field
        )
        return f"struct<{', '.join(fields)}>"
    name = TypeKind(kind.type_kind).name.removeprefix("TYPE_").lower()
    return "float64" if name == "double" else str(name)


def compile_project() -> Any:  # noqa: ANN401 - dbt's manifest has no public type
    """Compile every model and test without a connection.

    Returns:
        dbt's manifest, with the compiled code in its nodes.

    Raises:
        SystemExit: the project does not compile; dbt says why.
    """
    # The variables that profiles.yml reads; dbt does not connect.
    os.environ |= VARIABLES | {
        "DBT_PROJECT_DIR": str(TRANSFORM),
        "DBT_PROFILES_DIR": str(TRANSFORM / "profiles"),
    }
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(said):
        # fmt: off
        common = [
            "--vars", "{offline: true}", "--quiet", "--no-partial-parse",
            "--target-path", folder, "--log-path", folder,
        ]
        # fmt: on
        parsed = dbtRunner().invoke(["parse", *common])
        manifest: Any = parsed.result
        done: Any = parsed
        if parsed.success:
            done = dbtRunner(manifest=manifest).invoke(
                ["compile", "--no-populate-cache", *common]
            )
    if not done.success:
        sys.exit(f"dbt compile failed:\n{said.getvalue()}{done.exception or ''}")
    for result in done.result.results:
        manifest.nodes[result.node.unique_id] = result.node
    return manifest


def declared_differences(node: Any, found: dict[str, Type]) -> list[str]:  # noqa: ANN401 - as above
    """Compare a model's columns with those of its yml.

    Args:
        node: the model's node.
        found: its columns by the analyzer.

    Returns:
        One line per difference.
    """
    declared = {name: column.data_type for name, column in node.columns.items()}
    lines = [
        f"column {name} is not in its yml" for name in found if name not in declared
    ]
    lines += [
        f"column {name} of its yml does not exist"
        for name in declared
        if name not in found
    ]
    lines += [
        f"column {name} is {type_name(found[name])}, its yml says {data_type}"
        for name, data_type in declared.items()
        if name in found and data_type and type_name(found[name]) != data_type.lower()
    ]
    return lines


def in_order(nodes: dict[str, Any]) -> Iterator[Any]:
    """Yield nodes in an order in which each follows the nodes that it reads."""
    sorter = TopologicalSorter(
        {
            name: [
                each for each in getattr(node.depends_on, "nodes", ()) if each in nodes
            ]
            for name, node in nodes.items()
        }
    )
    for name in sorter.static_order():
        yield nodes[name]


def bigquery_language() -> LanguageOptions:
    """Return the options that make the analyzer accept what BigQuery accepts."""
    language = LanguageOptions.maximum_features()
    language.product_mode = ProductMode.PRODUCT_EXTERNAL
    # BigQuery reserves it, and so allows it without WHERE.
    language.reserved_keywords.append("QUALIFY")
    return language


def main() -> None:
    """Analyze models and data tests in the order of their dependencies."""
    manifest = compile_project()
    checker = Checker(bigquery_language())
    for source in manifest.sources.values():
        checker.tables[f"{source.schema}.{source.identifier}"] = {
            name: checker.of_type(column.data_type)
            for name, column in source.columns.items()
        }
    failures: list[str] = []
    checked = 0
    for node in in_order(manifest.nodes):
        table = f"{node.schema}.{node.alias}"
        if node.resource_type == "seed":
            types = node.config.column_types
            checker.tables[table] = {
                name: checker.of_type(kind) for name, kind in types.items()
            }
        if node.resource_type not in {"model", "test"}:
            continue
        checked += 1
        if node.config.materialized == "incremental":
            # It reads its own table: its yml declares the columns.
            declared = {name: column.data_type for name, column in node.columns.items()}
            checker.tables[table] = {
                name: checker.of_type(kind) for name, kind in declared.items() if kind
            }
        try:
            found = checker.columns(node.compiled_code)
        except Exception as error:  # noqa: BLE001 - the package raises types of its own
            failures.append(f"{node.original_file_path} ({node.name}): {error}")
            continue
        if node.resource_type == "model":
            checker.tables[table] = found
            failures += [
                f"{node.original_file_path}: {each}"
                for each in declared_differences(node, found)
            ]
    if failures:
        sys.exit(
            "\n".join([*failures, f"{len(failures)} faults in {checked} statements"])
        )
    print(f"{checked} statements pass GoogleSQL's analyzer")


if __name__ == "__main__":
    main()
