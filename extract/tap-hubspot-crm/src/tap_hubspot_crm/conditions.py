"""What can go wrong, what the log says, and what is kept: the table in the README."""

from __future__ import annotations

from tap_hubspot_crm.common import conditions as common
from tap_hubspot_crm.common.conditions import Condition

TOKEN_REFUSED = Condition(
    "HubSpot rejects the credential",
    "HubSpot rejects the credential (HTTP {status}: {message}): check {access_token}, "
    "or {client_id}, {client_secret} and {refresh_token}",
    "What earlier batches wrote, with their bookmarks",
    1,
)
TOKEN_FORMAT = Condition(
    "The token has no valid form (HTTP 530)",
    "HubSpot does not accept the form of the token (HTTP 530): copy {access_token} "
    "again, without spaces or quotation marks",
    "What earlier batches wrote, with their bookmarks",
    1,
)
DAILY_LIMIT = Condition(
    "The requests of the day are used up",
    "The daily limit of the account is used up: HubSpot resets it at midnight in the "
    "time zone of the account; the next run continues",
    "What earlier batches wrote, with their bookmarks",
    1,
)
LIMIT_TOO_LONG = common.limit_too_long("HubSpot")
UNREACHABLE = common.unreachable("HubSpot")
WRONG_ENDPOINT = common.wrong_endpoint("HubSpot's API", "https://api.hubapi.com")
OTHER_ACCOUNT = Condition(
    "The credential belongs to another account than the state",
    "{access_token}, or {refresh_token}, belongs to the HubSpot account {found}, and "
    "the state to {known}: use a credential of {known}, or another state (meltano "
    "state clear) and another dataset",
    "Everything: nothing was read",
    1,
)
ACCOUNT_UNKNOWN = Condition(
    "HubSpot does not show the account of the credential",
    "Cannot check whether the credential belongs to the account of the state: "
    "{message}",
    "Everything",
    0,
)
PARTS_MISSING = Condition(
    "The settings or the selection leave out a part of a list that an earlier run read",
    "{stream}: {item} is not read any more, so nothing is marked as deleted; read it "
    "again, or run once without the state",
    "Everything; no ACTIVATE_VERSION",
    0,
)
SCOPES_MISSING = Condition(
    "The credential has no scope for a stream that was never read",
    "{stream} is skipped: the credential lacks the scope {message}",
    "Everything else",
    0,
)
SCOPES_LOST = Condition(
    "The credential has no scope for a stream that earlier runs read",
    "Cannot read {stream}: the credential no longer has the scope {message}",
    "Everything else; the rows that earlier runs wrote, and the bookmark",
    1,
)
PAIR_FAILED = Condition(
    "The associations of two object types cannot be read",
    "Cannot read the associations from {item}: {message}",
    "Everything else; no association is marked as deleted",
    1,
)
STREAM_FAILED = Condition(
    "A request of a stream fails in every attempt, or is refused",
    "Cannot read {stream}: {message}",
    "Everything else, and what earlier batches of the stream wrote; nothing of it is "
    "marked as deleted. The next run continues there",
    1,
)
FEWER_RECORDS = Condition(
    "A list has less than half of the rows of the last run",
    "{stream} has {now} of the {before} rows of the last run: the credential may have "
    "lost access, so nothing is marked as deleted; if they are deleted, run once "
    "without the state",
    "Everything else; no ACTIVATE_VERSION",
    1,
)
VALUE_UNUSABLE = Condition(
    "A value does not fit the type of its property",
    "{stream}: {item} contains {value}, which is not a {kind}; the column is null",
    "Everything else of the record",
    0,
)
TEXT_REPAIRED = common.text_repaired("HubSpot")
STATE_DAMAGED = common.STATE_DAMAGED

CONDITIONS = (
    TOKEN_REFUSED,
    TOKEN_FORMAT,
    DAILY_LIMIT,
    LIMIT_TOO_LONG,
    UNREACHABLE,
    WRONG_ENDPOINT,
    OTHER_ACCOUNT,
    ACCOUNT_UNKNOWN,
    SCOPES_MISSING,
    SCOPES_LOST,
    PAIR_FAILED,
    STREAM_FAILED,
    FEWER_RECORDS,
    PARTS_MISSING,
    VALUE_UNUSABLE,
    TEXT_REPAIRED,
    STATE_DAMAGED,
)
