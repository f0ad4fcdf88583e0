"""What happens when: every condition that the tap handles in a way of its own.

The README has this table; a test compares the two. `errors.py` says which response is
which condition.
"""

from __future__ import annotations

from tap_linear.common import conditions as common
from tap_linear.common.conditions import Condition

# --- the run ends ------------------------------------------------------------------

CREDENTIAL_REFUSED = Condition(
    "Linear refuses the credential, also in the middle of a run",
    "Linear refused the credential: set {api_key} to a valid personal API key, or "
    "{access_token} to a valid OAuth token ({message})",
    "Every batch up to the last STATE. The next run continues from there.",
    1,
)
TOKEN_REFUSED = Condition(
    "Linear gives the OAuth application no access token",
    "Linear gives no access token ({message}): check {client_id} and {client_secret}; "
    "if you use {refresh_token}, authorize the application again and set it to the new "
    "refresh token",
    "As above.",
    1,
)
TOKEN_FILE = Condition(
    "The file of the refresh token cannot be read or written",
    "{token_file} cannot be used ({message}): set it to a file that this user can "
    "write, and that is still there in the next run; if the file is damaged, remove "
    "it, authorize the application again and set {refresh_token}",
    "As above. The refresh token is not used as long as its successor cannot be "
    "stored.",
    1,
)
NOT_ALLOWED = Condition(
    "Linear answers 403 to everything",
    "Linear does not allow this: give the key or token the scope `read` and access to "
    "the teams ({message})",
    "As above.",
    1,
)
WRONG_ENDPOINT = Condition(
    "The address is not Linear's endpoint",
    "{api_url} is not Linear's GraphQL endpoint (HTTP {status}): leave it out, or set "
    "it to https://api.linear.app/graphql",
    "As above.",
    1,
)
UNREACHABLE = Condition(
    "Linear cannot be reached, or fails at every request, 5 times in succession",
    "Linear cannot be reached at {url}: {message}, {tries} times in a row; check the "
    "network, the proxy, {api_url} and {request_timeout}",
    "As above.",
    1,
)
LIMIT_TOO_LONG = Condition(
    "A limit is spent for longer than `max_wait_seconds`",
    "Linear's {what} limit is spent for another {seconds} s, longer than "
    "{max_wait_seconds} ({most} s): raise it or run again later; the next run resumes "
    "where this one ended",
    "As above.",
    1,
)
OTHER_WORKSPACE = Condition(
    "The credential belongs to another workspace than the state",
    "{api_key} belongs to the workspace {found}, the state is of {known}: use the "
    "credential of {known}, or another state (`meltano state clear <state ID>`) and "
    "another dataset",
    "Everything. Nothing is read or written.",
    1,
)
TEAM_UNKNOWN = Condition(
    "A key in `teams` is not a team that the credential can see",
    "{teams}: there is no team {missing} that this credential can see; use the key "
    "before the number of an issue, such as ENG",
    "Everything. Nothing is read or written.",
    1,
)
STATE_DAMAGED = common.STATE_DAMAGED

# --- the rest is read, and the exit code is 1 ----------------------------------------

ROW_NOT_RETURNED = Condition(
    "A row that was listed is not returned by its ID, also at the end of the run",
    "{stream}: listed, but not returned by ID: {item}",
    "Its ID, in the state. The next runs request it again.",
    1,
)
ROW_INCOMPLETE = Condition(
    "Rows that belong to a row come as null, or cannot be read to their end",
    "{stream}: not read completely ({message}): {item}",
    "Its ID, in the state; the row is not written. The next runs request it again.",
    1,
)
ROW_FAILED = Condition(
    "A row fails in every attempt, alone too",
    "{stream}: could not be read ({message}): {item}",
    "Its ID, in the state. The next runs request it again.",
    1,
)
GAP = Condition(
    "A part of a list fails in every attempt, and its rows have no known ID",
    "{stream}: a part of the list could not be read ({message}): {item}",
    "The interval, in the state; a stream that is read whole sends no "
    "ACTIVATE_VERSION. The next runs request it again.",
    1,
)
LIST_STUCK = Condition(
    "A list does not advance: no cursor, a repeated cursor or repeated rows",
    "{stream}: the list does not advance ({message})",
    "As above.",
    1,
)
STREAM_FAILED = Condition(
    "A stream cannot be read at all, or 10 rows in a row fail",
    "{stream}: could not be read: {message}",
    "The stream's bookmark and its rows in the warehouse; the other streams are read.",
    1,
)
ROOT_REFUSED = Condition(
    "Linear refuses a list, for lack of a scope or a permission",
    "{stream}: Linear does not allow this list ({message}): give {api_key} or "
    "{access_token} access to it, or deselect the stream",
    "The stream's bookmark and its rows in the warehouse; the other streams are read.",
    1,
)
ROOT_REMOVED = Condition(
    "Linear has removed a root field, a key or a replication key",
    "{stream}: Linear no longer has {item}: update the tap, or deselect the stream",
    "The stream's bookmark and its rows in the warehouse; the other streams are read.",
    1,
)
NOTHING_VISIBLE = Condition(
    "The credential sees no team",
    "the credential sees no team of the workspace {workspace}: give it access to the "
    "teams",
    "Every row in the warehouse: no stream sends ACTIVATE_VERSION.",
    1,
)
TEAM_LOST = Condition(
    "A team that earlier runs saw is gone, and it was neither archived nor retired",
    "team {item} is no longer visible: give the credential access to it again; if it "
    "was deleted, read everything again with `meltano state clear <state ID>`",
    "Every row in the warehouse: streams whose rows belong to teams send no "
    "ACTIVATE_VERSION.",
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

ROW_DELETED = Condition(
    "A row that was listed is neither returned by its ID nor listed any more",
    "{stream}: deleted since it was listed: {item}",
    "Its ID, in the state. The next 3 runs request it again.",
    0,
)
NOT_IN_PLAN = Condition(
    "The workspace's plan does not include a stream",
    "{stream} stays empty: Linear says {message}",
    "The rows in the warehouse: no ACTIVATE_VERSION.",
    0,
)
ROOT_NOT_OFFERED = Condition(
    "Linear has no list of releases, customers or agent sessions, and no earlier run "
    "has read any of it",
    "{stream} stays empty: Linear has no {item} for this workspace",
    "Everything. Once a run has read rows, the condition above applies that Linear has "
    "removed a root field.",
    0,
)
ROOT_NOT_SHARED = Condition(
    "Linear refuses a list of releases, customers or agent sessions, and no earlier "
    "run has read any of it",
    "{stream} stays empty: Linear does not allow this list ({message}); to read it, "
    "give {api_key} or {access_token} access to it",
    "Everything. Once a run has read rows, the condition above applies that Linear "
    "refuses a list.",
    0,
)
NEVER_OFFERED = {ROOT_REMOVED: ROOT_NOT_OFFERED, ROOT_REFUSED: ROOT_NOT_SHARED}
"""What a refusal is called in an optional stream that was never read."""
FIELD_GONE = Condition(
    "Linear has removed a field, or refuses one for the plan or the scope",
    "{stream}: {item} is not read any more: {message}",
    "The column's values in the warehouse: the column is neither in SCHEMA nor in "
    "records.",
    0,
)
TEAMS_NOT_READ = Condition(
    "The list of teams cannot be read, and the stream teams is not selected",
    "the list of teams could not be read ({message}): a team that becomes visible or "
    "hidden is noticed by the next run that can read it",
    "Everything. If earlier runs saw teams, streams whose rows belong to teams send no "
    "ACTIVATE_VERSION.",
    0,
)
TEXT_REPAIRED = Condition(
    "A text contains half a character (a lone surrogate) or bytes that are not UTF-8",
    "a response of Linear contains text that is not valid Unicode: replaced by U+FFFD",
    "The row, with U+FFFD instead of what cannot be stored.",
    0,
)
VALUE_UNUSABLE = Condition(
    "A date, a time or a number is impossible, or a value has the wrong type",
    "{stream}: {item} is null, Linear sent an invalid value: {value}",
    "The row, with null in the column.",
    0,
)
OLDER_PART = Condition(
    "`start_date` was moved to an earlier date",
    "{stream}: start_date is earlier than before: reading what changed from {item} on",
    "Everything. The older part is read in this run, or in the next ones if it is "
    "killed.",
    0,
)
TEAM_APPEARED = Condition(
    "A team with older rows has become visible",
    "team {item} has become visible: reading its older rows",
    "Everything. Its older rows are read in this run, or in the next ones if it is "
    "killed.",
    0,
)
ISSUES_ARRIVED = Condition(
    "Issues came into the teams of `teams` from others",
    "{count} issues came into the teams of {teams} ({names}): reading what belongs to "
    "them",
    "Everything. Their older comments and attachments are read at the end of this run, "
    "or in the next one if it is killed.",
    0,
)
TOKEN_RENEWED = Condition(
    "An OAuth access token expires in the middle of a run",
    "the OAuth access token has expired: the run continues with a new one",
    "Everything.",
    0,
)
CLOCK_BEHIND = Condition(
    "The clock of an earlier run was ahead of this one",
    "The clock of an earlier run was ahead of this one (version {item}, now {now}). "
    "Versions continue from there; deletions of rows with a later version, from a run "
    "that was killed, cannot be detected",
    "Everything.",
    0,
)

CONDITIONS: tuple[Condition, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Condition)
)
