# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
"""The oddities of the API, one test each (docs/apis/google_health.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tap_google_health.civil import civil_date, date_at, seconds
from tap_google_health.names import DataType

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
WATCH = {"platform": "FITBIT", "device": {"displayName": "Charge 6"}}
PHONE = {"platform": "HEALTH_CONNECT", "device": {"displayName": "A phone"}}


@pytest.mark.parametrize(
    ("path", "filtered", "field"),
    [
        ("steps", "steps", "steps"),
        ("body-fat", "body_fat", "bodyFat"),
        ("daily-vo2-max", "daily_vo2_max", "dailyVo2Max"),
        (
            "daily-resting-heart-rate",
            "daily_resting_heart_rate",
            "dailyRestingHeartRate",
        ),
    ],
)
def test_a_type_has_a_name_for_the_path_the_filter_and_the_response(
    path: str, filtered: str, field: str
) -> None:
    kind = DataType(path)
    assert (kind.filtered, kind.field) == (filtered, field)


def test_zeros_that_the_api_leaves_out_are_zero_in_sums_and_null_elsewhere(
    run: Any, account: Any
) -> None:
    account.roll("steps", TODAY, {})
    account.roll("floors", TODAY, {})
    account.roll("heart-rate", TODAY, {})
    account.roll("active-zone-minutes", TODAY, {"sumInPeakHeartZone": "4"})
    account.roll("active-minutes", TODAY, {"activeMinutesRollupByActivityLevel": [
        {"activityLevel": "LIGHT"}
    ]})  # fmt: skip
    account.daily("daily-resting-heart-rate", TODAY)

    out = run().sync()

    assert [row["steps"] for row in out.records("daily_steps")] == [0]
    assert [row["floors"] for row in out.records("daily_floors")] == [0]
    assert [row["minutes"] for row in out.records("daily_active_minutes")] == [0]
    zones = out.records("daily_active_zone_minutes")
    assert {row["zone"]: row["minutes"] for row in zones} == {
        "FAT_BURN": 0,
        "CARDIO": 0,
        "PEAK": 4,
    }
    [heart] = out.records("daily_heart_rate")
    assert heart["beats_per_minute_avg"] is None
    [rest] = out.records("daily_resting_heart_rate")
    assert rest["beats_per_minute"] is None


def test_a_day_without_a_value_has_no_row(run: Any, account: Any) -> None:
    account.roll("steps", TODAY - timedelta(days=2), {"countSum": "1"})

    out = run(None, ("daily_steps",)).sync()

    assert [row["date"] for row in out.records("daily_steps")] == ["2026-03-08"]


def test_a_night_belongs_to_the_civil_date_of_its_end(run: Any, account: Any) -> None:
    tokyo = timezone(timedelta(hours=9))
    account.sleep("1", datetime(2026, 3, 9, 7, 0, tzinfo=tokyo))
    new_york = timezone(timedelta(hours=-4))
    account.sleep("2", datetime(2026, 3, 8, 23, 30, tzinfo=new_york))

    rows = run(None, ("sleep_sessions",)).sync().records("sleep_sessions")

    found = {row["id"]: row for row in rows}
    assert (found["1"]["sleep_date"], found["1"]["ended_at"][:10]) == (
        "2026-03-09",
        "2026-03-08",
    )
    assert (found["2"]["sleep_date"], found["2"]["ended_at"][:10]) == (
        "2026-03-08",
        "2026-03-09",
    )
    assert found["1"]["end_utc_offset_seconds"] == 32_400


def test_last_night_is_read_on_the_day_when_it_ends(run: Any, account: Any) -> None:
    account.sleep("1", NOW - timedelta(hours=5))

    assert len(run(None, ("sleep_sessions",)).sync().records("sleep_sessions")) == 1


def test_a_session_that_is_not_processed_has_no_minutes(run: Any, account: Any) -> None:
    point = account.sleep("1", NOW - timedelta(hours=5), summary={"minutesAsleep": "9"})
    fresh = account.sleep("2", NOW - timedelta(hours=1), hours=1)
    del fresh["sleep"]["metadata"], fresh["sleep"]["stages"]
    assert point["sleep"]["summary"]

    rows = run(None, ("sleep_sessions",)).sync().records("sleep_sessions")

    found = {row["id"]: row for row in rows}
    assert (found["1"]["minutes_asleep"], found["1"]["minutes_awake"]) == (9, 0)
    assert found["2"]["minutes_asleep"] is None
    assert found["2"]["is_processed"] is False
    assert found["1"]["is_processed"] is True


def test_roll_ups_send_no_page_size_and_lists_always_send_one(
    run: Any, api: Any, account: Any
) -> None:
    sent = []
    answer = api.answer

    def watched(asked: Any) -> Any:
        sent.append(asked)
        return answer(asked)

    api.answer = watched
    account.daily("daily-vo2-max", TODAY, vo2Max=40.5)
    try:
        run(intraday=["heart_rate_samples"], start_date="2026-03-09").sync()
    finally:
        del api.answer
    rollups = [one for one in sent if one.path.endswith("dailyRollUp")]
    lists = [one for one in sent if one.path.endswith("dataPoints")]
    assert len(rollups) == 9
    assert not [one for one in rollups if b"pageSize" in one.body]
    sizes = {one.path.split("/")[-2]: one.query["pageSize"] for one in lists}
    assert sizes["sleep"] == sizes["exercise"] == "25"
    assert sizes["heart-rate"] == "10000"


def test_every_page_is_read_also_behind_an_empty_one(
    run: Any, api: Any, account: Any
) -> None:
    api.empty_pages = True
    for number in range(60):
        end = NOW - timedelta(hours=5 + 8 * number)
        account.sleep(str(number), end, hours=2)

    out = run(None, ("sleep_sessions",)).sync()

    assert len({row["id"] for row in out.records("sleep_sessions")}) == 60


def test_after_504_the_page_is_halved_and_the_list_begins_again(
    run: Any, api: Any, account: Any, requests: Any
) -> None:
    for number in range(30):
        account.sleep(str(number), NOW - timedelta(hours=5 + 8 * number), hours=2)
    api.largest_page = 6

    out = run(None, ("sleep_sessions",)).sync()

    assert len({row["id"] for row in out.records("sleep_sessions")}) == 30
    assert requests()["sleep list"] == 5  # 25 and 12 rows were refused, 6 were not


def test_a_range_that_is_refused_is_halved(
    run: Any, api: Any, account: Any, requests: Any
) -> None:
    for number in range(28):
        account.roll("floors", TODAY - timedelta(days=number), {"countSum": "1"})
    api.longest_range = {"floors": 14}

    out = run(None, ("daily_floors",)).sync()

    assert len(out.records("daily_floors")) == 28
    assert requests()["floors dailyRollUp"] == 7  # 31 and 15 days were refused


def test_a_family_of_sources_is_not_sent_for_sleep(run: Any, account: Any) -> None:
    account.sleep("1", NOW - timedelta(hours=5))
    account.weight(NOW, 80_000.0)

    out = run(data_source_family="google-wearables").sync()

    assert len(out.records("sleep_sessions")) == 1
    assert len(out.records("weights")) == 1


def test_one_of_several_sources_of_a_day_is_kept(
    run: Any, account: Any, caplog: pytest.LogCaptureFixture
) -> None:
    name = "daily-resting-heart-rate"
    account.daily(name, TODAY, PHONE, beatsPerMinute="70")
    account.daily(name, TODAY, WATCH, beatsPerMinute="55")

    rows = (
        run(None, ("daily_resting_heart_rate",))
        .sync()
        .records("daily_resting_heart_rate")
    )

    assert [(row["beats_per_minute"], row["source"]) for row in rows] == [
        (55, "FITBIT/Charge 6")
    ]
    assert "several sources have a value for 2026-03-10" in caplog.text


def test_a_measurement_without_an_id_has_its_time_and_source_as_key(
    run: Any, account: Any
) -> None:
    moment = NOW - timedelta(days=1)
    account.weight(moment, 80_000.0)
    account.weight(moment, 79_000.0, dataSource=PHONE)
    account.weight(moment, 78_450, name="users/1/dataTypes/weight/dataPoints/77")

    rows = run(None, ("weights",)).sync().records("weights")

    assert {row["id"]: row["grams"] for row in rows} == {
        "2026-03-09T12:00:00.000Z FITBIT/Charge 6/DERIVED": 80_000.0,
        "2026-03-09T12:00:00.000Z HEALTH_CONNECT/A phone": 79_000.0,
        "77": 78_450,
    }


def test_a_value_of_the_wrong_type_is_null_and_the_row_stays(
    run: Any, account: Any, caplog: pytest.LogCaptureFixture
) -> None:
    account.roll("steps", TODAY, {"countSum": "many"})

    rows = run(None, ("daily_steps",)).sync().records("daily_steps")

    assert rows == [{"date": "2026-03-10", "steps": None}]
    assert "Google sent an invalid value: 'many'" in caplog.text


def test_a_row_without_a_key_fails_the_run_and_keeps_the_bookmark(
    run: Any, account: Any
) -> None:
    account.sleep("1", NOW - timedelta(hours=5))
    account.points["sleep"][0]["name"] = ""
    tap = run(None, ("sleep_sessions",))

    text = tap.failing()

    assert "sleep_sessions: a row was not read (id is missing or invalid)" in text
    assert "replication_key_value" not in str(tap.out.state)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("32400s", 32_400), ("-25200s", -25_200), ("2490.5s", 2_490), (None, 0)],
)
def test_a_duration_is_text_and_a_missing_offset_is_utc(
    text: str | None, expected: int
) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["32400", "-07:00", "s"])
def test_a_text_that_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        seconds(text)


def test_a_civil_date_needs_all_its_parts() -> None:
    assert civil_date({"year": 2026, "month": 11, "day": 20}) == "2026-11-20"
    with pytest.raises(ValueError, match="month"):
        civil_date({"year": 2026})


def test_midnight_belongs_to_the_new_day() -> None:
    assert date_at("2026-11-20T23:00:00Z", "3600s") == "2026-11-21"
    assert date_at("2026-11-20T22:59:59.9Z", "3600s") == "2026-11-20"
