"""One Parquet file on disk: the records of one stream for one commit."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

    from target_bigquery.fields import Field


@dataclass
class Part:
    """A Parquet file that grows by row groups and is then read once.

    The file has no name in the file system, so a killed process leaves nothing.
    """

    fields: tuple[Field, ...]
    directory: str | None = None
    rows: int = 0
    file: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Open the file."""
        self.file = tempfile.TemporaryFile(dir=self.directory)  # noqa: SIM115 - closed by close()
        self._schema = pa.schema(
            [pa.field(column.column, column.arrow_type) for column in self.fields]
        )
        self._writer: pq.ParquetWriter | None = pq.ParquetWriter(
            self.file, self._schema, compression="snappy", store_schema=False
        )

    def append(self, arrays: Sequence[pa.Array]) -> None:
        """Write a row group.

        Args:
            arrays: One array per field, all of one length.
        """
        if self._writer is None:
            message = "the part is finished"
            raise ValueError(message)
        columns = [
            array if array.type == wanted.type else array.cast(wanted.type)
            for array, wanted in zip(arrays, self._schema, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        self._writer.write_batch(batch)
        self.rows += batch.num_rows

    def finish(self, metadata: dict[str, Any] | None = None) -> IO[bytes]:
        """Write the footer and return the file, rewound.

        Args:
            metadata: Texts to keep in the footer.
        """
        if self._writer is not None:
            if metadata:
                self._writer.add_key_value_metadata(metadata)
            self._writer.close()
            self._writer = None
        self.file.seek(0)
        return self.file

    @property
    def size(self) -> int:
        """Bytes written to disk so far."""
        return self.file.seek(0, os.SEEK_END)

    def close(self) -> None:
        """Give the disk space back."""
        self._writer = None
        self.file.close()
