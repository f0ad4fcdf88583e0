"""The local BigQuery: bqemulator as a process, and a client of it."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

if TYPE_CHECKING:
    from collections.abc import Sequence

HEALTH_SECONDS = 2.0
QUERY_SECONDS = 300.0
# The client would repeat the emulator's 500 for ten minutes (FACTS-warehouse.md).
RETRY = Retry(deadline=20.0)


class QueryError(RuntimeError):
    """What BigQuery says against a statement."""


def command(data_dir: Path, port: int, grpc_port: int, project: str) -> list[str]:
    """Return what starts a BigQuery that keeps its data.

    Before its first start it needs DuckDB's spatial extension, which it would otherwise
    download by itself (FACTS-warehouse.md): the wheel beside it brings it along.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    start = (
        "from duckdb_extensions import import_extension;"
        'import_extension("spatial");'
        "from bqemulator.cli import main; main()"
    )
    return [
        sys.executable,
        "-c",
        start,
        "start",
        "--persistent",
        "--data-dir",
        str(data_dir),
        "--rest-port",
        str(port),
        "--grpc-port",
        str(grpc_port),
        "--project",
        project,
        "--log-level",
        "warning",
    ]


def answers(url: str) -> bool:
    """Say whether an endpoint answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_SECONDS) as response:  # noqa: S310 - loopback
            return bool(response.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def client(endpoint: str, project: str) -> bigquery.Client:
    """Return a client of the local BigQuery; it needs no account."""
    return bigquery.Client(
        project=project,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options=ClientOptions(api_endpoint=endpoint),  # type: ignore[no-untyped-call]
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
