"""Decides which failures are temporary, and returns BigQuery's words for them."""

from __future__ import annotations

import http.client
from typing import Any

import requests.exceptions
import urllib3.exceptions
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.auth.exceptions import TransportError
from google.resumable_media import DataCorruption, InvalidResponse

# https://cloud.google.com/bigquery/docs/error-messages
TRANSIENT_REASONS = frozenset(
    {
        "backendError",
        "internalError",
        "jobBackendError",
        "jobInternalError",
        "jobRateLimitExceeded",
        "rateLimitExceeded",
        "badGateway",
        "tableUnavailable",
    }
)
TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
# Two DML jobs of different runs changed one table; the later one can be retried:
# https://cloud.google.com/bigquery/docs/data-manipulation-language#dml_limitations
TRANSIENT_TEXT = ("could not serialize access", "due to concurrent update")
TRANSIENT_TYPES: tuple[type[BaseException], ...] = (
    ConnectionError,
    TimeoutError,
    http.client.HTTPException,
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.JSONDecodeError,
    urllib3.exceptions.HTTPError,
    TransportError,
    DataCorruption,
)


def is_transient(error: BaseException) -> bool:
    """Return whether the same call may succeed a little later.

    Args:
        error: What a call to Google raised.
    """
    if isinstance(error, requests.exceptions.SSLError):
        return False
    if isinstance(error, InvalidResponse):
        return int(error.response.status_code) in TRANSIENT_STATUS
    if isinstance(error, exceptions.GoogleAPICallError):
        text = str(error.message).lower()
        return (
            any(item in TRANSIENT_REASONS for item in reasons(error))
            or any(part in text for part in TRANSIENT_TEXT)
            or (not reasons(error) and error.code in TRANSIENT_STATUS)
            or (
                error.code in TRANSIENT_STATUS
                and error.code != exceptions.Forbidden.code
            )
        )
    return isinstance(error, TRANSIENT_TYPES)


def reasons(error: exceptions.GoogleAPICallError) -> list[str]:
    """Return the reasons in Google's own words, as `rateLimitExceeded`.

    Args:
        error: An answer of Google's that is an error.
    """
    return [
        item["reason"]
        for item in error.errors or ()
        if isinstance(item, dict) and "reason" in item
    ]


ONCE = Retry(predicate=lambda _: False)
"""For the library's own calls: this module decides about retries, not the library."""


def reason_of(error: BaseException) -> str:
    """Return an error in BigQuery's own words, without addresses and job numbers.

    Args:
        error: What a call to Google raised.
    """
    if isinstance(error, exceptions.RetryError) and error.cause is not None:
        return reason_of(error.cause)
    if isinstance(error, exceptions.GoogleAPICallError):
        names = ", ".join(dict.fromkeys(reasons(error))) or str(error.code or "error")
        return f"{names}: {_message(error)}"
    return f"{type(error).__name__}: {error}"


def _message(error: exceptions.GoogleAPICallError) -> str:
    first: Any = (error.errors or [None])[0]
    if isinstance(first, dict) and first.get("message"):
        return str(first["message"])
    return str(error.message)
