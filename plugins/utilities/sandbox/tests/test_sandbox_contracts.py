from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)

from sandbox.github.api import SDL as GITHUB
from sandbox.linear.roots import SDL as LINEAR
from sandbox.testing import published_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLField, GraphQLNamedType

    WithFields = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType

OURS = {"linear": LINEAR, "github": GITHUB}
WITH_FIELDS = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)


@pytest.fixture(scope="module")
def vendors() -> dict[str, GraphQLSchema]:
    files = {name: published_schema(name) for name in OURS}
    if None in files.values():
        pytest.skip("the vendors' published schemas are missing: run `make contracts`")
    # GitHub's published schema defines two fields twice.
    return {
        name: build_schema(file.read_text(), assume_valid_sdl=True)
        for name, file in files.items()
        if file is not None
    }


def differences(ours: GraphQLSchema, theirs: GraphQLSchema) -> list[str]:
    """What our schema says that the vendor's does not."""
    return [
        problem
        for name, type_ in ours.type_map.items()
        if not name.startswith("__")
        for problem in _of_type(name, type_, theirs.type_map.get(name))
    ]


def _of_type(
    name: str, ours: GraphQLNamedType, theirs: GraphQLNamedType | None
) -> Iterator[str]:
    if type(ours) is not type(theirs):
        yield f"{name}: {type(ours).__name__} is {type(theirs).__name__}"
    elif isinstance(ours, GraphQLEnumType) and isinstance(theirs, GraphQLEnumType):
        if list(ours.values) != list(theirs.values):
            yield f"{name}: other values"
    elif isinstance(ours, GraphQLUnionType) and isinstance(theirs, GraphQLUnionType):
        if extra := {t.name for t in ours.types} - {t.name for t in theirs.types}:
            yield f"{name}: not members {extra}"
    elif isinstance(ours, WITH_FIELDS) and isinstance(theirs, WITH_FIELDS):
        yield from _of_fields(name, ours, theirs)


def _of_fields(name: str, ours: WithFields, theirs: WithFields) -> Iterator[str]:
    mine = {t.name for t in getattr(ours, "interfaces", ())}
    if extra := mine - {t.name for t in getattr(theirs, "interfaces", ())}:
        yield f"{name}: does not implement {extra}"
    for field_name, field in ours.fields.items():
        other = theirs.fields.get(field_name)
        path = f"{name}.{field_name}"
        if other is None:
            yield f"{path}: does not exist"
            continue
        if str(field.type) != str(other.type):
            yield f"{path}: {field.type} is {other.type}"
        if getattr(field, "default_value", None) != getattr(
            other, "default_value", None
        ):
            yield f"{path}: other default"
        yield from _of_arguments(path, field, other)


def _of_arguments(path: str, ours: GraphQLField, theirs: GraphQLField) -> Iterator[str]:
    mine, others = getattr(ours, "args", {}), getattr(theirs, "args", {})
    for name, argument in mine.items():
        other = others.get(name)
        if other is None:
            yield f"{path}({name}): does not exist"
        elif str(argument.type) != str(other.type):
            yield f"{path}({name}): {argument.type} is {other.type}"
        elif argument.default_value != other.default_value:
            yield f"{path}({name}): other default"
    for name, other in others.items():
        if isinstance(other.type, GraphQLNonNull) and name not in mine:
            yield f"{path}({name}): is required and missing"


@pytest.mark.parametrize("name", OURS)
def test_every_type_field_argument_and_nullability_is_the_vendors(
    vendors: dict[str, GraphQLSchema], name: str
) -> None:
    assert differences(build_schema(OURS[name]), vendors[name]) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("linear", "  identifier: String!\n", "  key: String!\n"),
        ("linear", "  creator: User\n", "  creator: User!\n"),
        ("linear", "  includeArchived: Boolean", "  withArchived: Boolean"),
        ("github", "  mergedBy: Actor\n", "  mergedBy: User\n"),
        ("github", "  fullDatabaseId: BigInt\n", "  fullDatabaseId: BigInt!\n"),
        ("github", "itemTypes: [", "kinds: ["),
        ("github", "  MERGED\n", "  JOINED\n"),
    ],
)
def test_a_renamed_or_loosened_part_of_the_schema_is_found(
    vendors: dict[str, GraphQLSchema], name: str, old: str, new: str
) -> None:
    old, new = (old, new) if old in OURS[name] else (old.strip(), new.strip())
    changed = OURS[name].replace(old, new)
    assert changed != OURS[name]
    assert differences(build_schema(changed), vendors[name])
