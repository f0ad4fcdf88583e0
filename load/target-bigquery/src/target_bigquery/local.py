"""What only the local BigQuery (bqemulator 1.4) needs.

It keeps a table's schema twice, in its catalog and in its storage: tables.patch
changes the first, DDL the second. So after a change through the API, which is the one
way that BigQuery has for fields inside RECORDs, the same is said again in DDL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_bigquery.evolution import LEGACY
from target_bigquery.sql import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.cloud.bigquery import SchemaField


def alter_statements(
    table: str, before: Sequence[SchemaField], after: Sequence[SchemaField]
) -> Iterator[str]:
    """Yield the statements that bring the storage to a table's new schema.

    Args:
        table: The table's full name.
        before: The columns that the storage has.
        after: The columns that the catalog has.
    """
    old = {column.name: column for column in before}
    alter = f"ALTER TABLE {quote(table)}"
    for column in after:
        name, was = quote(column.name), old.get(column.name)
        if was is None:
            yield f"{alter} ADD COLUMN {name} {_type(column)}"
            continue
        if _type(was) != _type(column):
            yield f"{alter} ALTER COLUMN {name} SET DATA TYPE {_type(column)}"
        if was.mode == "REQUIRED" != column.mode:
            yield f"{alter} ALTER COLUMN {name} DROP NOT NULL"


def _type(column: SchemaField) -> str:
    name = LEGACY.get(column.field_type, column.field_type)
    if name == "RECORD":
        inner = ", ".join(f"{quote(f.name)} {_type(f)}" for f in column.fields)
        name = f"STRUCT<{inner}>"
    return f"ARRAY<{name}>" if column.mode == "REPEATED" else name
