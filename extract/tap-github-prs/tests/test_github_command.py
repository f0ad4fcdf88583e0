"""The command as Meltano calls it: one line per error, no secret, current README."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tap_github_prs.schemas import TABLES
from tap_github_prs.tap import TapGitHubPRs

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader

    Command = Callable[..., subprocess.CompletedProcess[str]]

SECRET = "ghp_not-a-real-token"  # noqa: S105 - nobody's


def test_the_command_writes_singer_messages_and_ends_with_zero(
    reader: Reader, run_command: Command
) -> None:
    done = run_command(reader.config)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    schemas = [m["stream"] for m in messages if m["type"] == "SCHEMA"]

    assert done.returncode == 0, done.stderr
    assert len(schemas) == len(set(schemas))
    assert set(schemas) == {table.name for table in TABLES} - {"check_suites"}
    first: dict[str, int] = {}
    for n, message in enumerate(messages):
        if message["type"] == "RECORD":
            first.setdefault(message["stream"], n)
    for n, message in enumerate(messages):
        if message["type"] == "SCHEMA" and message["stream"] in first:
            assert n < first[message["stream"]]
    total = sum(m.get("stream") == "pull_requests" for m in messages) - 1
    assert f"pull_requests: {total} of {total}" in done.stderr
    assert "sandbox-token" not in done.stdout + done.stderr


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong token": ({"auth_token": SECRET}, "check auth_token"),
    "no token": ({"auth_token": ""}, "set auth_token"),
    "a wrong repository": ({"repositories": ["ada/nowhere"]}, "ada/nowhere"),
    "nothing to read": ({"organizations": []}, "set repositories"),
    "an unreachable host": (
        {"api_url": "http://127.0.0.1:9", "max_wait_seconds": 0},
        "is api_url right",
    ),
    "a host that is something else": ({"api_url": "{base}/nothing"}, "check api_url"),
    "half an App": ({"app_id": "1"}, "set all three or none"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_ends_in_one_line_without_a_secret(
    mistake: str, reader: Reader, run_command: Command
) -> None:
    settings, advice = MISTAKES[mistake]
    base = reader.server.base_url
    settings = {
        name: value.replace("{base}", base) if isinstance(value, str) else value
        for name, value in settings.items()
    }
    done = run_command({**reader.config, **settings})

    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert done.returncode == 1
    assert advice in errors[-1]
    assert len(errors) == 1
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "an object in place of a list": (
        {"additional_auth_tokens": {"first": SECRET}},
        "additional_auth_tokens is of the wrong type",
    ),
    "a key in an object": (
        {"app_private_key": {"pem": SECRET}},
        "app_private_key is of the wrong type",
    ),
    "a list of lists of tokens": (
        {"additional_auth_tokens": [[SECRET]]},
        "additional_auth_tokens is of the wrong type",
    ),
    "a number for repositories": ({"repositories": 5}, "repositories: 5 is not"),
    "a number among names": ({"repositories": [5]}, "repositories[0]: 5 is not"),
    "an invalid date": ({"start_date": "yesterday"}, "start_date is not a date"),
    "a header of two lines": ({"user_agent": "a\r\nb"}, "user_agent contains"),
}


@pytest.mark.parametrize("mistake", SETTINGS)
def test_a_setting_of_the_wrong_type_ends_in_a_line_without_its_secret(
    mistake: str, reader: Reader, run_command: Command
) -> None:
    settings, said = SETTINGS[mistake]
    done = run_command({**reader.config, **settings})

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert not reader.requests


@pytest.mark.parametrize("token", [f"{SECRET}\u201d", f"{SECRET}\nmore", "a b"])
def test_what_can_be_no_token_is_refused_without_being_shown(
    token: str, reader: Reader, run_command: Command
) -> None:
    done = run_command({**reader.config, "auth_token": token})

    assert done.returncode == 1
    assert "character that no token has" in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_a_line_break_behind_a_token_is_none_of_it(
    reader: Reader, run_command: Command
) -> None:
    done = run_command({**reader.config, "auth_token": " sandbox-token\n"})

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("option", ["--state", "--catalog", "--config"])
def test_a_file_that_holds_a_list_is_reported_in_one_line(
    option: str, reader: Reader, run_command: Command, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[1]")
    done = run_command(reader.config, option, str(wrong))

    assert done.returncode > 0
    assert "wrong.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_tap_that_is_stopped_does_not_end_as_if_all_had_been_read(
    reader: Reader, tmp_path: Path
) -> None:
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps(reader.config))
    reader.server.fault("latency", "github", at=3, seconds=5)
    tap = Path(sys.executable).parent / "tap-github-prs"
    with subprocess.Popen(
        [str(tap), "--config", str(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.terminate()
        _, errors = process.communicate(timeout=30)

    assert process.returncode == 128 + signal.SIGTERM
    assert "continues from the last state" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        ("--state", '{"bookmarks"', "is not JSON"),
        ("--catalog", '{"streams"', "is not JSON"),
        ("--state", "[]", "broken.json contains no JSON object with bookmarks"),
        ("--catalog", "[]", "broken.json contains no JSON object with streams"),
        ("--state", '{"bookmarks": []}', "bookmarks is [], not an object"),
        ("--catalog", '{"bookmarks": {}}', "contains no JSON object with streams"),
        ("--state", '{"bookmarks": {"pull_requests": 1}}', "is 1, not an object"),
    ],
)
def test_a_file_that_is_not_a_state_or_catalog_is_reported_in_one_line(
    option: str, text: str, says: str, run_command: Command, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(text)
    done = run_command({"auth_token": SECRET}, option, str(broken))

    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", [None, "{", ""])
def test_settings_that_cannot_be_read_are_reported_in_one_line(
    text: str | None, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.json"
    if text is not None:
        settings.write_text(text)
    done = CliRunner().invoke(TapGitHubPRs.cli, ["--config", str(settings)])

    assert done.exit_code == 2
    assert "settings.json" in done.output
    assert "Traceback" not in done.output


def test_a_setting_of_the_wrong_type_is_named(
    reader: Reader, run_command: Command
) -> None:
    done = run_command({**reader.config, "page_size": 1_000})

    assert done.returncode == 1
    assert "page_size" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_target_that_dies_ends_the_tap_in_a_line(
    reader: Reader, tmp_path: Path
) -> None:
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps(reader.config))
    tap = Path(sys.executable).parent / "tap-github-prs"
    pipe = f"{tap} --config {settings} | head -c 2000 > /dev/null"
    command = f"{pipe}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "the target has stopped reading" in done.stderr


def test_discover_needs_no_settings(run_command: Command) -> None:
    done = run_command({}, "--discover")
    catalog = json.loads(done.stdout)

    assert {s["stream"] for s in catalog["streams"]} == {t.name for t in TABLES}


def test_test_reads_from_the_server(reader: Reader, run_command: Command) -> None:
    assert run_command(reader.config, "--test").returncode == 0
    wrong = run_command({**reader.config, "auth_token": SECRET}, "--test")
    assert wrong.returncode == 1
    assert "check auth_token" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_stream_map_renames_and_drops(reader: Reader) -> None:
    maps = {
        "pull_requests": {"head": "head_ref_name", "__filter__": "record['merged']"},
        "pr_reviews": None,
    }
    whole = reader.run()
    output = reader.run(stream_maps=maps)

    rows = output.records["pull_requests"]
    assert 0 < len(rows) < len(whole.records["pull_requests"])
    assert whole.records["pr_reviews"]
    assert all(row["head"] == row["head_ref_name"] for row in rows)
    assert not output.records["pr_reviews"]


def test_a_selected_child_comes_without_its_parent(
    reader: Reader, select: Callable[..., dict[str, Any]]
) -> None:
    output = reader.run(catalog=select(pr_reviews=["state"]))

    assert set(output.records) == {"pr_reviews"}
    assert len(output.records["pr_reviews"]) > 1
    assert output.states[-1]["bookmarks"]["pull_requests"]["partitions"]


def test_deselected_fields_are_in_no_record(
    reader: Reader, select: Callable[..., dict[str, Any]]
) -> None:
    catalog = select(pull_requests=["title", "labels"])
    output = reader.run(catalog=catalog)

    assert {frozenset(row) for row in output.records["pull_requests"]} == {
        frozenset({"id", "title", "labels", "updated_at"})
    }
