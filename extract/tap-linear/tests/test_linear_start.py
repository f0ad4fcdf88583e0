"""What happens before the first row, and while a single response is awaited."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.common.errors import SettingsError
from tap_linear.streams import WORKSPACE
from tap_linear.tap import TapLinear
from tap_linear.transport.client import TRIES

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

VARIABLES = "api_key=LINEAR_API_KEY teams=LINEAR_TEAMS start_date=LINEAR_START_DATE"


def test_the_state_that_was_given_is_the_first_message(
    workspace: Any, run: Any
) -> None:
    workspace.issue(1, 1)
    state = run().sync().states[-1]
    out = run(state).sync()
    assert out.messages[0] == {"type": "STATE", "value": state}
    assert out.messages[1]["type"] == "SCHEMA"


def test_a_state_is_passed_on_with_what_this_version_does_not_know(run: Any) -> None:
    state = {"bookmarks": {"teams": {}}, "later": {"kept": [1, 2]}}
    out = run(state).sync()
    assert out.states[0] == state
    assert out.states[-1]["later"] == {"kept": [1, 2]}


def test_a_wrong_credential_is_found_before_a_schema_is_written(run: Any) -> None:
    started = run({"bookmarks": {"teams": {"a": 1}}}, api_key="lin_api_wrong")
    with pytest.raises(SystemExit) as ended:
        started.sync()
    assert "refused the credential" in str(ended.value)
    assert [one["type"] for one in started.out.messages] == ["STATE"]


def test_a_missing_team_is_found_before_a_schema_is_written(run: Any) -> None:
    started = run(teams=["ENG", "NOPE"])
    with pytest.raises(SystemExit) as ended:
        started.sync()
    assert "no team NOPE" in str(ended.value)
    assert started.out.messages == []


def test_the_check_of_the_credential_costs_no_extra_request(
    run: Any, requests: Any
) -> None:
    requests()
    run().sync()
    assert requests()["Organization"] == 1


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "set LINEAR_API_KEY to a personal API key or access_token to an"),
        ({"api_key": "k", "start_date": "soon"}, "LINEAR_START_DATE is not a date"),
        ({"api_key": "k", "teams": 5}, "LINEAR_TEAMS: 5 is not of type"),
        ({"api_key": "k", "teams": '["ENG"'}, "LINEAR_TEAMS begins with [ and is not"),
        ({"api_key": "k", "page_size": 0}, "page_size: 0 is less than"),
    ],
)
def test_a_problem_names_the_variable_that_the_user_wrote(
    config: Any, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_LINEAR_VARIABLES", VARIABLES)
    with pytest.raises(SettingsError) as refused:
        TapLinear(config=config)
    (line,) = refused.value.lines
    assert line.startswith(says)


@pytest.mark.parametrize("teams", [["ENG", "OPS"], "ENG, OPS", '["ENG", "OPS"]'])
def test_teams_may_be_a_list_its_json_or_text(teams: Any) -> None:
    assert TapLinear(config={"api_key": "k", "teams": teams}).config["teams"] == [
        "ENG",
        "OPS",
    ]


def test_teams_in_an_environment_variable_are_text_with_commas(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TAP_LINEAR_API_KEY", "k")
    monkeypatch.setenv("TAP_LINEAR_TEAMS", "ENG,OPS")
    assert TapLinear(parse_env_config=True).config["teams"] == ["ENG", "OPS"]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"api_key": "lin_api_wrong"}, "set LINEAR_API_KEY to a valid"),
        ({"teams": ["NOPE"]}, "LINEAR_TEAMS: there is no team NOPE"),
    ],
)
def test_what_linear_refuses_names_the_variable_that_the_user_wrote(
    config: Any, says: str, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_LINEAR_VARIABLES", VARIABLES)
    with pytest.raises(SystemExit) as ended:
        run(**config).sync()
    assert says in str(ended.value)


def test_a_response_that_trickles_in_ends_at_request_timeout(
    stub: Any, run: Any
) -> None:
    body = json.dumps({"data": {"organization": {"id": "o"}}}).encode()
    # A piece every 0.06 s for 3 s: no single read is slow.
    started = run(api_url=stub(lambda *_: (200, {}, body, 50)), request_timeout=1)
    with pytest.raises(SystemExit) as ended:
        started.sync()
    assert f"no complete response within 1 s, {TRIES} times in a row" in str(
        ended.value
    )


def test_a_response_that_is_slow_but_in_time_is_taken(
    server: ApiServer, run: Any
) -> None:
    server.fault("latency", "linear", seconds=0.3)
    assert len(run(request_timeout=20).sync().ids("teams")) == 1


def test_each_retry_is_logged_with_its_reason_and_the_wait(
    server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server.fault("internal", "linear", at=1, count=3)
    server.fault("cut", "linear", at=4)
    run().sync()
    together, *lines = [line for line in caplog.messages if "next attempt" in line]
    names = ", ".join(stream.name for stream in WORKSPACE)
    assert together.startswith(f"The first pages of {names} failed (")
    assert [line.split(" (")[0] for line in lines] == [
        f"Request to Linear failed, attempt {attempt} of {TRIES}"
        for attempt in (1, 2, 3)
    ]
    assert [line.rpartition(": ")[2] for line in lines] == [
        f"next attempt in {seconds} s" for seconds in (1, 2, 4)
    ]
    assert "HTTP 200: Something went wrong" in lines[0]
    assert "the connection failed" in lines[2]


def test_each_smaller_page_is_logged(
    workspace: Any, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(9):
        workspace.comment(number, number)
    server.fault("server-error", "linear", match="query Comments(", count=2)
    run(page_size=8).sync()
    lines = [line for line in caplog.messages if line.startswith("comments: a page")]
    assert [line.split(" failed ")[0] for line in lines] == [
        "comments: a page of 8",
        "comments: a page of 4",
    ]
    assert [line.rpartition(": ")[2] for line in lines] == [
        "next attempt with 4 in 1 s",
        "next attempt with 2 in 2 s",
    ]


def test_versions_rise_after_a_run_whose_clock_was_ahead(
    run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = run()
    ahead.tap.context.workspace.version = 9_999_999_999_999  # a moment in the year 2286
    state = ahead.sync().states[-1]
    out = run(state).sync()
    versions = {
        one["version"] for one in out.messages if one["type"] == "ACTIVATE_VERSION"
    }
    assert versions == {10_000_000_000_000}
    warned = [line for line in caplog.messages if "clock" in line]
    assert len(warned) == 1
    assert "cannot be detected" in warned[0]


def test_a_clock_that_was_right_is_not_warned_of(
    run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    run(run().sync().states[-1]).sync()
    assert [line for line in caplog.messages if "clock" in line] == []
