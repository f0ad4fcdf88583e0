"""The vocabulary in which schemas/ declares streams: a column and where it lies.

A column names its place in GitHub's response once. The JSON schema (tap.py), the row
(rows.py) and the requested part of the GraphQL document (documents.py) are derived from
this one declaration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from singer_sdk import typing as th

Kind = type[th.JSONTypeHelper[Any]] | th.ArrayType[Any]

GHOST = "Ghost"
"""Type of an actor whose account is gone: GraphQL answers null for it."""

INTEGER = th.IntegerType
STRING = th.StringType
BOOLEAN = th.BooleanType
TIMESTAMP = th.DateTimeType


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a stream.

    Attributes:
        name: Name of the column, snake_case.
        kind: Singer type of its values, or of the elements of a list.
        description: What the column contains, for `--discover` and the README.
        path: Field names from the node down, as GitHub calls them. Empty: the
            reader gives the value (a parent's id). A list is met by `[]` after
            its name, `labels.nodes[].name`, its last element by `[-1]`.
        default: Value that replaces null.
        members: Columns of the objects in a list of objects.
    """

    name: str
    kind: Kind
    description: str
    path: tuple[str, ...] = ()
    default: Any = None
    members: tuple[Column, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether the column contains an array."""
        return any(step.endswith("[]") for step in self.path) or bool(self.members)

    @property
    def paths(self) -> list[tuple[str, ...]]:
        """Every field path that the column needs, without list marks."""
        if not self.path:
            return []
        own = tuple(step.partition("[")[0] for step in self.path)
        below = [path for member in self.members for path in member.paths]
        return [own + path for path in below] or [own]

    def property(self, *, required: bool = False) -> th.Property[Any]:
        """Return the column as a JSON schema property.

        Args:
            required: Whether it is part of the key.
        """
        kind: Any = self.kind
        if self.members:
            kind = th.ArrayType(
                th.ObjectType(
                    *(member.property() for member in self.members),
                    additional_properties=False,
                )
            )
        elif self.is_list:
            kind = th.ArrayType(self.kind)
        return th.Property(
            self.name, kind, required=required, description=self.description
        )


@dataclass(frozen=True, slots=True)
class Table:
    """The schema of one stream.

    Attributes:
        name: Name of the stream.
        columns: Its columns, in order.
        keys: Names of the columns that identify a row.
        replication_key: Column that the stream is read by, None if read whole.
    """

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...] = ("id",)
    replication_key: str | None = None
    by_name: dict[str, Column] = field(init=False)

    def __post_init__(self) -> None:
        """Index the columns by name."""
        object.__setattr__(self, "by_name", {c.name: c for c in self.columns})

    @property
    def json_schema(self) -> dict[str, Any]:
        """The stream's schema for the Singer SCHEMA message."""
        properties = (c.property(required=c.name in self.keys) for c in self.columns)
        schema: dict[str, Any] = th.PropertiesList(*properties).to_dict()
        return schema


def camel(name: str) -> str:
    """Return GitHub's spelling of a column: `created_at` gives `createdAt`."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def column(
    name: str,
    kind: Kind,
    description: str,
    path: str | None = None,
    default: Any = None,  # noqa: ANN401 - any JSON value
) -> Column:
    """Declare a column.

    Args:
        name: Name of the column.
        kind: Singer type of the values.
        description: What the column contains.
        path: Dotted path of the field; the camelCase of the name if left out.
        default: Value that replaces null.
    """
    steps = tuple((camel(name) if path is None else path).split("."))
    return Column(name, kind, description, steps, default)


def given(name: str, kind: Kind, description: str) -> Column:
    """Declare a column that the reader fills, not a field of the node itself."""
    return Column(name, kind, description)


def listing(name: str, path: str, description: str, *members: Column) -> Column:
    """Declare a list of objects at `path`, with the columns of each object."""
    return Column(name, STRING, description, tuple(path.split(".")), members=members)


def actor(prefix: str, who: str, path: str | None = None) -> tuple[Column, ...]:
    """Declare `<prefix>_id`, `<prefix>_login` and `<prefix>_type` of an actor.

    Args:
        prefix: Name before the three columns.
        who: The role of the account, for the descriptions.
        path: Dotted path of the actor; the camelCase of the prefix if left out.
    """
    at = path or camel(prefix)
    return (
        column(f"{prefix}_id", INTEGER, f"users.id of {who}", f"{at}.databaseId"),
        column(f"{prefix}_login", STRING, f"Login of {who}", f"{at}.login"),
        column(
            f"{prefix}_type",
            STRING,
            f"User, Bot, Mannequin, Organization, or {GHOST} where the account is gone",
            f"{at}.__typename",
            GHOST,
        ),
    )
