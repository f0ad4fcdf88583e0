# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
"""Every example of a response is read, and its values are compared one by one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tap_google_health.transport.errors import Action, judge, read_error

EXAMPLES = (
    Path(__file__).resolve().parents[4]
    / "shared/recordings/examples/google-health.json"
)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOURCE = "FITBIT/Charge 6"
EXPECTED: dict[str, list[dict[str, Any]]] = {
    "sleep_sessions": [
        {
            "id": "9001",
            "type": "STAGES",
            "stages_status": "SUCCEEDED",
            "platform": "FITBIT",
            "device_name": "Charge 6",
            "recording_method": "DERIVED",
            "start_utc_offset_seconds": 3600,
            "end_utc_offset_seconds": 3600,
            "minutes_in_period": 422,
            "minutes_asleep": 414,
            "minutes_awake": 8,
            "minutes_to_fall_asleep": 0,
            "minutes_after_wake_up": 0,
            "awakenings": 1,
            "is_main": True,
            "is_nap": False,
            "is_processed": True,
            "is_manually_edited": False,
            "sleep_date": "2026-11-20",
            "started_at": "2026-11-19T22:50:00.000Z",
            "ended_at": "2026-11-20T05:52:00.000Z",
            "updated_at": "2026-11-20T06:03:18.900Z",
        },
        {
            "id": "9002",
            "type": "CLASSIC",
            "stages_status": "STAGES_STATE_UNSPECIFIED",
            "platform": "FITBIT",
            "device_name": "Charge 6",
            "recording_method": "DERIVED",
            "start_utc_offset_seconds": 3600,
            "end_utc_offset_seconds": 3600,
            "minutes_in_period": None,
            "minutes_asleep": None,
            "minutes_awake": None,
            "minutes_to_fall_asleep": None,
            "minutes_after_wake_up": None,
            "awakenings": None,
            "is_main": False,
            "is_nap": False,
            "is_processed": False,
            "is_manually_edited": False,
            "sleep_date": "2026-11-21",
            "started_at": "2026-11-20T22:30:00.000Z",
            "ended_at": "2026-11-21T05:30:00.000Z",
            "updated_at": None,
        },
    ],
    "sleep_stages": [
        {
            "session_id": "9001",
            "stage": stage,
            "seconds": minutes * 60,
            "started_at": f"2026-11-{start}:00.000Z",
            "ended_at": f"2026-11-{end}:00.000Z",
        }
        for stage, minutes, start, end in (
            ("AWAKE", 8, "19T22:50", "19T22:58"),
            ("LIGHT", 132, "19T22:58", "20T01:10"),
            ("DEEP", 75, "20T01:10", "20T02:25"),
            ("REM", 75, "20T02:25", "20T03:40"),
            ("LIGHT", 132, "20T03:40", "20T05:52"),
        )
    ],
    "step_intervals": [
        {
            "source": f"{SOURCE}/PASSIVELY_MEASURED",
            "steps": 44,
            "date": "2026-11-20",
            "at": "2026-11-20T22:59:00.000Z",
            "ended_at": "2026-11-20T23:00:00.000Z",
        }
    ],
    "daily_resting_heart_rate": [
        {
            "source": f"{SOURCE}/DERIVED",
            "method": "WITH_SLEEP",
            "beats_per_minute": 54,
            "date": "2026-11-20",
        }
    ],
    "weights": [
        {
            "id": "77",
            "source": "FITBIT/MANUAL",
            "grams": 78450,
            "measured_date": "2026-11-20",
            "measured_at": "2026-11-20T06:30:00.000Z",
        }
    ],
    "exercises": [
        {
            "id": "55",
            "type": "RUNNING",
            "name": "Run",
            "source": f"{SOURCE}/PASSIVELY_MEASURED",
            "start_utc_offset_seconds": 3600,
            "end_utc_offset_seconds": 3600,
            "active_seconds": 2490,
            "distance_millimeters": 7210000,
            "steps": 6890,
            "kcal": 412.5,
            "average_heart_rate": 151,
            "light_seconds": 120,
            "moderate_seconds": 600,
            "vigorous_seconds": 1500,
            "peak_seconds": 270,
            "active_zone_minutes": 68,
            "elevation_gain_millimeters": None,
            "has_gps": False,
            "exercise_date": "2026-11-20",
            "started_at": "2026-11-20T16:00:00.000Z",
            "ended_at": "2026-11-20T16:42:10.000Z",
            "updated_at": None,
        }
    ],
    "daily_steps": [{"steps": 11402, "date": "2026-11-20"}],
    "daily_total_calories": [{"kcal": 2611.4, "date": "2026-11-20"}],
    "paired_devices": [
        {
            "id": "3",
            "device_type": "TRACKER",
            "version": "Charge 6",
            "battery_level": 82,
            "last_sync_at": "2026-11-20T19:02:00.000Z",
        }
    ],
}
LISTS = {
    "list_sleep": "sleep",
    "list_sleep_not_yet_processed": "sleep",
    "list_steps_last_minute_of_the_day": "steps",
    "list_daily_resting_heart_rate": "daily-resting-heart-rate",
    "list_weight": "weight",
    "list_exercise": "exercise",
}
ACTIONS = {
    "error_400_filter": Action.FAIL,
    "error_400_account": Action.STOP,
    "error_429": Action.WAIT,
}
TOKENS = {"oauth_token", "oauth_invalid_grant"}  # test_health_tokens.py
DOUBLED = "reconcile_sleep_with_the_doubled_summary"


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    if not EXAMPLES.is_file():
        pytest.skip("the examples are not on this machine")
    found: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def test_every_value_of_the_examples_is_read(
    run: Any, account: Any, examples: dict[str, Any]
) -> None:
    for name, kind in LISTS.items():
        for point in examples[name]["dataPoints"]:
            value = next(one for key, one in point.items() if key not in _ABOUT)
            _complete(value)
            account.add(kind, point)
    for kind in ("steps", "total_calories"):
        [point] = examples[f"dailyRollUp_{kind}"]["rollupDataPoints"]
        day = date(**point["civilStartTime"]["date"])
        field = "totalCalories" if kind == "total_calories" else kind
        account.roll(kind.replace("_", "-"), day, point[field])
    account.devices = examples["pairedDevices"]["pairedDevices"]

    out = run(
        None,
        tuple(EXPECTED),
        now=NOW,
        start_date="2026-11-01",
        intraday="step_intervals",
    ).sync()

    for stream, rows in EXPECTED.items():
        key = "started_at" if "started_at" in rows[0] else next(iter(rows[0]))
        found = sorted(out.records(stream), key=lambda row: str(row[key]))
        assert found == rows, stream


_ABOUT = {"name", "dataSource"}


def _complete(value: dict[str, Any]) -> None:
    """Add the civil times that the examples leave out and the stand-in filters by."""
    interval = value.get("interval")
    if interval is None or "civilStartTime" in interval:
        return
    for side in ("Start", "End"):
        moment = datetime.fromisoformat(interval[f"{side.lower()}Time"])
        local = moment.timestamp() + int(interval[f"{side.lower()}UtcOffset"][:-1])
        civil = datetime.fromtimestamp(local, UTC)
        day = {"year": civil.year, "month": civil.month, "day": civil.day}
        time = {"hours": civil.hour, "minutes": civil.minute}
        interval[f"civil{side}Time"] = {"date": day, "time": time}


def test_every_example_is_used_by_a_test(examples: dict[str, Any]) -> None:
    rollups = {name for name in examples if name.startswith("dailyRollUp")}
    used = {*LISTS, *ACTIONS, *TOKENS, *rollups, "pairedDevices", DOUBLED}

    assert set(examples) == used


@pytest.mark.parametrize(("name", "action"), ACTIONS.items())
def test_each_error_of_the_examples_has_its_action(
    name: str, action: Action, examples: dict[str, Any]
) -> None:
    body = examples[name]
    assert judge(read_error(body["error"]["code"], body)).action is action


def test_the_list_of_sleep_is_used_because_reconcile_doubles_the_summary(
    examples: dict[str, Any],
) -> None:
    [listed] = examples["list_sleep"]["dataPoints"]
    [merged] = examples[DOUBLED]["dataPoints"]
    summaries = [
        point["sleep"]["summary"]["stagesSummary"] for point in (listed, merged)
    ]
    assert summaries[1] == summaries[0] * 2
