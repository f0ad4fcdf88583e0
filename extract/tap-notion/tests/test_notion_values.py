"""Every type of property becomes its columns, and long lists are complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from notion_workspace import BEGAN

from sandbox.notion.objects import add_data_source
from sandbox.notion.store import rich_text
from tap_notion.values import EMPTY, columns

if TYPE_CHECKING:
    from notion_workspace import Notion, Properties, Row

TEXT = rich_text("a") + rich_text("b")
UTC_START = "2026-11-21T02:30:00.000Z"
CASES: list[tuple[str, Any, Row]] = [
    ("title", TEXT, {"value_string": "ab"}),
    ("rich_text", TEXT, {"value_string": "ab"}),
    ("number", 2.5, {"value_number": 2.5}),
    ("number", None, {}),
    ("checkbox", False, {"value_boolean": False}),
    ("select", {"id": "1", "name": "Good"}, {"value_string": "Good"}),
    ("select", None, {}),
    ("status", {"id": "1", "name": "Done"}, {"value_string": "Done"}),
    ("multi_select", [{"name": "x"}, {"name": "y"}], {"value_strings": ["x", "y"]}),
    ("url", "https://a.example", {"value_string": "https://a.example"}),
    ("email", "a@b.example", {"value_string": "a@b.example"}),
    ("phone_number", "1", {"value_string": "1"}),
    (
        "date",
        {"start": "2026-11-20", "end": None, "time_zone": None},
        {"value_string": "2026-11-20", "value_date": "2026-11-20"},
    ),
    (  # late in the evening: the day is the user's, not UTC's
        "date",
        {"start": "2026-11-20T21:30:00.000-05:00", "end": None, "time_zone": None},
        {
            "value_string": "2026-11-20T21:30:00.000-05:00",
            "value_date": "2026-11-20",
            "value_start_at": UTC_START,
        },
    ),
    (  # with a time zone, the start has no offset
        "date",
        {
            "start": "2026-11-20T21:30:00.000",
            "end": "2026-11-20T22:30:00.000",
            "time_zone": "America/New_York",
        },
        {
            "value_string": "2026-11-20T21:30:00.000/2026-11-20T22:30:00.000",
            "value_date": "2026-11-20",
            "value_start_at": UTC_START,
            "value_end_at": "2026-11-21T03:30:00.000Z",
            "value_time_zone": "America/New_York",
        },
    ),
    ("people", [{"id": "p"}], {"value_strings": ["p"]}),
    ("relation", [{"id": "r"}], {"value_strings": ["r"]}),
    ("files", [{"name": "f", "type": "external"}], {"value_strings": ["f"]}),
    ("created_by", {"id": "p"}, {"value_string": "p"}),
    (
        "last_edited_time",
        "2026-11-20T21:14:00.000Z",
        {
            "value_string": "2026-11-20T21:14:00.000Z",
            "value_date": "2026-11-20",
            "value_start_at": "2026-11-20T21:14:00.000Z",
        },
    ),
    (
        "unique_id",
        {"prefix": "DAY", "number": 7},
        {"value_string": "DAY-7", "value_number": 7},
    ),
    ("place", {"lat": 1, "lon": 2, "name": "Oslo"}, {"value_string": "Oslo"}),
    (
        "verification",
        {"state": "unverified", "date": None, "verified_by": None},
        {"value_string": "unverified"},
    ),
    ("button", {}, {}),
    ("formula", {"type": "string", "string": "x"}, {"value_string": "x"}),
    ("formula", {"type": "number", "number": 0.5}, {"value_number": 0.5}),
    ("formula", {"type": "boolean", "boolean": True}, {"value_boolean": True}),
    ("formula", {"type": "unsupported", "unsupported": {}}, {}),
    ("rollup", {"type": "number", "number": 5}, {"value_number": 5}),
    ("rollup", {"type": "incomplete", "incomplete": {}}, {"is_truncated": True}),
    ("rollup", {"type": "unsupported", "unsupported": {}}, {}),
    (
        "rollup",
        {
            "type": "array",
            "array": [
                {"type": "number", "number": 3},
                {"type": "number", "number": 12_345_678.25},
                {"type": "number", "number": 2.0},
                {"type": "title", "title": TEXT},
            ],
        },
        {"value_strings": ["3", "12345678.25", "2", "ab"]},
    ),
]


@pytest.mark.parametrize(("kind", "value", "expected"), CASES)
def test_a_value_becomes_the_columns_of_its_type(
    kind: str, value: object, expected: Row
) -> None:
    prop = {"id": "x", "type": kind, kind: value}
    assert columns(prop) == {**EMPTY, **expected}


def test_a_value_of_an_unknown_type_is_null_and_reported(notion: Notion) -> None:
    page = notion.page(1)
    notion.store.pages[page]["properties"]["New"] = {"id": "N", "type": "new", "new": 1}
    run = notion.run()
    row = next(r for r in run.records("page_properties") if r["property_id"] == "N")
    assert {key: row[key] for key in EMPTY} == EMPTY
    assert run.lines == ()


@pytest.mark.parametrize("kind", ["relation", "people", "rich_text", "title"])
def test_a_list_of_more_than_25_items_is_read_to_its_end(
    notion: Notion, kind: str
) -> None:
    names = {
        "relation": "Related",
        "people": "People",
        "rich_text": "Notes",
        "title": "Name",
    }
    value = [
        {"object": "user", "id": f"{n}"}
        if kind in ("relation", "people")
        else rich_text(f"{n},")[0]
        for n in range(230)
    ]
    values: dict[str, Any] = {names[kind]: value}
    notion.page(1, **values)
    rows = {r["property_name"]: r for r in notion.run().records("page_properties")}
    row = rows[names[kind]]
    assert row["is_truncated"] is False
    found = row["value_strings"] or row["value_string"].rstrip(",").split(",")
    assert found == [str(n) for n in range(230)]


def test_the_id_of_a_property_is_sent_as_notion_wrote_it(notion: Notion) -> None:
    properties: Properties = {
        "Name": ("title", "title", {}),
        "Who": ("%3Aa%2FB%7D", "people", {}),
    }
    source = add_data_source(notion.store, notion.database, "Odd", BEGAN, properties)
    people = [{"object": "user", "id": str(number)} for number in range(30)]
    notion.page(1, source=source, Who=people)
    run = notion.run()
    assert run.lines == ()
    (row,) = (
        row for row in run.records("page_properties") if row["property_name"] == "Who"
    )
    assert row["property_id"] == "%3Aa%2FB%7D"
    assert row["value_strings"] == [str(number) for number in range(30)]


def test_without_property_items_a_cut_list_is_marked_as_truncated(
    notion: Notion,
) -> None:
    notion.page(1, Related=[{"id": str(n)} for n in range(26)])
    run = notion.run(page_property_items=False)
    rows = {r["property_name"]: r for r in run.records("page_properties")}
    assert rows["Related"]["is_truncated"] is True
    assert len(rows["Related"]["value_strings"]) == 25


def test_a_rollup_over_more_than_25_pages_is_read_again(notion: Notion) -> None:
    page = notion.page(
        1,
        Related=[{"id": str(n)} for n in range(40)],
        Total={"type": "number", "number": 25, "function": "count"},
    )
    prop = notion.store.pages[page]["properties"]["Total"]
    prop["_items"] = [
        {
            "object": "property_item",
            "id": "x",
            "type": "relation",
            "relation": {"id": str(n)},
        }
        for n in range(40)
    ]
    prop["_complete"] = {"type": "number", "number": 40, "function": "count"}
    rows = {r["property_name"]: r for r in notion.run().records("page_properties")}
    assert rows["Total"]["value_number"] == 40
    assert rows["Total"]["is_truncated"] is False


def test_two_properties_whose_names_differ_only_in_case_do_not_collide(
    notion: Notion,
) -> None:
    properties: Properties = {
        "Name": ("title", "title", {}),
        "run": ("aaaa", "checkbox", {}),
        "Run ": ("bbbb", "checkbox", {}),
    }
    source = add_data_source(notion.store, notion.database, "Two", BEGAN, properties)
    values: dict[str, Any] = {"run": True, "Run ": False}
    notion.page(1, source=source, **values)
    rows = notion.run().records("page_properties")
    found = {r["property_id"]: r["value_boolean"] for r in rows}
    assert (found["aaaa"], found["bbbb"]) == (True, False)
