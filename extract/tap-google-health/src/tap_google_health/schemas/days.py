"""One value per civil day, or one per day and zone or level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_google_health.common.columns import (
    boolean,
    date,
    integer,
    number,
    schema,
    string,
)

if TYPE_CHECKING:
    from tap_google_health.common.columns import Schema

ZONE = {"zone": string("Heart rate zone: LIGHT, MODERATE, VIGOROUS or PEAK.")}
SOURCE = {"source": string("Platform, device and method of recording.")}


def _day(**columns: dict[str, Any]) -> Schema:
    """Return the schema of a table with one row per day."""
    day = date("Civil date where the person was.")
    return schema("date", **columns, date=day)


def _part(name: str, **columns: dict[str, Any]) -> Schema:
    """Return the schema of a table with one row per day and zone or level."""
    day = date("Civil date where the person was.")
    return schema("date", name, **columns, date=day)


# --- sums over all sources, as the app shows them ------------------------------------

DAILY_STEPS = _day(steps=integer("Steps."))
DAILY_DISTANCE = _day(millimeters=integer("Distance, in millimeters."))
DAILY_FLOORS = _day(floors=integer("Floors climbed."))
DAILY_TOTAL_CALORIES = _day(kcal=number("Calories burned in total, in kcal."))
DAILY_SEDENTARY = _day(seconds=integer("Seconds without movement."))
DAILY_HEART_RATE = _day(
    beats_per_minute_min=number("Lowest heart rate, in beats per minute."),
    beats_per_minute_avg=number("Average heart rate, in beats per minute."),
    beats_per_minute_max=number("Highest heart rate, in beats per minute."),
)
DAILY_ACTIVE_MINUTES = _part(
    "level",
    level=string("Level of activity: LIGHT, MODERATE or VIGOROUS."),
    minutes=integer("Active minutes at this level."),
)
DAILY_ACTIVE_ZONE_MINUTES = _part(
    "zone",
    zone=string("FAT_BURN, CARDIO or PEAK."),
    minutes=integer("Active zone minutes; a minute of CARDIO or PEAK counts twice."),
)
DAILY_TIME_IN_HEART_RATE_ZONE = _part(
    "zone", **ZONE, seconds=integer("Seconds in this zone.")
)

# --- daily values of one source ---------------------------------------------------

DAILY_RESTING_HEART_RATE = _day(
    **SOURCE,
    method=string("WITH_SLEEP or ONLY_WITH_AWAKE_DATA."),
    beats_per_minute=integer("Resting heart rate, in beats per minute."),
)
DAILY_HEART_RATE_VARIABILITY = _day(
    **SOURCE,
    average_milliseconds=number("Average RMSSD of the night, in milliseconds."),
    deep_sleep_milliseconds=number("RMSSD in deep sleep, in milliseconds."),
    entropy=number("Shannon entropy of the intervals between heartbeats."),
    non_rem_beats_per_minute=integer("Heart rate outside of REM sleep."),
)
DAILY_OXYGEN_SATURATION = _day(
    **SOURCE,
    average_percentage=number("Average oxygen saturation during sleep, in percent."),
    lower_bound_percentage=number("Lower bound of the confidence interval."),
    upper_bound_percentage=number("Upper bound of the confidence interval."),
    standard_deviation_percentage=number("Deviation over the past 7 to 30 days."),
)
DAILY_RESPIRATORY_RATE = _day(
    **SOURCE, breaths_per_minute=number("Breaths per minute in the main sleep.")
)
DAILY_SLEEP_TEMPERATURE = _day(
    **SOURCE,
    nightly_celsius=number("Skin temperature of the night, in degrees Celsius."),
    baseline_celsius=number("Median of the past nights, in degrees Celsius."),
    relative_deviation_celsius=number(
        "Standard deviation over 30 days of the difference from the baseline."
    ),
)
DAILY_VO2_MAX = _day(
    **SOURCE,
    cardio_fitness_level=string("POOR, FAIR, AVERAGE, GOOD, VERY_GOOD or EXCELLENT."),
    vo2_max=number("VO2 max, in ml per kg and minute."),
    covariance=number("Covariance of the value."),
    is_estimated=boolean("Whether there are too few runs for a measured value."),
)
DAILY_HEART_RATE_ZONES = _part(
    "zone",
    **ZONE,
    **SOURCE,
    min_beats_per_minute=integer("Lower limit of the zone."),
    max_beats_per_minute=integer("Upper limit of the zone."),
)
