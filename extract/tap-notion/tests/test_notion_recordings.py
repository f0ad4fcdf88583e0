"""Recorded responses of the live API are read value by value; see `shared`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tap_notion import rows
from tap_notion.common.timestamps import timestamp
from tap_notion.transport.errors import Action, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from notion_workspace import Notion

    from sandbox.notion.server import NotionServer

SHARED = Path(__file__).resolve().parents[3] / "../shared"
RECORDINGS = SHARED / "recordings" / "notion"
CONTRACT = SHARED / "contracts" / "notion.schema.json"
needs_recordings = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the recordings are not on this machine"
)
needs_contract = pytest.mark.skipif(
    not CONTRACT.is_file(), reason="Notion's schema is not on this machine"
)


def bodies(kind: str) -> Iterator[dict[str, Any]]:
    """Yield every recorded object of a kind, also those inside of lists."""
    for path in sorted(RECORDINGS.glob("*.json")):
        for each in json.loads(path.read_text("utf-8")):
            body = (each.get("response") or {}).get("body") or {}
            if not isinstance(body, dict):  # an error of a proxy, without JSON
                continue
            for found in (body, *(body.get("results") or ())):
                if found.get("object") == kind:
                    yield found


def fail(why: str, _property: Mapping[str, Any]) -> None:
    pytest.fail(why)


def text(parts: list[dict[str, Any]]) -> str:
    return "".join(each["plain_text"] for each in parts)


@needs_recordings
def test_every_recorded_page_is_read_value_by_value() -> None:
    found = [page for page in bodies("page") if "properties" in page]
    assert found
    for page in found:
        row = rows.page(page, "source")
        assert row["properties"] == page["properties"]
        assert row["in_trash"] is page["in_trash"]
        assert row["is_archived"] is page["is_archived"]
        assert row["created_at"] == page["created_time"]
        assert row["last_edited_at"] == page["last_edited_time"]
        assert row["created_by_id"] == page["created_by"]["id"]
        assert row["parent_page_id"] == page["parent"].get("page_id")
        titles = [p for p in page["properties"].values() if p["type"] == "title"]
        assert row["title"] == text(titles[0]["title"])
        properties = rows.page_properties(page, "source", fail)
        assert [p["property_id"] for p in properties] == [
            p["id"] for p in page["properties"].values()
        ]


@needs_recordings
def test_every_recorded_data_source_is_read_value_by_value() -> None:
    found = list(bodies("data_source"))
    databases = {each["id"]: each for each in bodies("database")}
    assert found
    assert databases
    for source in found:
        database = databases.get(source["parent"]["database_id"])
        row = rows.data_source(source, database)
        assert row["database_title"] == (text(database["title"]) if database else None)
        assert row["title"] == text(source["title"])
        assert row["created_at"] == timestamp(source["created_time"])
        assert row["in_trash"] is source["in_trash"]
        assert [
            (each["id"], each["name"], each["type"]) for each in row["properties"]
        ] == [
            (each["id"], name, each["type"])
            for name, each in source["properties"].items()
        ]


@needs_recordings
def test_every_recorded_user_is_read_value_by_value() -> None:
    found = [user for user in bodies("user") if "type" in user]
    assert found
    for user in found:
        row = rows.user(user)
        assert (row["id"], row["name"], row["type"]) == (
            user["id"],
            user["name"],
            user["type"],
        )
        assert row["email"] == user.get("person", {}).get("email")
        if user["type"] == "bot" and user["bot"]:
            assert row["bot_owner"] == user["bot"]["owner"]["type"]


@needs_recordings
def test_every_recorded_error_ends_the_run_or_the_request() -> None:
    found = list(bodies("error"))
    assert found
    for error in found:
        rule, reply = judge(error["status"], error)
        assert reply.message == error["message"]
        assert rule.action in {Action.STOP, Action.FAIL, Action.PASS_OVER}


@needs_contract
@pytest.mark.parametrize(
    ("method", "path", "definition"),
    [
        ("GET", "users", "ListUsersResponse"),
        ("GET", "users/me", "GetSelfResponse"),
        ("GET", "databases/{database}", "GetDatabaseResponse"),
        ("GET", "data_sources/{days}", "GetDataSourceResponse"),
        ("POST", "data_sources/{days}/query", "QueryDataSourceResponse"),
        ("POST", "search", "SearchResponse"),
        ("GET", "pages/{page}/properties/Rel1", "GetPagePropertyResponse"),
    ],
)
def test_the_sandbox_answers_as_the_contract_says(
    notion: Notion, method: str, path: str, definition: str
) -> None:
    from sandbox.notion.api import NotionRequest  # noqa: PLC0415 - for this test

    server: NotionServer = notion.server._sandbox.notion
    notion.api.store = server._workspace()
    store = notion.api.store
    database = next(iter(store.databases))
    days = store.databases[database]["data_sources"][1]["id"]
    page = next(
        each["id"]
        for each in store.pages.values()
        if each["parent"]["data_source_id"] == days
    )
    asked = path.format(database=database, days=days, page=page)
    answer = notion.api.answer(
        NotionRequest(
            method, asked, {}, "Bearer ntn_x", "2026-03-11", b'{"page_size": 5}'
        )
    )
    assert answer.status == 200
    schema = json.loads(CONTRACT.read_text("utf-8"))
    body = {key: each for key, each in answer.body.items() if key != "request_id"}
    # The contract of a page has no `has_more` of a relation, which Notion documents.
    for each in body.get("results", ()):
        for prop in each.get("properties", {}).values():
            prop.pop("has_more", None)
    jsonschema.validate(body, {**schema, "$ref": f"#/definitions/{definition}"})
