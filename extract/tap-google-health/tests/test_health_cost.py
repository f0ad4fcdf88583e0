"""Why a first load needs 322 requests: what Google's discovery document allows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tap_google_health.streams.daily import DAILY
from tap_google_health.streams.lists import MANY_YEARS, POINTS
from tap_google_health.streams.rollups import FEW_DAYS, MANY_DAYS, ROLLUPS

ROOT = Path(__file__).parents[3]
NAME = "google-health.v4.discovery.json"
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
DAYS = 1_096
REQUESTS = ("DailyRollUpDataPointsRequest", "RollUpDataPointsRequest")


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    for folder in ("tests/contract/schemas", "../shared/contracts"):
        file = ROOT / folder / NAME
        if file.is_file():
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return found
    pytest.skip(f"{NAME} is missing")


def fields(contract: dict[str, Any], schema: str) -> dict[str, Any]:
    found: dict[str, Any] = contract["schemas"][schema]["properties"]
    return found


def method(contract: dict[str, Any], name: str) -> dict[str, Any]:
    types = contract["resources"]["users"]["resources"]["dataTypes"]
    found: dict[str, Any] = types["resources"]["dataPoints"]["methods"][name]
    return found


@pytest.mark.parametrize("request_type", REQUESTS)
def test_every_roll_up_requests_the_longest_range_that_is_allowed(
    contract: dict[str, Any], request_type: str
) -> None:
    text = fields(contract, request_type)["range"]["description"]
    short = re.search(r"maximum range for (.+?) is (\d+) days", text)
    others = re.search(r"for all other data types is (\d+) days", text)
    assert short is not None
    assert others is not None
    for stream in ROLLUPS:
        is_short = f"`{stream.data_type.path}`" in short[1]
        assert stream.most_days == int(short[2] if is_short else others[1])


@pytest.mark.parametrize("request_type", REQUESTS)
def test_a_roll_up_reads_one_type(contract: dict[str, Any], request_type: str) -> None:
    assert {name.removesuffix("Days") for name in fields(contract, request_type)} == {
        "dataSourceFamily",
        "pageSize",
        "pageToken",
        "range",
        "windowSize",
    }


def test_a_daily_list_fits_into_one_page_and_has_no_longest_range(
    contract: dict[str, Any],
) -> None:
    parameters = method(contract, "list")["parameters"]
    assert "maximum page size is 10000" in parameters["pageSize"]["description"]
    assert 2 * MANY_YEARS <= POINTS == 10_000  # two sources
    assert {stream.window_days for stream in DAILY} == {MANY_YEARS}


def test_calories_have_no_points_and_only_a_roll_up_leaves_out_what_was_not_worn(
    contract: dict[str, Any],
) -> None:
    for schema in ("DataPoint", "ReconciledDataPoint"):
        assert "steps" in fields(contract, schema)
        assert "totalCalories" not in fields(contract, schema)
        assert "worn" not in contract["schemas"][schema].get("description", "")
    text = contract["schemas"]["DailyRollupDataPoint"]["description"]
    assert "excluding" in text
    assert "not actually worn" in text


def test_the_readme_adds_up_what_three_years_cost() -> None:
    def cost(days: int) -> int:
        return -(-DAYS // days)

    few = [stream for stream in ROLLUPS if stream.most_days == FEW_DAYS]
    many = [stream for stream in ROLLUPS if stream.most_days == MANY_DAYS]
    total = (
        len(few) * cost(FEW_DAYS)
        + len(many) * cost(MANY_DAYS)
        + len(DAILY) * cost(MANY_YEARS)
    )
    assert (len(few), len(many), len(DAILY)) == (3, 6, 7)
    for days, streams in ((FEW_DAYS, few), (MANY_DAYS, many)):
        factors = f"{len(streams)} \N{MULTIPLICATION SIGN} {cost(days)}"
        assert f"= {factors} = {len(streams) * cost(days)} |" in README
    assert (
        f"cost {total} requests, or {total - cost(FEW_DAYS)} without daily_heart_rate"
        in README
    )
