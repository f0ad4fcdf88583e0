# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
"""Random kills and changes: in the end, a target has the rows of the source."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
STREAMS = ("sleep_sessions", "sleep_stages", "daily_steps", "daily_resting_heart_rate")
KEYS = {
    "sleep_sessions": ("id",),
    "sleep_stages": ("session_id", "started_at"),
    "daily_steps": ("date",),
    "daily_resting_heart_rate": ("date",),
}


class Target:
    """A target that keeps what came before the last STATE, as target-bigquery does.

    At the end of its input, it keeps everything, also if the tap was killed.
    """

    def __init__(self) -> None:
        self.rows: dict[tuple[str, ...], dict[str, Any]] = {}
        self.state: dict[str, Any] | None = None

    def load(self, messages: list[dict[str, Any]], *, is_whole: bool) -> None:
        last = max(
            (n for n, one in enumerate(messages) if one["type"] == "STATE"), default=-1
        )
        for message in messages if is_whole else messages[: last + 1]:
            if message["type"] == "STATE":
                self.state = message["value"]
            if message["type"] != "RECORD":
                continue
            stream, row = message["stream"], message["record"]
            key = (stream, *(row[name] for name in KEYS[stream]))
            if row.get("_sdc_deleted_at"):
                self.rows.pop(key, None)
            else:
                self.rows[key] = row


def change(account: Any, dice: random.Random) -> None:
    """Let a day of the last week be revised, deleted or come late."""
    day = TODAY - timedelta(days=dice.randrange(7))
    steps = account.days.setdefault("steps", {})
    match dice.randrange(4):
        case 0:
            steps[day] = {"countSum": str(dice.randrange(20_000))}
        case 1:
            steps.pop(day, None)
        case 2:
            if len(account.points["sleep"]) > 3:
                account.points["sleep"].pop(dice.randrange(3))
        case _:
            end = NOW - timedelta(days=dice.randrange(7), hours=dice.randrange(4, 9))
            account.sleep(f"late{dice.randrange(10_000)}", end)


@pytest.mark.parametrize("seed", range(20))
def test_after_random_kills_the_target_has_the_rows_of_the_source(
    run: Any, account: Any, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a test
    for number in range(30):
        day = TODAY - timedelta(days=number)
        account.sleep(str(number), NOW - timedelta(days=number, hours=5))
        account.roll("steps", day, {"countSum": str(number)})
        account.daily("daily-resting-heart-rate", day, beatsPerMinute=str(50 + number))
    target = Target()
    for _ in range(4):
        tap = run(target.state, STREAMS)
        tap.out.stop_after = dice.randrange(250)
        is_whole = False
        with suppress(KeyboardInterrupt):
            tap.sync()
            is_whole = True
        # Sometimes the target is killed with the tap.
        ends = is_whole or dice.random() < 0.5
        target.load(tap.out.messages, is_whole=ends)
        change(account, dice)
    for _ in range(2):  # the second one accepts a list that became empty
        tap = run(target.state, STREAMS)
        target.load(tap.sync().messages, is_whole=True)

    fresh = Target()
    fresh.load(run(None, STREAMS).sync().messages, is_whole=True)
    assert target.rows == fresh.rows


def test_every_state_of_a_first_run_has_bookmarks_so_the_next_run_accepts_it(
    run: Any, account: Any
) -> None:
    account.sleep("1", NOW - timedelta(hours=5))
    tap = run(None, ("sleep_sessions",))

    tap.sync()

    states = [one["value"] for one in tap.out.messages if one["type"] == "STATE"]
    assert states
    assert all("bookmarks" in one for one in states)


def test_the_schema_of_a_stream_comes_before_a_state_with_its_keys(
    run: Any, account: Any
) -> None:
    """A target refuses the state of a stream whose table does not exist."""
    account.sleep("1", NOW - timedelta(hours=5))

    messages = run(None, ("sleep_sessions", "sleep_stages")).sync().messages

    schemas: set[str] = set()
    named: set[str] = set()
    for message in messages:
        if message["type"] == "SCHEMA":
            schemas.add(message["stream"])
        if message["type"] == "STATE":
            bookmarks = message["value"]["bookmarks"]
            named |= {name for name in bookmarks if bookmarks[name].get("seen")}
            assert named <= schemas
    assert named == {"sleep_sessions", "sleep_stages"}
