"""A client of the local BigQuery. Importing Google's library takes seconds."""

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
# The client would repeat the emulator's 500 for ten minutes (docs/warehouse.md).
RETRY = Retry(deadline=20.0)


class QueryError(RuntimeError):
    """BigQuery's error for a statement."""


class Token(AnonymousCredentials):
    """The sandbox's token, or none, as google-auth's credentials."""

    def __init__(self, token: str | None) -> None:
        """Store the token."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.token = token

    def refresh(self, request: object) -> None:
        """Keep the token: google-auth calls this after a 401, but there is only one."""

    def before_request(
        self,
        request: object,  # noqa: ARG002 - google-auth calls it with these
        method: str,  # noqa: ARG002
        url: str,  # noqa: ARG002
        headers: dict[str, str],
    ) -> None:
        """Add the token to a request's headers."""
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"


def client(endpoint: str, project: str, token: str | None) -> bigquery.Client:
    """Return a client of the local BigQuery.

    Args:
        endpoint: Its address.
        project: The Google Cloud project of its queries.
        token: The token that it requires; None if it requires none.
    """
    return bigquery.Client(
        project=project,
        credentials=Token(token),
        client_options=ClientOptions(api_endpoint=endpoint),
    )


def query(
    bq: bigquery.Client, sql: str
) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Run one statement.

    Returns:
        The column names and the rows.

    Raises:
        QueryError: If BigQuery rejects it.
    """
    # Not query_and_wait: it ignores the emulator's error for a rejected statement.
    job = None
    try:
        job = bq.query(sql, retry=RETRY, job_retry=None)
        rows = job.result(retry=RETRY, job_retry=None, timeout=QUERY_SECONDS)
    except GoogleAPICallError as error:
        refused = (job and job.error_result) or {}
        raise QueryError(refused.get("message") or error.message) from error
    names = [field.name for field in rows.schema or ()]
    return names, [tuple(row.values()) for row in rows]
