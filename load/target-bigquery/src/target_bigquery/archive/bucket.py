"""Keeps parts in Cloud Storage, so that they can be loaded again."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeVar

from google.api_core import exceptions
from google.cloud.storage import Client

from target_bigquery.errors import WarehouseError
from target_bigquery.records.footer import FileMetadata
from target_bigquery.warehouse.credentials import credentials_of
from target_bigquery.warehouse.run import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_bigquery.settings import Settings
    from target_bigquery.warehouse.client import Warehouse


T = TypeVar("T")

_NAME = re.compile(
    rf"(?P<dataset>[^/]+)/(?P<table>[^/]+)/date=(?P<date>[\d-]+)/"
    rf"(?P<run>{ID_PATTERN})-(?P<number>\d+)\.parquet"
)


@dataclass(frozen=True)
class ArchivedFile:
    """A part in the bucket."""

    uri: str
    blob: Any
    table: str
    date: str
    run: str
    number: int


@dataclass
class Bucket:
    """The bucket of `staging_bucket`."""

    settings: Settings
    client: Any
    warehouse: Warehouse
    """Repeats calls."""

    @classmethod
    def of(cls, settings: Settings, warehouse: Warehouse) -> Bucket:
        """Return the bucket that the settings name.

        With STORAGE_EMULATOR_HOST set, Google's library asks an emulator instead.

        Args:
            settings: The target's settings.
            warehouse: Repeats calls.
        """
        client = Client(settings.project, credentials_of(settings))
        return cls(settings, client, warehouse)

    def _call(self, what: str, function: Callable[[], T]) -> T:
        return self.warehouse.caller.call(what, function, "Cloud Storage")

    def check(self) -> None:
        """Check whether the bucket exists.

        An account that may write to a bucket may not be allowed to list it, so a
        refusal says nothing.

        Raises:
            WarehouseError: If it does not exist or Cloud Storage cannot be reached.
        """
        name = self.settings.staging_bucket

        def first() -> None:
            try:
                list(
                    self.client.list_blobs(
                        name,
                        max_results=1,
                        retry=None,
                        timeout=self.warehouse.caller.seconds(),
                    )
                )
            except exceptions.Forbidden:
                return
            except exceptions.NotFound as error:
                message = f"Bucket '{name}' does not exist"
                raise WarehouseError(message) from error

        self._call(f"look into bucket '{name}'", first)

    def keep(self, file: IO[bytes], table: str, run: str, number: int) -> str:
        """Upload a part and return its address.

        Args:
            file: The finished part.
            table: The table that it is for.
            run: The run.
            number: The commit's number.
        """
        date = dt.datetime.now(dt.UTC).date()
        folder = f"{self.settings.dataset}/{table}/date={date}"
        name = f"{folder}/{run}-{number}.parquet"
        blob = self.client.bucket(self.settings.staging_bucket).blob(
            name, chunk_size=8 * 1024 * 1024
        )

        def upload() -> None:
            # The name is unique to this part: if it exists, an upload whose response
            # was lost has written it.
            try:
                blob.upload_from_file(
                    file,
                    rewind=True,
                    content_type="application/vnd.apache.parquet",
                    if_generation_match=0,
                    checksum="crc32c",
                    timeout=self.warehouse.caller.seconds(),
                    retry=None,
                )
            except exceptions.PreconditionFailed:
                return

        self._call(f"keep a part in bucket '{self.settings.staging_bucket}'", upload)
        return f"gs://{self.settings.staging_bucket}/{name}"

    def parts(self) -> Iterator[ArchivedFile]:
        """Yield the dataset's parts in the order in which they were loaded."""
        name = self.settings.staging_bucket
        blobs = self._call(
            f"list bucket '{name}'",
            lambda: list(
                self.client.list_blobs(
                    name,
                    prefix=f"{self.settings.dataset}/",
                    retry=None,
                    timeout=self.warehouse.caller.seconds(),
                )
            ),
        )
        found = [
            ArchivedFile(
                f"gs://{name}/{blob.name}",
                blob,
                match["table"],
                match["date"],
                match["run"],
                int(match["number"]),
            )
            for blob in blobs
            if (match := _NAME.fullmatch(blob.name))
        ]
        yield from sorted(found, key=lambda kept: (kept.run, kept.number))

    def label_of(self, kept: ArchivedFile) -> FileMetadata:
        """Return the description in a part's footer.

        Args:
            kept: A part in the bucket.
        """

        def read() -> FileMetadata:
            with kept.blob.open("rb") as file:
                return FileMetadata.from_file(file)

        return self._call(f"read {kept.uri}", read)
