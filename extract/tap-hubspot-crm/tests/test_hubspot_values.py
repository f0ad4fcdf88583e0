"""Values of properties, the choice of properties, and what describes the records."""

# ruff: noqa: ANN401 - the fixtures are functions
from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tap_hubspot_crm.schemas.columns import BOOLEAN, DATE, NUMBER, STRING, TIMESTAMP
from tap_hubspot_crm.schemas.values import STRINGS, converted

if TYPE_CHECKING:
    from singer_sdk import typing as th

    from sandbox.hubspot.store import Account


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, NUMBER, None),
        ("", STRING, None),
        ("", BOOLEAN, None),
        ("3.5", NUMBER, 3.5),
        ("true", BOOLEAN, True),
        ("false", BOOLEAN, False),
        ("2026-01-31T10:00:00Z", TIMESTAMP, "2026-01-31T10:00:00.000Z"),
        ("2026-01-31T10:00:00.5Z", TIMESTAMP, "2026-01-31T10:00:00.500Z"),
        ("1769853600000", TIMESTAMP, "2026-01-31T10:00:00.000Z"),
        ("2026-01-31", TIMESTAMP, "2026-01-31T00:00:00.000Z"),
        ("2026-01-31", DATE, "2026-01-31"),
        ("1769817600000", DATE, "2026-01-31"),
        ("one;two", STRINGS, ["one", "two"]),
        ("one;two", STRING, "one;two"),
    ],
)
def test_a_text_becomes_the_value_of_its_column(
    value: str | None, kind: type[th.JSONTypeHelper[Any]], expected: Any
) -> None:
    assert converted(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [("N/A", NUMBER), ("nan", NUMBER), ("yes", BOOLEAN), ("soon", TIMESTAMP)],
)
def test_a_text_of_another_type_is_refused(
    value: str, kind: type[th.JSONTypeHelper[Any]]
) -> None:
    with pytest.raises(ValueError, match=value):
        converted(value, kind)


def test_a_number_that_is_text_is_null_and_logged_once_for_all_records(
    account: Account, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    account.add("companies", 1, name="Acme", numberofemployees="N/A")
    account.add("companies", 2, name="Zeta", numberofemployees="N/A")
    with caplog.at_level(logging.WARNING):
        rows = (
            run(objects="companies", select={"companies"}).sync().records("companies")
        )
    assert [row["numberofemployees"] for row in rows] == [None, None]
    assert {row["name"] for row in rows} == {"Acme", "Zeta"}
    line = "numberofemployees contains 'N/A', which is not a number"
    assert caplog.text.count(line) == 1


def test_chosen_properties_are_columns_of_their_type(
    account: Account, run: Any
) -> None:
    account.add("contacts", 1, birthday="2000-01-31", hs_interests="one;two")
    chosen = {"contacts": ["birthday", "hs_interests", "email"]}
    started = run(objects="contacts", properties=chosen, select={"contacts"})
    schema = started.tap.streams["contacts"].schema["properties"]
    assert schema["birthday"]["format"] == "date"
    (row,) = started.sync().records("contacts")
    assert row["birthday"] == "2000-01-31"
    assert row["hs_interests"] == ["one", "two"]


def test_a_star_is_every_property_that_is_neither_hidden_nor_sensitive(
    run: Any,
) -> None:
    tap = run(objects="contacts,deals", properties={"contacts": "*", "deals": "*"}).tap
    columns = tap.streams["contacts"].schema["properties"]
    assert "birthday" in columns
    assert not {"hs_internal_score", "national_id"} & set(columns)
    # No list of properties contains the dates of the stages.
    deals = tap.streams["deals"].schema["properties"]
    assert "hs_v2_date_entered_closedwon" in deals


def test_an_unknown_property_is_one_line(run: Any) -> None:
    with pytest.raises(Exception, match="properties: contacts have no property nope"):
        run(objects="contacts", properties={"contacts": "nope"})


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("hs_internal_score", ""),
        ("deal_stage", "Error: property_history: deals have no property deal_stage"),
    ],
)
def test_an_unknown_property_of_the_history_is_one_line(
    account: Account, run: Any, name: str, line: str
) -> None:
    account.add("deals", 1, hs_internal_score="9")
    settings = {
        "objects": "deals",
        "property_history": f"dealstage,{name}",
        "select": {"deals", "deal_property_history"},
    }
    started = run(**settings)
    if line:
        assert started.failing() == line
        assert not started.out.records("deals")
    else:
        rows = started.sync().records("deal_property_history")
        assert [row["property"] for row in rows] == [name]


def test_property_names_that_are_too_long_for_an_address_go_into_a_body(
    account: Account, run: Any, requests: Any
) -> None:
    names = [f"a_property_with_a_long_name_{number:04}" for number in range(400)]
    for name in names:
        account.definitions["contacts"].append(
            {"name": name, "type": "string", "fieldType": "text", "label": name}
        )
    for key in range(1, 151):
        account.add("contacts", key, **{names[399]: f"last {key}"})
    account.archive("contacts", 150)
    started = run(
        objects="contacts", properties={"contacts": names}, select={"contacts"}
    )
    rows = started.sync().records("contacts")
    values = {row["id"]: row[names[399]] for row in rows}
    assert values == {str(key): f"last {key}" for key in range(1, 151)}
    assert requests()["objects contacts batch read"] == 4


def test_a_414_is_answered_with_the_names_in_a_body(
    account: Account, run: Any, requests: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.hubspot.api.LONGEST_ADDRESS", 200)
    account.add("contacts", 1, email="a@x.example")
    (row,) = run(objects="contacts", select={"contacts"}).sync().records("contacts")
    assert row["email"] == "a@x.example"
    assert requests()["objects contacts batch read"] == 1


def test_archived_owners_are_among_the_owners(account: Account, run: Any) -> None:
    common = {"type": "PERSON", "createdAt": "2026-01-01T00:00:00Z"}
    common["updatedAt"] = "2026-01-02T00:00:00Z"
    for number in range(700):
        account.owners.append(
            {**common, "id": str(number), "archived": number >= 600, "userId": None}
            | {"userIdIncludingInactive": number}
        )
    rows = run(objects="deals", select={"owners"}).sync().records("owners")
    assert len(rows) == 700
    assert sum(row["is_archived"] for row in rows) == 100
    assert rows[-1]["user_id"] == "699"


def test_a_stage_is_known_by_its_pipeline_and_its_texts_have_types(run: Any) -> None:
    out = run(objects="deals", select={"pipelines", "pipeline_stages"}).sync()
    rows = out.records("pipeline_stages")
    assert len({(row["pipeline_id"], row["id"]) for row in rows}) == len(rows) == 10
    won = next(row for row in rows if row["id"] == "closedwon")
    assert (won["is_closed"], won["probability"]) == (True, 1.0)
    assert out.activated() == {"pipelines", "pipeline_stages"}


def test_the_properties_of_each_object_type_are_rows(run: Any) -> None:
    rows = (
        run(objects="contacts,calls", select={"properties"})
        .sync()
        .records("properties")
    )
    assert {row["object_type"] for row in rows} == {"contacts", "calls"}
    (stage,) = [row for row in rows if row["name"] == "lifecyclestage"]
    assert stage["options"][0]["label"] == "The first"
    assert not any(row["name"] == "national_id" for row in rows)
