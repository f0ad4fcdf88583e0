"""Measurements of weight and body fat, and points within a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_google_health.civil import civil_date, date_at
from tap_google_health.common.timestamps import timestamp
from tap_google_health.names import DataType
from tap_google_health.schemas import points
from tap_google_health.streams.lists import MANY_YEARS, ListStream, id_of, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tap_google_health.streams.base import Row
    from tap_google_health.tap import TapGoogleHealth


class SampleStream(ListStream):
    """Measurements at one moment each."""

    scope = "health_metrics_and_measurements"
    replication_key = "measured_at"
    window_days = MANY_YEARS
    column: ClassVar[str]
    field: ClassVar[str]

    def rows(self, first: date, until: date) -> Iterator[Row]:
        """Yield the rows of a window."""
        name = f"{self.data_type.filtered}.sample_time.physical_time"
        text = f'{name} >= "{first}T00:00:00Z" AND {name} < "{until}T00:00:00Z"'
        for point in self.points(text):
            value = point[self.data_type.field]
            yield self.row(point, value, value.get("sampleTime") or {})

    def row(
        self, point: dict[str, Any], value: dict[str, Any], time: dict[str, Any]
    ) -> Row:
        """Return the row of a data point.

        Args:
            point: The data point.
            value: What was measured.
            time: When, an `ObservationSampleTime`.
        """
        moment, source = time.get("physicalTime"), source_of(point)
        return {
            "id": id_of(point) or (lambda: f"{timestamp(moment or '')} {source}"),
            "source": source,
            self.column: value.get(self.field),
            "measured_date": lambda: day_at(time),
            "measured_at": moment,
        }

    def day_of(self, row: Row) -> str:
        """Return the UTC date, which the filter compares."""
        return str(row["measured_at"])[:10]


class Weights(SampleStream):
    """Weight."""

    name = "weights"
    table = points.WEIGHTS
    data_type = DataType("weight")
    column = "grams"
    field = "weightGrams"


class BodyFats(SampleStream):
    """Body fat."""

    name = "body_fats"
    table = points.BODY_FATS
    data_type = DataType("body-fat")
    column = "percentage"
    field = "percentage"


class IntradayStream(SampleStream):
    """Points within a day; read only if the setting `intraday` names the stream."""

    replication_key = "at"
    window_days = 1
    remembers = False  # 40,000 keys a day do not belong into a state

    def __init__(self, tap: TapGoogleHealth) -> None:
        """Declare the stream; without the setting it is not selected."""
        super().__init__(tap)
        self.selected_by_default = self.is_read

    @property
    def is_read(self) -> bool:
        """Whether the setting names the stream."""
        return self.name in (self.config.get("intraday") or ())


class HeartRateSamples(IntradayStream):
    """Heart rate."""

    name = "heart_rate_samples"
    table = points.HEART_RATE_SAMPLES
    data_type = DataType("heart-rate")

    def row(
        self, point: dict[str, Any], value: dict[str, Any], time: dict[str, Any]
    ) -> Row:
        """Return the row of a data point."""
        return {
            "source": source_of(point),
            "beats_per_minute": value.get("beatsPerMinute"),
            "date": lambda: day_at(time),
            "at": time.get("physicalTime"),
        }


class StepIntervals(IntradayStream):
    """Steps per interval and source."""

    name = "step_intervals"
    table = points.STEP_INTERVALS
    data_type = DataType("steps")
    scope = "activity_and_fitness"

    def rows(self, first: date, until: date) -> Iterator[Row]:
        """Yield the rows of a window."""
        name = f"{self.data_type.filtered}.interval.start_time"
        text = f'{name} >= "{first}T00:00:00Z" AND {name} < "{until}T00:00:00Z"'
        for point in self.points(text):
            value = point[self.data_type.field]
            interval = value.get("interval") or {}
            yield {
                "source": source_of(point),
                "steps": value.get("count", 0),
                "date": lambda interval=interval: date_at(
                    interval["startTime"], interval.get("startUtcOffset")
                ),
                "at": interval.get("startTime"),
                "ended_at": interval.get("endTime"),
            }


def day_at(time: dict[str, Any]) -> str:
    """Return the civil date of a measurement.

    Args:
        time: An `ObservationSampleTime`; a missing offset is UTC.

    Raises:
        KeyError: If it has no time.
        ValueError: If the time is invalid.
    """
    civil = (time.get("civilTime") or {}).get("date")
    if civil:
        return civil_date(civil)
    return date_at(time["physicalTime"], time.get("utcOffset"))


POINTS = (Weights, BodyFats)
INTRADAY = (HeartRateSamples, StepIntervals)
