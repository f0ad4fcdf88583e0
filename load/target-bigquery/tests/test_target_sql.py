"""Google's own analyzer accepts every statement: the local BigQuery forgives more."""

# ruff: noqa: ANN001, ANN201, ANN202 - fixtures: named, not typed, and many

from __future__ import annotations

import pytest
from zetasql.api import Analyzer, CatalogBuilder, TableBuilder
from zetasql.core.exceptions import ZetaSQLError
from zetasql.types import (
    AnalyzerOptions,
    LanguageOptions,
    ProductMode,
    ZetaSQLBuiltinFunctionOptions,
)

from target_bigquery import sql
from target_bigquery.fields import Kind, fields_of
from target_bigquery.metadata import METADATA

TABLE, FIRST, SECOND = "p.d.raw_t", "p.d.staging_1", "p.d.staging_2"
ANYTHING: dict = {}
ITEM = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "raw": ANYTHING,
        "inner": {
            "type": "array",
            "items": {"type": "object", "properties": {"raw": ANYTHING}},
        },
    },
}
PROPERTIES = {
    "id": {"type": "integer"},
    "part": {"type": "number"},
    "day": {"type": "string", "format": "date"},
    "select": {"type": "string"},
    "raw": ANYTHING,
    "item": ITEM,
    "items": {"type": "array", "items": ITEM},
    "raws": {"type": "array", "items": ANYTHING},
    "words": {"type": "array", "items": {"type": "string"}},
}
FIELDS = (*fields_of("t", {"properties": PROPERTIES}), *METADATA)
# An older staging table of the same run: a column less, one narrower.
OLDER = tuple(
    f if f.column != "part" else type(f)("part", "part", Kind.INT64)
    for f in FIELDS
    if f.column not in {"items", "raw"}
)
KEYS = FIELDS[:3]


def _language():
    language = LanguageOptions.maximum_features()
    language.product_mode = ProductMode.PRODUCT_EXTERNAL
    # BigQuery reserves it, and so allows it without WHERE.
    language.reserved_keywords.append("QUALIFY")
    return language


def _analyze(statement, tables):
    language = _language()
    builder = CatalogBuilder("bigquery").with_builtin_functions(
        ZetaSQLBuiltinFunctionOptions(language_options=language)
    )
    for name, columns in tables.items():
        table = TableBuilder(name)
        for column, kind in columns.items():
            table.add_column(column, kind)
        builder.add_table(table.build())
    options = AnalyzerOptions(language_options=language)
    return Analyzer(options, builder.build()).analyze_statement(statement)


@pytest.fixture(scope="module")
def tables():
    """The catalog: the table and two staging tables, in which JSON is text."""

    def columns(fields, *, staging):
        names = {f.column: f.type_name for f in fields}
        if staging:
            names = {c: t.replace("JSON", "STRING") for c, t in names.items()}
        found = {}
        for column, name in names.items():
            query = _analyze(f"SELECT CAST(NULL AS {name}) AS c", {})
            found[column] = query.output_column_list[0].column.type
        return found

    return {
        TABLE: columns(FIELDS, staging=False),
        FIRST: columns(FIELDS, staging=True),
        SECOND: columns(OLDER, staging=True),
    }


ONE = [sql.Staged(FIRST, FIELDS)]
TWO = [*ONE, sql.Staged(SECOND, OLDER)]
STATEMENTS = {
    "upsert": sql.upsert(TABLE, sql.rows_of(FIELDS, ONE, KEYS), FIELDS, KEYS),
    "upsert with hard delete": sql.upsert(
        TABLE, sql.rows_of(FIELDS, ONE, KEYS), FIELDS, KEYS, hard_delete=True
    ),
    "append": sql.append(TABLE, sql.rows_of(FIELDS, ONE, ()), FIELDS),
    "overwrite": sql.overwrite(TABLE, sql.rows_of(FIELDS, TWO, KEYS), FIELDS),
    "overwrite without key": sql.overwrite(TABLE, sql.rows_of(FIELDS, TWO, ()), FIELDS),
    "empty": sql.empty(TABLE),
    "activate": sql.activate(TABLE, 3, hard_delete=False),
    "activate with hard delete": sql.activate(TABLE, 3, hard_delete=True),
    "count inexact": sql.count_inexact(TABLE, "id"),
    "first row": sql.first_row(TABLE),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_googles_analyzer_accepts_the_statement(tables, name):
    _analyze(STATEMENTS[name], tables)


def test_googles_analyzer_would_refuse_json_from_text_that_is_not_parsed(tables):
    statement = f"INSERT INTO `{TABLE}` (raw) SELECT raw FROM `{FIRST}`"  # noqa: S608 - our own names
    with pytest.raises(ZetaSQLError, match="has type STRING which cannot be"):
        _analyze(statement, tables)
