"""Settings: how lists may be written, whose names errors show, what comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from commands import command

from tap_github_prs.common.errors import TapError
from tap_github_prs.common.lists import as_list
from tap_github_prs.common.variables import LIST
from tap_github_prs.state import VERSIONS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Command = Callable[..., subprocess.CompletedProcess[str]]
    Serve = Callable[[Host], Reader]

AT = "2024-05-05T00:00:00Z"


@pytest.fixture
def two(host: Host, serve: Serve) -> Reader:
    for name in ("one", "two"):
        host.pull_request(host.repository(name), AT)
    return serve(host)


# Lists


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["ada/one"], ["ada/one"]),
        ("ada/one", ["ada/one"]),
        ("ada/one,ada/two", ["ada/one", "ada/two"]),
        (" ada/one ,\n ada/two,\n", ["ada/one", "ada/two"]),
        ("ada/one\nada/two", ["ada/one", "ada/two"]),
        ('["ada/one", "ada/two"]', ["ada/one", "ada/two"]),
        (["ada/one, ada/two"], ["ada/one", "ada/two"]),
        ("", []),
        ("[]", []),
        ([], []),
    ],
)
def test_a_list_may_be_a_list_its_json_or_text(
    written: str | list[str], read: list[str]
) -> None:
    assert as_list(written) == read


@pytest.mark.parametrize("written", ["ada/one,ada/two", '["ada/one", "ada/two"]'])
def test_repositories_are_read_from_a_file_as_text(
    written: str, two: Reader, run_command: Command
) -> None:
    done = run_command({**two.config, "repositories": written})

    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"stream":"pull_requests","record"') == 2


@pytest.mark.parametrize("written", ["ada/one", "ada/two,ada/one", '["ada/one"]'])
def test_repositories_are_read_from_an_environment_variable_as_text(
    written: str, two: Reader
) -> None:
    variables: dict[str, Any] = {
        "TAP_GITHUB_PRS_AUTH_TOKEN": "sandbox-token",
        "TAP_GITHUB_PRS_API_URL": two.server.github_url,
        "TAP_GITHUB_PRS_REPOSITORIES": written,
    }
    done = command("tap-github-prs", "--config", "ENV", **variables)

    assert done.returncode == 0, done.stderr
    assert '"name_with_owner":"ada/one"' in done.stdout
    assert "deprecated" not in done.stderr


def test_a_number_in_an_environment_variable_that_is_none_is_one_line() -> None:
    done = command("tap-github-prs", "--config", "ENV", TAP_GITHUB_PRS_PAGE_SIZE="many")

    assert done.returncode == 1
    assert "TAP_GITHUB_PRS_PAGE_SIZE is of the wrong type" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_list_that_is_half_json_is_refused_in_one_line_with_its_name(
    two: Reader, run_command: Command
) -> None:
    done = run_command({**two.config, "repositories": '["ada/one"'})

    assert done.returncode == 1
    (error,) = errors(done)
    assert error.startswith("repositories begins with [ and is not JSON: Expecting")


# Names in errors


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the error lines, and the lines of level ERROR, say."""
    return [
        line.removeprefix("Error: ").split(" | ", 3)[-1].strip()
        for line in done.stderr.splitlines()
        if " | ERROR" in line or line.startswith("Error: ")
    ]


MISTAKES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "several at once": (
        {"auth_token": "", "repositories": "one", "start_date": "soon"},
        ["set MY_TOKEN", "MY_REPOSITORIES: one is not", "start_date is not a date"],
    ),
    "a wrong type": ({"repositories": 5}, ["MY_REPOSITORIES: 5 is not of type"]),
    "a repository for an organization": (
        {"organizations": "acme/one"},
        ["organizations: acme/one is not the login of an organization"],
    ),
    "a wrong token": ({"auth_token": "wrong"}, ["check MY_TOKEN"]),
    "a wrong address": ({"api_url": "git.acme.com"}, ["api_url is not an address"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_a_line_with_the_variable_that_the_user_wrote(
    mistake: str,
    two: Reader,
    run_command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = "auth_token=MY_TOKEN repositories=MY_REPOSITORIES"
    monkeypatch.setenv(LIST, names)
    settings, said = MISTAKES[mistake]
    done = run_command({**two.config, **settings})

    found = errors(done)
    assert done.returncode == 1
    assert len(found) == len(said)
    assert all(part in line for part, line in zip(said, found, strict=True))
    assert not done.stdout


# Before the first row


def test_what_is_named_and_cannot_be_seen_is_a_line_each_before_the_first_row(
    two: Reader, run_command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LIST, "repositories=MY_REPOSITORIES organizations=MY_ORGS")
    settings = {"repositories": "ada/no,ada/none", "organizations": "nobody"}
    done = run_command({**two.config, **settings})

    found = errors(done)
    assert done.returncode == 1
    assert not done.stdout
    for name in ("repository ada/no:", "repository ada/none:", "organization nobody:"):
        assert sum(f"Cannot read {name}" in line for line in found) == 1
    assert sum("check the name in MY_REPOSITORIES" in line for line in found) == 2
    assert sum("check the name in MY_ORGS" in line for line in found) == 1


# State


def test_the_first_message_is_the_state_that_the_tap_was_given(two: Reader) -> None:
    first = two.run()
    then = two.run(first.state)

    assert first.state["bookmarks"]["pull_requests"]
    assert then.messages[0] == {"type": "STATE", "value": first.state}


def test_where_the_clock_was_ahead_versions_still_increase_and_a_line_says_so(
    two: Reader, caplog: Log
) -> None:
    state = two.run().state
    ahead = 4_102_444_800_000  # the year 2100
    state[VERSIONS]["repositories"] = ahead

    then = two.run(state)

    (activated,) = then.of("ACTIVATE_VERSION")
    assert activated["version"] == ahead + 1
    assert then.state[VERSIONS] == {"repositories": ahead + 1}
    assert {m["version"] for m in then.of("RECORD") if "version" in m} == {ahead + 1}
    assert "2100-01-01" in caplog.text
    assert "deletions in repositories cannot be detected by time" in caplog.text


def test_versions_are_not_bookmarks(two: Reader) -> None:
    assert two.run().state["bookmarks"]["repositories"] == {}


def test_settings_are_checked_before_any_request(two: Reader) -> None:
    two.server.forget_stats()
    with pytest.raises(TapError):
        two.run(repositories="x", auth_token="")
    assert not two.requests
