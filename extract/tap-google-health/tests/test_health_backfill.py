"""With an end date, the tap reads a range of days and moves no bookmark."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

TODAY = datetime(2026, 3, 10, tzinfo=UTC)


def test_only_days_before_the_end_date_are_read_and_nothing_is_deleted(
    run: Any, account: Any, requests: Any
) -> None:
    days = [TODAY - timedelta(days=number) for number in (7, 6, 5, 4)]
    for number, day in enumerate(days):
        account.daily("daily-resting-heart-rate", day.date(), beatsPerMinute=60)
        account.sleep(str(number), day + timedelta(hours=7))
    first = run().sync()
    account.days.clear()
    account.points.clear()
    for number, day in enumerate(days[1:], start=1):
        account.daily("daily-resting-heart-rate", day.date(), beatsPerMinute=61)
        account.sleep(str(number), day + timedelta(hours=7))
    requests()

    out = run(
        first.state,
        start_date=str(days[0].date()),
        end_date=str(days[2].date()),
    ).sync()

    assert [row["date"] for row in out.records("daily_resting_heart_rate")] == [
        str(days[1].date())
    ]
    assert len(out.records("sleep_sessions")) == 1
    assert len(out.records("sleep_stages")) == 2
    # The night that is gone is deleted by the next run that moves the bookmark.
    assert not out.deleted("sleep_sessions")
    assert not out.activated()
    # The first message: the target checks the tables of the bookmarks.
    assert out.messages[0]["type"] == "STATE"
    assert out.states == [first.state]
    after = run(out.state).sync()
    assert len(after.deleted("sleep_sessions")) == 1
