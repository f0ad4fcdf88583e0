"""Streams of the tap, one module per family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_linear.streams.activity import ACTIVITY
from tap_linear.streams.customers import CUSTOMERS
from tap_linear.streams.entities import ENTITIES
from tap_linear.streams.issues import ISSUES
from tap_linear.streams.releases import RELEASES

if TYPE_CHECKING:
    from tap_linear.streams.base import LinearStream

# A stream comes before the streams it refers to: what a row points at existed when the
# row was read, so it is there when its own stream is read, later in the same run.
STREAMS: tuple[type[LinearStream], ...] = (
    *CUSTOMERS,
    *RELEASES,
    *ACTIVITY,
    *ISSUES,
    *ENTITIES,
)
