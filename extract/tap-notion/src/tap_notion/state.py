"""What the tap writes into the state."""

from __future__ import annotations

from tap_notion.common.state_shape import NUMBER, TEXT, TIME, Items, Keys, Values
from tap_notion.versions import WORKSPACE

STATE = Keys(
    bookmarks=Keys(pages=Keys(data_sources=Values(TIME))),
    **{
        WORKSPACE: Keys(
            id=TEXT,
            name=TEXT,
            connection_id=TEXT,
            version=NUMBER,
            rows=Values(NUMBER),
            data_sources=Items(TEXT),
        )
    },
)
"""The shape of the state; `pages.data_sources` are the bookmarks by data source."""
