"""What the tap writes into the state."""

from __future__ import annotations

from tap_hubspot_crm.account import ACCOUNT
from tap_hubspot_crm.common.state_shape import (
    DIGITS,
    NUMBER,
    TEXT,
    TIME,
    Items,
    Keys,
    Shape,
    Values,
)
from tap_hubspot_crm.context import PARTS, ROWS, VERSIONS
from tap_hubspot_crm.streams.records import PASS, SEARCH

COUNTS = {"version": NUMBER, "rows": NUMBER, "children": NUMBER, "archived": NUMBER}

BOOKMARK = Keys(
    replication_key_value=TIME,
    **{
        PASS: Keys(after=TEXT, started_at=TIME, **COUNTS),
        SEARCH: Keys(
            "since",
            "last_id",
            since=TIME,
            last_id=DIGITS,
            after=TEXT,
            started_at=TIME,
            **COUNTS,
        ),
    },
)
"""The bookmark of a stream of records; see `streams/records.py`."""

BESIDES: dict[str, Shape] = {
    VERSIONS: Values(NUMBER),
    ROWS: Values(NUMBER),
    PARTS: Values(Items(TEXT)),
    ACCOUNT: Keys("id", id=NUMBER, credential=TEXT),
}
"""What the state contains besides the bookmarks."""

STATE = Keys(bookmarks=Values(BOOKMARK), **BESIDES)
