"""Write rows as compact columns: the page contains them as compressed JSON."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from .common.warehouse import Result

EPOCH = date(1970, 1, 1)
KINDS = {
    "BOOL": "boolean",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "FLOAT": "number",
    "FLOAT64": "number",
    "INTEGER": "number",
    "INT64": "number",
    "NUMERIC": "number",
    "STRING": "text",
    "TIMESTAMP": "timestamp",
}
DELTAS = {"date", "timestamp"}
DECIMALS = 2
"""Of an hour: the page shows one."""


def encode_rows(result: Result) -> dict[str, Any]:
    """Encode a query's rows by column.

    Args:
        result: The rows.

    Returns:
        `length`, and `columns` with, by name, the `kind` of each and its `values`: a
        text as an index into `texts`, a date as days and a timestamp as seconds since
        1970-01-01 UTC, each less the one before: this is half the size.
    """
    # BigQuery returns rows in any order: the same rows make the same page.
    rows = sorted(result.rows, key=lambda row: [str(value) for value in row])
    columns = {}
    for index, (name, kind) in enumerate(
        zip(result.columns, result.types, strict=True)
    ):
        values = [row[index] for row in rows]
        columns[name] = _column(KINDS.get(kind, "text"), values)
    return {"length": len(result.rows), "columns": columns}


def compress(document: object) -> str:
    """Return a document as base64 of gzip of JSON.

    The same document gives the same text, because the file's time is left out.
    """
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    data = text.encode("utf-8", "replace")
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def _column(kind: str, values: Sequence[Any]) -> dict[str, Any]:
    if kind == "text":
        texts: dict[str, int] = {}
        indexes = [
            None if value is None else texts.setdefault(str(value), len(texts))
            for value in values
        ]
        return {"kind": kind, "texts": list(texts), "values": indexes}
    convert = CONVERTERS[kind]
    numbers = [None if value is None else convert(value) for value in values]
    return {"kind": kind, "values": _deltas(numbers) if kind in DELTAS else numbers}


def _deltas(numbers: Sequence[float | None]) -> list[float | None]:
    """Return each number less the last one before it that is not None."""
    found: list[float | None] = []
    before: float = 0
    for number in numbers:
        found.append(None if number is None else number - before)
        before = before if number is None else number
    return found


def _seconds(value: datetime) -> int:
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return int(moment.timestamp())


def _number(value: float | Decimal) -> float:
    number = float(value)
    return int(number) if number.is_integer() else round(number, DECIMALS)


CONVERTERS: dict[str, Callable[[Any], float]] = {
    "boolean": int,
    "date": lambda value: (value - EPOCH).days,
    "number": _number,
    "timestamp": _seconds,
}
