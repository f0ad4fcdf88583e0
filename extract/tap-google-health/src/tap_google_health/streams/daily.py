"""Daily values of one source: `dataPoints.list`, filtered by date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_google_health import conditions
from tap_google_health.civil import civil_date
from tap_google_health.names import DataType
from tap_google_health.schemas import days
from tap_google_health.streams.lists import MANY_YEARS, ListStream, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tap_google_health.streams.base import Row


class DailyStream(ListStream):
    """A stream of daily values.

    Subclasses return the rows of a day's value with `parts`.
    """

    replication_key = "date"
    window_days = MANY_YEARS
    scope = "health_metrics_and_measurements"

    def rows(self, first: date, until: date) -> Iterator[Row]:
        """Yield the rows of a window: one value per day.

        Several sources may have a value for a day. The key is the day, so one is kept:
        that of a wearable before others, and then the first by name.
        """
        name = self.data_type.filtered
        text = f'{name}.date >= "{first}" AND {name}.date < "{until}"'
        chosen: dict[str, dict[str, Any]] = {}
        for point in self.points(text):
            value = point.get(self.data_type.field)
            if value is None:
                continue
            day = str(sorted((value.get("date") or {}).items()))
            if day in chosen:
                self._report_choice(value)
                if _rank(chosen[day]) <= _rank(point):
                    continue
            chosen[day] = point
        for point in chosen.values():
            value = point[self.data_type.field]
            source = source_of(point)
            for part in self.parts(value):
                yield {
                    "date": lambda value=value: civil_date(value.get("date") or {}),
                    "source": source,
                    **part,
                }

    def _report_choice(self, value: dict[str, Any]) -> None:
        try:
            day = civil_date(value.get("date") or {})
        except (TypeError, ValueError):
            return  # reported when the row is converted
        self.run.faults.add(conditions.SEVERAL_SOURCES, stream=self.name, item=day)

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the columns of a day's rows, without date and source.

        Args:
            value: The value.
        """
        raise NotImplementedError


def _rank(point: dict[str, Any]) -> tuple[bool, str]:
    """Return what the choice between two points depends on; the lower is kept."""
    platform = (point.get("dataSource") or {}).get("platform")
    return platform != "FITBIT", source_of(point)


class DailyRestingHeartRate(DailyStream):
    """Resting heart rate."""

    name = "daily_resting_heart_rate"
    table = days.DAILY_RESTING_HEART_RATE
    data_type = DataType("daily-resting-heart-rate")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        metadata = value.get("dailyRestingHeartRateMetadata") or {}
        yield {
            "method": metadata.get("calculationMethod"),
            "beats_per_minute": value.get("beatsPerMinute"),
        }


class DailyHeartRateVariability(DailyStream):
    """Heart rate variability."""

    name = "daily_heart_rate_variability"
    table = days.DAILY_HEART_RATE_VARIABILITY
    data_type = DataType("daily-heart-rate-variability")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        deep = "deepSleepRootMeanSquareOfSuccessiveDifferencesMilliseconds"
        yield {
            "average_milliseconds": value.get(
                "averageHeartRateVariabilityMilliseconds"
            ),
            "deep_sleep_milliseconds": value.get(deep),
            "entropy": value.get("entropy"),
            "non_rem_beats_per_minute": value.get("nonRemHeartRateBeatsPerMinute"),
        }


class DailyOxygenSaturation(DailyStream):
    """Oxygen saturation."""

    name = "daily_oxygen_saturation"
    table = days.DAILY_OXYGEN_SATURATION
    data_type = DataType("daily-oxygen-saturation")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        yield {
            "average_percentage": value.get("averagePercentage"),
            "lower_bound_percentage": value.get("lowerBoundPercentage"),
            "upper_bound_percentage": value.get("upperBoundPercentage"),
            "standard_deviation_percentage": value.get("standardDeviationPercentage"),
        }


class DailyRespiratoryRate(DailyStream):
    """Breaths per minute."""

    name = "daily_respiratory_rate"
    table = days.DAILY_RESPIRATORY_RATE
    data_type = DataType("daily-respiratory-rate")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        yield {"breaths_per_minute": value.get("breathsPerMinute")}


class DailySleepTemperature(DailyStream):
    """Skin temperature."""

    name = "daily_sleep_temperature"
    table = days.DAILY_SLEEP_TEMPERATURE
    data_type = DataType("daily-sleep-temperature-derivations")

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row."""
        yield {
            "nightly_celsius": value.get("nightlyTemperatureCelsius"),
            "baseline_celsius": value.get("baselineTemperatureCelsius"),
            "relative_deviation_celsius": value.get("relativeNightlyStddev30dCelsius"),
        }


class DailyVo2Max(DailyStream):
    """VO2 max."""

    name = "daily_vo2_max"
    table = days.DAILY_VO2_MAX
    data_type = DataType("daily-vo2-max")
    scope = "activity_and_fitness"

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield the day's row; a missing boolean is false."""
        yield {
            "cardio_fitness_level": value.get("cardioFitnessLevel"),
            "vo2_max": value.get("vo2Max"),
            "covariance": value.get("vo2MaxCovariance"),
            "is_estimated": value.get("estimated", False),
        }


class DailyHeartRateZones(DailyStream):
    """Limits of the heart rate zones, by zone."""

    name = "daily_heart_rate_zones"
    table = days.DAILY_HEART_RATE_ZONES
    data_type = DataType("daily-heart-rate-zones")
    scope = "activity_and_fitness"

    def parts(self, value: dict[str, Any]) -> Iterator[Row]:
        """Yield a row for each zone."""
        for zone in value.get("heartRateZones") or []:
            yield {
                "zone": zone.get("heartRateZoneType"),
                "min_beats_per_minute": zone.get("minBeatsPerMinute"),
                "max_beats_per_minute": zone.get("maxBeatsPerMinute"),
            }


DAILY = (
    DailyRestingHeartRate,
    DailyHeartRateVariability,
    DailyOxygenSaturation,
    DailyRespiratoryRate,
    DailySleepTemperature,
    DailyVo2Max,
    DailyHeartRateZones,
)
