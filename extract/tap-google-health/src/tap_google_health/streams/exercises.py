"""Exercises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_google_health.civil import date_at, seconds
from tap_google_health.names import DataType
from tap_google_health.schemas import sessions
from tap_google_health.streams.lists import SESSIONS, ListStream, id_of, source_of
from tap_google_health.streams.sleep import offsets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tap_google_health.streams.base import Row

ZONES = ("light", "moderate", "vigorous", "peak")


class Exercises(ListStream):
    """Activities, also the ones of a minute or two that a device detected itself."""

    name = "exercises"
    table = sessions.EXERCISES
    data_type = DataType("exercise")
    replication_key = "started_at"
    scope = "activity_and_fitness"
    window_days = 90
    page_rows = SESSIONS

    def rows(self, first: date, until: date) -> Iterator[Row]:
        """Yield the rows of a window; the filter accepts only civil_start_time."""
        name = f"{self.data_type.filtered}.interval.civil_start_time"
        text = f'{name} >= "{first}" AND {name} < "{until}"'
        for point in self.points(text):
            exercise = point["exercise"]
            interval = exercise.get("interval") or {}
            metrics = exercise.get("metricsSummary") or {}
            zones = metrics.get("heartRateZoneDurations") or {}
            yield {
                "id": id_of(point),
                "type": exercise.get("exerciseType"),
                "name": exercise.get("displayName"),
                "source": source_of(point),
                **offsets(interval),
                "active_seconds": _seconds(exercise.get("activeDuration")),
                "distance_millimeters": metrics.get("distanceMillimeters"),
                "steps": metrics.get("steps"),
                "kcal": metrics.get("caloriesKcal"),
                "average_heart_rate": metrics.get("averageHeartRateBeatsPerMinute"),
                # A zone that is missing among others is 0.
                **{
                    f"{zone}_seconds": _seconds(zones.get(f"{zone}Time", "0s"))
                    for zone in (ZONES if zones else ())
                },
                "active_zone_minutes": metrics.get("activeZoneMinutes"),
                "elevation_gain_millimeters": metrics.get("elevationGainMillimeters"),
                "has_gps": (exercise.get("exerciseMetadata") or {}).get(
                    "hasGps", False
                ),
                "exercise_date": lambda interval=interval: date_at(
                    interval["startTime"], interval.get("startUtcOffset")
                ),
                "started_at": interval.get("startTime"),
                "ended_at": interval.get("endTime"),
                "updated_at": exercise.get("updateTime"),
            }

    def day_of(self, row: Row) -> str:
        """Return the civil date of the start, which the filter compares."""
        return str(row["exercise_date"])


def _seconds(duration: str | None) -> object:
    """Return a duration as a value of a row; None if there is none."""
    return None if duration is None else lambda: seconds(duration)
