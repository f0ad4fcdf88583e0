"""Settings of the tap, and what a JSON schema cannot check about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_sdk import typing as th

from tap_linear.client import API_URL
from tap_linear.documents import PAGE_MAX
from tap_linear.values import timestamp
from tap_linear.variables import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECRETS = ("api_key", "access_token")
HEADERS = (*SECRETS, "user_agent")
ITS_SETTING = re.compile(r" in config\['(\w+)'\](?:\[[^\]]*\])*$")

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "api_key",
        th.StringType,
        secret=True,
        title="API key",
        description="Personal API key (Settings > Security & access). This or "
        "access_token is needed.",
    ),
    th.Property(
        "access_token",
        th.StringType,
        secret=True,
        title="Access token",
        description="OAuth access token with the scope `read`. Used if there is no "
        "api_key.",
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
    if not any(config.get(name) for name in SECRETS):
        found.append(
            f"set {shown('api_key')} to a personal API key or {shown('access_token')} "
            "to an OAuth token"
        )
    try:
        timestamp(config.get("start_date") or "2000-01-01")
    except (TypeError, ValueError):
        found.append(f"{shown('start_date')} is not a date or time, such as 2026-01-31")
    for name in HEADERS:
        value = str(config.get(name) or "").strip()
        if not (value.isascii() and value.isprintable()):
            found.append(f"{shown(name)} holds a character that no header can hold")
    if not _is_web_address(str(config.get("api_url") or API_URL)):
        found.append(f"{shown('api_url')} does not begin with https:// and a host")
    return found


def _named(error: str) -> str:
    """Put the setting's name in front of an error of the SDK's."""
    match = ITS_SETTING.search(error)
    if match is None:
        return error
    name = match[1]
    if name in SECRETS:  # the error's text holds the value
        return f"{shown(name)} is not text"
    return f"{shown(name)}: {error[: match.start()]}"


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:  # such as a bracket that is not closed
        return False
