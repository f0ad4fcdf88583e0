"""One person of the company: sleep, activity and body for 18 months.

Each day depends only on the seed and its date, so a later `now` adds days and changes
only what the API would revise: the last night. There are days without a device, naps,
two watches, a phone, and trips to other time zones.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sandbox.google_health import nights
from sandbox.google_health.values import (
    Value,
    civil_date,
    compact,
    duration,
    int64,
    interval,
    sample_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 548
HOME = "Europe/Berlin"
# First day from the start, number of days, time zone.
TRIPS = ((95, 12, "America/New_York"), (310, 16, "Asia/Tokyo"), (450, 5, "UTC"))
UNWORN = (200, 206)  # days from the start: the first watch is broken
SECOND_WATCH = 207
USER = "users/me"
PHONE = {
    "platform": "HEALTH_CONNECT",
    "recordingMethod": "PASSIVELY_MEASURED",
    "application": {"packageName": "com.google.android.apps.fitness"},
}
SCALE = {
    "platform": "FITBIT",
    "recordingMethod": "ACTIVELY_MEASURED",
    "device": {"displayName": "Aria Air", "formFactor": "SCALE"},
}
ZONES = {"LIGHT": (60, 110), "MODERATE": (111, 135), "VIGOROUS": (136, 160)}
WORKOUTS = (("RUNNING", "Run", 45), ("BIKING", "Bike", 60), ("WALKING", "Walk", 2))


@dataclass
class Store:
    """What the API knows.

    Attributes:
        points: Data points of the list, by type in kebab case.
        days: Value of the roll-up by type and civil day.
        identity: The identity.
        profile: The profile.
        settings: The settings.
        devices: The paired devices.
    """

    points: dict[str, list[Value]] = field(default_factory=dict)
    days: dict[str, dict[date, Value]] = field(default_factory=dict)
    identity: Value = field(default_factory=dict)
    profile: Value = field(default_factory=dict)
    settings: Value = field(default_factory=dict)
    devices: list[Value] = field(default_factory=list)

    def add(self, kind: str, point: Value) -> None:
        """Add a data point.

        Args:
            kind: Its type, in kebab case.
            point: The data point.
        """
        self.points.setdefault(kind, []).append(point)

    def roll(self, kind: str, day: date, value: Value) -> None:
        """Set a day's value of a roll-up.

        Args:
            kind: Its type, in kebab case.
            day: Civil day.
            value: The value.
        """
        self.days.setdefault(kind, {})[day] = value


class Person:
    """Makes the days of a person.

    Args:
        seed: Which person.
        start: First day.
    """

    def __init__(self, seed: int, start: date) -> None:
        """Keep the seed and the start."""
        self.seed = seed
        self.start = start

    def store(self, now: datetime) -> Store:
        """Return everything that the API knows at a time.

        Args:
            now: The moment.
        """
        made = Store()
        local = now.astimezone(self.zone(now.date()))
        day = self.start
        while day <= local.date():
            self._day(made, day, local)
            day += timedelta(days=1)
        made.identity = {
            "name": f"{USER}/identity",
            "healthUserId": str(1_000_000 + self.seed),
            "legacyUserId": f"L{self.seed:05}",
        }
        made.profile = {
            "name": f"{USER}/profile",
            "age": 37,
            "membershipStartDate": civil_date(self.start),
        }
        offset = local.utcoffset() or timedelta()
        made.settings = compact(
            {
                "name": f"{USER}/settings",
                "timeZone": str(self.zone(local.date())),
                "utcOffset": duration(offset.total_seconds()) if offset else None,
                "distanceUnit": "DISTANCE_UNIT_KILOMETERS",
                "weightUnit": "WEIGHT_UNIT_KILOGRAMS",
                "heightUnit": "HEIGHT_UNIT_CENTIMETERS",
                "temperatureUnit": "TEMPERATURE_UNIT_CELSIUS",
            }
        )
        made.devices = list(self._devices(now))
        return made

    def number(self, day: date) -> int:
        """Return how many days after the start a day is."""
        return (day - self.start).days

    def zone(self, day: date) -> ZoneInfo:
        """Return the time zone in which the person is on a day."""
        number = self.number(day)
        for first, length, name in TRIPS:
            if first <= number < first + length:
                return ZoneInfo(name)
        return ZoneInfo(HOME)

    def watch(self, day: date) -> Value:
        """Return the source of a day's values."""
        second = self.number(day) >= SECOND_WATCH
        return {
            "platform": "FITBIT",
            "recordingMethod": "DERIVED",
            "device": {
                "displayName": "Pixel Watch 4" if second else "Charge 6",
                "formFactor": "WATCH" if second else "FITNESS_BAND",
            },
        }

    def is_worn(self, day: date) -> bool:
        """Return whether the person wears a watch on a day and in the night to it."""
        first, last = UNWORN
        lucky = random.Random(f"worn {self.seed} {day}").random() > 0.04  # noqa: S311, PLR2004
        return lucky and not first <= self.number(day) <= last

    def _devices(self, now: datetime) -> Iterator[Value]:
        second = self.number(now.date()) >= SECOND_WATCH
        names = ["Charge 6", *(["Pixel Watch 4"] if second else []), "Aria Air"]
        for number, name in enumerate(names, 1):
            yield {
                "name": f"{USER}/pairedDevices/{number}",
                "deviceType": "SCALE" if name == "Aria Air" else "TRACKER",
                "deviceVersion": name,
                "batteryStatus": "High",
                "batteryLevel": 82,
                "lastSyncTime": now.astimezone(UTC).strftime("%Y-%m-%dT06:02:00Z"),
            }

    def _day(self, made: Store, day: date, now: datetime) -> None:
        dice = random.Random(f"day {self.seed} {day}")  # noqa: S311 - made-up data
        zone = self.zone(day)
        if self.is_worn(day):
            self._night(made, day, now)
            self._worn(made, day, dice)
        steps = int(dice.gauss(8_200, 2_600)) if self.is_worn(day) else 900
        self._movement(made, day, max(0, steps), dice)
        if day.weekday() in {1, 3, 5} and self.is_worn(day):
            self._exercise(made, day, zone, dice)
        if day.weekday() == 0:
            self._body(made, day, zone, dice)

    def _night(self, made: Store, day: date, now: datetime) -> None:
        """Add the sleep that ends on a day; the newest is not processed yet."""
        for point in nights.of_day(self, day):
            end = datetime.fromisoformat(point["sleep"]["interval"]["endTime"])
            if end > now:
                continue
            is_new = now - end < timedelta(hours=12)
            made.add("sleep", nights.provisional(point) if is_new else point)

    def _worn(self, made: Store, day: date, dice: random.Random) -> None:
        source = self.watch(day)
        rest = dice.randint(52, 60)
        daily: dict[str, Value] = {
            "daily-resting-heart-rate": {
                "beatsPerMinute": str(rest),
                "dailyRestingHeartRateMetadata": {
                    "calculationMethod": dice.choices(
                        ["WITH_SLEEP", "ONLY_WITH_AWAKE_DATA"], [9, 1]
                    )[0]
                },
            },
            "daily-heart-rate-variability": {
                "averageHeartRateVariabilityMilliseconds": round(dice.gauss(45, 7), 1),
                "nonRemHeartRateBeatsPerMinute": str(rest - 2),
                "entropy": round(dice.gauss(2.9, 0.2), 3),
            },
            "daily-oxygen-saturation": {
                "averagePercentage": round(dice.gauss(96.2, 0.6), 1),
                "lowerBoundPercentage": 93.5,
                "upperBoundPercentage": 98.5,
            },
            "daily-respiratory-rate": {"breathsPerMinute": round(dice.gauss(14, 1), 1)},
            "daily-sleep-temperature-derivations": {
                "nightlyTemperatureCelsius": round(dice.gauss(33.4, 0.4), 2),
                "baselineTemperatureCelsius": 33.4,
            },
            "daily-heart-rate-zones": {
                "heartRateZones": [
                    {
                        "heartRateZoneType": zone,
                        "minBeatsPerMinute": str(low),
                        "maxBeatsPerMinute": str(high),
                    }
                    for zone, (low, high) in ZONES.items()
                ]
            },
        }
        if day.weekday() == 6:  # noqa: PLR2004 - Sunday
            daily["daily-vo2-max"] = {
                "vo2Max": round(dice.gauss(44, 0.8), 1),
                "cardioFitnessLevel": "GOOD",
            }
        for kind, value in daily.items():
            name = nights.field_name(kind)
            point = {"dataSource": source, name: {"date": civil_date(day), **value}}
            made.add(kind, point)
        low, high = rest - 6, 128 + dice.randint(0, 40)
        made.roll(
            "heart-rate",
            day,
            {
                "beatsPerMinuteMin": float(low),
                "beatsPerMinuteAvg": float(rest + 14),
                "beatsPerMinuteMax": float(high),
            },
        )

    def _movement(
        self, made: Store, day: date, steps: int, dice: random.Random
    ) -> None:
        active = self.is_worn(day)
        moderate = dice.randint(5, 50) if active else 0
        vigorous = dice.choice([0, 0, 25]) if active else 0
        sums: dict[str, Value] = {
            "steps": {"countSum": int64(steps)},
            "distance": {"millimetersSum": int64(steps * 740)},
            "floors": {"countSum": int64(dice.choice([0, 2, 7, 12]))},
            "total-calories": {"kcalSum": round(1_650 + steps * 0.045, 1)},
        }
        for kind, value in sums.items():
            made.roll(kind, day, compact(value))
        self._intervals(made, day, steps)
        if not active:
            return
        levels = {"LIGHT": 180, "MODERATE": moderate, "VIGOROUS": vigorous}
        made.roll(
            "active-minutes",
            day,
            {
                "activeMinutesRollupByActivityLevel": [
                    compact({"activityLevel": name, "activeMinutesSum": int64(minutes)})
                    for name, minutes in levels.items()
                ]
            },
        )
        zones = {
            "sumInFatBurnHeartZone": int64(moderate),
            "sumInCardioHeartZone": int64(vigorous * 2),
        }
        made.roll("active-zone-minutes", day, compact(zones))
        made.roll("sedentary-period", day, {"durationSum": duration(36_000 - moderate)})
        made.roll(
            "time-in-heart-rate-zone",
            day,
            {
                "timeInHeartRateZones": [
                    compact({"heartRateZone": name, "duration": duration(minutes * 60)})
                    for name, minutes in levels.items()
                ]
            },
        )

    def _intervals(self, made: Store, day: date, steps: int) -> None:
        """Add two intervals of steps: the watch and the phone count the same steps."""
        start = datetime(day.year, day.month, day.day, 23, 59, tzinfo=self.zone(day))
        sources = [PHONE, *([self.watch(day)] if self.is_worn(day) else [])]
        for source in sources:
            until = interval(start, start + timedelta(minutes=1))
            count = {"count": str(min(steps, 44))} if steps else {}
            point = {"dataSource": source, "steps": {"interval": until, **count}}
            made.add("steps", point)

    def _exercise(
        self, made: Store, day: date, zone: ZoneInfo, dice: random.Random
    ) -> None:
        kind, name, minutes = dice.choice(WORKOUTS)
        start = datetime(day.year, day.month, day.day, 18, 0, tzinfo=zone)
        seconds = minutes * 60
        metrics: dict[str, Any] = {
            "caloriesKcal": round(minutes * 9.5, 1),
            "distanceMillimeters": float(minutes * 160_000),
            "steps": int64(minutes * 150),
            "averageHeartRateBeatsPerMinute": str(dice.randint(120, 155)),
            "activeZoneMinutes": int64(minutes),
            "heartRateZoneDurations": {"moderateTime": duration(seconds)},
        }
        exercise: Value = {
            "interval": interval(start, start + timedelta(seconds=seconds)),
            "exerciseType": kind,
            "displayName": name,
            "activeDuration": duration(seconds),
            "metricsSummary": metrics,
        }
        if kind == "BIKING":
            exercise["exerciseMetadata"] = {"hasGps": True}
        made.add(
            "exercise",
            {
                "name": f"{USER}/dataTypes/exercise/dataPoints/e{day:%Y%m%d}",
                "dataSource": self.watch(day),
                "exercise": exercise,
            },
        )

    def _body(
        self, made: Store, day: date, zone: ZoneInfo, dice: random.Random
    ) -> None:
        morning = datetime(day.year, day.month, day.day, 7, 0, tzinfo=zone)
        grams = 79_500.0 - self.number(day) * 4 + dice.randint(-400, 400)
        weight: Value = {
            "dataSource": SCALE,
            "weight": {"sampleTime": sample_time(morning), "weightGrams": grams},
        }
        # Every fourth measurement has only a time and a source.
        if self.number(day) // 7 % 4:
            weight["name"] = f"{USER}/dataTypes/weight/dataPoints/w{day:%Y%m%d}"
        made.add("weight", weight)
        fat = {"sampleTime": sample_time(morning), "percentage": 21.4}
        point = {
            "name": f"{USER}/dataTypes/body-fat/dataPoints/f{day:%Y%m%d}",
            "dataSource": SCALE,
            "bodyFat": fat,
        }
        made.add("body-fat", point)
