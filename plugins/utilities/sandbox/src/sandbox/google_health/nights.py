"""The sleep of one night, and naps."""

from __future__ import annotations

import copy
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from sandbox.google_health.values import Value, compact, instant, int64, interval

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

STAGES = ("LIGHT", "DEEP", "LIGHT", "REM", "AWAKE")
ASLEEP = {"LIGHT", "DEEP", "REM", "ASLEEP"}
NAP_SHARE = 0.08
SPLIT_SHARE = 0.05


class Sleeper(Protocol):
    """The parts of a person that the nights depend on.

    Attributes:
        seed: Which person.
    """

    seed: int

    def zone(self, day: date) -> ZoneInfo:
        """Return the time zone in which the person is on a day."""

    def watch(self, day: date) -> Value:
        """Return the source of a day's values."""


def field_name(kind: str) -> str:
    """Return a type's name in a response.

    Args:
        kind: In kebab case.
    """
    first, *others = kind.split("-")
    return first + "".join(part.capitalize() for part in others)


def of_day(person: Sleeper, day: date) -> Iterator[Value]:
    """Yield the sleep that ends on a civil day.

    Args:
        person: Who sleeps.
        day: The civil date of the end.
    """
    dice = random.Random(f"night {person.seed} {day}")  # noqa: S311 - made-up data
    before = day - timedelta(days=1)
    minutes = dice.randint(5, 110)
    start = datetime(
        before.year, before.month, before.day, 22, 20, tzinfo=person.zone(before)
    ) + timedelta(minutes=minutes)
    length = timedelta(minutes=dice.randint(330, 520))
    # In UTC: a night may cross a change of the clocks or of the time zone.
    zone, start = person.zone(day), start.astimezone(UTC)
    end = start + length
    if end.astimezone(zone).date() != day:
        end = datetime(day.year, day.month, day.day, 6, 30, tzinfo=zone).astimezone(UTC)
    parts = [(start, end)]
    if dice.random() < SPLIT_SHARE:  # one night in two sessions
        middle = start + (end - start) / 2
        parts = [(start, middle), (middle + timedelta(minutes=40), end)]
    for number, (begin, until) in enumerate(parts):
        name = f"s{day:%Y%m%d}{number or ''}"
        source = person.watch(day)
        local = _local(begin, person.zone(before)), _local(until, zone)
        yield _session(name, source, *local, is_main=not number)
    if dice.random() < NAP_SHARE:
        nap = datetime(day.year, day.month, day.day, 14, 0, tzinfo=zone)
        yield _nap(person, day, nap, nap + timedelta(minutes=dice.randint(20, 50)))


def provisional(point: Value) -> Value:
    """Return a session before it was processed: no stages, no summary.

    Args:
        point: The session as it will be.
    """
    found = copy.deepcopy(point)
    sleep = found["sleep"]
    sleep["type"] = "CLASSIC"
    sleep["metadata"] = {"stagesStatus": "STAGES_STATE_UNSPECIFIED"}
    for name in ("stages", "summary"):
        sleep.pop(name, None)
    return found


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(second=0, microsecond=0).astimezone(zone)


def _session(
    name: str, source: Value, start: datetime, end: datetime, *, is_main: bool
) -> Value:
    stages, at, number = [], start.astimezone(UTC), 0
    while at < end.astimezone(UTC):
        length = timedelta(minutes=(35, 25, 50, 20, 4)[number % 5])
        until = min(end.astimezone(UTC), at + length)
        local = at.astimezone(end.tzinfo), until.astimezone(end.tzinfo)
        stages.append((STAGES[number % 5], *local))
        at, number = until, number + 1
    metadata = {"stagesStatus": "SUCCEEDED", "processed": True, "mainSleep": is_main}
    return _point(name, source, "STAGES", (start, end), stages, compact(metadata))


def _nap(person: Sleeper, day: date, start: datetime, end: datetime) -> Value:
    middle = start + timedelta(minutes=5)
    stages = [("RESTLESS", start, middle), ("ASLEEP", middle, end)]
    metadata = {"stagesStatus": "REJECTED_NAP", "processed": True, "nap": True}
    name = f"n{day:%Y%m%d}"
    return _point(name, person.watch(day), "CLASSIC", (start, end), stages, metadata)


def _point(  # noqa: PLR0913, PLR0917 - the parts of a session
    name: str,
    source: Value,
    kind: str,
    span: tuple[datetime, datetime],
    stages: list[tuple[str, datetime, datetime]],
    metadata: Value,
) -> Value:
    start, end = span
    minutes: dict[str, float] = {}
    counts: dict[str, int] = {}
    for stage, begin, until in stages:
        seconds = (until.astimezone(UTC) - begin.astimezone(UTC)).total_seconds()
        minutes[stage] = minutes.get(stage, 0) + seconds / 60
        counts[stage] = counts.get(stage, 0) + 1
    asleep = sum(value for stage, value in minutes.items() if stage in ASLEEP)
    summary = {
        "minutesInSleepPeriod": int64(sum(minutes.values())),
        "minutesAsleep": int64(asleep),
        "minutesAwake": int64(minutes.get("AWAKE", 0)),
        "stagesSummary": [
            {"type": stage, "minutes": str(int(value)), "count": str(counts[stage])}
            for stage, value in minutes.items()
        ],
    }
    sides = ("startTime", "startUtcOffset", "endTime", "endUtcOffset")
    return {
        "name": f"users/me/dataTypes/sleep/dataPoints/{name}",
        "dataSource": source,
        "sleep": {
            "interval": interval(start, end),
            "type": kind,
            "stages": [
                {
                    "type": stage,
                    **{
                        side: value
                        for side, value in interval(begin, until).items()
                        if side in sides
                    },
                }
                for stage, begin, until in stages
            ],
            "metadata": metadata,
            "summary": compact(summary),
            "createTime": instant(end + timedelta(minutes=10)),
            "updateTime": instant(end + timedelta(hours=3)),
        },
    }
