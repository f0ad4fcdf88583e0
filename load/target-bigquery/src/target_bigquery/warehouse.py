"""Every call to BigQuery: bounded, repeated where that helps, and counted."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeVar

import requests.exceptions
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import client as client_module

from target_bigquery.errors import TargetError, WarehouseError
from target_bigquery.retrying import (
    ONCE,
    Unfinished,
    is_transient,
    poll,
    reason_of,
    retry_transient,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from target_bigquery.settings import Settings

    Job = bigquery.LoadJob | bigquery.QueryJob

T = TypeVar("T")

# The library reads an upload in pieces of 100 MB into memory and has no setting for
# it; a third of what the whole target may take.
client_module._DEFAULT_CHUNKSIZE = 8 * 1024 * 1024  # noqa: SLF001

# An address that has not answered once is more likely wrong, or nothing runs there,
# than busy: seconds to go on trying it.
FIRST_ANSWER_SECONDS = 20.0

_LABEL = re.compile(r"[^a-z0-9_-]")
LABEL_LENGTH = 63


@dataclass
class Tally:
    """What a stream has cost so far."""

    rows_read: int = 0
    rows_changed: int = 0
    bytes: int = 0
    jobs: int = 0
    seconds: float = 0.0


@dataclass
class Warehouse:
    """BigQuery, as this target needs it."""

    client: bigquery.Client
    settings: Settings
    run: str
    stop: threading.Event
    """Once set, nothing is tried again."""

    def __post_init__(self) -> None:
        """Start counting jobs."""
        self._numbers = itertools.count(1)
        self._answered = False

    # Calls

    def call(
        self, what: str, function: Callable[[], T], service: str = "BigQuery"
    ) -> T:
        """Return the function's result, trying again what BigQuery calls transient.

        Args:
            what: What the call does, for the message: "create table x".
            function: One call, safe to repeat.
            service: Whom it asks.

        Raises:
            WarehouseError: If it fails for good.
        """
        try:
            result = retry_transient(self._patience(), self.stop)(function)()
        except TargetError:
            self._answered = True
            raise
        except Exception as error:
            raise self.failed(what, error, service) from error
        self._answered = True
        return result

    def _patience(self) -> float:
        timeout = self.settings.timeout
        return timeout if self._answered else min(timeout, FIRST_ANSWER_SECONDS)

    def failed(self, what: str, error: Exception, service: str) -> WarehouseError:
        """Return the one line that says what BigQuery refused.

        Args:
            what: What was tried.
            error: What the call raised.
            service: Who refused.
        """
        cause = error.cause if isinstance(error, exceptions.RetryError) else error
        if (
            isinstance(cause, requests.exceptions.ConnectionError)
            and not self._answered
        ):
            where = self.settings.api_endpoint or "Google"
            return WarehouseError(
                f"{service} does not answer at {where}: is it running, and is the "
                "address right?"
            )
        lasting = cause is not None and is_transient(cause)
        after = f" for {self._patience():g} s" if lasting else ""
        verb = "stayed unavailable" if lasting else "refused"
        return WarehouseError(f"{service} {verb}{after} to {what}: {reason_of(error)}")

    # Datasets and tables

    def ensure_dataset(self, name: str) -> None:
        """Create a dataset unless it is there.

        Args:
            name: The dataset's name.
        """
        reference = bigquery.DatasetReference(self.client.project, name)
        try:
            self.call(f"look up dataset '{name}'", lambda: self._get_dataset(reference))
        except _MissingError:
            dataset = bigquery.Dataset(reference)
            dataset.location = self.settings.location
            self.call(
                f"create dataset '{name}'",
                lambda: self.client.create_dataset(
                    dataset, exists_ok=True, retry=ONCE, timeout=self.settings.timeout
                ),
            )

    def _get_dataset(self, reference: bigquery.DatasetReference) -> bigquery.Dataset:
        try:
            return self.client.get_dataset(
                reference, retry=ONCE, timeout=self.settings.timeout
            )
        except exceptions.NotFound:
            raise _MissingError from None

    def get_table(self, name: str) -> bigquery.Table | None:
        """Return a table, None where there is none.

        Args:
            name: The table's full name.
        """

        def get() -> bigquery.Table | None:
            try:
                return self.client.get_table(
                    name, retry=ONCE, timeout=self.settings.timeout
                )
            except exceptions.NotFound:
                return None

        return self.call(f"look up table '{name}'", get)

    def create_table(self, table: bigquery.Table) -> bigquery.Table:
        """Create a table; one that is there already stays as it is.

        Args:
            table: Its name and schema.
        """
        return self.call(
            f"create table '{table.table_id}'",
            lambda: self.client.create_table(
                table, exists_ok=True, retry=ONCE, timeout=self.settings.timeout
            ),
        )

    def update_schema(self, table: bigquery.Table) -> None:
        """Give a table the schema that the object holds.

        Args:
            table: The table as it was read, with the new schema.

        Raises:
            WarehouseError: From PreconditionFailed if it changed in between.
        """
        self.call(
            f"change the columns of table '{table.table_id}'",
            lambda: self.client.update_table(
                table, ["schema"], retry=ONCE, timeout=self.settings.timeout
            ),
        )

    def drop_table(self, name: str) -> None:
        """Remove a table if it is there.

        Args:
            name: The table's full name.
        """
        self.call(
            f"remove table '{name}'",
            lambda: self.client.delete_table(
                name, not_found_ok=True, retry=ONCE, timeout=self.settings.timeout
            ),
        )

    def list_tables(self, dataset: str) -> list[Any]:
        """Return all tables of a dataset.

        Args:
            dataset: The dataset's name.
        """
        reference = bigquery.DatasetReference(self.client.project, dataset)
        return self.call(
            f"list the tables of dataset '{dataset}'",
            lambda: list(
                self.client.list_tables(
                    reference, retry=ONCE, timeout=self.settings.timeout
                )
            ),
        )

    # Jobs

    def load(
        self,
        source: IO[bytes] | str,
        table: str,
        schema: Iterable[bigquery.SchemaField],
        stream: str,
        tally: Tally,
    ) -> None:
        """Append a Parquet file to a table.

        Args:
            source: The file, or its `gs://` address.
            table: The table's full name.
            schema: The table's columns.
            stream: The stream, for the job's labels.
            tally: What to count the job in.
        """
        config = bigquery.LoadJobConfig(
            schema=list(schema),
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            labels=self.labels(stream),
        )
        options = bigquery.ParquetOptions()  # type: ignore[no-untyped-call]
        options.enable_list_inference = True
        config.parquet_options = options
        common: dict[str, Any] = {
            "job_config": config,
            "location": self.settings.location,
            "timeout": self.settings.timeout,
        }

        def begin(job_id: str) -> Job:
            if isinstance(source, str):
                return self.client.load_table_from_uri(
                    source, table, job_id=job_id, retry=ONCE, **common
                )
            return self.client.load_table_from_file(
                source,
                table,
                job_id=job_id,
                rewind=True,
                num_retries=0,
                **common,
            )

        self._run(f"load stream '{stream}' into staging", begin, tally)

    def query(self, statement: str, what: str, stream: str, tally: Tally) -> Any:  # noqa: ANN401 - the library's job types are Any to mypy
        """Run one statement and return its job.

        Args:
            statement: GoogleSQL.
            what: What it does, for the message.
            stream: The stream, for the job's labels.
            tally: What to count the job in.
        """
        config = bigquery.QueryJobConfig(labels=self.labels(stream))
        if self.settings.maximum_bytes_billed:
            config.maximum_bytes_billed = self.settings.maximum_bytes_billed

        def begin(job_id: str) -> Job:
            return self.client.query(
                statement,
                job_id=job_id,
                job_config=config,
                location=self.settings.location,
                retry=ONCE,
                job_retry=None,
                timeout=self.settings.timeout,
            )

        return self._run(what, begin, tally)

    def rows(self, job: Any) -> list[Any]:  # noqa: ANN401 - the library's job types are Any to mypy
        """Return the result of a query, which must be small.

        Args:
            job: What `query` returned.
        """
        return self.call(
            "read a query's result",
            lambda: list(
                job.result(retry=ONCE, job_retry=None, timeout=self.settings.timeout)
            ),
        )

    def labels(self, stream: str) -> dict[str, str]:
        """Return the labels of a job.

        Args:
            stream: The stream that the job is for.
        """
        return {
            **self.settings.labels,
            "stream": label(stream),
            "run": label(self.run),
        }

    def _run(self, what: str, begin: Callable[[str], Job], tally: Tally) -> Job:
        """Run a job to its end, once.

        The job's id is ours, so a call that may or may not have arrived is asked
        after instead of repeated blindly. A job that failed has done nothing, so it
        begins again under a new id.
        """
        number = next(self._numbers)
        attempts = itertools.count(1)
        job_id: str | None = None

        def once() -> Job:
            nonlocal job_id
            known = job_id
            job_id = known or f"throughline-{self.run}-{number}-{next(attempts)}"
            job = (known and self._find(known)) or self._begin(begin, job_id)
            job = poll(self.settings.timeout)(lambda: self._ended(job))()
            if job.error_result:
                job_id = None
                raise job.exception()  # type: ignore[no-untyped-call]
            return job

        tally.jobs += 1
        return self.call(what, once)

    def _begin(self, begin: Callable[[str], Job], job_id: str) -> Job:
        try:
            return begin(job_id)
        except exceptions.Conflict:
            if found := self._find(job_id):
                return found
            # BigQuery now and then shows a job only a moment after it refuses its id:
            # https://github.com/googleapis/python-bigquery/issues/2134
            message = f"job {job_id} cannot be seen yet"
            raise exceptions.ServiceUnavailable(message) from None  # type: ignore[no-untyped-call]

    def _find(self, job_id: str) -> Job | None:
        try:
            return self.client.get_job(  # type: ignore[return-value]
                job_id,
                location=self.settings.location,
                retry=ONCE,
                timeout=self.settings.timeout,
            )
        except exceptions.NotFound:
            return None

    def _ended(self, job: Job) -> Job:
        if job.state != "DONE":
            job.reload(retry=ONCE, timeout=self.settings.timeout)
        if job.state != "DONE":
            raise Unfinished
        return job


class _MissingError(TargetError):
    """A dataset does not exist."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("not found")


def label(text: str) -> str:
    """Return a text as BigQuery takes it for a label's value.

    Args:
        text: Any text.
    """
    return _LABEL.sub("_", text.lower())[:LABEL_LENGTH]
