"""What happens when: every condition that the tap handles in its own way.

The README has this table; a test compares the two. `errors.py` says which response is
which condition.
"""

from __future__ import annotations

from tap_google_health.common import conditions as common
from tap_google_health.common.conditions import Condition

# --- the run ends ------------------------------------------------------------------

GRANT_INVALID = Condition(
    "Google no longer accepts the refresh token",
    "Google does not accept {refresh_token} ({message}): authorize the application "
    "again and set the new token. If the consent screen is in Testing, a token expires "
    "after 7 days: publish the app (In production). Without use, it expires after 6 "
    "months",
    "Every window up to the last STATE. The next run continues from there.",
    1,
)
CLIENT_REFUSED = Condition(
    "Google does not accept the OAuth client",
    "Google does not accept {client_id} and {client_secret} ({message}): copy both "
    "from the OAuth client in your Google Cloud project",
    "As above.",
    1,
)
TOKEN_NOT_STORED = Condition(
    "Google sends a new refresh token, and `token_file` is not set",
    "Google sent a new refresh token, and no place to keep it is set: set {token_file} "
    "to a file that is kept between runs; nothing was read",
    "Everything. Nothing is read.",
    1,
)
TOKEN_FILE = Condition(
    "The file of the refresh token cannot be read or written",
    "{token_file} cannot be used ({message}): set it to a file that this user can "
    "write; if the file is damaged, remove it, authorize the application again and set "
    "{refresh_token}",
    "Everything. Nothing is read.",
    1,
)
ACCOUNT_NOT_LINKED = Condition(
    "The Google account has no Google Health data",
    "this Google account is not linked to Google Health ({message}): authorize with "
    "the account of the app, and set {refresh_token} to its token",
    "Every window up to the last STATE.",
    1,
)
CREDENTIAL_REFUSED = Condition(
    "Google refuses a new access token, also in the middle of a run",
    "Google refused the access token ({message}): authorize the application again and "
    "set {refresh_token}",
    "As above.",
    1,
)
WRONG_ENDPOINT = common.wrong_endpoint(
    "the Google Health API", "https://health.googleapis.com/v4"
)
WRONG_TOKEN_URL = Condition(
    "The address is not the one of the token endpoint",
    "{token_url} is not Google's token endpoint (HTTP {status}): remove the setting, "
    "or set it to https://oauth2.googleapis.com/token",
    "Everything. Nothing is read.",
    1,
)
UNREACHABLE = common.unreachable("Google")
LIMIT_TOO_LONG = common.limit_too_long("Google")
START_UNKNOWN = Condition(
    "The account's first day is not visible and `start_date` is not set",
    "set {start_date}: Google does not show when this account was created",
    "Everything. Nothing is read.",
    1,
)
STATE_DAMAGED = common.STATE_DAMAGED
OTHER_ACCOUNT = Condition(
    "The refresh token belongs to another person than the state",
    "{refresh_token} belongs to the health user {found}, the state to {known}: use the "
    "token of {known}, or another state (`meltano state clear <state ID>`) and another "
    "dataset",
    "Everything. Nothing is read.",
    1,
)

# --- the rest is read, and the exit code is 1 ----------------------------------------

SCOPE_MISSING = Condition(
    "A scope is missing",
    "{stream}: Google does not allow reading {item}: authorize the application again "
    "with the scope {scope}, or deselect the stream",
    "The bookmark and the rows of the stream; the other streams are read.",
    1,
)
STREAM_FAILED = Condition(
    "A stream cannot be read",
    "{stream}: could not be read: {message}",
    "The bookmark and the rows of the stream; the other streams are read.",
    1,
)
ROW_UNUSABLE = Condition(
    "A row has no usable time or key",
    "{stream}: a row was not read ({message}): {item}",
    "The other rows. The bookmark does not move past the row.",
    1,
)

# --- nothing is lost, and the exit code is 0 -----------------------------------------

VALUE_UNUSABLE = Condition(
    "A number, a time or a date is invalid, or a value has the wrong type",
    "{stream}: {item} is null, Google sent an invalid value: {value}",
    "The row, with null in the column.",
    0,
)
SEVERAL_SOURCES = Condition(
    "Several sources have a value for the same day",
    "{stream}: several sources have a value for {item}: the tap keeps one of them",
    "The value of a wearable before that of other sources.",
    0,
)
LIST_EMPTY = Condition(
    "All rows of the days that are read again are gone",
    "{stream}: had {item} rows from {first} on, and Google returns none; if they were "
    "deleted, the next run marks them as deleted",
    "The rows. The next run accepts the empty list.",
    0,
)
SETTINGS_CHANGED = Condition(
    "`start_date` is earlier than before, or `data_source_family` changed",
    "{stream}: {setting} changed: reading everything again from {item}",
    "Everything. It is read in this run, or in the next ones if it is killed.",
    0,
)
TEXT_REPAIRED = common.text_repaired("Google")
TOKEN_STORED = Condition(
    "Google sends a new refresh token",
    "Google sent a new refresh token: it is stored in {token_file}",
    "Everything. The next runs use the new token.",
    0,
)

CONDITIONS: tuple[Condition, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Condition)
)
