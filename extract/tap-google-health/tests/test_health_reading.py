# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
"""A first load, a run without a change, changes, deletions, and what each costs."""

from __future__ import annotations

import copy
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
ROLLUPS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "steps": ("daily_steps", "steps", lambda value: int(value.get("countSum", 0))),
    "distance": (
        "daily_distance",
        "millimeters",
        lambda value: int(value.get("millimetersSum", 0)),
    ),
    "floors": ("daily_floors", "floors", lambda value: int(value.get("countSum", 0))),
    "total-calories": ("daily_total_calories", "kcal", lambda value: value["kcalSum"]),
    "heart-rate": (
        "daily_heart_rate",
        "beats_per_minute_max",
        lambda value: value["beatsPerMinuteMax"],
    ),
}


def test_a_first_load_has_every_row_of_the_source_and_needs_few_requests(
    run: Any, server: Any, api: Any, person: Any, requests: Any
) -> None:
    api.budgets.change({"user.requests": 10_000})
    server._sandbox.google_health.serve(person)

    out = run().sync()

    counted = requests()
    # The API allows 14 days per request for three of the types: 79 requests each.
    assert sum(counted.values()) <= 410
    daily = sum(
        number
        for name, number in counted.items()
        if name.endswith("dailyRollUp") or name.startswith("daily-")
    )
    assert daily == 3 * 79 + 6 * 13 + 7 == 322
    # Without the heart rate of whole days, all daily types need fewer than 260.
    assert daily - counted["heart-rate dailyRollUp"] <= 260
    for kind, (stream, column, value) in ROLLUPS.items():
        expected = {
            day.isoformat(): value(one) for day, one in person.days[kind].items()
        }
        assert {row["date"]: row[column] for row in out.records(stream)} == expected
    sessions = {row["id"]: row for row in out.records("sleep_sessions")}
    assert len(sessions) == len(person.points["sleep"])
    stages = out.records("sleep_stages")
    assert len(stages) == sum(
        len(point["sleep"].get("stages", [])) for point in person.points["sleep"]
    )
    for session in sessions.values():
        own = [row for row in stages if row["session_id"] == session["id"]]
        if session["is_processed"]:
            assert (
                sum(row["seconds"] for row in own) == session["minutes_in_period"] * 60
            )
    assert len(out.records("exercises")) == len(person.points["exercise"])
    assert len(out.records("weights")) == len(person.points["weight"])
    assert len({row["id"] for row in out.records("weights")}) == len(
        person.points["weight"]
    )


def test_a_run_without_a_change_reads_eight_days_again_and_deletes_nothing(
    run: Any, account: Any, requests: Any
) -> None:
    for number in range(30):
        day = TODAY - timedelta(days=number)
        account.roll("steps", day, {"countSum": str(number)})
    first = run(None, ("daily_steps",)).sync()
    requests()

    second = run(first.state, ("daily_steps",)).sync()

    assert len(first.records("daily_steps")) == 30
    assert [row["date"] for row in second.records("daily_steps")] == [
        (TODAY - timedelta(days=number)).isoformat() for number in range(9)
    ]
    assert second.deleted("daily_steps") == []
    # The token, the identity, the time zone and one request for the stream.
    assert sum(requests().values()) == 4


def test_a_run_without_a_change_needs_one_request_per_list(
    run: Any, account: Any, requests: Any
) -> None:
    account.sleep("1", NOW - timedelta(hours=5))
    state = run().sync().state
    requests()

    run(state).sync()

    counted = requests()
    assert max(counted.values()) == 1
    assert sum(counted.values()) == 25


@pytest.mark.parametrize("changed", [1, 5])
def test_revised_days_are_read_and_the_others_keep_their_values(
    run: Any, account: Any, changed: int
) -> None:
    for number in range(20):
        day = TODAY - timedelta(days=number)
        account.roll("steps", day, {"countSum": "100"})
    first = run(None, ("daily_steps",)).sync()
    for number in range(changed):
        account.days["steps"][TODAY - timedelta(days=number)] = {"countSum": "7"}

    rows = run(first.state, ("daily_steps",)).sync().records("daily_steps")

    assert sum(row["steps"] == 7 for row in rows) == changed
    assert {row["steps"] for row in rows} == {7, 100}


def test_the_bookmark_never_moves_past_yesterday(run: Any, account: Any) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})

    state = run(None, ("daily_steps",)).sync().state

    assert state["bookmarks"]["daily_steps"]["replication_key_value"] == "2026-03-09"


def test_what_disappears_within_the_lookback_is_marked_as_deleted(
    run: Any, account: Any
) -> None:
    for number in range(4):
        account.roll("steps", TODAY - timedelta(days=number), {"countSum": "1"})
        account.sleep(str(number), NOW - timedelta(days=number, hours=5))
    streams = ("daily_steps", "sleep_sessions", "sleep_stages")
    first = run(None, streams).sync()
    del account.days["steps"][TODAY - timedelta(days=1)]
    account.points["sleep"] = [
        point for point in account.points["sleep"] if not point["name"].endswith("/2")
    ]

    out = run(first.state, streams).sync()

    assert [row["date"] for row in out.deleted("daily_steps")] == ["2026-03-09"]
    assert [row["id"] for row in out.deleted("sleep_sessions")] == ["2"]
    assert {row["session_id"] for row in out.deleted("sleep_stages")} == {"2"}
    third = run(out.state, streams).sync()
    assert [third.deleted(stream) for stream in streams] == [[], [], []]


def test_a_list_that_is_suddenly_empty_deletes_nothing_until_the_next_run(
    run: Any, account: Any
) -> None:
    account.roll("steps", TODAY, {"countSum": "1"})
    first = run(None, ("daily_steps",)).sync()
    account.days.clear()

    second = run(first.state, ("daily_steps",)).sync()
    third = run(second.state, ("daily_steps",)).sync()

    assert second.deleted("daily_steps") == []
    assert [row["date"] for row in third.deleted("daily_steps")] == ["2026-03-10"]


def test_revised_stages_replace_the_ones_of_the_evening(run: Any, account: Any) -> None:
    point = account.sleep("1", NOW - timedelta(hours=5))
    streams = ("sleep_sessions", "sleep_stages")
    first = run(None, streams).sync()
    revised = copy.deepcopy(point)
    revised["sleep"]["stages"][1]["startTime"] = "2026-03-10T04:00:00Z"
    revised["sleep"]["stages"][0]["endTime"] = "2026-03-10T04:00:00Z"
    account.points["sleep"] = [revised]

    out = run(first.state, streams).sync()

    assert [row["started_at"] for row in out.deleted("sleep_stages")] == [
        "2026-03-10T03:00:00.000Z"
    ]
    assert [row["started_at"] for row in out.records("sleep_stages")] == [
        "2026-03-09T23:00:00.000Z",
        "2026-03-10T04:00:00.000Z",
    ]
    assert out.deleted("sleep_sessions") == []


def test_a_run_that_is_killed_continues_and_loses_nothing(
    run: Any, server: Any, api: Any, person: Any
) -> None:
    api.budgets.change({"user.requests": 100_000})
    server._sandbox.google_health.serve(person)
    streams = ("sleep_sessions", "sleep_stages", "daily_steps")
    whole = run(None, streams).sync()
    expected = {name: sorted(map(str, whole.records(name))) for name in streams}
    found: dict[str, set[str]] = {name: set() for name in streams}
    state = None
    for stop_after in (2_000, 5_000, 9_000, 100_000):
        killed = run(state, streams)
        killed.out.stop_after = stop_after
        with suppress(KeyboardInterrupt):
            killed.sync()
        kept = 0
        for number, message in enumerate(killed.out.messages):
            if message["type"] == "STATE":
                kept = number
                state = message["value"]
        for message in killed.out.messages[: kept + 1]:
            if message["type"] == "RECORD":
                found[message["stream"]].add(str(message["record"]))
    assert {name: sorted(rows) for name, rows in found.items()} == expected


def test_stages_alone_are_read_and_written_before_their_sessions(
    run: Any, account: Any
) -> None:
    account.sleep("1", NOW - timedelta(hours=5))

    alone = run(None, ("sleep_stages",)).sync()
    both = run(None, ("sleep_sessions", "sleep_stages")).sync()

    assert len(alone.records("sleep_stages")) == 2
    assert both.of("RECORD") == ["sleep_stages", "sleep_stages", "sleep_sessions"]


def test_stages_that_are_selected_later_are_read_from_the_first_day(
    run: Any, account: Any
) -> None:
    for number in range(20):
        account.sleep(str(number), NOW - timedelta(days=number, hours=5))
    first = run(None, ("sleep_sessions",)).sync()

    out = run(first.state, ("sleep_sessions", "sleep_stages")).sync()

    assert len(out.records("sleep_stages")) == 40


def test_an_earlier_start_date_and_another_family_read_everything_again(
    run: Any, account: Any
) -> None:
    for number in range(25):
        account.roll("steps", TODAY - timedelta(days=number), {"countSum": "1"})
    stream = ("daily_steps",)
    first = run(None, stream, start_date="2026-03-01").sync()
    again = run(first.state, stream, start_date="2026-02-20").sync()
    without = run(again.state, stream).sync()
    family = run(without.state, stream, data_source_family="google-wearables").sync()

    counts = [len(each.records("daily_steps")) for each in (first, again, without)]
    assert counts == [10, 19, 25]
    assert len(family.records("daily_steps")) == 25
    assert len(run(family.state, stream).sync().records("daily_steps")) == 25


def test_full_table_reads_everything_and_activates_its_version_at_the_end(
    run: Any, account: Any
) -> None:
    for number in range(20):
        account.roll("steps", TODAY - timedelta(days=number), {"countSum": "1"})
    first = run(None, ("daily_steps",)).sync()
    catalog = run().tap.catalog_dict
    for entry in catalog["streams"]:
        entry["replication_method"] = "FULL_TABLE"
        for item in entry["metadata"]:
            item["metadata"].pop("forced-replication-method", None)
            if not item["breadcrumb"]:
                item["metadata"]["replication-method"] = "FULL_TABLE"

    out = run(first.state, ("daily_steps",), catalog=catalog).sync()

    assert len(out.records("daily_steps")) == 20
    kinds = [one["type"] for one in out.messages if one.get("stream") == "daily_steps"]
    assert kinds[-1] == "ACTIVATE_VERSION"


def test_a_device_that_was_removed_is_deleted_with_the_version(
    run: Any, account: Any
) -> None:
    for number in (1, 2):
        name = f"users/1/pairedDevices/{number}"
        device = {"name": name, "deviceType": "TRACKER", "batteryStatus": "Empty"}
        account.devices.append(device)
    first = run(None, ("paired_devices", "users")).sync()
    account.devices.pop()

    second = run(first.state, ("paired_devices", "users")).sync()

    # A battery level of 0 is left out; with a battery status, it is 0.
    assert [row["battery_level"] for row in first.records("paired_devices")] == [0, 0]
    assert [row["id"] for row in second.records("paired_devices")] == ["1"]
    assert second.of("ACTIVATE_VERSION") == ["users", "paired_devices"]
    versions = [
        message["version"]
        for out in (first, second)
        for message in out.messages
        if message["type"] == "ACTIVATE_VERSION"
    ]
    assert versions[2] > versions[0]


def test_intraday_streams_are_read_only_if_the_setting_names_them(
    run: Any, account: Any
) -> None:
    moment = datetime(2026, 3, 9, 22, 59, tzinfo=UTC)
    from sandbox.google_health.values import interval  # noqa: PLC0415

    for name in ("Phone", "Watch"):
        until = interval(moment, moment + timedelta(minutes=1))
        source = {"platform": "FITBIT", "device": {"displayName": name}}
        account.add(
            "steps", {"dataSource": source, "steps": {"interval": until, "count": "44"}}
        )

    off = run(None, ("step_intervals",)).sync()
    on = run(None, ("step_intervals",), intraday="step_intervals").sync()

    assert off.of("SCHEMA") == []
    assert {row["source"] for row in on.records("step_intervals")} == {
        "FITBIT/Phone",
        "FITBIT/Watch",
    }
    assert date.fromisoformat(on.records("step_intervals")[0]["date"]) == moment.date()
