"""What the tap writes into the state."""

from __future__ import annotations

from tap_google_health.common.state_shape import DAY, NUMBER, TEXT, Items, Keys, Values

USER = "health_user_id"
"""Key of the state: whose rows the bookmarks describe."""

BOOKMARK = Keys(
    replication_key_value=DAY,
    start=DAY,
    seen=Values(Items(Items(TEXT))),
    version=NUMBER,
    rows=NUMBER,
)
"""The bookmark of a stream; see `streams/windows.py`."""

STATE = Keys(bookmarks=Values(BOOKMARK), **{USER: TEXT})
