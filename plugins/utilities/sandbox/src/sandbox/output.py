"""Rows for people (a table) and for programs (csv, json)."""

from __future__ import annotations

import base64
import csv
import io
import json
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NUMBERS = {int, float, Decimal}
WIDE = 4_000  # a pipe has no width, so truncate nothing


def width() -> int | None:
    """Return the maximum width of a table: the terminal's, or no limit in a pipe."""
    return None if Console().is_terminal else WIDE


def plain(value: object) -> object:
    """Return a value for JSON: ISO 8601, decimals as text, bytes in base64."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value))


def cell(value: object) -> str:
    """Return one value as text; null is empty, structs and arrays are JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, default=plain, ensure_ascii=False)
    return str(plain(value))


def as_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table for people, with the number of rows."""
    table = Table(show_edge=False, pad_edge=False)
    for n, name in enumerate(names):
        kinds = {type(row[n]) for row in rows} - {type(None)}
        numbers = bool(kinds) and kinds <= NUMBERS
        table.add_column(name, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(cell(value).replace("[", r"\[") for value in row))
    text = io.StringIO()
    console = Console(file=text, width=width())
    console.print(table)
    body = "\n".join(line.rstrip() for line in text.getvalue().splitlines())
    return f"{body}\n({len(rows):,} {'row' if len(rows) == 1 else 'rows'})"


def as_csv(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return RFC 4180 text with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().rstrip("\n")


def as_json(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a list of objects."""
    objects: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows]
    return json.dumps(objects, default=plain, ensure_ascii=False, indent=1)


FORMATS: Mapping[str, Callable[[Sequence[str], Sequence[Sequence[object]]], str]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
}
