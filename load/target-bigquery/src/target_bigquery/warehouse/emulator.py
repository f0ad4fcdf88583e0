"""Code that only the local BigQuery (bqemulator 1.4) needs.

Schemas: it keeps a table's schema twice, in its catalog and in its storage;
tables.patch changes the first, DDL the second. So after a change through the API, which
is the only way that BigQuery has for fields inside RECORDs, DDL makes the same change.

Types: it has no BIGNUMERIC, so such a column is STRING and holds the number's text.

Buckets: it reads `date=…` in a file's path as an additional last column.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from google.cloud.bigquery import SchemaField

from target_bigquery.errors import SettingsError
from target_bigquery.records.fields import Field, Kind
from target_bigquery.warehouse.expressions import quote, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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
            yield f"{alter} ADD COLUMN {name} {type_name(column)}"
            continue
        if type_name(was) != type_name(column):
            yield f"{alter} ALTER COLUMN {name} SET DATA TYPE {type_name(column)}"
        if was.mode == "REQUIRED" != column.mode:
            yield f"{alter} ALTER COLUMN {name} DROP NOT NULL"


def storable(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the columns with types that the local BigQuery has.

    Args:
        fields: The columns that a schema asks for.
    """
    return tuple(
        replace(
            field,
            kind=Kind.STRING if field.kind is Kind.BIGNUMERIC else field.kind,
            fields=storable(field.fields),
        )
        for field in fields
    )


def path_columns(fields: Sequence[Field]) -> list[SchemaField]:
    """Return the columns that a part has when it is loaded from a bucket.

    Args:
        fields: The part's own columns.

    Raises:
        SettingsError: If one of them has the name of the path's column.
    """
    if any(field.column.lower() == "date" for field in fields):
        message = (
            "The local BigQuery cannot load a column named 'date' from a bucket: leave "
            "'staging_bucket' out here."
        )
        raise SettingsError(message)
    return [SchemaField("date", "DATE")]
