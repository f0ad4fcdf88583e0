"""Settings of the tap, and what a JSON schema cannot check about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_sdk import typing as th

from tap_linear.common.timestamps import timestamp
from tap_linear.common.variables import fill, setting_name
from tap_linear.documents.document import PAGE_MAX
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
HEADERS = ("api_key", "access_token", "user_agent")
ITS_SETTING = re.compile(r" in config\['(\w+)'\](?:\[[^\]]*\])*$")

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
    th.Property(
        "api_url",
        th.StringType,
        default=API_URL,
        title="API URL",
        description="GraphQL endpoint.",
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="Read of the incremental streams what changed at or after "
        "this moment; everything if absent.",
    ),
    th.Property(
        "teams",
        th.ArrayType(th.StringType),
        default=[],
        title="Teams",
        description="Keys of the teams to read, such as ENG; all if empty.",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=PAGE_MAX),
        default=PAGE_MAX,
        title="Page size",
        description="Most rows per request; fewer where Linear's complexity limit "
        "asks for it.",
    ),
    th.Property(
        "lookback_seconds",
        th.IntegerType(minimum=0),
        default=60,
        title="Lookback",
        description="Look so many seconds behind the bookmark for rows that "
        "appeared late.",
    ),
    th.Property(
        "request_timeout",
        th.IntegerType(minimum=1),
        default=60,
        title="Request timeout",
        description="Seconds that a request may take, with its whole response.",
    ),
    th.Property(
        "max_wait_seconds",
        th.IntegerType(minimum=0),
        default=3900,
        title="Longest wait",
        description="Wait at most so many seconds for Linear's limits, which fill "
        "up every hour; then end, to resume in the next run.",
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header; the tap's name and version if absent.",
    ),
).to_dict()


def problems(config: Mapping[str, Any], schema_errors: Sequence[str]) -> list[str]:
    """Return what is wrong with the settings, one text per problem.

    Args:
        config: The settings.
        schema_errors: What the SDK's check against the JSON schema found.

    Returns:
        Texts that name the setting as the user knows it and hold no secret.
    """
    found = [_named(error) for error in schema_errors]
    found += _of_credential(
        {name for name in CREDENTIALS if str(config.get(name) or "").strip()}
    )
    try:
        timestamp(config.get("start_date") or "2000-01-01")
    except (TypeError, ValueError):
        found.append(
            f"{setting_name('start_date')} is not a date or time, such as 2026-01-31"
        )
    for name in HEADERS:
        value = str(config.get(name) or "").strip()
        if not (value.isascii() and value.isprintable()):
            shown = setting_name(name)
            found.append(f"{shown} holds a character that no header can hold")
    if not _is_web_address(str(config.get("api_url") or API_URL)):
        found.append(
            f"{setting_name('api_url')} does not begin with https:// and a host"
        )
    return found


def _of_credential(given: set[str]) -> Iterator[str]:
    """Yield what is missing among the settings that say who asks."""
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


def _named(error: str) -> str:
    """Put the setting's name in front of an error of the SDK's."""
    match = ITS_SETTING.search(error)
    if match is None:
        return error
    name = match[1]
    if name in SECRETS:  # the error's text holds the value
        return f"{setting_name(name)} is not text"
    return f"{setting_name(name)}: {error[: match.start()]}"


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:  # such as a bracket that is not closed
        return False
