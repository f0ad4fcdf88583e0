"""Which failures pass by themselves, and how long to try again."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import requests.exceptions
import urllib3.exceptions
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.auth.exceptions import TransportError
from google.resumable_media import DataCorruption, InvalidResponse

if TYPE_CHECKING:
    import threading

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
# Two DML jobs of different runs met on one table; the later may simply run again:
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
"""For the library's own calls: their repeating is decided here, not there."""


class Unfinished(Exception):  # noqa: N818 - not an error: the job still runs
    """A job has not ended yet."""


def retry_transient(timeout: float, stop: threading.Event) -> Retry:
    """Return the retry for a call.

    Args:
        timeout: Seconds after which the last failure is raised.
        stop: Once set, a failure is raised at once.
    """
    return Retry(
        predicate=lambda error: not stop.is_set() and is_transient(error),
        initial=0.2,
        maximum=20.0,
        multiplier=2.0,
        timeout=timeout,
    )


def poll(timeout: float) -> Retry:
    """Return the retry that asks a job for its end.

    BigQuery has no call that waits for the end of a load job, so it is asked, at
    first soon and then every second.

    Args:
        timeout: Seconds after which waiting ends.
    """
    return Retry(
        predicate=lambda error: isinstance(error, Unfinished),
        initial=0.05,
        maximum=1.0,
        multiplier=1.5,
        timeout=timeout,
    )


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
