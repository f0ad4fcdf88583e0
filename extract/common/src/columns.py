"""How a column is declared: its type and its meaning."""

from __future__ import annotations

from functools import partial
from typing import Any

from singer_sdk import typing as th

Schema = dict[str, Any]


def _column(kind: Any, description: str) -> dict[str, Any]:  # noqa: ANN401 - the SDK's types share no class
    return {"kind": kind, "description": description}


string = partial(_column, th.StringType)
integer = partial(_column, th.IntegerType)
number = partial(_column, th.NumberType)
boolean = partial(_column, th.BooleanType)
timestamp = partial(_column, th.DateTimeType)
date = partial(_column, th.DateType)
json = partial(_column, th.ObjectType(additional_properties=True))
strings = partial(_column, th.ArrayType(th.StringType))
numbers = partial(_column, th.ArrayType(th.NumberType))


def schema(*keys: str, **columns: dict[str, Any]) -> Schema:
    """Return the JSON schema of a stream.

    Args:
        keys: Names of the columns of the key; `id` if none are given.
        columns: Kind and description by column name, in the order of the table.

    Returns:
        A JSON schema of type object.
    """
    return th.PropertiesList(
        *(
            th.Property(
                name,
                column["kind"],
                required=name in (keys or ("id",)),
                description=column["description"],
            )
            for name, column in columns.items()
        )
    ).to_dict()
