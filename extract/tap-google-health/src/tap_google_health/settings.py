"""Settings of the tap, and what a JSON schema cannot check about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_google_health.common import settings as common
from tap_google_health.common.lists import TEXT_OR_LIST
from tap_google_health.common.variables import fill, setting_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

API_URL = "https://health.googleapis.com/v4"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
CREDENTIALS = ("client_id", "client_secret", "refresh_token")
SECRETS = ("client_secret", "refresh_token")
LISTS = ("intraday",)
INTRADAY = ("heart_rate_samples", "step_intervals")
ALL_SOURCES = "all-sources"
# The values are in the description of dataPoints.list in Google's discovery document.
FAMILIES = (ALL_SOURCES, "google-wearables", "google-sources", "self-sources")

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "client_id",
        th.StringType,
        title="Client ID",
        description="ID of the OAuth client in your Google Cloud project.",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        secret=True,
        title="Client secret",
        description="Secret of the OAuth client.",
    ),
    th.Property(
        "refresh_token",
        th.StringType,
        secret=True,
        title="Refresh token",
        description="OAuth refresh token of the person whose data is read.",
    ),
    th.Property(
        "token_file",
        th.StringType,
        title="Token file",
        description="File that keeps a new refresh token if Google sends one. Without "
        "it, the run stops in that case.",
    ),
    common.api_url(API_URL),
    th.Property(
        "token_url",
        th.StringType,
        default=TOKEN_URL,
        title="Token URL",
        description="Address of the OAuth token endpoint.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="First day to read. Default: the day when the account was created.",
    ),
    common.end_date("the days"),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0, maximum=366),
        default=7,
        title="Lookback",
        description="Each run reads this many days before the bookmark again, because "
        "devices send data late and Google revises it.",
    ),
    th.Property(
        "data_source_family",
        th.StringType(allowed_values=list(FAMILIES)),
        default=ALL_SOURCES,
        title="Data sources",
        description="Which sources to read. Sleep always comes from all sources.",
    ),
    th.Property(
        "intraday",
        TEXT_OR_LIST,
        default=[],
        title="Intraday streams",
        description="Streams with points within a day to read too: heart_rate_samples "
        "(about 40,000 rows a day), step_intervals.",
    ),
    common.request_timeout(),
    common.max_wait_seconds(),
    common.user_agent(),
).to_dict()


def problems(config: Mapping[str, Any], schema_errors: Sequence[str]) -> list[str]:
    """Return what is wrong with the settings, one text per problem.

    Args:
        config: The settings.
        schema_errors: Errors of the SDK's check against the JSON schema.

    Returns:
        Texts that name the setting as the user knows it and contain no secret.
    """
    found = [common.in_words(error, SECRETS) for error in schema_errors]
    found += _missing(config)
    found += common.problems(config, API_URL)
    if any(common.problems({"api_url": config.get("token_url")}, TOKEN_URL)):
        found.append(
            fill("{token_url} is not an address, such as {example}", example=TOKEN_URL)
        )
    intraday = config.get("intraday")
    if isinstance(intraday, list):
        unknown = sorted({str(name) for name in intraday} - set(INTRADAY))
        if unknown:
            found.append(
                fill(
                    "{intraday}: there is no stream {unknown}; use {names}",
                    unknown=", ".join(unknown),
                    names=" or ".join(INTRADAY),
                )
            )
    return found


def _missing(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line if a part of the credential is missing."""
    missing = [
        setting_name(name)
        for name in CREDENTIALS
        if not str(config.get(name) or "").strip()
    ]
    if missing:
        # After a colon, a word behind the name of a secret would be hidden.
        yield (
            "Google Health needs an OAuth client and the refresh token of a person "
            f"who authorized it: set {', '.join(missing)}"
        )
