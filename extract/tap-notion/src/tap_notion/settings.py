"""Settings of the tap, and what a JSON schema cannot check about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from singer_sdk import typing as th

from tap_notion.common import settings as common
from tap_notion.common.lists import TEXT_OR_LIST
from tap_notion.common.variables import fill, setting_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

API_URL = "https://api.notion.com"
VERSION = "2026-03-11"
SECRETS = ("access_token",)
ID = re.compile(r"[0-9a-f]{32}")
"""An ID without its hyphens, as the address of a database contains it."""
VERSIONS = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST_VERSION = "2025-09-03"
"""From this version on, rows belong to a data source and not to a database
(https://developers.notion.com/docs/upgrade-guide-2025-09-03)."""

CONFIG_JSONSCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property(
        "access_token",
        th.StringType,
        secret=True,
        title="Access token",
        description="Token of an internal connection (ntn_…), with the capability to "
        "read content. The pages to read must be shared with the connection.",
    ),
    th.Property(
        "data_sources",
        TEXT_OR_LIST,
        default=[],
        title="Data sources",
        description="IDs or addresses of the databases or data sources to read, each "
        "optionally with a name for messages, such as `habits: https://…`. A list, or "
        "text separated by commas. Default: everything that is shared with the "
        "connection.",
    ),
    th.Property(
        "notion_version",
        th.StringType,
        default=VERSION,
        title="Notion version",
        description=f"Version of the API, {FIRST_VERSION} or later.",
    ),
    common.api_url(API_URL, "Without /v1."),
    th.Property(
        "incremental",
        th.BooleanType,
        default=False,
        title="Incremental",
        description="Read only pages that changed. Formulas and rollups that depend on "
        "other pages then stay as they were: use it only for large data sources.",
    ),
    common.lookback_seconds(default=120),
    th.Property(
        "page_property_items",
        th.BooleanType,
        default=True,
        title="Page property items",
        description="Read a list of more than 25 items to its end, with a request for "
        "each.",
    ),
    common.start_date(),
    common.end_date(),
    common.request_timeout(),
    common.max_wait_seconds(),
    common.user_agent(),
).to_dict()


class Reference(NamedTuple):
    """A database or data source of the setting.

    Attributes:
        name: Its name in messages.
        id: Its ID, with hyphens.
    """

    name: str
    id: str


def with_hyphens(digits: str) -> str:
    """Return an ID in the form of the API.

    Args:
        digits: 32 hexadecimal digits.
    """
    lengths = (8, 4, 4, 4, 12)
    parts, rest = [], digits
    for length in lengths:
        parts.append(rest[:length])
        rest = rest[length:]
    return "-".join(parts)


def reference(text: str) -> Reference | None:
    """Return what an item of the setting `data_sources` names.

    Args:
        text: An ID or an address, optionally after a name and a colon. The address of
            a database ends with the database's ID; the view's ID is in its query.

    Returns:
        None if it contains no ID.
    """
    name, colon, rest = text.partition(":")
    has_name = bool(colon) and name.strip().lower() not in ("http", "https")
    address = (rest if has_name else text).strip()
    path = re.split(r"[?#]", address, maxsplit=1)[0]
    last = path.rstrip("/").rpartition("/")[2].replace("-", "").lower()
    found = ID.search(last[-32:])
    if found is None:
        return None
    identifier = with_hyphens(found[0])
    return Reference(name.strip() if has_name else identifier, identifier)


def references(config: Mapping[str, Any]) -> list[Reference]:
    """Return the databases and data sources to read, each once; empty for all.

    Args:
        config: The settings, checked.
    """
    found = (reference(text) for text in config.get("data_sources") or [])
    return list({each.id: each for each in found if each is not None}.values())


def problems(config: Mapping[str, Any], schema_errors: Sequence[str]) -> list[str]:
    """Return what is wrong with the settings, one text per problem.

    Args:
        config: The settings.
        schema_errors: What the SDK's check against the JSON schema found.

    Returns:
        Texts that name the setting as the user knows it and contain no secret.
    """
    found = [common.in_words(error, SECRETS) for error in schema_errors]
    token = config.get("access_token")
    if not str(token or "").strip():
        found.append(fill("set {access_token} to the token of a Notion connection"))
    if not common.fits_a_header(token):
        name = setting_name("access_token")
        found.append(f"{name} contains a character that a header cannot contain")
    found += common.problems(config, API_URL)
    found += _of_version(str(config.get("notion_version") or VERSION))
    found += _of_data_sources(config.get("data_sources") or [])
    return found


def _of_version(version: str) -> Iterator[str]:
    if not VERSIONS.fullmatch(version):
        yield fill(
            "{notion_version} is not a version, such as {example}", example=VERSION
        )
    elif version < FIRST_VERSION:
        yield fill(
            "{notion_version} is earlier than {first}: those versions have no data "
            "sources",
            first=FIRST_VERSION,
        )


def _of_data_sources(given: object) -> Iterator[str]:
    for text in given if isinstance(given, list) else []:
        if isinstance(text, str) and reference(text) is None:
            yield fill(
                "{data_sources}: {text} contains no ID of a database or data source; "
                "copy the database's address from Notion",
                text=repr(text),
            )
