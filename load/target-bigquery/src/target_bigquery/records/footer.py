"""The description of the rows in the footer of a Parquet file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import IO, Any

import pyarrow.parquet as pq

from target_bigquery.errors import TargetError
from target_bigquery.records.fields import Field, Kind

FOOTER = "throughline"
"""The footer's key for the description of the part."""


@dataclass(frozen=True)
class FileMetadata:
    """Describes a part, in the footer of its file."""

    stream: str
    key_properties: tuple[str, ...]
    fields: tuple[Field, ...]
    load_method: str
    version: int | None = None
    """The version that was activated after the part's rows."""

    def to_footer(self) -> dict[str, str]:
        """Return the footer's entries."""
        return {FOOTER: json.dumps(asdict(self))}

    @classmethod
    def from_file(cls, file: IO[bytes]) -> FileMetadata:
        """Read a part's footer.

        Args:
            file: A Parquet file; only its footer is read.

        Raises:
            TargetError: If this target did not write the part.
        """
        footer = pq.ParquetFile(file).schema_arrow.metadata or {}
        footer = {**footer, **(pq.ParquetFile(file).metadata.metadata or {})}
        if FOOTER.encode() not in footer:
            message = "The file was not written by target-bigquery."
            raise TargetError(message)
        found = json.loads(footer[FOOTER.encode()])
        return cls(
            found["stream"],
            tuple(found["key_properties"]),
            tuple(map(_field, found["fields"])),
            found["load_method"],
            found["version"],
        )


def _field(given: dict[str, Any]) -> Field:
    fields = tuple(map(_field, given["fields"]))
    digits = given.get("digits")
    limits = {"digits": None if digits is None else tuple(digits)}
    return Field(**{**given, **limits, "kind": Kind(given["kind"]), "fields": fields})
