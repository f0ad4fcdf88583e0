"""Streams of the tap, one module per family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_google_health.streams.daily import DAILY
from tap_google_health.streams.exercises import Exercises
from tap_google_health.streams.points import INTRADAY, POINTS
from tap_google_health.streams.rollups import ROLLUPS
from tap_google_health.streams.sleep import SLEEP
from tap_google_health.streams.whole import WHOLE

if TYPE_CHECKING:
    from tap_google_health.streams.base import HealthStream

STREAMS: tuple[type[HealthStream], ...] = (
    *WHOLE,
    *SLEEP,
    Exercises,
    *ROLLUPS,
    *DAILY,
    *POINTS,
    *INTRADAY,
)
