"""Single measurements, and points within a day."""

from __future__ import annotations

from tap_google_health.common.columns import (
    date,
    integer,
    number,
    schema,
    string,
    timestamp,
)

SOURCE = string("Platform, device and method of recording.")
ID = string("ID of the point; without one, the time of measurement and the source.")

WEIGHTS = schema(
    id=ID,
    source=SOURCE,
    grams=number("Weight in grams."),
    measured_date=date("Civil date of the measurement."),
    measured_at=timestamp("When it was measured."),
)
BODY_FATS = schema(
    id=ID,
    source=SOURCE,
    percentage=number("Body fat, in percent."),
    measured_date=date("Civil date of the measurement."),
    measured_at=timestamp("When it was measured."),
)
HEART_RATE_SAMPLES = schema(
    "at",
    "source",
    source=SOURCE,
    beats_per_minute=integer("Heart rate, in beats per minute."),
    date=date("Civil date of the measurement."),
    at=timestamp("When it was measured."),
)
STEP_INTERVALS = schema(
    "at",
    "source",
    source=SOURCE,
    steps=integer("Steps in the interval. Sources overlap: do not sum over them."),
    date=date("Civil date of the start."),
    at=timestamp("Start of the interval."),
    ended_at=timestamp("End of the interval, exclusive."),
)
