"""Sums and averages per civil day over all sources: `dataPoints:dailyRollUp`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_google_health.civil import as_civil, civil_date, seconds, windows
from tap_google_health.common.cursors import Cursors
from tap_google_health.common.errors import UnreadableError
from tap_google_health.names import DataType
from tap_google_health.schemas import days
from tap_google_health.settings import ALL_SOURCES
from tap_google_health.streams.lists import follow, objects
from tap_google_health.streams.windows import WindowStream
from tap_google_health.transport.errors import SmallerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tap_google_health.streams.base import Row

MANY_DAYS = 90
FEW_DAYS = 14
"""Longest range of heart-rate, total-calories and active-minutes."""


class RollUpStream(WindowStream):
    """A stream of daily values.

    Subclasses return the rows of a day's value with `parts`.
    """

    replication_key = "date"
    window_days = MANY_DAYS
    scope = "activity_and_fitness"
    most_days: ClassVar[int] = MANY_DAYS

    def rows(self, first: date, until: date) -> Iterator[Row]:
        """Yield the rows of a window; a range that is refused is halved."""
        for begin, end in windows(first, until, self._days):
            yield from self._range(begin, end)

    _smaller: int | None = None
    """Days per request after a range was refused."""

    @property
    def _days(self) -> int:
        return self._smaller or self.most_days

    def _range(self, first: date, until: date) -> Iterator[Row]:
        length = (until - first).days
        if length > self._days:
            for begin, end in windows(first, until, self._days):
                yield from self._range(begin, end)
            return
        try:
            points = self._points(first, until)
        except SmallerError as refused:
            if length == 1:
                raise UnreadableError(str(refused)) from None
            self._smaller = max(1, length // 2)
            self.logger.warning(
                "%s: Google refused %d days (%s): requesting %d days at a time",
                self.name,
                length,
                refused,
                self._smaller,
            )
            yield from self._range(first, until)
            return
        for point in points:
            value = point.get(self.data_type.field)
            if value is None:
                continue  # no value is not zero
            day = (point.get("civilStartTime") or {}).get("date") or {}
            for part in self.parts(value):
                yield {"date": lambda day=day: civil_date(day), **part}

    def _points(self, first: date, until: date) -> list[dict[str, Any]]:
        # No pageSize: it is documented, but the API refuses it with 400.
        body: dict[str, Any] = {
            "range": {"start": as_civil(first), "end": as_civil(until)},
            "windowSizeDays": 1,
        }
        if self.run.family != ALL_SOURCES:
            body["dataSourceFamily"] = f"users/me/dataSourceFamilies/{self.run.family}"
        found: list[dict[str, Any]] = []
        tokens = Cursors()
        while True:
            answer = self.run.client.send(
                "POST",
                f"users/me/dataTypes/{self.data_type.path}/dataPoints:dailyRollUp",
                json=body,
                shrinkable=(until - first).days > 1,
            )
            points = objects(answer, "rollupDataPoints")
            found += points
            token = answer.get("nextPageToken")
            if not token:
                return found
            body["pageToken"] = follow(tokens, token, len(points))

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the columns of a day's rows, without the date.

        Args:
            value: The value; a sum that is missing in it is 0.
        """
        raise NotImplementedError


class DailySteps(RollUpStream):
    """Steps."""

    name = "daily_steps"
    table = days.DAILY_STEPS
    data_type = DataType("steps")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        yield {"steps": value.get("countSum", 0)}


class DailyDistance(RollUpStream):
    """Distance."""

    name = "daily_distance"
    table = days.DAILY_DISTANCE
    data_type = DataType("distance")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        yield {"millimeters": value.get("millimetersSum", 0)}


class DailyFloors(RollUpStream):
    """Floors."""

    name = "daily_floors"
    table = days.DAILY_FLOORS
    data_type = DataType("floors")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        yield {"floors": value.get("countSum", 0)}


class DailyTotalCalories(RollUpStream):
    """Calories."""

    name = "daily_total_calories"
    table = days.DAILY_TOTAL_CALORIES
    data_type = DataType("total-calories")
    most_days = FEW_DAYS
    window_days = FEW_DAYS * 6

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        yield {"kcal": value.get("kcalSum", 0.0)}


class DailyActiveMinutes(RollUpStream):
    """Active minutes, by level."""

    name = "daily_active_minutes"
    table = days.DAILY_ACTIVE_MINUTES
    data_type = DataType("active-minutes")
    most_days = FEW_DAYS
    window_days = FEW_DAYS * 6

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield a row for each level."""
        for level in value.get("activeMinutesRollupByActivityLevel") or []:
            yield {
                "level": level.get("activityLevel"),
                "minutes": level.get("activeMinutesSum", 0),
            }


class DailyActiveZoneMinutes(RollUpStream):
    """Active zone minutes, by zone."""

    name = "daily_active_zone_minutes"
    table = days.DAILY_ACTIVE_ZONE_MINUTES
    data_type = DataType("active-zone-minutes")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield a row for each zone."""
        for zone, field in (
            ("FAT_BURN", "sumInFatBurnHeartZone"),
            ("CARDIO", "sumInCardioHeartZone"),
            ("PEAK", "sumInPeakHeartZone"),
        ):
            yield {"zone": zone, "minutes": value.get(field, 0)}


class DailySedentary(RollUpStream):
    """Time without movement."""

    name = "daily_sedentary"
    table = days.DAILY_SEDENTARY
    data_type = DataType("sedentary-period")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        yield {"seconds": lambda: seconds(value.get("durationSum"))}


class DailyTimeInHeartRateZone(RollUpStream):
    """Time in each heart rate zone."""

    name = "daily_time_in_heart_rate_zone"
    table = days.DAILY_TIME_IN_HEART_RATE_ZONE
    data_type = DataType("time-in-heart-rate-zone")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield a row for each zone."""
        for zone in value.get("timeInHeartRateZones") or []:
            yield {
                "zone": zone.get("heartRateZone"),
                "seconds": lambda zone=zone: seconds(zone.get("duration")),
            }


class DailyHeartRate(RollUpStream):
    """Lowest, average and highest heart rate."""

    name = "daily_heart_rate"
    table = days.DAILY_HEART_RATE
    data_type = DataType("heart-rate")
    scope = "health_metrics_and_measurements"
    most_days = FEW_DAYS
    window_days = FEW_DAYS * 6

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row; a heart rate of zero does not exist."""
        yield {
            f"beats_per_minute_{name}": value.get(f"beatsPerMinute{name.capitalize()}")
            for name in ("min", "avg", "max")
        }


ROLLUPS = (
    DailySteps,
    DailyDistance,
    DailyFloors,
    DailyTotalCalories,
    DailyActiveMinutes,
    DailyActiveZoneMinutes,
    DailySedentary,
    DailyTimeInHeartRateZone,
    DailyHeartRate,
)
