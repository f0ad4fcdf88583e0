# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
"""Responses of another shape, clocks that differ, settings without a value."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from sandbox.answers import Answer
from tap_google_health.common import redaction
from tap_google_health.common.cursors import Cursors
from tap_google_health.tap import TapGoogleHealth
from tap_google_health.transport.errors import read_error

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
STEPS = ("daily_steps",)


@pytest.fixture
def alter(api: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replaces every response of an address: `alter(path, body)`."""
    original = api.answer

    def change_all(path: str, body: Any) -> None:
        def answer(asked: Any) -> Any:
            found = original(asked)
            if path not in asked.path:
                return found
            return replace(found, status=200, body=body(asked))

        monkeypatch.setattr(api, "answer", answer)

    return change_all


# --- responses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "path", "body"),
    [
        ("daily_steps", "steps/", {"rollupDataPoints": {"a": 1}}),
        ("daily_steps", "steps/", {"rollupDataPoints": [None]}),
        ("daily_steps", "steps/", {"rollupDataPoints": [{"steps": "many"}]}),
        (
            "daily_steps",
            "steps/",
            {"rollupDataPoints": [{"steps": {}, "civilStartTime": "today"}]},
        ),
        ("sleep_sessions", "sleep/", {"dataPoints": [None]}),
        ("sleep_sessions", "sleep/", {"dataPoints": [{"sleep": "long"}]}),
        ("exercises", "exercise/", {"dataPoints": [{"name": "a/b"}]}),
        ("weights", "weight/", {"dataPoints": [{"weight": [1]}]}),
        ("daily_vo2_max", "vo2-max/", {"dataPoints": [{"dailyVo2Max": 5}]}),
        ("paired_devices", "pairedDevices", {"pairedDevices": [None]}),
        ("paired_devices", "pairedDevices", {"pairedDevices": {"a": {}}}),
    ],
)
def test_a_response_of_another_shape_is_one_line_and_moves_no_bookmark(
    run: Any, alter: Any, stream: str, path: str, body: Any
) -> None:
    alter(path, lambda _: body)
    tap = run(None, (stream,))

    text = tap.failing()

    assert text.count("\n") == 0
    assert text.startswith(f"Error: {stream}: could not be read: ")
    assert tap.out.records(stream) == []
    assert tap.out.of("ACTIVATE_VERSION") == []
    bookmark = tap.out.state["bookmarks"].get(stream, {})
    assert "replication_key_value" not in bookmark


def test_a_list_whose_pages_are_empty_and_do_not_end_is_one_line(
    run: Any, alter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cursors.__init__, "__defaults__", (20,))
    tokens = iter(range(1_000))
    alter("sleep/", lambda _: {"nextPageToken": str(next(tokens))})

    text = run(None, ("sleep_sessions",)).failing()

    assert "20 pages have no new row" in text


def test_check_of_an_unexpected_response_is_one_line(
    run: Any, alter: Any, tmp_path: Path
) -> None:
    alter("settings", lambda _: {"timeZone": {}})
    alter("identity", lambda _: [])
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**run().settings, "max_wait_seconds": 0}))

    done = CliRunner().invoke(TapGoogleHealth.cli, ["--config", str(file), "--check"])

    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert "Error: " in done.output


def test_a_token_url_that_is_wrong_is_named(run: Any, server: Any) -> None:
    server.fault("server-error", "google_health", match="token", status=404, count=0)
    text = run().failing()
    assert text.startswith("Error: token_url is not Google's token endpoint (HTTP 404)")

    server.clear_faults()
    wrong = {"token_url": "http://127.0.0.1:999999"}
    text = run(**wrong).failing()
    assert text.startswith("Error: token_url cannot be used (InvalidURL)")


@pytest.mark.parametrize("status", [400, 401, 403, 415])
def test_an_error_of_an_api_from_the_token_url_names_the_token_url(
    run: Any, api: Any, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    body = {"error": {"code": status, "message": "no forms", "status": "X"}}
    monkeypatch.setattr(api, "answer", lambda _: Answer(status, body))

    text = run().failing()

    line = f"Error: token_url is not Google's token endpoint (HTTP {status})"
    assert text.startswith(line)


def test_a_token_that_no_header_can_contain_is_one_line(run: Any, alter: Any) -> None:
    alter("token", lambda _: {"access_token": "ya29.\u20ac", "expires_in": 3600})

    text = run(None, STEPS).failing()

    assert text.count("\n") == 0
    assert "cannot be used" in text
    assert "ya29" not in text


def test_a_secret_that_a_server_repeats_is_hidden_also_where_a_text_is_cut() -> None:
    redaction.remember("1//shortened-secret")
    error = {"status": "NOT_FOUND", "message": f"{'x' * 280} 1//shortened-secret"}
    assert read_error(404, {"error": error}).message.endswith("x ***")


# --- clocks --------------------------------------------------------------------------


def test_a_bookmark_in_the_future_hides_no_day(run: Any, account: Any) -> None:
    account.roll("steps", TODAY, {"countSum": "7"})
    state = run(None, STEPS).sync().state
    state["bookmarks"]["daily_steps"]["replication_key_value"] = "2027-01-01"

    out = run(state, STEPS).sync()

    assert [row["steps"] for row in out.records("daily_steps")] == [7]
    bookmark = out.state["bookmarks"]["daily_steps"]["replication_key_value"]
    assert bookmark == str(TODAY - DAY)


def test_a_clock_that_is_ahead_moves_no_bookmark_past_the_server_s_yesterday(
    run: Any,
) -> None:
    tap = run(None, STEPS)
    tap.tap.context.started_at = datetime.now(UTC) + timedelta(days=365)

    bookmarks = tap.sync().state["bookmarks"]

    today = datetime.now(UTC).date()
    assert bookmarks["daily_steps"]["replication_key_value"] <= str(today)


# --- deletions -----------------------------------------------------------------------


def test_lists_of_several_windows_that_become_empty_delete_nothing_in_the_same_run(
    run: Any, account: Any
) -> None:
    settings = {"lookback_days": 300, "start_date": "2025-01-01"}
    for days in range(0, 280, 5):
        account.roll("steps", TODAY - days * DAY, {"countSum": "7"})
    state = run(None, STEPS, **settings).sync().state
    account.days.clear()

    second = run(state, STEPS, **settings).sync()
    third = run(second.state, STEPS, **settings).sync()

    assert second.deleted("daily_steps") == []
    assert len(third.deleted("daily_steps")) == 56
    assert run(third.state, STEPS, **settings).sync().deleted("daily_steps") == []


def test_a_full_table_that_becomes_empty_is_activated_only_the_second_time(
    run: Any, account: Any, caplog: pytest.LogCaptureFixture
) -> None:
    account.roll("steps", TODAY, {"countSum": "7"})
    catalog = TapGoogleHealth(config=run().settings).catalog_dict
    for entry in catalog["streams"]:
        if entry["stream"] == "daily_steps":
            entry["replication_method"] = "FULL_TABLE"
    first = run(None, STEPS, catalog=catalog).sync()
    account.days.clear()

    second = run(first.state, STEPS, catalog=catalog).sync()
    third = run(second.state, STEPS, catalog=catalog).sync()

    assert first.of("ACTIVATE_VERSION") == ["daily_steps"]
    assert second.of("ACTIVATE_VERSION") == []
    assert "daily_steps: had 1 rows from" in caplog.text
    assert third.of("ACTIVATE_VERSION") == ["daily_steps"]


# --- settings ------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [None, ""])
def test_settings_without_a_value_have_their_defaults(run: Any, empty: Any) -> None:
    names = ("max_wait_seconds", "request_timeout", "lookback_days", "start_date")
    more = ("data_source_family", "token_file", "user_agent", "intraday")
    tap = run(None, STEPS, **dict.fromkeys((*names, *more), empty))

    assert tap.sync().state["bookmarks"]["daily_steps"]
    assert tap.tap.config["lookback_days"] == 7


def test_a_variable_of_the_wrong_type_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TAP_GOOGLE_HEALTH_LOOKBACK_DAYS", "seven")

    done = CliRunner().invoke(TapGoogleHealth.cli, ["--config=ENV"])

    assert isinstance(done.exception, SystemExit)
    assert "Error: TAP_GOOGLE_HEALTH_LOOKBACK_DAYS is of the wrong type" in done.output
