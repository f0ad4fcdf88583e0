"""The columns that a load adds to a record's own: the Singer SDK's `_sdc_*`.

Source: https://sdk.meltano.com/en/latest/implementation/record_metadata.html
"""

from __future__ import annotations

from target_bigquery.records.fields import Field, Kind

SEQUENCE = "_sdc_sequence"
"""Unique and increasing from record to record of a run: of two records with the same
key, the later one is kept."""

METADATA = tuple(
    Field(name, name, kind)
    for name, kind in (
        ("_sdc_extracted_at", Kind.TIMESTAMP),
        ("_sdc_received_at", Kind.TIMESTAMP),
        ("_sdc_batched_at", Kind.TIMESTAMP),
        ("_sdc_deleted_at", Kind.TIMESTAMP),
        (SEQUENCE, Kind.INT64),
        ("_sdc_table_version", Kind.INT64),
    )
)
METADATA_NAMES = frozenset(
    {*(field.source for field in METADATA), "_sdc_sync_started_at"}
)
"""Names that a tap's schema may contain and that this target fills itself."""
