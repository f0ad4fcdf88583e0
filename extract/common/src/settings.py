"""Settings that every tap has: each is described, and checked, in one place."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_sdk import typing as th

from .timestamps import from_epoch, timestamp
from .variables import fill, setting_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, MutableMapping

    Property = th.Property[Any]

SDK_ERROR = re.compile(r"(.*) in config\['(\w+)'\](.*)", re.DOTALL)
"""An error of the SDK's schema check: what is wrong, the setting, and where in it."""


def api_url(default: str, more: str = "") -> Property:
    """Declare the setting `api_url`.

    Args:
        default: The vendor's own address.
        more: What the description says in addition.
    """
    return th.Property(
        "api_url",
        th.StringType,
        default=default,
        title="API URL",
        description=f"Address of the API. {more}".strip(),
    )


def start_date() -> Property:
    """Declare the setting `start_date`."""
    return th.Property(
        "start_date",
        th.DateTimeType,
        title="Start date",
        description="Incremental streams sync records that were updated at or after "
        "this time. Default: all records.",
    )


def end_date(rows: str = "what was updated") -> Property:
    """Declare the setting `end_date`.

    Args:
        rows: What it limits.
    """
    return th.Property(
        "end_date",
        th.DateTimeType,
        title="End date",
        description=f"For a backfill: read only {rows} from start_date until before "
        "this time. The run skips streams that this cannot limit, marks nothing as "
        "deleted, and leaves the bookmarks as they are.",
    )


def page_size(default: int, most: int, rows: str = "rows") -> Property:
    """Declare the setting `page_size`.

    Args:
        default: The default.
        most: The largest page that the API allows.
        rows: What a page consists of.
    """
    return th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=most),
        default=default,
        title="Page size",
        description=f"Largest number of {rows} per request. The tap requests fewer if "
        "the API refuses a page.",
    )


def max_parallel_requests(default: int, most: int) -> Property:
    """Declare the setting `max_parallel_requests`.

    Args:
        default: The default.
        most: Requests at the same time that the API allows.
    """
    return th.Property(
        "max_parallel_requests",
        th.IntegerType(minimum=1, maximum=most),
        default=default,
        title="Parallel requests",
        description="Largest number of requests that are sent at the same time. After "
        "a secondary rate limit, the tap sends one at a time.",
    )


def lookback_seconds(default: int) -> Property:
    """Declare the setting `lookback_seconds`.

    Args:
        default: The default.
    """
    return th.Property(
        "lookback_seconds",
        th.IntegerType(minimum=0),
        default=default,
        title="Lookback",
        description="Incremental streams start this many seconds before the bookmark, "
        "to find rows that appeared late.",
    )


def request_timeout() -> Property:
    """Declare the setting `request_timeout`."""
    return th.Property(
        "request_timeout",
        th.IntegerType(minimum=1),
        default=60,
        title="Request timeout",
        description="Seconds within which a complete response must arrive.",
    )


def max_wait_seconds() -> Property:
    """Declare the setting `max_wait_seconds`."""
    return th.Property(
        "max_wait_seconds",
        th.IntegerType(minimum=0),
        default=3900,
        title="Longest wait",
        description="Longest time in seconds that one request may wait for rate limits "
        "and retries. After that, the run ends; the next run continues.",
    )


def user_agent() -> Property:
    """Declare the setting `user_agent`."""
    return th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header. Default: name and version of the tap.",
    )


def drop_empty(config: MutableMapping[str, Any], lists: Collection[str] = ()) -> None:
    """Remove settings without a value, so that their defaults apply.

    A line such as `NOTION_VERSION=` in a file of variables gives an empty text.

    Args:
        config: The settings, changed in place.
        lists: Settings that are lists: an empty text is an empty list, and stays.
    """
    for name, value in list(config.items()):
        is_blank = isinstance(value, str) and not value.strip()
        if value is None or (is_blank and name not in lists):
            del config[name]


def problems(config: Mapping[str, Any], example_url: str) -> Iterator[str]:
    """Yield what is wrong with these settings and what a JSON schema cannot check.

    Args:
        config: The settings.
        example_url: Value of `api_url` that a message shows.
    """
    yield from _of_range(config)
    if not fits_a_header(config.get("user_agent")):
        yield fill("{user_agent} contains a character that a header cannot contain")
    if not _is_web_address(str(config.get("api_url") or example_url)):
        yield fill(
            "{api_url} is not an address, such as {example}", example=example_url
        )


def _of_range(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with `start_date` and `end_date`."""
    moments: dict[str, str] = {}
    for name in ("start_date", "end_date"):
        try:
            if given := config.get(name):
                moments[name] = timestamp(given)
        except (TypeError, ValueError):
            yield f"{setting_name(name)} is not a date or time, such as 2026-01-31"
    end = moments.get("end_date")
    if end is None:
        return
    if end <= moments.get("start_date", ""):
        yield fill("{end_date} must be after {start_date}")
    if end > from_epoch(time.time()):
        yield fill("{end_date} is in the future: a backfill reads the past")


def fits_a_header(value: object) -> bool:
    """Return whether a setting can be sent in an HTTP header.

    Args:
        value: Value of the setting; white space around it is not sent.
    """
    text = str(value or "").strip()
    return text.isascii() and text.isprintable()


def in_words(error: str, secrets: Collection[str]) -> str:
    """Return an error of the SDK's JSON schema check with the setting's name first.

    Args:
        error: The SDK's text.
        secrets: Names of the secret settings: the SDK's text contains the value.
    """
    match = SDK_ERROR.fullmatch(error)
    if match is None:
        return error
    words, name, place = match.groups()
    if name in secrets:
        return f"{setting_name(name)} is of the wrong type"
    return f"{setting_name(name)}{place}: {words}"


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return address.scheme in ("http", "https") and bool(address.hostname)
    except ValueError:  # such as a bracket that is not closed
        return False
