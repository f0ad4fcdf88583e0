"""One Parquet file on disk: the records of one stream for one commit."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from target_bigquery.errors import SPOOLED_BYTES, DiskError
from target_bigquery.records.fields import ARROW, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

    from target_bigquery.records.fields import Field


Bound = int | dt.date | dt.datetime
BOUNDED = {ARROW[kind] for kind in (Kind.INT64, Kind.DATE, Kind.TIMESTAMP)}
"""Types whose values are noted as bounds.

Texts are not noted: most text keys are random (UUIDs), so that a range of them excludes
nothing, and a column's collation may order them differently.
"""


@contextlib.contextmanager
def _on_disk() -> Iterator[None]:
    """Convert a failure of the disk to one line that names the folder."""
    try:
        yield
    except OSError as error:
        raise DiskError(error, SPOOLED_BYTES) from error


@dataclass
class Part:
    """A Parquet file that is written by row groups and then read once.

    The file has no name in the file system, so a killed process leaves nothing.
    """

    fields: tuple[Field, ...]
    directory: str | None = None
    rows: int = 0
    keys: frozenset[str] = frozenset()
    """The key columns."""
    bounds: dict[str, tuple[Bound, Bound]] = field(default_factory=dict)
    """Lowest and highest value by column, of key columns with values of type Bound."""
    file: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Open the file.

        Raises:
            DiskError: If the temporary folder cannot take it.
        """
        self._schema = pa.schema(
            [pa.field(column.column, column.arrow_type) for column in self.fields]
        )
        self._writer: pq.ParquetWriter | None = None
        with _on_disk():
            self.file = tempfile.TemporaryFile(dir=self.directory)  # noqa: SIM115 - closed by close()
            try:
                # Most columns have few repeated values, and each file is read once, as
                # a whole: dictionaries and statistics would more than double the time
                # to write 10,000 rows of the benchmark (36 ms instead of 14 ms).
                self._writer = pq.ParquetWriter(
                    self.file,
                    self._schema,
                    compression="snappy",
                    store_schema=False,
                    use_dictionary=False,
                    write_statistics=False,
                )
            except OSError:
                self.close()
                raise

    def append(self, arrays: Sequence[pa.Array]) -> None:
        """Write a row group.

        Args:
            arrays: One array per field, all of one length.

        Raises:
            DiskError: If the temporary folder cannot take it.
        """
        if self._writer is None:
            message = "the part is finished"
            raise ValueError(message)
        columns = [
            array if array.type == wanted.type else array.cast(wanted.type)
            for array, wanted in zip(arrays, self._schema, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        with _on_disk():
            self._writer.write_batch(batch)
        self.rows += batch.num_rows
        for column in self.keys:
            self._widen_bounds(column, batch.column(column))

    def _widen_bounds(self, column: str, values: pa.Array) -> None:
        if values.type not in BOUNDED or not len(values):
            return
        found = pc.min_max(values).as_py()
        low, high = self.bounds.get(column, (found["min"], found["max"]))
        self.bounds[column] = min(low, found["min"]), max(high, found["max"])

    def finish(self, metadata: dict[str, Any] | None = None) -> IO[bytes]:
        """Write the footer and return the file, rewound.

        Args:
            metadata: Texts to keep in the footer.

        Raises:
            DiskError: If the temporary folder cannot take it.
        """
        if self._writer is not None:
            if metadata:
                self._writer.add_key_value_metadata(metadata)
            with _on_disk():
                self._writer.close()
                self.file.flush()
            self._writer = None
        self.file.seek(0)
        return self.file

    @property
    def size(self) -> int:
        """Bytes written to disk so far."""
        return self.file.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Close the file, which frees the disk space."""
        self._writer = None
        with contextlib.suppress(OSError):
            self.file.close()
