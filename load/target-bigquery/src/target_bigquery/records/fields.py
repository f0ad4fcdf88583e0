"""The columns of a table, and the fields of their RECORDs."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import pyarrow as pa
from google.cloud import bigquery


class Kind(enum.StrEnum):
    """A column's type, named as BigQuery names it."""

    STRING = "STRING"
    INT64 = "INT64"
    FLOAT64 = "FLOAT64"
    NUMERIC = "NUMERIC"
    BIGNUMERIC = "BIGNUMERIC"
    BOOL = "BOOL"
    TIMESTAMP = "TIMESTAMP"
    DATE = "DATE"
    JSON = "JSON"
    RECORD = "RECORD"


DECIMAL_DIGITS = {Kind.NUMERIC: (29, 9), Kind.BIGNUMERIC: (38, 38)}
"""The most digits before and after the decimal point.

BIGNUMERIC stores some numbers with 39 digits before the point, but the decimals of
Parquet that BigQuery loads cannot. Source:
https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types
"""

ARROW: dict[Kind, pa.DataType] = {
    Kind.STRING: pa.string(),
    Kind.INT64: pa.int64(),
    Kind.FLOAT64: pa.float64(),
    # The types in which Google's own client writes them into Parquet.
    Kind.NUMERIC: pa.decimal128(38, 9),
    Kind.BIGNUMERIC: pa.decimal256(76, 38),
    Kind.BOOL: pa.bool_(),
    Kind.TIMESTAMP: pa.timestamp("us", "UTC"),
    Kind.DATE: pa.date32(),
    # BigQuery refuses a Parquet column for JSON ("Unsupported field type: JSON"),
    # so staging holds the text and the commit parses it.
    Kind.JSON: pa.string(),
}


@dataclass(frozen=True)
class Field:
    """One column, or one field of a RECORD."""

    source: str
    """The property's name in the record."""
    column: str
    """The column's name in BigQuery."""
    kind: Kind
    repeated: bool = False
    nullable: bool = True
    """Whether the schema allows null."""
    required: bool = False
    """Whether the schema requires the property in every record."""
    fields: tuple[Field, ...] = ()
    decimal: bool = False
    """Whether the schema asks for a decimal; a STRING column then holds its text."""
    digits: tuple[int, int] | None = None
    """The most digits before and after the decimal point, if the table's column has
    fewer than its type: NUMERIC(10, 2) has 8 and 2."""
    length: int | None = None
    """The most characters, if the table's column limits them: STRING(20)."""

    @property
    def type_name(self) -> str:
        """The type as SQL writes it."""
        name = str(self.kind)
        if self.kind is Kind.RECORD:
            inner = ", ".join(f"`{f.column}` {f.type_name}" for f in self.fields)
            name = f"STRUCT<{inner}>"
        return f"ARRAY<{name}>" if self.repeated else name

    @property
    def arrow_type(self) -> pa.DataType:
        """The type in the Parquet part."""
        if self.kind is Kind.RECORD:
            inner = pa.struct([pa.field(f.column, f.arrow_type) for f in self.fields])
        else:
            inner = ARROW[self.kind]
        return pa.list_(inner) if self.repeated else inner

    def to_bigquery(self, *, staging: bool = False) -> bigquery.SchemaField:
        """Return the column for BigQuery's API.

        Args:
            staging: Whether the column is for a staging table, where JSON is text.
        """
        kind = Kind.STRING if staging and self.kind is Kind.JSON else self.kind
        return bigquery.SchemaField(
            self.column,
            kind.value,
            mode="REPEATED" if self.repeated else "NULLABLE",
            fields=[f.to_bigquery(staging=staging) for f in self.fields],
        )
