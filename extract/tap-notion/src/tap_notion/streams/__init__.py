"""Streams of the tap, one module per family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_notion.streams.entities import DataSources, Users
from tap_notion.streams.index import PageIndex
from tap_notion.streams.pages import PageProperties, Pages

if TYPE_CHECKING:
    from tap_notion.streams.base import NotionStream

# What refers comes before what it refers to: whatever a row points at was there when
# the row was read, so it is there when its own stream is read, later in the same run.
STREAMS: tuple[type[NotionStream], ...] = (
    PageIndex,
    Pages,
    PageProperties,
    DataSources,
    Users,
)
