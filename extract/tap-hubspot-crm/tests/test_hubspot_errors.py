"""Errors end in one line, limits are obeyed, and one fault stops only one stream."""

# ruff: noqa: ANN401 - the fixtures are functions
from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from hubspot_runs import contacts

from sandbox.answers import Answer
from sandbox.hubspot.api import REFRESH_TOKEN, RefusedError
from tap_hubspot_crm.common.errors import SettingsError
from tap_hubspot_crm.settings import OBJECTS
from tap_hubspot_crm.transport.errors import RULES, Action, Reply, judge

if TYPE_CHECKING:
    from sandbox.hubspot.api import HubSpotApi
    from sandbox.hubspot.store import Account
    from sandbox.testing import ApiServer

CONTACTS: dict[str, Any] = {"objects": "contacts", "select": {"contacts"}}
OAUTH = {
    "access_token": None,
    "client_id": "app",
    "client_secret": "secret-of-app",
    "refresh_token": REFRESH_TOKEN,
}


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (530, {}, Action.STOP),
        (401, {"category": "EXPIRED_AUTHENTICATION"}, Action.RENEW),
        (403, {"category": "MISSING_SCOPES"}, Action.SKIP),
        (403, {"category": "BANNED"}, Action.REFUSE),
        (429, {"policyName": "DAILY"}, Action.STOP),
        (429, {"policyName": "SECONDLY"}, Action.WAIT),
        (429, {}, Action.WAIT),
        (414, {}, Action.SHORTEN),
        (0, {}, Action.RETRY),
        (477, {}, Action.RETRY),
        (503, {}, Action.RETRY),
        (200, {"something": "else"}, Action.RETRY),
        (400, {"category": "VALIDATION_ERROR"}, Action.REFUSE),
        (404, {"category": "OBJECT_NOT_FOUND"}, Action.REFUSE),
        (404, {}, Action.STOP),
        (302, {}, Action.STOP),
    ],
)
def test_each_answer_has_one_action(
    status: int, body: dict[str, str], action: Action
) -> None:
    assert judge(Reply(status, body)).action is action
    assert judge(Reply(status, body)) in RULES


@pytest.mark.parametrize(
    ("token", "line"),
    [
        ("pat-other", "HubSpot rejects the credential (HTTP 401"),
        ("'pat-sandbox'", "HubSpot does not accept the form of the token (HTTP 530)"),
    ],
)
def test_a_wrong_token_is_one_line_that_names_the_variable(
    run: Any, monkeypatch: pytest.MonkeyPatch, token: str, line: str
) -> None:
    monkeypatch.setenv("TAP_HUBSPOT_CRM_VARIABLES", "access_token=HUBSPOT_ACCESS_TOKEN")
    text = run(access_token=token, **CONTACTS).failing()
    assert text.count("\n") == 0
    assert line in text
    assert "HUBSPOT_ACCESS_TOKEN" in text
    assert token not in text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"access_token": None}, "set access_token to a service key"),
        (OAUTH | {"client_secret": None}, "set client_secret too: client_id needs it"),
        ({"objects": "contacts,leads"}, "objects: there is no leads"),
        ({"associations": "deals"}, "associations: deals is not a pair"),
        ({"api_version": "v3"}, "api_version is not of the form 2026-09"),
        ({"mode": "fast"}, "mode"),
        ({"api_url": "hubspot"}, "api_url is not an address"),
        ({"start_date": "soon"}, "start_date"),
        ({"properties": {"leads": "*"}}, "properties: there is no leads"),
    ],
)
def test_a_wrong_setting_is_named(
    run: Any, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        run(**settings)
    assert len(refused.value.lines) == 1
    assert words in refused.value.lines[0]


def test_oauth_gets_a_token_and_renews_one_that_expired(
    account: Account, api: HubSpotApi, run: Any, requests: Any
) -> None:
    contacts(account, 250)
    started = run(**CONTACTS, **OAUTH)
    get = started.tap.client._request

    def expiring(method: str, path: str, key: str, **options: Any) -> Any:
        api.expire()
        return get(method, path, key, **options)

    started.tap.client._request = expiring
    assert len(started.sync().records("contacts")) == 250
    assert requests()["token"] > 1


def test_a_wrong_refresh_token_is_one_line(run: Any) -> None:
    text = run(**CONTACTS, **OAUTH | {"refresh_token": "hidden-word"}).failing()
    assert "HubSpot rejects the credential (HTTP 400" in text
    assert "hidden-word" not in text


def test_a_burst_limit_is_obeyed_before_it_refuses(
    account: Account, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    contacts(account, 500)
    server.limits(hubspot={"burst": 4}, window_seconds=0.4)
    started = run(**CONTACTS)
    started.tap.client.limits._sleep = time.sleep
    with caplog.at_level(logging.INFO):
        assert len(started.sync().records("contacts")) == 500
    assert "Waiting 0.4 s for HubSpot's rate limit" in caplog.text
    assert "rate limit is reached" not in caplog.text
    assert started.tap.client.points_left is not None


def test_a_429_without_retry_after_waits_by_its_policy(
    account: Account, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    contacts(account, 5)
    server.limits(hubspot={"search": 1, "burst": 1000}, window_seconds=0.5)
    state = {"bookmarks": {"contacts": {"replication_key_value": "2026-01-01"}}}
    # The limit is the account's: another program has used it up.
    server._sandbox.hubspot.api._spend("search")
    with caplog.at_level(logging.WARNING):
        started = run(state, mode="incremental", **CONTACTS)
        started.tap.client.sleep = time.sleep
        assert len(started.sync().records("contacts")) == 5
    assert "HubSpot's rate limit is reached" in caplog.text


def test_the_daily_limit_ends_the_run_in_one_line_without_a_wait(
    server: ApiServer, run: Any
) -> None:
    server.limits(hubspot={"daily": 0})
    started = run(**CONTACTS)
    assert "The daily limit of the account is used up" in started.failing()
    assert started.waits == []


def test_a_run_that_counts_every_object_type_is_never_refused(
    server: ApiServer, run: Any, requests: Any
) -> None:
    """In the mode `auto`, a later run begins each object type with a search."""
    state = run().sync().state
    server.limits(hubspot={})  # HubSpot's own
    requests()
    started = run(state)
    started.tap.client.limits._searches._sleep = time.sleep
    started.sync()
    assert set(server.stats()["hubspot"]["statuses"]) == {"200"}
    asked = requests()
    assert [asked[f"objects {name} search"] for name in OBJECTS] == [1] * 9
    assert started.waits == []


def test_a_missing_scope_skips_one_stream_with_a_line(
    account: Account, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    contacts(account, 3)
    account.add("emails", 1, hs_email_subject="Hello")
    account.missing_scopes["emails"] = "sales-email-read"
    settings: dict[str, Any] = {
        "objects": "emails,contacts",
        "select": {"emails", "contacts"},
    }
    with caplog.at_level(logging.WARNING):
        out = run(**settings).sync()
    assert len(out.records("contacts")) == 3
    assert "emails is skipped: the credential lacks the scope sales-email-read" in (
        caplog.text
    )
    account.missing_scopes.clear()
    state = run(out.state, **settings).sync().state
    account.missing_scopes["emails"] = "sales-email-read"
    # It was read before: rows that stop coming are an error.
    text = run(state, **settings).failing()
    assert "Cannot read emails: the credential no longer has the scope" in text


def test_every_retry_is_logged_and_the_run_continues(
    account: Account, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    contacts(account, 3)
    server.fault("server-error", "hubspot", count=2)
    server.fault("cut", "hubspot", at=3)
    started = run(**CONTACTS)
    with caplog.at_level(logging.WARNING):
        assert len(started.sync().records("contacts")) == 3
    assert started.waits[:2] == [1.0, 2.0]
    assert caplog.text.count("Request to HubSpot failed, attempt") == 3


def test_an_api_that_is_not_there_is_one_line(run: Any) -> None:
    text = run(api_url="http://127.0.0.1:9/hubspot", **CONTACTS).failing()
    assert "HubSpot cannot be reached at http://127.0.0.1:9/hubspot" in text
    assert text.count("\n") == 0


def test_a_version_that_hubspot_does_not_have_is_named(
    account: Account, run: Any
) -> None:
    contacts(account, 1)
    text = run(api_version="2025-01", **CONTACTS).failing()
    assert text == (
        "Error: Cannot read contacts: HTTP 404: resource not found; check api_version "
        "and api_url"
    )


def test_streams_that_always_fail_stop_only_themselves_and_delete_nothing(
    account: Account, server: ApiServer, run: Any
) -> None:
    contacts(account, 3)
    account.add("companies", 1, name="Acme")
    account.add("deals", 1, dealname="One")
    for name in ("contacts", "companies"):
        path = f"objects/2026-09/{name}"
        server.fault("server-error", "hubspot", count=0, match=path)
    objects = "contacts,companies,deals"
    started = run(objects=objects, select=set(objects.split(",")))
    text = started.failing()
    assert "Cannot read contacts: HTTP 502" in text
    assert "Cannot read companies: HTTP 502" in text
    assert len(started.out.records("deals")) == 1
    assert started.out.activated() == {"deals"}


def test_associations_that_are_refused_are_named_and_the_records_are_read(
    account: Account, server: ApiServer, run: Any
) -> None:
    contacts(account, 3)
    server.fault("server-error", "hubspot", count=0, status=400, match="associations")
    started = run(objects="contacts", select={"contacts", "associations"})
    text = started.failing()
    assert "Cannot read the associations from contacts to companies: HTTP 400" in text
    assert len(started.out.records("contacts")) == 3
    assert started.out.activated() == {"contacts"}


def test_check_says_what_the_credential_can_read(account: Account, run: Any) -> None:
    contacts(account, 3)
    account.missing_scopes["emails"] = "sales-email-read"
    facts = list(run().tap.facts())
    assert facts[0] == "the credential of account 1 is valid"
    assert f"{len(OBJECTS) - 1} object types are visible" in facts[1]
    assert "contacts (3)" in facts[1]
    assert "not readable: emails (sales-email-read)" in facts


@pytest.mark.parametrize(
    "bookmark",
    [
        [],
        {"replication_key_value": "soon"},
        {"pass": {"after": 3}},
        {"pass": {"version": "new"}},
        {"search": {"since": "2026-01-01"}},
    ],
)
def test_a_damaged_state_is_one_line(run: Any, bookmark: Any) -> None:
    with pytest.raises(SettingsError) as refused:
        run({"bookmarks": {"contacts": bookmark}}, objects="contacts")
    assert "The state is damaged: bookmarks.contacts" in refused.value.lines[0]


# --- whose credential -----------------------------------------------------------------


def with_token(name: str, api: HubSpotApi) -> dict[str, str]:
    """Settings with another token of the sandbox."""
    api._tokens.add(name)
    return {"access_token": name}


def test_a_credential_of_another_account_than_the_state_reads_nothing(
    account: Account, api: HubSpotApi, run: Any
) -> None:
    contacts(account, 3)
    state = run(None, ("contacts",)).sync().state
    account.portal = 2
    tap = run(state, ("contacts",), **with_token("pat-of-2", api))

    text = tap.failing()

    assert "belongs to the HubSpot account 2, and the state to 1" in text
    assert text.count("\n") == 0
    assert tap.out.messages == []


def test_a_new_credential_of_the_same_account_costs_one_request_once(
    account: Account, run: Any, api: HubSpotApi, requests: Any
) -> None:
    contacts(account, 3)
    state = run(None, ("contacts",)).sync().state
    new = with_token("pat-new", api)
    requests()

    found = run(state, ("contacts",), **new).sync()

    assert found.ids("contacts") == [1, 2, 3]
    assert found.state["account"]["id"] == 1
    assert requests()["account-info details"] == 1
    run(found.state, ("contacts",), **new).sync()
    assert requests()["account-info details"] == 0
    assert "pat-new" not in str(found.state)


@pytest.mark.parametrize("is_foreign", [False, True])
def test_an_account_that_is_not_shown_ends_no_run(
    account: Account,
    api: HubSpotApi,
    run: Any,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_foreign: bool,
) -> None:
    contacts(account, 3)
    refused = RefusedError(403, "MISSING_SCOPES", "no scope")
    if is_foreign:  # this version of the API has no such path
        refused.answer = Answer(404, b"<html></html>")

    def refuse() -> None:
        raise refused

    monkeypatch.setattr(api, "_details", refuse)

    found = run(None, ("contacts",)).sync()

    assert found.ids("contacts") == [1, 2, 3]
    assert "account" not in found.state
