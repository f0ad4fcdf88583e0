"""Settings of the tap, and what a JSON schema cannot check about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_hubspot_crm import schemas
from tap_hubspot_crm.common import lists
from tap_hubspot_crm.common import settings as common
from tap_hubspot_crm.common.variables import fill, setting_name
from tap_hubspot_crm.streams.reading import LIST_PAGE
from tap_hubspot_crm.transport.client import API_URL
from tap_hubspot_crm.transport.credential import OAUTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECRETS = ("access_token", "client_secret", "refresh_token")
LISTS = ("objects", "associations", "property_history")
"""Settings that are lists, and may be written as text."""
OBJECTS = tuple(table.name for table in schemas.RECORDS)
ENGAGEMENTS = OBJECTS[3:]
PAIRS = (
    "contacts:companies",
    "deals:contacts",
    "deals:companies",
    *(
        f"{first}:{second}"
        for first in ENGAGEMENTS
        for second in ("contacts", "companies", "deals")
    ),
)
EVERY = "*"
"""All properties that are neither hidden nor sensitive."""
VERSION = re.compile(r"\d{4}-\d{2}")

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "access_token",
        th.StringType,
        secret=True,
        title="Access token",
        description="Service key (Development > Keys), or the access token of an app "
        "of the account. This, or client_id, client_secret and refresh_token.",
    ),
    th.Property(
        "client_id",
        th.StringType,
        title="Client ID",
        description="Client ID of an OAuth app. Used if there is no access_token.",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        secret=True,
        title="Client secret",
        description="Client secret of the OAuth app.",
    ),
    th.Property(
        "refresh_token",
        th.StringType,
        secret=True,
        title="Refresh token",
        description="Refresh token of the OAuth app for the account. It does not "
        "change.",
    ),
    common.api_url(API_URL),
    th.Property(
        "api_version",
        th.StringType,
        default="2026-09",
        title="API version",
        description="Version of the API: year and month.",
    ),
    th.Property(
        "objects",
        lists.TEXT_OR_LIST,
        default=list(OBJECTS),
        title="Objects",
        description="Object types to read. A list, or text separated by commas. "
        "Default: all that the tap knows.",
    ),
    th.Property(
        "properties",
        th.CustomType(
            {
                "type": ["object", "null"],
                "additionalProperties": {
                    "type": ["string", "array"],
                    "items": {"type": "string"},
                },
            }
        ),
        title="Properties",
        description="Properties to read in addition to the default ones, by object "
        'type: a list of names, or "*" for all that are neither hidden nor sensitive, '
        'such as {"deals": ["hs_priority"], "contacts": "*"}.',
    ),
    th.Property(
        "associations",
        lists.TEXT_OR_LIST,
        default=list(PAIRS),
        title="Associations",
        description="Pairs of object types whose associations are read, as from:to. A "
        "list, or text separated by commas.",
    ),
    th.Property(
        "property_history",
        lists.TEXT_OR_LIST,
        default=["dealstage", "amount", "closedate"],
        title="Property history",
        description="Properties of deals whose earlier values are read. A list, or "
        "text separated by commas.",
    ),
    th.Property(
        "archived",
        th.BooleanType,
        default=True,
        title="Archived",
        description="Also read records that were deleted in the last 90 days.",
    ),
    th.Property(
        "mode",
        th.StringType,
        allowed_values=["auto", "full", "incremental"],
        default="auto",
        title="Mode",
        description="full reads all records in every run, incremental those that "
        "changed. auto reads an object type with fewer than 20,000 records whole; with "
        "start_date it is incremental.",
    ),
    common.start_date(),
    common.end_date(),
    common.page_size(default=LIST_PAGE, most=LIST_PAGE, rows="records"),
    common.lookback_seconds(default=3600),
    common.request_timeout(),
    common.max_wait_seconds(),
    common.user_agent(),
).to_dict()


def problems(config: Mapping[str, Any], schema_errors: Sequence[str]) -> list[str]:
    """Return what is wrong with the settings, one text per problem.

    Args:
        config: The settings; those of LISTS are lists.
        schema_errors: What the check against the JSON schema found.

    Returns:
        Texts that name the setting as the user knows it, without a secret.
    """
    found = [common.in_words(error, SECRETS) for error in schema_errors]
    found += _of_credential(config)
    if not found:
        found += _of_objects(config)
    found += common.problems(config, API_URL)
    return found


def _of_credential(config: Mapping[str, Any]) -> Iterator[str]:
    if str(config.get("access_token") or "").strip():
        if not common.fits_a_header(config["access_token"]):
            yield fill("{access_token} contains a character that no token has")
        return
    given = [name for name in OAUTH if str(config.get(name) or "").strip()]
    if not given:
        yield fill(
            "set {access_token} to a service key or the token of an app, or set "
            "{client_id}, {client_secret} and {refresh_token}"
        )
    elif len(given) < len(OAUTH):
        missing = " and ".join(
            setting_name(name) for name in OAUTH if name not in given
        )
        yield f"set {missing} too: {setting_name(given[0])} needs it"


def _of_objects(config: Mapping[str, Any]) -> Iterator[str]:
    known = ", ".join(OBJECTS)
    if not VERSION.fullmatch(str(config.get("api_version"))):
        yield fill("{api_version} is not of the form 2026-09")
    if not config["objects"]:
        yield fill("{objects} is empty; there are {known}", known=known)
    if wrong := sorted(set(config["objects"]) - set(OBJECTS)):
        yield fill(
            "{objects}: there is no {wrong}; there are {known}",
            wrong=", ".join(wrong),
            known=known,
        )
    for pair in config["associations"]:
        first, colon, second = pair.partition(":")
        if not colon or first not in OBJECTS or second not in OBJECTS:
            yield fill(
                "{associations}: {pair} is not a pair such as deals:contacts; there "
                "are {known}",
                pair=pair,
                known=known,
            )
    chosen = config.get("properties") or {}
    if wrong := sorted(set(chosen) - set(OBJECTS)):
        yield fill(
            "{properties}: there is no {wrong}; there are {known}",
            wrong=", ".join(wrong),
            known=known,
        )
