"""What the tap writes into the state."""

from __future__ import annotations

from tap_linear.common.state_shape import (
    ID,
    LIST,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    Items,
    Keys,
    Values,
)

WORKSPACE = "workspace"

GAP = Keys(
    gte=TIME,
    lte=TIME,
    teams=Items(ID),
    issues=Items(ID),
    ids=Items(ID),
    tries=NUMBER,
)
"""What a stream has not read; see `gaps.py`."""

BOOKMARK = Keys(
    replication_key_value=TIME,
    start=TIME,
    last_id=ID,
    teams=Items(TEXT),
    gaps=Items(GAP),
    lost=GAP,
    read=Values(TEXT),
)
"""The bookmark of an incremental stream; see `streams/incremental.py`."""

STATE = Keys(
    bookmarks=Values(BOOKMARK),
    **{
        WORKSPACE: Keys(
            version=NUMBER,
            organization=Keys("id", "name"),
            teams=OBJECT,
            rows=Values(NUMBER),
            of=LIST,
            retired=LIST,
            lost=LIST,
        )
    },
)
