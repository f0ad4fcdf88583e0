"""Runs jobs of BigQuery: each one once, and none is left running unnoticed."""

from __future__ import annotations

import itertools
import logging
import re
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery import client as client_module

from target_bigquery.errors import WarehouseError
from target_bigquery.warehouse.retrying import ONCE, is_transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_bigquery.settings import Settings
    from target_bigquery.warehouse.calls import Caller

    Job = bigquery.LoadJob | bigquery.QueryJob

logger = logging.getLogger("target-bigquery")

# The library reads an upload in pieces of 100 MB into memory and has no setting for
# it; a third of what the whole target may take.
client_module._DEFAULT_CHUNKSIZE = 8 * 1024 * 1024  # noqa: SLF001

FIRST_POLL, LONGEST_POLL = 0.05, 1.0
"""Seconds between two checks of a running job: at first, and at most. BigQuery has no
call that waits for the end of a load job."""
CANCELLED = "stopped"
"""The reason of a job that ended because it was cancelled:
https://cloud.google.com/bigquery/docs/error-messages"""

_LABEL = re.compile(r"[^a-z0-9_-]")
LABEL_LENGTH = 63


@dataclass
class StreamStats:
    """The jobs of a stream so far."""

    rows_read: int = 0
    rows_changed: int = 0
    bytes: int = 0
    jobs: int = 0
    seconds: float = 0.0


@dataclass
class Jobs:
    """Runs load jobs and statements."""

    client: bigquery.Client
    settings: Settings
    run: str
    caller: Caller

    def __post_init__(self) -> None:
        """Start counting jobs."""
        self._numbers = itertools.count(1)

    def load(
        self,
        source: IO[bytes] | str,
        table: str,
        schema: Iterable[bigquery.SchemaField],
        stream: str,
        stats: StreamStats,
    ) -> None:
        """Append a Parquet file to a table.

        Args:
            source: The file, or its `gs://` address.
            table: The table's full name.
            schema: The table's columns.
            stream: The stream, for the job's labels.
            stats: What to count the job in.
        """
        config = bigquery.LoadJobConfig(
            schema=list(schema),
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            labels=self.labels(stream),
        )
        options = bigquery.ParquetOptions()
        options.enable_list_inference = True
        config.parquet_options = options
        # Without it, decimals of more than NUMERIC's range are refused:
        # https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad
        config.decimal_target_types = ["NUMERIC", "BIGNUMERIC"]

        def begin(job_id: str) -> Job:
            common: dict[str, Any] = {
                "job_config": config,
                "location": self.settings.location,
                "timeout": self.caller.seconds(),
                "job_id": job_id,
            }
            if isinstance(source, str):
                return self.client.load_table_from_uri(
                    source, table, retry=ONCE, **common
                )
            return self.client.load_table_from_file(
                source, table, rewind=True, num_retries=0, **common
            )

        self._run(f"load stream '{stream}' into staging", begin, stats)

    def query(self, statement: str, what: str, stream: str, stats: StreamStats) -> Any:  # noqa: ANN401 - the library's job types are Any to mypy
        """Run one statement and return its job.

        Args:
            statement: GoogleSQL.
            what: What it does, for the message.
            stream: The stream, for the job's labels.
            stats: What to count the job in.
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
                timeout=self.caller.seconds(),
            )

        return self._run(what, begin, stats)

    def rows(self, job: Any) -> list[Any]:  # noqa: ANN401 - the library's job types are Any to mypy
        """Return the result of a query, which must be small.

        Args:
            job: What `query` returned.
        """
        return self.caller.call(
            "read a query's result",
            lambda: list(
                job.result(retry=ONCE, job_retry=None, timeout=self.caller.seconds())
            ),
        )

    def can_run(self) -> None:
        """Check with BigQuery whether a query can run in the project and location.

        Nothing runs and nothing is billed: it is a dry run.
        """
        config = bigquery.QueryJobConfig(dry_run=True)
        self.caller.call(
            f"run a query in project '{self.client.project}', location "
            f"'{self.settings.location}'",
            lambda: self.client.query(
                "SELECT 1",
                job_config=config,
                location=self.settings.location,
                retry=ONCE,
                job_retry=None,
                timeout=self.caller.seconds(),
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

    def _run(self, what: str, begin: Callable[[str], Job], stats: StreamStats) -> Job:
        """Run a job to its end, once.

        The job's ID is ours, so after a lost response the job is looked up, not
        submitted again. A job that failed has done nothing, so it is submitted again
        with a new ID.
        """
        number = next(self._numbers)
        attempts = itertools.count(1)
        job_id: str | None = None

        def once() -> Job:
            nonlocal job_id
            known = job_id
            job_id = known or f"throughline-{self.run}-{number}-{next(attempts)}"
            job = (known and self._find(known)) or self._begin(begin, job_id)
            job = self._wait(job, what)
            if job.error_result:
                job_id = None
                raise job.exception()  # type: ignore[no-untyped-call]
            return job

        stats.jobs += 1
        return self.caller.call(what, once)

    def _begin(self, begin: Callable[[str], Job], job_id: str) -> Job:
        try:
            return begin(job_id)
        except exceptions.Conflict:
            if found := self._find(job_id):
                return found
            # BigQuery sometimes shows a job only some time after it rejects its ID:
            # https://github.com/googleapis/python-bigquery/issues/2134
            message = f"job {job_id} cannot be seen yet"
            raise exceptions.ServiceUnavailable(message) from None

    def _find(self, job_id: str) -> Job | None:
        try:
            return self.client.get_job(  # type: ignore[return-value]
                job_id,
                location=self.settings.location,
                retry=ONCE,
                timeout=self.caller.seconds(),
            )
        except exceptions.NotFound:
            return None

    def _wait(self, job: Job, what: str) -> Job:
        """Return the job once it has ended; cancel it at the deadline."""
        pause = FIRST_POLL
        while not self._ended(job):
            if self.caller.left() <= 0:
                return self._cancel(job, what)
            time.sleep(pause)
            pause = min(1.5 * pause, LONGEST_POLL)
        return job

    def _ended(self, job: Job) -> bool:
        if job.state != "DONE":
            job.reload(retry=ONCE, timeout=self.caller.seconds())
        return bool(job.state == "DONE")

    def _cancel(self, job: Job, what: str) -> Job:
        """Cancel a job and wait for its end.

        The request to cancel may come too late:
        only the end of the job shows whether its rows were written:
        https://cloud.google.com/bigquery/docs/managing-jobs#cancel_jobs

        Returns:
            The job, if its rows were written anyway.

        Raises:
            WarehouseError: If they were not, or if the result is unknown.
        """
        limit = self.settings.timeout
        logger.warning(
            "Job %s to %s runs longer than %g s: cancelling it.",
            job.job_id,
            what,
            limit,
        )
        deadline = time.monotonic() + limit
        asked = False
        while time.monotonic() < deadline:
            try:
                if not asked:
                    job.cancel(retry=ONCE, timeout=self.caller.seconds())
                    asked = True
                job.reload(retry=ONCE, timeout=self.caller.seconds())
            except Exception as error:
                if not is_transient(error):
                    raise
            if job.state == "DONE":
                return self._cancelled(job, what)
            time.sleep(LONGEST_POLL)
        message = (
            f"Job {job.job_id} to {what} did not end within {limit:g} s and another "
            f"{limit:g} s after it was cancelled. It may still write its rows: wait "
            "for its end before the next run, and raise the setting 'timeout'."
        )
        raise WarehouseError(message)

    def _cancelled(self, job: Job, what: str) -> Job:
        if job.error_result and job.error_result.get("reason") == CANCELLED:
            message = (
                f"Job {job.job_id} to {what} did not end within "
                f"{self.settings.timeout:g} s and was cancelled, so nothing of it was "
                "written: raise the setting 'timeout'."
            )
            raise WarehouseError(message)
        return job


def label(text: str) -> str:
    """Return a text as a valid value of a BigQuery label.

    Args:
        text: Any text.
    """
    return _LABEL.sub("_", text.lower())[:LABEL_LENGTH]
