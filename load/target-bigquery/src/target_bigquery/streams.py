"""Names of streams: by their stream maps, and as tables. No name may be given twice."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import RemoveRecordTransform

from target_bigquery.errors import USER_ERRORS, RecordError, SchemaError, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence


class Names:
    """Rejects a second stream with the same table or the same alias."""

    def __init__(self) -> None:
        """Begin without names."""
        self._streams_by_table: dict[str, str] = {}
        self._streams_by_alias: dict[str, tuple[str, int]] = {}

    def claim_table(self, name: str, stream: str) -> None:
        """Reject two streams for one table.

        Args:
            name: The table.
            stream: The stream that is to fill it.

        Raises:
            SchemaError: If another stream has the table.
        """
        other = self._streams_by_table.setdefault(name.lower(), stream)
        if other != stream:
            message = (
                f"Streams '{other}' and '{stream}' would both be table '{name}': "
                "rename one with a stream map (__alias__)."
            )
            raise SchemaError(message)

    def claim_aliases(self, stream: str, maps: Sequence[Any]) -> None:
        """Reject an alias that two streams, or two maps of one stream, have.

        Args:
            stream: The stream.
            maps: Its stream maps.

        Raises:
            SchemaError: If another map has the alias.
        """
        kept = [m for m in maps if not isinstance(m, RemoveRecordTransform)]
        for number, stream_map in enumerate(kept):
            alias = stream_map.stream_alias
            other = self._streams_by_alias.setdefault(alias, (stream, number))
            if other != (stream, number):
                message = (
                    f"Streams '{other[0]}' and '{stream}' both have the name '{alias}' "
                    "by the stream maps: give one of them another __alias__."
                )
                raise SchemaError(message)


def transformed(stream_map: Any, record: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401 - the SDK's map, without a common type
    """Return the transformed record, None if the stream map drops it.

    Args:
        stream_map: The stream map.
        record: The record as the tap wrote it.

    Raises:
        RecordError: If the stream map fails.
    """
    try:
        found: dict[str, Any] | None = stream_map.transform(copy.copy(record))
    except USER_ERRORS:
        raise
    except Exception as error:
        message = (
            f"Stream '{stream_map.stream_alias}', record {shorten(record)}: its stream "
            f"map fails with {type(error).__name__}: {error}. Nothing after the last "
            "STATE is loaded."
        )
        raise RecordError(message) from error
    return found
