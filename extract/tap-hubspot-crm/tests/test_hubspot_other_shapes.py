"""Responses of another shape, parts that are not read any more, empty settings."""

# ruff: noqa: ANN401 - the fixtures are functions
from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hubspot_runs import Table, contacts

from tap_hubspot_crm.common import redaction
from tap_hubspot_crm.common.errors import SettingsError
from tap_hubspot_crm.tap import TapHubSpotCrm
from tap_hubspot_crm.transport.errors import Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_runs import Row

    from sandbox.answers import Answer
    from sandbox.hubspot.api import HubSpotApi, Request
    from sandbox.hubspot.store import Account
    from sandbox.testing import ApiServer

CONTACTS: dict[str, Any] = {"objects": "contacts", "select": {"contacts"}}
TYPES = ["contacts", "companies"]
PAIRS = ["contacts:companies", "companies:contacts"]


@pytest.fixture
def alter(api: HubSpotApi, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Changes every response of an address: `alter(path, change)`."""
    original = api.answer

    def change_all(path: str, change: Callable[[Row], Row]) -> None:
        def answer(request: Request) -> Answer:
            found = original(request)
            if path not in request.path:
                return found
            body = json.loads(json.dumps(found.body))
            return replace(found, status=200, body=change(body))

        monkeypatch.setattr(api, "answer", answer)

    return change_all


# --- responses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"results": [None]},
        {"results": ["text"]},
        {"results": [{"id": "1"}]},
        {"results": [{"id": "1", "properties": None}]},
    ],
)
def test_a_record_of_another_shape_replaces_no_row_and_deletes_nothing(
    account: Account, run: Any, alter: Any, body: Row
) -> None:
    contacts(account, 3)
    state = run(**CONTACTS).sync().state
    alter("objects/2026-09/contacts", lambda _: body)
    started = run(state, mode="full", **CONTACTS)
    text = started.failing()
    assert text.startswith("Error: Cannot read contacts: a response has an unexp")
    assert started.out.records("contacts") == []
    assert started.out.activated() == set()


def test_a_list_whose_cursors_repeat_ends_in_one_line(
    account: Account, run: Any, alter: Any
) -> None:
    contacts(account, 3)
    cursors = iter("12" * 50)

    def repeated(body: Row) -> Row:
        return {**body, "paging": {"next": {"after": next(cursors)}}}

    alter("objects/2026-09/contacts", repeated)
    started = run(archived=False, **CONTACTS)
    assert "the list does not advance: cursor '1' came twice" in started.failing()
    assert started.out.activated() == set()
    assert next(cursors) == "2"


def test_an_address_that_is_not_the_api_is_one_line(
    server: ApiServer, run: Any
) -> None:
    text = run(api_url=f"{server.base_url}/elsewhere").failing()
    assert text.startswith("Error: api_url is not HubSpot's API (HTTP 404)")
    assert text.count("\n") == 0


def test_check_of_an_unexpected_response_is_one_line(
    run: Any, alter: Any, tmp_path: Path
) -> None:
    alter("/search", lambda _: {"results": []})
    file = tmp_path / "config.json"
    file.write_text(json.dumps(dict(run().tap.config)))
    done = CliRunner().invoke(TapHubSpotCrm.cli, ["--config", str(file), "--check"])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert "Error: a response has an unexpected shape" in done.output


def test_a_discovery_that_needs_the_api_ends_in_one_line(
    run: Any, account: Account, tmp_path: Path
) -> None:
    account.missing_scopes["deals"] = "crm.schemas.deals.read"
    config = {**run().tap.config, "properties": {"deals": "*"}}
    for given, words in (
        ({**config, "access_token": "pat-other"}, "HubSpot rejects the credential"),
        ({"properties": {"deals": "*"}}, "set access_token to a service key"),
    ):
        file = tmp_path / "config.json"
        file.write_text(json.dumps(given))
        arguments = ["--config", str(file), "--discover"]
        done = CliRunner().invoke(TapHubSpotCrm.cli, arguments)
        assert done.exit_code == 1
        assert isinstance(done.exception, SystemExit)
        assert f"Error: {words}" in done.output


def test_a_secret_that_a_server_repeats_is_hidden_also_where_a_text_is_cut() -> None:
    redaction.remember("pat-na1-shortened-secret")
    message = f"{'x' * 285} pat-na1-shortened-secret"
    assert Reply(400, {"message": message}).message == f"{'x' * 285} ***"


# --- parts that are not read any more ------------------------------------------------


def linked(account: Account) -> None:
    contacts(account, 3)
    account.add("companies", 900, name="Acme")
    for key in (1, 2, 3):
        account.link(("contacts", key), ("companies", 900), 1, "Primary")


@pytest.mark.parametrize(
    "less",
    [
        {"objects": ["contacts"], "select": {"contacts", "associations"}},
        {"objects": TYPES, "select": {"contacts", "associations"}},
        {
            "objects": TYPES,
            "select": {*TYPES, "associations"},
            "associations": "contacts:companies",
        },
    ],
)
def test_associations_that_are_not_read_any_more_are_not_deleted(
    account: Account, run: Any, caplog: pytest.LogCaptureFixture, less: Row
) -> None:
    linked(account)
    table = Table()
    every = {"objects": TYPES, "select": {*TYPES, "associations"}}
    table.load(out := run(**every, associations=PAIRS).sync())
    before = set(table.present("associations"))
    assert {key[0] for key in before} == set(TYPES)
    table.load(out := run(out.state, **{"associations": PAIRS, **less}).sync())
    assert set(table.present("associations")) == before
    assert "associations" not in out.activated()
    assert "associations: companies:contacts is not read any more" in caplog.text
    # With all of them again, what is gone is deleted.
    account.unlink(("contacts", 2), ("companies", 900))
    table.load(run(out.state, **every, associations=PAIRS).sync())
    assert len(table.present("associations")) == len(before) - 2


def test_an_object_type_that_is_not_read_any_more_is_not_purged_in_the_index(
    account: Account, run: Any
) -> None:
    linked(account)
    account.add("companies", 901, name="Other")
    select = {"record_index", "properties", "pipelines", "pipeline_stages"}
    every = [*TYPES, "deals"]
    out = run(objects=every, select=select).sync()
    assert out.activated() == select
    assert run(out.state, objects="contacts", select=select).sync().activated() == set()
    assert run(out.state, objects=every, select=select).sync().activated() == select


# --- settings and state --------------------------------------------------------------


@pytest.mark.parametrize("empty", [None, ""])
def test_settings_without_a_value_have_their_defaults(
    account: Account, server: ApiServer, empty: str | None
) -> None:
    names = ("api_version", "mode", "page_size", "max_wait_seconds", "request_timeout")
    tap = TapHubSpotCrm(
        config={
            "access_token": "pat-sandbox",
            "api_url": f"{server.base_url}/hubspot",
            **dict.fromkeys((*names, "properties", "start_date"), empty),
        }
    )
    assert tap.config["api_version"] == "2026-09"
    assert tap.config["max_wait_seconds"] == 3900
    assert next(iter(tap.facts())) == "the credential of account 1 is valid"
    assert account.records is not None


def test_lists_that_are_null_have_their_defaults() -> None:
    lists = dict.fromkeys(("objects", "associations", "property_history"))
    tap = TapHubSpotCrm(config={"access_token": "pat-sandbox", **lists})
    assert "contacts" in tap.config["objects"]
    assert tap.config["property_history"] == ["dealstage", "amount", "closedate"]


def test_a_position_without_its_counts_is_read_to_its_end(
    account: Account, run: Any
) -> None:
    contacts(account, 250)
    state = {"bookmarks": {"contacts": {"pass": {"after": "200"}}}}
    assert len(run(state, **CONTACTS).sync().records("contacts")) == 50


def test_damaged_parts_of_the_state_are_one_line(run: Any) -> None:
    with pytest.raises(SettingsError) as refused:
        run({"bookmarks": {}, "parts": {"associations": "all"}})
    assert "The state is damaged: parts" in refused.value.lines[0]
