"""How a column is declared: its type and its meaning."""

from __future__ import annotations

from functools import partial
from typing import Any

from singer_sdk import typing as th

Schema = dict[str, Any]


def column(kind: Any, description: str) -> dict[str, Any]:  # noqa: ANN401 - the SDK's types share no class
    """Declare a column.

    Args:
        kind: A type of the SDK.
        description: What the column contains.
    """
    return {"kind": kind, "description": description}


string = partial(column, th.StringType)
integer = partial(column, th.IntegerType)
number = partial(column, th.NumberType)
boolean = partial(column, th.BooleanType)
timestamp = partial(column, th.DateTimeType)
date = partial(column, th.DateType)
json = partial(column, th.ObjectType(additional_properties=True))
strings = partial(column, th.ArrayType(th.StringType))
numbers = partial(column, th.ArrayType(th.NumberType))


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
