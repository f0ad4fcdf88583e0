"""Read the marts: every query has a byte limit, a timeout and labels."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError, NotFound, RetryError
from google.api_core.retry import Retry, if_transient_error
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.cloud.bigquery import TableReference
from google.oauth2 import credentials as user
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .settings import Settings

logger = logging.getLogger(__name__)

GOOGLE = "https://bigquery.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/bigquery",)
RETRY_SECONDS = 30.0
# Another API than Google's is local: if it does not respond, it is not running.
LOCAL_RETRY_SECONDS = 5.0
# Google's library waits without an end for a server that took the request and is gone.
# Its own waits for the rows of a query name a longer time.
SILENCE_SECONDS = 120.0
PAGE_SIZE = 50_000
CONNECTIONS = 64
LONGEST_MESSAGE = 300
OPS = "ops."
"""Queries begin the names of the run history's tables with this."""
OPS_TABLE = re.compile(r"\bops\.(\w+)")
LOADERS: dict[str, Any] = {
    "service_account": service_account.Credentials.from_service_account_info,
    "authorized_user": user.Credentials.from_authorized_user_info,
}
"""What makes credentials of a key, for each of the types that settings.py accepts."""


class WarehouseError(Exception):
    """The warehouse cannot be read; the text is one line for the user."""


@dataclass(frozen=True)
class Result:
    """The rows of a query.

    Attributes:
        columns: Names, in the query's order.
        types: BigQuery's types (`STRING`, `TIMESTAMP`), in the same order.
        rows: Values in the same order.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Token(AnonymousCredentials):
    """The bearer token of an API that is not Google's, as google-auth credentials."""

    def __init__(self, token: str | None) -> None:
        """Remember the token."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.token = token

    def refresh(self, request: object) -> None:
        """Keep the token: google-auth calls this after a 401, and there is no other."""

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


class Adapter(HTTPAdapter):
    """A pool of connections that waits for a response only for `SILENCE_SECONDS`."""

    def send(
        self,
        request: requests.PreparedRequest,
        *unnamed: Any,  # noqa: ANN401 - HTTPAdapter's own
        **options: Any,  # noqa: ANN401 - the same
    ) -> requests.Response:
        """Send a request, with a limit if the caller has none.

        Args:
            request: The request.
            unnamed: None: requests passes the options by name.
            options: As HTTPAdapter's.
        """
        if options.get("timeout") is None:
            options["timeout"] = SILENCE_SECONDS
        return super().send(request, *unnamed, **options)


class Warehouse:
    """The datasets of one project.

    Attributes:
        settings: Which warehouse, and within which limits.
        labels: Of every query's job, such as `{"application": "page"}`.
    """

    def __init__(self, settings: Settings, labels: Mapping[str, str]) -> None:
        """Connect lazily: the first query makes the first request.

        Args:
            settings: Which warehouse, and within which limits.
            labels: Of every query's job.

        Raises:
            WarehouseError: If the credentials cannot be used.
        """
        self.settings = settings
        self.labels = dict(labels)
        try:
            self._client = self._connect()
        except (GoogleAuthError, ValueError) as error:
            message = (
                f"Google refuses the credentials ({_one_line(error)}): check"
                f" {settings.variables.name('credentials_path')}, or run"
                " `gcloud auth application-default login`"
            )
            raise WarehouseError(message) from None
        seconds = RETRY_SECONDS
        if settings.api_endpoint:
            seconds = min(seconds, LOCAL_RETRY_SECONDS)
        self._retry = Retry(
            predicate=_is_transient, timeout=seconds, on_error=_log_retry
        )

    def _connect(self) -> bigquery.Client:
        settings = self.settings
        credentials: Any = None
        options = None
        if settings.api_endpoint:
            credentials = Token(settings.api_token)
            options = ClientOptions(api_endpoint=settings.api_endpoint)
        elif settings.credentials:
            # Google advises against loading keys of any kind:
            # https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
            load = LOADERS[settings.credentials["type"]]
            credentials = load(settings.credentials, scopes=SCOPES)
        client = bigquery.Client(
            project=settings.project,
            credentials=credentials,
            location=settings.location,
            client_options=options,
        )
        # By default, requests keeps 10 connections, and warns about each further one.
        adapter = Adapter(pool_maxsize=CONNECTIONS)
        session = client._http  # noqa: SLF001 - the library has no public way to its pool
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        # requests reads its settings from the environment for each request, which takes
        # a quarter of a small request's time, and replaces the token by what .netrc has
        # for the host.
        found = session.merge_environment_settings(
            settings.api_endpoint or GOOGLE, {}, None, None, None
        )
        session.proxies, session.verify = found["proxies"], found["verify"]
        session.trust_env = False
        return client

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def query(
        self,
        sql: str,
        parameters: Sequence[bigquery.ScalarQueryParameter] = (),
        labels: Mapping[str, str] | None = None,
    ) -> Result:
        """Run one query on the dataset of the marts.

        Args:
            sql: A query that names the marts without a dataset, and the tables of the
                run history as `ops.NAME`.
            parameters: Values for `@name` in the query.
            labels: Of this query's job, in addition to the warehouse's.

        Returns:
            Its rows.

        Raises:
            WarehouseError: If it does not end with rows.
        """
        settings = self.settings
        config = bigquery.QueryJobConfig(
            default_dataset=f"{settings.project}.{settings.analytics_dataset}",
            query_parameters=list(parameters),
            maximum_bytes_billed=settings.maximum_bytes_billed,
            job_timeout_ms=settings.job_execution_timeout * 1000,
            labels=self.labels | dict(labels or {}),
        )
        sql = OPS_TABLE.sub(lambda found: f"`{self._full_name(found[0])}`", sql)
        started = time.monotonic()
        job = None
        try:
            # Not query_and_wait: with the local BigQuery, it loses the default
            # dataset and returns no rows instead of an error.
            job = self._client.query(
                sql, job_config=config, retry=self._retry, job_retry=None
            )
            found = job.result(
                page_size=PAGE_SIZE,
                retry=self._retry,
                job_retry=None,
                timeout=settings.job_execution_timeout,
            )
            rows = [tuple(row.values()) for row in found]
        except Exception as error:
            refused = (job and job.error_result) or {}
            message = " ".join(refused.get("message", "").split())[:LONGEST_MESSAGE]
            raise self._explain(error, message) from error
        schema = found.schema or ()
        logger.debug("%d rows in %.2f s", len(rows), time.monotonic() - started)
        return Result(
            tuple(field.name for field in schema),
            tuple(field.field_type for field in schema),
            rows,
        )

    def tables(self) -> set[str]:
        """Return the names of the marts; none if their dataset does not exist.

        Raises:
            WarehouseError: If the dataset cannot be read.
        """
        return self._tables(self.settings.analytics_dataset)

    def history_tables(self) -> set[str]:
        """Return the names of the run history's tables, as queries write them.

        Returns:
            Names such as `ops.runs`; none without a run history.

        Raises:
            WarehouseError: If the dataset cannot be read.
        """
        dataset = self.settings.ops_dataset
        return {OPS + table for table in self._tables(dataset)} if dataset else set()

    def _tables(self, dataset: str) -> set[str]:
        try:
            listed = self._client.list_tables(
                f"{self.settings.project}.{dataset}", retry=self._retry
            )
            return {table.table_id for table in listed}
        except NotFound:
            return set()
        except Exception as error:
            raise self._explain(error, "") from error

    def _full_name(self, table: str) -> str:
        """Return project, dataset and name of a table that a query names."""
        settings = self.settings
        dataset = settings.analytics_dataset
        if table.startswith(OPS):
            dataset = settings.ops_dataset or "ops"
        return f"{settings.project}.{dataset}.{table.removeprefix(OPS)}"

    def modified_at(self, table: str) -> datetime | None:
        """Return when a table was last written, in UTC; None if it does not exist.

        Args:
            table: Its name as queries write it.

        Raises:
            WarehouseError: If the table cannot be read.
        """
        if table.startswith(OPS) and self.settings.ops_dataset is None:
            return None
        place = TableReference.from_string(self._full_name(table))
        # Not get_table: it reads the whole description of the table, too.
        ask = partial(
            self._client._connection.api_request,  # noqa: SLF001 - see above
            method="GET",
            path=place.path,
            query_params={"fields": "lastModifiedTime"},
        )
        try:
            found = self._retry(ask)()
        except NotFound:
            return None
        except Exception as error:
            raise self._explain(error, "") from error
        return datetime.fromtimestamp(int(found["lastModifiedTime"]) / 1000, UTC)

    def _explain(self, error: Exception, refused: str) -> WarehouseError:
        """Turn an error into one line that says what to do."""
        name = self.settings.variables.name
        endpoint = self.settings.api_endpoint
        if isinstance(error, RetryError) and isinstance(error.cause, Exception):
            error = error.cause
        code = getattr(error, "code", None)
        if isinstance(error, (ConnectionError, requests.ConnectionError)):
            where = (
                f"nothing answers at {name('api_endpoint')}"
                if endpoint
                else ("BigQuery cannot be reached")
            )
            advice = (
                "for the sandbox, run `make up`" if endpoint else "check the network"
            )
            return WarehouseError(f"{where}: {advice}")
        if endpoint and code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return WarehouseError(
                f"{name('api_endpoint')} refuses the token: for the sandbox, run"
                " `make up`, which writes the token to .env as SANDBOX_TOKEN; for"
                f" another API, check {name('api_token')}"
            )
        if isinstance(error, GoogleAuthError):
            return WarehouseError(
                f"Google refuses the credentials ({_one_line(error)}): check"
                f" {name('credentials_path')}, or run"
                " `gcloud auth application-default login`"
            )
        if "bytes billed" in (refused or str(error)).lower():
            return WarehouseError(
                f"a query would read more than {name('maximum_bytes_billed')} allows:"
                " increase it"
            )
        if isinstance(error, (TimeoutError, requests.Timeout)):
            return WarehouseError(self._explain_timeout(error))
        return WarehouseError(
            f"BigQuery refuses a query: {refused or _one_line(error)}. Check"
            f" {name('project')}, {name('location')} and"
            f" {name('analytics_dataset')}, and that the models are built"
        )

    def _explain_timeout(self, error: Exception) -> str:
        name = self.settings.variables.name
        if isinstance(error, requests.Timeout):
            where = name("api_endpoint") if self.settings.api_endpoint else "BigQuery"
            return (
                f"{where} took a request and did not respond within"
                f" {SILENCE_SECONDS:.0f} s: try again later"
            )
        return (
            f"a query took longer than {name('job_execution_timeout')} allows:"
            " increase it"
        )


def _is_transient(error: Exception) -> bool:
    # The local BigQuery reports a refused statement as 500; it does not get better.
    is_refusal = isinstance(error, GoogleAPICallError) and error.code == (
        HTTPStatus.INTERNAL_SERVER_ERROR
    )
    return not is_refusal and bool(if_transient_error(error))


def _log_retry(error: Exception) -> None:
    logger.warning("Retrying a request to BigQuery after: %s", _one_line(error))


def _one_line(error: Exception) -> str:
    message = getattr(error, "message", None) or str(error)
    return " ".join(str(message).split())[:LONGEST_MESSAGE]
