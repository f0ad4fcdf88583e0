"""A state is checked against the shape that the tap declares."""

from __future__ import annotations

from typing import Any

import pytest

from tap_linear.common.state_shape import (
    DAY,
    DIGITS,
    ID,
    NUMBER,
    TEXT,
    TIME,
    Items,
    Keys,
    Values,
)

SHAPE = Keys(
    bookmarks=Values(
        Keys(
            "since",
            since=TIME,
            day=DAY,
            id=ID,
            after=DIGITS,
            rows=NUMBER,
            names=Items(TEXT),
        )
    )
)
RIGHT = {
    "since": "2026-01-31T00:00:00.000Z",
    "day": "2026-01-31",
    "id": "00000000-0000-0000-0000-000000000001",
    "after": "17",
    "rows": 3,
    "names": ["a"],
}


@pytest.mark.parametrize(
    "bookmark",
    [
        RIGHT,
        {"since": RIGHT["since"], "rows": None, "day": ""},
        {"since": RIGHT["since"], "written by another version": [1]},
    ],
)
def test_a_state_of_the_shape_has_no_damage(bookmark: dict[str, Any]) -> None:
    assert list(SHAPE.damages({"bookmarks": {"issues": bookmark}})) == []


@pytest.mark.parametrize(
    ("place", "value", "found", "expected"),
    [
        ("since", "soon", "'soon'", "a time"),
        ("since", 5, "5", "a time"),
        ("since", None, "None", "there"),
        ("since", "", "None", "there"),
        ("day", "2026-02-30", "'2026-02-30'", "a date"),
        ("id", "x", "'x'", "an ID"),
        ("after", 17, "17", "a text of digits"),
        ("after", "1.5", "'1.5'", "a text of digits"),
        ("rows", True, "True", "a number"),
        ("rows", "3", "'3'", "a number"),
        ("names", "a", "'a'", "a list"),
        ("names[1]", ["a", 1], "1", "text"),
    ],
)
def test_each_wrong_value_is_named_with_its_place_and_what_is_expected(
    place: str, value: object, found: str, expected: str
) -> None:
    bookmark = {**RIGHT, place.partition("[")[0]: value}
    assert list(SHAPE.damages({"bookmarks": {"issues": bookmark}})) == [
        (f"bookmarks.issues.{place}", found, expected)
    ]


def test_an_object_that_is_another_value_is_named() -> None:
    assert list(SHAPE.damages([])) == [("it", "[]", "an object")]
    assert list(SHAPE.damages({"bookmarks": []})) == [("bookmarks", "[]", "an object")]


def test_a_long_wrong_value_is_shortened() -> None:
    (damage,) = Keys(after=DIGITS).damages({"after": "x" * 1_000})
    assert len(damage.found) == 60
    assert damage.found.endswith("...")
