# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
"""Tokens, limits and refusals: one line each, and the rest is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from tap_google_health.common.errors import SettingsError
from tap_google_health.tap import TapGoogleHealth
from tap_google_health.transport.errors import Action, judge, read_error

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


# --- who and what -------------------------------------------------------------------


def test_another_google_account_ends_the_run_with_one_line(run: Any, api: Any) -> None:
    api.is_linked = False

    text = run().failing()

    assert "this Google account is not linked to Google Health" in text
    assert text.count("\n") == 0


def test_a_token_of_another_person_than_the_state_reads_nothing(
    run: Any, account: Any
) -> None:
    state = run(None, ("users",)).sync().state
    account.identity["healthUserId"] = "2"
    tap = run(state, ("users",))

    text = tap.failing()

    assert "belongs to the health user 2, the state to 1" in text
    assert tap.out.of("RECORD") == []


def test_a_missing_scope_skips_the_streams_that_need_it(
    run: Any, api: Any, account: Any
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    account.sleep("1", NOW - timedelta(hours=5))
    api.oauth.scopes.remove("sleep")
    tap = run()

    text = tap.failing()

    assert text == (
        "Error: sleep_sessions: Google does not allow reading it: authorize the "
        "application again with the scope "
        "https://www.googleapis.com/auth/googlehealth.sleep.readonly, or deselect the "
        "stream"
    )
    assert len(tap.out.records("daily_steps")) == 1
    bookmarks = tap.out.state["bookmarks"]
    assert "replication_key_value" not in bookmarks.get("sleep_sessions", {})
    assert bookmarks["daily_steps"]["replication_key_value"] == "2026-03-09"


def test_without_the_scope_of_the_profile_the_first_day_must_be_set(
    run: Any, api: Any, account: Any
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    api.oauth.scopes.remove("profile")

    refused = run(None, ("daily_steps",)).failing()
    out = run(None, ("daily_steps",), start_date="2026-03-01").sync()

    assert refused == (
        "Error: set start_date: Google does not show when this account was created"
    )
    assert len(out.records("daily_steps")) == 1


def test_the_user_is_read_without_the_settings(
    run: Any, api: Any, account: Any
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    api.oauth.scopes.remove("settings")
    tap = run(None, ("users",))

    text = tap.failing()

    assert "does not allow reading the settings" in text
    [row] = tap.out.records("users")
    assert (row["id"], row["time_zone"], row["member_since"]) == (
        "1",
        None,
        "2026-02-08",
    )
    assert tap.out.of("ACTIVATE_VERSION") == []


# --- limits and failures ------------------------------------------------------------


def test_after_429_the_pauses_double_and_the_request_is_repeated(
    run: Any, api: Any, account: Any, caplog: pytest.LogCaptureFixture
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    api.budgets.change({"user.requests": 2})
    tap = run(None, ("daily_steps",))
    client = tap.tap.context.client

    def sleep(seconds: float) -> None:
        tap.waits.append(seconds)
        if len(tap.waits) == 3:
            api.budgets.change({"user.requests": 300})

    client.sleep = sleep

    out = tap.sync()

    assert len(out.records("daily_steps")) == 1
    first, second, third = tap.waits
    assert 1 <= first <= 1.25
    assert 2 <= second <= 2.5
    assert 4 <= third <= 5
    assert caplog.text.count("Google's rate limit is reached (RATE_LIMIT_EXCEEDED") == 3


def test_a_limit_that_lasts_ends_the_run_and_the_next_one_continues(
    run: Any, api: Any
) -> None:
    api.budgets.change({"user.requests": 2})
    tap = run(None, ("daily_steps",), max_wait_seconds=10)

    text = tap.failing()

    assert "longer than max_wait_seconds (10 s)" in text
    assert sum(tap.waits) <= 10


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_request_is_repeated_and_each_retry_is_logged(
    run: Any,
    server: Any,
    account: Any,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    server.fault(
        "server-error", "google_health", match="dailyRollUp", count=2, status=status
    )
    tap = run(None, ("daily_steps",))

    assert len(tap.sync().records("daily_steps")) == 1
    assert len(tap.waits) == 2
    assert caplog.text.count(f"(HTTP {status}, without an explanation)") == 2


def test_a_connection_that_is_cut_is_repeated(
    run: Any, server: Any, account: Any
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    server.fault("cut", "google_health", match="steps/", count=1)

    assert len(run(None, ("daily_steps",)).sync().records("daily_steps")) == 1


def test_a_stream_that_fails_stops_only_itself(
    run: Any, server: Any, account: Any
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    account.roll("floors", TODAY, {"countSum": "1"})
    server.fault("server-error", "google_health", match="/steps/", count=0)
    tap = run(None, ("daily_steps", "daily_floors"))

    text = tap.failing()

    assert text.startswith("Error: daily_steps: could not be read: HTTP 502")
    assert len(tap.out.records("daily_floors")) == 1
    assert "daily_steps" not in {
        name
        for name, one in tap.out.state["bookmarks"].items()
        if "replication_key_value" in one
    }


def test_an_api_that_answers_nothing_ends_the_run_in_one_line(
    run: Any, server: Any
) -> None:
    tap = run(None, ("daily_steps", "daily_floors", "daily_distance"))
    tap.tap.client.credential.header()
    server.fault("server-error", "google_health", count=0)

    text = tap.failing()

    assert "Google cannot be reached at http://127.0.0.1:" in text
    assert text.count("\n") == 0
    assert tap.waits == [1, 2, 4, 8]


def test_two_streams_that_fail_do_not_stop_the_third_while_the_api_answers(
    run: Any, server: Any, account: Any
) -> None:
    account.roll("distance", TODAY, {"millimetersSum": 1})
    for name in ("/steps/", "/floors/"):
        server.fault("server-error", "google_health", match=name, count=0)
    tap = run(None, ("daily_steps", "daily_floors", "daily_distance"))

    text = tap.failing()

    assert [line.split(":")[1] for line in text.splitlines()] == [
        " daily_steps",
        " daily_floors",
    ]
    assert len(tap.out.records("daily_distance")) == 1


def test_an_address_that_is_not_the_api_is_named(run: Any, server: Any) -> None:
    text = run(api_url=f"{server.base_url}/elsewhere").failing()

    assert "api_url is not the Google Health API (HTTP 404)" in text


def test_an_address_without_the_version_is_named(run: Any, server: Any) -> None:
    text = run(api_url=server.google_health_url.removesuffix("/v4")).failing()

    assert "api_url is not the Google Health API (HTTP 404)" in text
    assert text.count("\n") == 0


@pytest.mark.parametrize(
    ("status", "code", "reason", "action"),
    [
        (429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", Action.WAIT),
        (400, "FAILED_PRECONDITION", "ACCOUNT_NOT_LINKED", Action.STOP),
        (403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", Action.SKIP),
        (403, "PERMISSION_DENIED", "SERVICE_DISABLED", Action.FAIL),
        (401, "UNAUTHENTICATED", "", Action.RENEW),
        (504, "DEADLINE_EXCEEDED", "", Action.SHRINK),
        (503, "UNAVAILABLE", "", Action.RETRY),
        (400, "INVALID_ARGUMENT", "", Action.FAIL),
        (404, "NOT_FOUND", "", Action.FAIL),
    ],
)
def test_each_error_of_google_has_its_action(
    status: int, code: str, reason: str, action: Action
) -> None:
    details = [{"reason": reason}] if reason else []
    body = {"error": {"status": code, "message": "…", "details": details}}

    assert judge(read_error(status, body)).action is action


# --- settings, state, secrets -------------------------------------------------------


def test_missing_settings_are_one_line_with_the_names_of_the_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "TAP_GOOGLE_HEALTH_VARIABLES", "refresh_token=GOOGLE_HEALTH_REFRESH_TOKEN"
    )
    from tap_google_health.common import variables  # noqa: PLC0415

    assert variables.LIST == "TAP_GOOGLE_HEALTH_VARIABLES"

    result = CliRunner().invoke(TapGoogleHealth.cli, ["--config", "{}"])
    done = CliRunner().invoke(TapGoogleHealth.cli, [])

    assert result.exit_code != 0
    assert done.exit_code == 1
    line = done.output.splitlines()[-1]
    assert line.endswith(": set client_id, client_secret, GOOGLE_HEALTH_REFRESH_TOKEN")


def test_the_line_for_missing_settings_hides_none_of_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TAP_GOOGLE_HEALTH_VARIABLES", raising=False)

    line = CliRunner().invoke(TapGoogleHealth.cli, []).output.splitlines()[-1]

    assert line == (
        "Error: Google Health needs an OAuth client and the refresh token of a person "
        "who authorized it: set client_id, client_secret, refresh_token"
    )


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("intraday", ["steps"], "intraday: there is no stream steps"),
        ("token_url", "nowhere", "token_url is not an address"),
        ("api_url", "nowhere", "api_url is not an address"),
        ("lookback_days", -1, "lookback_days"),
        ("data_source_family", "all", "data_source_family"),
        ("start_date", "yesterday", "start_date is not a date or time"),
    ],
)
def test_a_wrong_setting_is_named(
    run: Any, setting: str, value: Any, line: str
) -> None:
    with pytest.raises(Exception, match=setting) as refused:
        run(**{setting: value})
    assert line in str(refused.value)


@pytest.mark.parametrize(
    ("bookmark", "problem"),
    [
        ({"replication_key_value": "soon"}, "replication_key_value is 'soon'"),
        ({"seen": {"2026-03-09": ["a"]}}, "seen.2026-03-09[0] is 'a', not a list"),
        ({"seen": []}, "seen is [], not an object"),
        ({"version": "1"}, "version is '1', not a number"),
    ],
)
def test_a_damaged_state_reads_nothing(
    run: Any, bookmark: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        run({"bookmarks": {"daily_steps": bookmark}})

    (line,) = refused.value.lines
    assert line.startswith(f"The state is damaged: bookmarks.daily_steps.{problem}")


def test_no_secret_is_in_the_messages_the_state_or_the_log(
    run: Any, account: Any, api: Any, server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    server.fault("server-error", "google_health", count=1)
    tap = run(None, ("daily_steps",))

    out = tap.sync()

    text = json.dumps(out.messages) + caplog.text
    assert "sandbox-client-secret" not in text
    assert "sandbox-refresh-token" not in text
    assert "ya29" not in text
    assert api.oauth


def test_check_names_the_user_the_time_zone_and_missing_scopes(
    run: Any, api: Any
) -> None:
    api.oauth.scopes.remove("sleep")

    lines = list(run().tap.facts())

    assert lines[:3] == [
        "the credential of health user 1 is valid",
        "time zone of the account: UTC",
        "missing scopes: sleep: authorize the application again",
    ]
