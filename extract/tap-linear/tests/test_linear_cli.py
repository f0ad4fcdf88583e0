# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from commands import command

from tap_linear.common.errors import SettingsError
from tap_linear.streams import STREAMS
from tap_linear.tap import TapLinear

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import ApiServer

SECRET = "lin_api_do_not_show"  # noqa: S105 - a made-up key that must not be shown


@pytest.fixture
def cli(tmp_path: Path) -> Any:
    """Runs the command in a process of its own."""

    def call(config: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "config.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        return command("tap-linear", "--config", str(file), *arguments)

    return call


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert errors == done.stderr.splitlines()[-1:]
    return errors[0]


def error_lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert errors == done.stderr.splitlines()[-len(errors) :]
    return errors


def unused_url() -> str:
    return "http://127.0.0.1:1/graphql"


def test_a_wrong_key_ends_in_one_line_without_the_key(
    cli: Any, server: ApiServer
) -> None:
    done = cli({"api_key": SECRET, "api_url": server.linear_url})
    assert done.returncode == 1
    assert "api_key" in last_line(done)
    assert SECRET not in done.stdout + done.stderr


def test_a_wrong_team_ends_in_one_line_that_names_it(
    cli: Any, server: ApiServer
) -> None:
    done = cli(
        {
            "api_key": "lin_api_sandbox",
            "api_url": server.linear_url,
            "teams": ["ENG", "NOPE"],
        }
    )
    assert done.returncode == 1
    assert "no team NOPE" in last_line(done)
    assert "lin_api_sandbox" not in done.stdout + done.stderr


def test_a_wrong_address_ends_in_one_line(server: ApiServer, run: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        run(api_url=f"{server.base_url}/nowhere").sync()
    assert str(ended.value).startswith("Error: api_url ")


def test_an_unreachable_host_ends_in_one_line_without_the_key(run: Any) -> None:
    started = run(api_url="http://user:word@127.0.0.1:1/graphql", api_key=SECRET)
    with pytest.raises(SystemExit) as ended:
        started.sync()
    line = str(ended.value)
    assert line.startswith("Error: Linear cannot be reached at http://127.0.0.1:1/")
    assert SECRET not in line
    assert "word" not in line
    assert started.waits == [1, 2, 4, 8]


def test_a_key_that_is_revoked_in_mid_run_ends_in_one_line_and_keeps_the_state(
    workspace: Any, server: ApiServer, run: Any
) -> None:
    for number in range(400):
        workspace.issue(number, number)
    revoked = run(page_size=20)
    server.fault("unauthorized", "linear", match="query Issues(", at=13, count=0)
    with pytest.raises(SystemExit) as ended:
        revoked.sync()
    assert "refused the credential" in str(ended.value)
    got = revoked.out.ids("issues")
    assert 0 < len(got) < 400
    server.clear_faults()
    rest = run(revoked.out.states[-1]).sync().ids("issues")
    assert len({*got, *rest}) == 400


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "set api_key"),
        ({"api_key": ""}, "set api_key"),
        ({"api_key": 5}, "api_key is of the wrong type"),
        ({"api_key": SECRET, "page_size": 251}, "page_size"),
        ({"api_key": SECRET, "page_size": 0}, "page_size"),
        ({"api_key": SECRET, "teams": {"ENG": True}}, "teams"),
        ({"api_key": SECRET, "start_date": "soon"}, "start_date"),
        ({"api_key": SECRET, "api_url": "linear"}, "api_url"),
        ({"api_key": SECRET, "api_url": "https://[linear"}, "api_url"),
        ({"api_key": SECRET, "api_url": "127.0.0.1:80/graphql"}, "api_url"),
        ({"api_key": f"{SECRET}…"}, "api_key"),
        ({"access_token": f"{SECRET}\n{SECRET}"}, "access_token"),
        ({"api_key": SECRET, "user_agent": "a\nb"}, "user_agent"),
    ],
)
def test_a_wrong_setting_is_named_without_the_key(config: Any, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        TapLinear(config=config)
    (line,) = refused.value.lines
    assert says in line
    assert SECRET not in line


@pytest.mark.parametrize("arguments", [(), ("--test",)])
def test_wrong_settings_end_in_one_line_each(
    arguments: tuple[str, ...], cli: Any
) -> None:
    done = cli({"start_date": "soon"}, *arguments)
    assert done.returncode == 1
    key, date = error_lines(done)
    assert "api_key" in key
    assert "start_date" in date


def test_a_settings_file_that_is_not_json_ends_in_one_line(
    cli: Any, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    done = cli({}, "--config", str(broken))
    assert done.returncode != 0
    assert "cannot be read as a JSON object" in last_line(done)


@pytest.mark.parametrize("option", ["--state", "--catalog"])
@pytest.mark.parametrize("text", ["{", "[]", "", '{"bookmarks": {"teams": 1}}'])
def test_a_state_or_catalog_that_is_none_ends_in_one_line(
    option: str, text: str, cli: Any, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(text, encoding="utf-8")
    done = cli({"api_key": SECRET}, option, str(broken))
    assert done.returncode == 1
    assert last_line(done).startswith(f"Error: {option}: ")
    assert "broken.json" in last_line(done)


def test_white_space_around_a_key_is_not_sent(server: ApiServer) -> None:
    config = {"api_key": " lin_api_sandbox\n", "api_url": server.linear_url}
    assert TapLinear(config=config).context.client.execute(
        "{ organization { id } }", {}, 1
    )


def long_run(server: ApiServer, tmp_path: Path) -> subprocess.Popen[str]:
    """A run that is still reading when it has written its first line."""
    server.fault("latency", "linear", count=0, seconds=0.3)
    file = tmp_path / "config.json"
    config = {"api_key": "lin_api_sandbox", "api_url": server.linear_url}
    file.write_text(json.dumps(config), encoding="utf-8")
    code = "from tap_linear.tap import TapLinear; TapLinear.cli()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--config", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_run_that_is_terminated_does_not_end_as_if_all_were_read(
    server: ApiServer, tmp_path: Path
) -> None:
    with long_run(server, tmp_path) as process:
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert "continues from the last state" in errors
    assert "Traceback" not in errors


def test_a_target_that_stops_reading_ends_the_run_in_one_line(
    server: ApiServer, tmp_path: Path
) -> None:
    with long_run(server, tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=30) == 1
    assert errors.splitlines()[-1].startswith("Error: the target has stopped reading")
    assert "Traceback" not in errors


def test_discover_needs_no_credential(cli: Any) -> None:
    done = cli({}, "--discover")
    assert done.returncode == 0
    streams = {one["tap_stream_id"] for one in json.loads(done.stdout)["streams"]}
    assert len(streams) == len(STREAMS)


def test_test_reads_a_little_of_every_stream(
    workspace: Any, server: ApiServer, cli: Any
) -> None:
    for number in range(600):
        workspace.issue(number, number)
        workspace.comment(number, number, number)
    server.refresh()
    config = {"api_key": "lin_api_sandbox", "api_url": server.linear_url}
    done = cli(config, "--test")
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    assert server.stats()["linear"]["requests"] <= len(STREAMS) + 1


@pytest.mark.parametrize(
    ("setting", "value"),
    [("api_key", "lin_api_sandbox"), ("access_token", "lin_oauth_sandbox")],
)
def test_a_key_goes_bare_and_a_token_as_bearer(
    setting: str, value: str, server: ApiServer
) -> None:
    config = {setting: value, "api_url": server.linear_url}
    tap = TapLinear(config=config)
    sent = tap.context.client._credential.header()
    assert sent == (value if setting == "api_key" else f"Bearer {value}")
    tap.check()
    assert tap.context.client.execute("{ organization { id } }", {}, 1)


def test_a_key_is_not_replaced_by_what_a_netrc_file_holds(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    config = {"api_key": "lin_api_sandbox", "api_url": server.linear_url}
    assert TapLinear(config=config).context.client.execute(
        "{ organization { id } }", {}, 1
    )


def test_a_deselected_field_is_neither_requested_nor_written(
    workspace: Any, run: Any
) -> None:
    workspace.issue(1, 1)
    kept = {"id", "updated_at", "title", "assignee_id"}
    chosen = run(
        None,
        lambda stream, *field: stream == "issues" and (not field or field[0] in kept),
    )
    asked = []
    execute = chosen.tap.context.client.execute

    def noted(text: str, *rest: Any) -> Any:
        asked.append(text)
        return execute(text, *rest)

    chosen.tap.context.client.execute = noted
    (record,) = chosen.sync().records("issues")
    assert set(record) == kept
    assert [
        text for text in asked if "issueHistory" in text or "description" in text
    ] == []
    assert len(asked) == 3  # the teams, what changed, the issue


def test_a_stream_map_changes_the_records_and_not_the_bookmark(
    workspace: Any, run: Any
) -> None:
    workspace.issue(1, 77)
    workspace.comment(1, 77, 1)
    maps = {
        "issues": {"id": "id", "headline": "title", "__else__": None},
        "comments": {"id": "id", "text": "body", "__else__": None},
    }
    out = run(stream_maps=maps).sync()
    (record,) = out.records("issues")
    assert record == {"id": record["id"], "headline": "Issue 1"}
    bookmarks = out.states[-1]["bookmarks"]
    assert bookmarks["issues"]["replication_key_value"] == "2026-01-01T00:01:17.000Z"
    assert bookmarks["comments"]["replication_key_value"] == "2026-01-01T00:01:17.000Z"


def test_about_names_every_setting_of_the_design(cli: Any) -> None:
    done = cli({}, "--about", "--format=json")
    settings = set(json.loads(done.stdout)["settings"]["properties"])
    assert {
        "api_key", "access_token", "api_url", "start_date", "teams", "page_size",
        "lookback_seconds", "request_timeout", "max_wait_seconds", "user_agent",
    } <= settings  # fmt: skip
