"""What the headers of a response say about waiting."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from .timestamps import http_date

if TYPE_CHECKING:
    from collections.abc import Mapping


def server_time(headers: Mapping[str, str]) -> float:
    """Return when a response was sent, by the server's clock, as Unix time in seconds.

    Args:
        headers: Headers of the response, names in lower case; our own time is returned
            if they contain no date.
    """
    sent = http_date(headers.get("date"))
    return time.time() if sent is None else sent


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait that `Retry-After` asks for.

    Args:
        headers: Headers of the response, names in lower case. The value is a number of
            seconds, or a date (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after)
            that is compared with the server's own clock.

    Returns:
        Seconds, never negative; None if the header is missing or is neither.
    """
    value = headers.get("retry-after")
    seconds = number(value)
    if seconds is None:
        until = http_date(value)
        if until is None:
            return None
        seconds = until - server_time(headers)
    return max(0.0, seconds)


def number(text: str | None) -> float | None:
    """Return the number in a header; None if it is not a finite number.

    Args:
        text: Value of the header.
    """
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
