"""Recorded responses of HubSpot are read value by value."""

# ruff: noqa: ANN401 - the fixtures are functions
from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.answers import Answer
from tap_hubspot_crm import schemas
from tap_hubspot_crm.schemas.columns import STRING, Table, prop
from tap_hubspot_crm.schemas.rows import association_rows, history_rows, record_row
from tap_hubspot_crm.transport.errors import Action, Reply, judge

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "recordings"
if not FOLDER.is_dir():
    pytest.skip("the recordings are not on this machine", allow_module_level=True)
PAGES = sorted((FOLDER / "hubspot").glob("objects_*.json"))
TABLES = {table.name: table for table in schemas.RECORDS}


def recorded(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def kind_of(path: Path) -> str:
    return path.stem.split("_")[1]


def same(value: Any, text: str | None) -> bool:
    """Whether a value of a row is what the recorded text says."""
    if not text:
        return value is None
    if isinstance(value, bool):
        return str(value).lower() == text
    if isinstance(value, float):
        return value == float(text)
    try:
        return datetime.fromisoformat(value) == datetime.fromisoformat(text)
    except ValueError:
        return bool(value == text)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_recorded_record_is_read_value_by_value(path: Path) -> None:
    unusable: list[Any] = []
    compared = 0
    for given in recorded(path)["results"]:
        known = TABLES.get(kind_of(path))
        columns = known.columns if known else schemas.CONTACTS.columns
        names = {column.name for column in columns}
        # A property that is not read by default is a column that the user adds.
        more = (prop(name, STRING, "") for name in given["properties"].keys() - names)
        table = Table(kind_of(path), (*columns, *more))
        row = record_row(table, given, lambda *about: unusable.append(about))
        for name, text in given["properties"].items():
            assert same(row[name], text), (name, row[name], text)
            compared += 1
        assert row["id"] == given["id"]
        assert row["is_archived"] is given["archived"]
        for name, key in (("created_at", "createdAt"), ("updated_at", "updatedAt")):
            assert same(row[name], given[key])
    assert unusable == []
    assert compared > 9


def test_every_recorded_value_of_the_history_is_a_row() -> None:
    path = FOLDER / "hubspot" / "objects_contacts_with_history.json"
    for given in recorded(path)["results"]:
        rows = {
            (row["property"], row["changed_at"]): row for row in history_rows(given)
        }
        versions = [
            (name, version)
            for name, listed in given["propertiesWithHistory"].items()
            for version in listed
        ]
        assert len(rows) == len(versions)
        for name, version in versions:
            row = rows[name, version["timestamp"]]
            assert row["value"] == version["value"]
            assert row["source_type"] == version["sourceType"]
            assert row["source_id"] == version.get("sourceId")
            user = version.get("updatedByUserId")
            assert row["updated_by_user_id"] == (None if user is None else str(user))


@pytest.mark.parametrize(
    "path",
    [path for path in PAGES if kind_of(path) in TABLES and "history" not in path.stem],
    ids=lambda path: path.stem,
)
def test_the_tap_reads_a_recorded_page_through_its_client(
    api: Any, run: Any, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    answer, kind = api.answer, kind_of(path)

    def serve(request: Any) -> Answer:
        is_page = request.path.endswith(f"/{kind}")
        if is_page and request.query.get("archived") == "false":
            return Answer(200, recorded(path))
        found: Answer = answer(request)
        return found

    monkeypatch.setattr(api, "answer", serve)
    out = run(objects=kind, select={kind}).sync()
    given = recorded(path)["results"]
    assert [row["id"] for row in out.records(kind)] == [one["id"] for one in given]
    for row, one in zip(out.records(kind), given, strict=True):
        shown = {key: text for key, text in one["properties"].items() if key in row}
        assert all(same(row[key], text) for key, text in shown.items())


def test_the_examples_of_odd_answers_are_understood() -> None:
    found = recorded(FOLDER / "examples" / "hubspot.json")
    (given,) = found["associations_batch_read"]["results"]
    rows = association_rows(("meetings", "contacts"), given)
    assert [(row["to_id"], row["type_id"], row["label"]) for row in rows] == [
        ("713", "200", None),
        ("713", "37", "Host"),
    ]
    (archived,) = found["list_contacts_archived"]["results"]
    row = record_row(schemas.CONTACTS, archived, lambda *_: None)
    assert row["is_archived"] is True
    assert row["archived_at"] == archived["archivedAt"]
    actions = {
        (429, "error_429"): Action.WAIT,
        (403, "error_403_scope"): Action.SKIP,
        (400, "error_400_past_10000"): Action.REFUSE,
    }
    for (status, name), action in actions.items():
        assert judge(Reply(status, found[name])).action is action
    assert Reply(403, found["error_403_scope"]).scopes == "crm.objects.contacts.read"
