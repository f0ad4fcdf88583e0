"""A client of the local BigQuery; apart, because importing Google's takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

if TYPE_CHECKING:
    from collections.abc import Sequence

QUERY_SECONDS = 300.0
# The client would repeat the emulator's 500 for ten minutes (FACTS-warehouse.md).
RETRY = Retry(deadline=20.0)


class QueryError(RuntimeError):
    """What BigQuery says against a statement."""


def client(endpoint: str, project: str) -> bigquery.Client:
    """Return a client of the local BigQuery; it needs no account."""
    return bigquery.Client(
        project=project,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options=ClientOptions(api_endpoint=endpoint),
    )


def query(
    endpoint: str, project: str, sql: str
) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Run one statement.

    Returns:
        The column names and the rows.

    Raises:
        QueryError: If BigQuery refuses it.
    """
    with client(endpoint, project) as bq:
        # Not query_and_wait: it overlooks how the emulator reports a refused statement.
        job = bq.query(sql, retry=RETRY, job_retry=None)
        try:
            rows = job.result(retry=RETRY, job_retry=None, timeout=QUERY_SECONDS)
        except GoogleAPICallError as error:
            refused = job.error_result or {}
            raise QueryError(refused.get("message") or error.message) from error
        names = [field.name for field in rows.schema or ()]
        return names, [tuple(row.values()) for row in rows]
