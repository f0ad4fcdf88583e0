"""A setting that all taps have is described once and checked once."""

from __future__ import annotations

import pytest

from tap_github_prs.tap import TapGitHubPRs
from tap_linear.common import settings
from tap_linear.tap import TapLinear

TAPS = (TapGitHubPRs, TapLinear)
SHARED = (
    "start_date",
    "end_date",
    "lookback_seconds",
    "request_timeout",
    "max_wait_seconds",
    "user_agent",
)


@pytest.mark.parametrize("name", SHARED)
def test_all_taps_describe_a_setting_in_the_same_words(name: str) -> None:
    described = {
        (found["title"], found["description"])
        for tap in TAPS
        for found in [tap.config_jsonschema["properties"][name]]
    }
    assert len(described) == 1


@pytest.mark.parametrize("tap", TAPS)
def test_every_setting_has_a_title_and_a_sentence(
    tap: type[TapGitHubPRs | TapLinear],
) -> None:
    for name, found in tap.config_jsonschema["properties"].items():
        assert found["title"], name
        assert found["description"].endswith("."), name


@pytest.mark.parametrize(
    ("config", "setting"),
    [
        ({"start_date": "soon"}, "start_date"),
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"end_date": "soon"}, "end_date"),
        ({"end_date": "2026-01-31", "start_date": "2026-01-31"}, "end_date"),
        ({"end_date": "2026-01-31", "start_date": "2026-02-01"}, "end_date"),
        ({"end_date": "9999-01-01"}, "end_date"),
        ({"user_agent": "a\nb"}, "user_agent"),
        ({"user_agent": "caf\u00e9"}, "user_agent"),
        ({"api_url": "linear"}, "api_url"),
        ({"api_url": "ftp://api.example.com"}, "api_url"),
        ({"api_url": "https://[linear"}, "api_url"),
        ({"api_url": "127.0.0.1:80/graphql"}, "api_url"),
    ],
)
def test_a_wrong_value_is_one_line_that_begins_with_the_setting(
    config: dict[str, str], setting: str
) -> None:
    (line,) = settings.problems(config, "https://api.example.com")
    assert line.startswith(f"{setting} ")


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"start_date": None, "user_agent": None, "api_url": ""},
        {"end_date": "2026-01-31"},
        {"end_date": "2026-02-01", "start_date": "2026-01-31T23:59:59.999Z"},
        {"start_date": "2026-01-31", "user_agent": " me \n", "api_url": "http://[::1]"},
    ],
)
def test_settings_that_are_right_or_not_set_are_no_problem(
    config: dict[str, str],
) -> None:
    assert list(settings.problems(config, "https://api.example.com")) == []


def test_an_error_of_the_schema_check_names_the_setting_and_shows_no_secret() -> None:
    error = "5 is not of type 'string' in config['repositories'][0]"
    words = "repositories[0]: 5 is not of type 'string'"
    assert settings.in_words(error, {"token"}) == words
    hidden = "'hidden' is not of type 'array' in config['token']"
    assert settings.in_words(hidden, {"token"}) == "token is of the wrong type"


def test_a_setting_without_a_value_is_removed_so_that_its_default_applies() -> None:
    config = {"api_url": " ", "mode": None, "objects": "", "page_size": 0, "name": "x"}
    settings.drop_empty(config, lists=("objects",))
    assert config == {"objects": "", "page_size": 0, "name": "x"}
