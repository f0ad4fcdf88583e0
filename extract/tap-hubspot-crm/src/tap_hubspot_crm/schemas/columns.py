"""How the streams declare their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from singer_sdk import typing as th

STRING = th.StringType
INTEGER = th.IntegerType
NUMBER = th.NumberType
BOOLEAN = th.BooleanType
TIMESTAMP = th.DateTimeType
DATE = th.DateType
JSON = th.CustomType({"type": ["array", "object", "null"]})
"""JSON as the API returned it."""

Kind = Any  # a type of singer_sdk.typing, or an instance of one


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a stream.

    Attributes:
        name: Name of the column.
        kind: Singer type of its values.
        description: What it says, for `--discover` and the README.
        is_property: Whether it is a property of a CRM record, with HubSpot's name.
    """

    name: str
    kind: Kind
    description: str
    is_property: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of one stream.

    Attributes:
        name: Name of the stream; for CRM records also the object type.
        columns: The columns, in order.
        keys: Names of the columns that identify a row.
        replication_key: Column by which changes are found; None without one.
        description: What a row is.
    """

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...] = ("id",)
    replication_key: str | None = None
    description: str = ""

    @property
    def properties(self) -> tuple[Column, ...]:
        """The columns that are properties of a CRM record."""
        return tuple(column for column in self.columns if column.is_property)

    @property
    def json_schema(self) -> dict[str, Any]:
        """The schema for the Singer SCHEMA message."""
        listed = (
            th.Property(
                column.name,
                column.kind,
                required=column.name in self.keys,
                description=column.description,
            )
            for column in self.columns
        )
        schema: dict[str, Any] = th.PropertiesList(*listed).to_dict()
        if self.description:
            schema["description"] = self.description
        return schema


def column(name: str, kind: Kind, description: str) -> Column:
    """Declare a column that is no property of a CRM record."""
    return Column(name, kind, description)


def prop(name: str, kind: Kind, description: str) -> Column:
    """Declare a column that is a property of a CRM record."""
    return Column(name, kind, description, is_property=True)
