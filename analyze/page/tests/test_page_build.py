"""The build: settings, limits, and a file that is whole or not there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from throughline_page.build import LEFT_BEHIND, build, left_behind
from throughline_page.common.settings import SettingsError
from throughline_page.common.warehouse import Warehouse, WarehouseError


def test_a_small_page_is_smaller_than_its_limit(small_page: Path) -> None:
    assert small_page.stat().st_size < 1_500_000


def test_only_its_user_can_read_the_page(small_page: Path) -> None:
    assert stat.S_IMODE(small_page.stat().st_mode) == 0o600


def test_the_page_carries_the_license_of_what_it_contains(small_page: Path) -> None:
    text = small_page.read_text("utf-8")
    assert "Copyright (c) 2015-2025, University of Washington" in text
    assert "Redistributions in binary form must reproduce" in text


def test_the_same_marts_make_the_same_page(
    environment: dict[str, str], small_page: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.html"
    settings = {
        "PAGE_ANALYTICS_DATASET": "small",
        "PAGE_OPS_DATASET": "small_ops",
        "PAGE_TITLE": "<i>Acme</i> שלום",
        "PAGE_OUTPUT": str(again),
    }
    build(environment | settings)
    assert again.read_bytes() == small_page.read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"PAGE_PROJECT": " "}, "set BIGQUERY_PROJECT to a Google Cloud project"),
        ({"PAGE_ANALYTICS_DATASET": "_x"}, "PAGE_ANALYTICS_DATASET makes the dataset"),
        ({"PAGE_OPS_DATASET": "a-b"}, "PAGE_OPS_DATASET makes the dataset name 'a-b'"),
        ({"PAGE_API_ENDPOINT": "here"}, "PAGE_API_ENDPOINT is not an address such as"),
        (
            {"PAGE_TIME_ZONE": "Mars/Olympus"},
            "PAGE_TIME_ZONE is 'Mars/Olympus': set it",
        ),
        # Files of the system, which browsers and BigQuery do not know.
        ({"PAGE_TIME_ZONE": "localtime"}, "PAGE_TIME_ZONE is 'localtime': set it to"),
        ({"PAGE_TIME_ZONE": "posix/UTC"}, "PAGE_TIME_ZONE is 'posix/UTC': set it to"),
        (
            {"PAGE_JOB_EXECUTION_TIMEOUT": "99999"},
            "PAGE_JOB_EXECUTION_TIMEOUT is '99999': set it to a number from 1 to 21600",
        ),
        (
            {"PAGE_MAXIMUM_BYTES_BILLED": "0"},
            "PAGE_MAXIMUM_BYTES_BILLED is '0': set it",
        ),
        (
            {"PAGE_TRANSFORM_DIR": "/nowhere"},
            "PAGE_TRANSFORM_DIR: /nowhere/dbt_project",
        ),
        ({"PAGE_DEFINITIONS": "/nowhere"}, "PAGE_DEFINITIONS: /nowhere cannot be read"),
        ({"PAGE_OUTPUT": "/dev/null/x"}, "PAGE_OUTPUT: /dev/null/x cannot be written"),
        (
            {"PAGE_API_ENDPOINT": "", "PAGE_CREDENTIALS_JSON": "secret"},
            "PAGE_CREDENTIALS_JSON is neither JSON nor base64 of JSON",
        ),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_name_that_the_user_wrote(
    environment: dict[str, str], change: dict[str, str], message: str
) -> None:
    settings = environment | {"PAGE_ANALYTICS_DATASET": "nothing"} | change
    with pytest.raises(SettingsError) as error:
        build(settings)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_a_page_that_cannot_be_replaced_stays_as_it_was(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.mkdir()
    settings = {"PAGE_ANALYTICS_DATASET": "nothing", "PAGE_OUTPUT": str(path)}
    with pytest.raises(
        SettingsError, match=r"PAGE_OUTPUT: .*page\.html cannot be written"
    ):
        build(environment | settings)
    assert list(tmp_path.iterdir()) == [path]


def test_an_address_where_nothing_answers_is_one_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    settings = {
        "PAGE_API_ENDPOINT": "http://127.0.0.1:9",
        "PAGE_ANALYTICS_DATASET": "nothing",
        "PAGE_OUTPUT": str(tmp_path / "page.html"),
    }
    with pytest.raises(
        WarehouseError, match="nothing answers at PAGE_API_ENDPOINT: for"
    ):
        build(environment | settings)
    assert list(tmp_path.iterdir()) == []


def test_the_command_ends_with_one_line_and_exit_code_1() -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("throughline-page"), "build"],
        env={"PATH": os.environ["PATH"], "PAGE_VARIABLES": "project=BIGQUERY_PROJECT"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        "Error: page: set BIGQUERY_PROJECT to a Google Cloud project\n"
    )


def test_a_company_without_marts_has_a_page_that_says_what_to_do(
    environment: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = tmp_path / "page.html"
    settings = {"PAGE_ANALYTICS_DATASET": "never_made", "PAGE_OUTPUT": str(path)}
    build(environment | settings)
    assert "There is no data yet" in path.read_text("utf-8")
    assert "20_flow is hidden: no table fct_issues" in caplog.text


BUILT_AT = datetime(2026, 11, 28, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("ages", "left"),
    [
        ([MINUTE], None),
        ([-MINUTE], None),
        ([LEFT_BEHIND], None),
        ([LEFT_BEHIND + MINUTE], LEFT_BEHIND + MINUTE),
        ([LEFT_BEHIND * 9, LEFT_BEHIND + MINUTE], LEFT_BEHIND + MINUTE),
        ([LEFT_BEHIND * 9, MINUTE], None),
        ([None], None),
    ],
)
def test_marts_are_left_behind_if_the_last_build_wrote_none_of_them(
    ages: list[timedelta | None], left: timedelta | None
) -> None:
    modified = [None if age is None else BUILT_AT - age for age in ages]
    assert left_behind(modified, BUILT_AT) == (
        None if left is None else BUILT_AT - left
    )
    assert left_behind(modified, None) is None


def test_a_view_of_a_source_that_is_not_built_any_more_is_hidden_with_a_line(
    optional_page: Path,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert optional_page.exists()
    modified_at = Warehouse.modified_at

    def older(warehouse: Warehouse, table: str) -> datetime | None:
        found = modified_at(warehouse, table)
        is_old = table == "agg_contact_recency"
        return found - LEFT_BEHIND * 2 if found and is_old else found

    caplog.set_level("INFO")
    settings = {
        "PAGE_ANALYTICS_DATASET": "optional",
        "PAGE_OUTPUT": str(tmp_path / "page.html"),
    }
    monkeypatch.setattr(Warehouse, "modified_at", older)
    build(environment | settings)
    hidden = [line for line in caplog.messages if "long before the other" in line]
    assert len(hidden) == 1
    assert hidden[0].startswith(
        "96_contacts is hidden: agg_contact_recency was last built on 2"
    )
