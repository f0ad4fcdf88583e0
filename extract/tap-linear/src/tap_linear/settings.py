"""Settings of the tap, and what a JSON schema cannot check about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_linear.common import settings as common
from tap_linear.common.lists import TEXT_OR_LIST
from tap_linear.common.variables import fill, setting_name
from tap_linear.documents.nested import PAGE_MAX
from tap_linear.transport.client import API_URL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CREDENTIALS = (
    "api_key",
    "access_token",
    "client_id",
    "client_secret",
    "refresh_token",
    "token_file",
)
SECRETS = ("api_key", "access_token", "client_secret", "refresh_token")

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType,
        secret=True,
        title="API key",
        description="Personal API key (Settings > Security & access). This, client_id "
        "or access_token is needed.",
    ),
    th.Property(
        "access_token",
        th.StringType,
        secret=True,
        title="Access token",
        description="OAuth access token with the scope `read`, valid for 24 hours. "
        "Used if there is neither api_key nor client_id.",
    ),
    th.Property(
        "client_id",
        th.StringType,
        title="Client ID",
        description="OAuth application that gets its own access tokens, by client "
        "credentials or with refresh_token. Used if there is no api_key.",
    ),
    th.Property(
        "client_secret",
        th.StringType,
        secret=True,
        title="Client secret",
        description="Secret of the OAuth application.",
    ),
    th.Property(
        "refresh_token",
        th.StringType,
        secret=True,
        title="Refresh token",
        description="OAuth refresh token of a person who authorized the application. "
        "Linear replaces it at each use; token_file keeps the new one.",
    ),
    th.Property(
        "token_file",
        th.StringType,
        title="Token file",
        description="File that keeps the replaced refresh token from one run to the "
        "next. Needed with refresh_token.",
    ),
    common.api_url(API_URL, "It is the GraphQL endpoint."),
    common.start_date(),
    common.end_date(),
    th.Property(
        "teams",
        TEXT_OR_LIST,
        default=[],
        title="Teams",
        description="Keys of the teams to sync, such as ENG. A list, or text separated "
        "by commas. Default: all teams.",
    ),
    common.page_size(default=PAGE_MAX, most=PAGE_MAX),
    common.max_parallel_requests(default=1, most=20),
    common.lookback_seconds(default=60),
    common.request_timeout(),
    common.max_wait_seconds(),
    common.user_agent(),
).to_dict()


def problems(config: Mapping[str, Any], schema_errors: Sequence[str]) -> list[str]:
    """Return what is wrong with the settings, one text per problem.

    Args:
        config: The settings.
        schema_errors: What the SDK's check against the JSON schema found.

    Returns:
        Texts that name the setting as the user knows it and contain no secret.
    """
    found = [common.in_words(error, SECRETS) for error in schema_errors]
    found += _of_credential(
        {name for name in CREDENTIALS if str(config.get(name) or "").strip()}
    )
    for name in ("api_key", "access_token"):
        if not common.fits_a_header(config.get(name)):
            shown = setting_name(name)
            found.append(f"{shown} contains a character that a header cannot contain")
    found += common.problems(config, API_URL)
    return found


def _of_credential(given: set[str]) -> Iterator[str]:
    """Yield what is missing among the settings of the credential."""
    if not given & {"api_key", "access_token", "client_id"}:
        yield fill(
            "set {api_key} to a personal API key or {access_token} "
            "to an OAuth token, or {client_id} and {client_secret} "
            "to those of an OAuth application"
        )
    if "api_key" in given:
        return
    if "client_id" not in given:
        for name in ("client_secret", "refresh_token"):
            if name in given:
                yield fill(
                    "set {client_id} too: {name} needs it", name=setting_name(name)
                )
        return
    if "client_secret" not in given:
        yield fill("set {client_secret} too: {client_id} needs it")
    if "refresh_token" in given and "token_file" not in given:
        yield fill(
            "set {token_file} to a file that is kept between runs: Linear "
            "replaces {refresh_token} at each use"
        )
