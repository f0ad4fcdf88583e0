"""What Notion refuses, and what the user reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from notion_workspace import BEGAN

from sandbox.notion.objects import add_connection, add_data_source, add_database
from sandbox.notion.store import NotionStore
from tap_notion.settings import reference
from tap_notion.transport.errors import RULES, Action, judge

if TYPE_CHECKING:
    from notion_workspace import Notion, Properties

KEY = "11111111-1111-4111-8111-111111111111"
DIGITS = KEY.replace("-", "")
NAME: Properties = {"Name": ("title", "title", {})}


def error(code: str, message: str = "") -> dict[str, object]:
    return {"object": "error", "code": code, "message": message}


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (429, error("rate_limited"), Action.WAIT),
        (529, error("service_overload"), Action.WAIT),
        (401, error("unauthorized"), Action.STOP),
        (403, error("restricted_resource"), Action.FORBIDDEN),
        (404, error("object_not_found"), Action.PASS_OVER),
        (404, None, Action.STOP),
        (400, error("invalid_request_url"), Action.STOP),
        (
            400,
            error("validation_error", "The start_cursor provided is invalid: x"),
            Action.RESTART,
        ),
        (400, error("missing_version"), Action.STOP),
        (400, error("validation_error", "body failed validation"), Action.FAIL),
        (409, error("conflict_error"), Action.RETRY),
        (500, error("internal_server_error"), Action.SHRINK),
        (503, error("service_unavailable"), Action.RETRY),
        (504, error("gateway_timeout"), Action.SHRINK),
        (200, None, Action.RETRY),
    ],
)
def test_each_error_has_its_action(status: int, body: object, action: Action) -> None:
    rule, _ = judge(status, body)
    assert rule.action is action
    assert rule in RULES


@pytest.mark.parametrize("status", [429, 529])
def test_retry_after_is_obeyed(notion: Notion, status: int) -> None:
    page = notion.page(1)
    notion.server.fault("rate-limited", "notion", status=status, seconds=75, count=1)
    run = notion.run()
    assert run.ids() == [page]
    assert max(notion.sleeps) >= 70


def test_a_wait_longer_than_the_setting_ends_the_run_in_one_line(
    notion: Notion,
) -> None:
    notion.server.fault("rate-limited", "notion", seconds=500, count=0)
    run = notion.run(max_wait_seconds=60)
    assert len(run.lines) == 1
    assert "longer than max_wait_seconds (60 s)" in run.lines[0]


def test_a_refused_token_ends_the_run_in_one_line_without_the_token(
    notion: Notion,
) -> None:
    run = notion.run(access_token="wrong-9f8e7d")  # noqa: S106 - refused
    assert len(run.lines) == 1
    assert "set access_token to the token" in run.lines[0]
    assert "9f8e7d" not in run.lines[0]


def test_an_unknown_version_is_named(notion: Notion) -> None:
    run = notion.run(notion_version="2026-12-31")
    assert run.lines[0].startswith("Notion refused notion_version")


def test_the_other_data_sources_are_read_if_one_is_not_shared(notion: Notion) -> None:
    page = notion.page(1)
    other = add_data_source(notion.store, notion.database, "Other", BEGAN, NAME)
    notion.page(2, source=other)
    notion.store.hidden.add(other)
    run = notion.run()
    assert run.ids() == [page]
    assert run.activated() == {"users"}
    assert len(run.lines) == 1
    assert other in run.lines[0]


def test_the_other_data_sources_are_read_if_one_fails(notion: Notion) -> None:
    page = notion.page(1)
    other = add_data_source(notion.store, notion.database, "Other", BEGAN, NAME)
    notion.page(2, source=other)
    notion.server.fault(
        "server-error", "notion", status=503, match=f"{other}/query", count=0
    )
    run = notion.run()
    assert run.ids() == [page]
    assert not run.activated() & {"pages", "page_properties"}
    assert "Other" in run.lines[0]


def test_without_the_user_capability_users_are_skipped(notion: Notion) -> None:
    notion.page(1)
    notion.store.reads_users = False
    run = notion.run()
    assert run.records("users") == []
    assert run.lines == ()
    assert "users" not in run.activated()


def test_without_the_setting_everything_that_is_shared_is_read(notion: Notion) -> None:
    second = add_database(notion.store, "Second", BEGAN)
    other = add_data_source(notion.store, second, "Other", BEGAN, NAME)
    pages = {notion.page(1), notion.page(2, source=other)}
    first = notion.run(data_sources=[])
    assert set(first.ids()) == pages
    # Search lags behind: what it no longer finds is requested by its ID.
    notion.store.unlisted.add(other)
    assert set(notion.run(first.state, data_sources=[]).ids()) == pages
    # What is not shared any more is reported once, and then accepted.
    notion.store.hidden.add(other)
    third = notion.run(first.state, data_sources=[])
    assert "pages" not in third.activated()
    assert other in third.lines[0]
    fourth = notion.run(third.state, data_sources=[])
    assert fourth.lines == ()
    assert "pages" in fourth.activated()


def test_nothing_shared_ends_the_run_in_one_line(notion: Notion) -> None:
    notion.store.hidden.add(notion.days)
    run = notion.run(data_sources=[])
    assert len(run.lines) == 1
    assert "no data source is shared" in run.lines[0]


def test_a_list_that_becomes_empty_deletes_nothing_the_first_time(
    notion: Notion,
) -> None:
    page = notion.page(1)
    first = notion.run()
    notion.store.remove(page)
    second = notion.run(first.state)
    assert not second.activated() & {"pages", "page_properties"}
    assert second.lines[0].startswith("pages: had 1 rows and is empty now")
    third = notion.run(second.state)
    assert third.activated() >= {"pages", "page_properties"}


@pytest.mark.parametrize(
    ("text", "name", "key"),
    [
        (KEY, KEY, KEY),
        (DIGITS.upper(), KEY, KEY),
        (f"https://app.notion.com/p/Habits-{DIGITS}?v={'2' * 32}", KEY, KEY),
        (f"habits: https://www.notion.so/me/{DIGITS}", "habits", KEY),
        (f"habits: {KEY}", "habits", KEY),
    ],
)
def test_a_data_source_is_an_id_or_an_address_with_or_without_a_name(
    text: str, name: str, key: str
) -> None:
    assert reference(text) == (name, key)


def test_the_address_of_a_page_without_an_id_is_refused() -> None:
    assert reference("https://www.notion.so/me/Habits") is None


# --- whose token ----------------------------------------------------------------------


def test_a_token_of_another_workspace_than_the_state_reads_nothing(
    notion: Notion,
) -> None:
    notion.pages(2)
    state = notion.run().state
    notion.api.store = NotionStore("Elsewhere")
    add_connection(notion.api.store, "Throughline")

    found = notion.run(state, data_sources=[])

    assert found.messages == []
    (line,) = found.lines
    assert "belongs to the workspace Elsewhere, the state to Lanternworks" in line


def test_another_connection_of_the_same_workspace_reads_on(notion: Notion) -> None:
    notion.pages(2)
    state = notion.run().state
    add_connection(notion.store, "Successor")

    found = notion.run(state)

    assert not found.lines
    assert len(found.ids()) == 2


def test_a_connection_that_does_not_show_its_workspace_is_compared_itself(
    notion: Notion,
) -> None:
    notion.pages(2)
    notion.store.users[notion.store.bot]["bot"] = {}
    state = notion.run().state
    assert not notion.run(state).lines
    add_connection(notion.store, "Successor")

    found = notion.run(state)

    assert found.messages == []
    assert "belongs to the workspace Lanternworks" in found.lines[0]
