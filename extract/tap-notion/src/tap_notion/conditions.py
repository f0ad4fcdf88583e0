"""What happens when: every condition that the tap handles in a way of its own.

The README has this table; a test compares the two. `transport/errors.py` says which
response is which condition.
"""

from __future__ import annotations

from tap_notion.common import conditions as common
from tap_notion.common.conditions import Condition

# --- the run ends ------------------------------------------------------------------

CREDENTIAL_REFUSED = Condition(
    "Notion refuses the token, also in the middle of a run",
    "Notion refused the token: set {access_token} to the token of a connection of your "
    "workspace ({message})",
    "Every batch up to the last STATE. The next run continues from there.",
    1,
)
VERSION_REFUSED = Condition(
    "Notion does not know the version of the API",
    "Notion refused {notion_version} ({message}): leave it out",
    "As above.",
    1,
)
WRONG_ENDPOINT = common.wrong_endpoint("Notion's API", "https://api.notion.com")
UNREACHABLE = common.unreachable("Notion")
LIMIT_TOO_LONG = common.limit_too_long("Notion")
STATE_DAMAGED = common.STATE_DAMAGED
OTHER_WORKSPACE = Condition(
    "The token belongs to another workspace than the state",
    "{access_token} belongs to the workspace {found}, the state to {known}: use a "
    "token of {known}, or another state (`meltano state clear <state ID>`) and another "
    "dataset",
    "Everything. Nothing is read or written.",
    1,
)
NOTHING_SHARED = Condition(
    "Nothing is shared with the connection, and `data_sources` is empty",
    "no data source is shared with the connection: share a database with it in Notion, "
    "or set {data_sources}",
    "Everything. Nothing is read or written.",
    1,
)

# --- the rest is read, and the exit code is 1 ----------------------------------------

NOT_SHARED = Condition(
    "A database or data source does not exist, or is not shared with the connection",
    "not found, or not shared with the connection: {item}; share it in Notion, or "
    "change {data_sources}",
    "Its rows in the warehouse: no ACTIVATE_VERSION. The other data sources are read.",
    1,
)
DATA_SOURCE_GONE = Condition(
    "A data source that earlier runs read is gone, and `data_sources` is empty",
    "data source {item} no longer exists, or is not shared any more: share it again; "
    "if that is right, the next run marks its pages as deleted",
    "Its rows in the warehouse: no ACTIVATE_VERSION. The next run accepts it.",
    1,
)
DATA_SOURCE_FAILED = Condition(
    "A data source cannot be read",
    "{stream}: a data source could not be read ({message}): {item}",
    "Its rows in the warehouse: no ACTIVATE_VERSION. The other data sources are read; "
    "the next run reads this one again.",
    1,
)
QUERY_LIMIT = Condition(
    "More than 20,000 pages of a data source were created and changed in one minute",
    "{stream}: Notion returns no more pages of one minute ({message}): {item}",
    "As above.",
    1,
)
PAGE_FAILED = Condition(
    "A page does not have the shape of a page",
    "{stream}: a page could not be read ({message}): {item}",
    "Its row in the warehouse: no ACTIVATE_VERSION. With `incremental`, the bookmark "
    "stays before the page. The other pages are read.",
    1,
)
ITEM_FAILED = Condition(
    "A list of more than 25 items cannot be read to its end",
    "page_properties: a list could not be read to its end ({message}): {item}",
    "The first items, with `is_truncated`. The next run that reads the page tries "
    "again.",
    1,
)
STREAM_FAILED = Condition(
    "A stream cannot be read",
    "{stream}: could not be read: {message}",
    "The stream's rows in the warehouse; the other streams are read.",
    1,
)
LIST_EMPTY = Condition(
    "A list that had rows is empty, for the first time",
    "{stream}: had {rows} rows and is empty now; if that is right, the next run marks "
    "them as deleted",
    "The rows in the warehouse: no ACTIVATE_VERSION. The next run accepts the empty "
    "list.",
    1,
)

# --- nothing is lost, and the exit code is 0 -----------------------------------------

NO_USER_CAPABILITY = Condition(
    "The connection lacks the capability to read user information",
    "users: skipped, because the connection lacks the user-information capability "
    "({message})",
    "The rows in the warehouse: no ACTIVATE_VERSION.",
    0,
)
WORKSPACE_UNKNOWN = Condition(
    "Notion does not show the workspace of the token",
    "cannot check whether the token belongs to the workspace of the state: {message}",
    "Everything.",
    0,
)
PAGE_GONE = Condition(
    "A page is removed while its lists are read",
    "page_properties: removed while it was read: {item}",
    "The first items, with `is_truncated`. The next run notices that the page is gone.",
    0,
)
CURSOR_EXPIRED = Condition(
    "The cursor of a list is no longer valid",
    "{stream}: the cursor has expired after {rows} rows: the query continues from its "
    "last row",
    "Everything.",
    0,
)
TEXT_REPAIRED = common.text_repaired("Notion")
VALUE_UNUSABLE = Condition(
    "A value is impossible, or has the wrong type or a type that the tap does not know",
    "{stream}: no value, because Notion sent {value}: {item}",
    "The row, with null in the column; pages.properties has the original.",
    0,
)
CLOCK_BEHIND = Condition(
    "The clock of an earlier run was ahead of this one",
    "The clock of an earlier run was ahead of this one (version {item}, now {now}): "
    "versions continue from there",
    "Everything.",
    0,
)

CONDITIONS: tuple[Condition, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Condition)
)
