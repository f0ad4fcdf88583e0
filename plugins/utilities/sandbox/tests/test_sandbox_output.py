from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

from sandbox.output import as_csv, as_json, as_table

NAMES = ["text", "number", "nothing", "nested", "at", "day", "exact", "bytes", "yes"]
ROW = (
    'a "b", [c]\nد',
    1,
    None,
    [{"x": 1}],
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    date(2026, 1, 2),
    Decimal("1.50"),
    b"\x00",
    True,
)


def test_a_table_shows_names_rows_and_their_number() -> None:
    text = as_table(["name", "n"], [("[bold]", 1), (None, 20)])
    lines = text.splitlines()
    assert lines[0].split() == ["name", "┃", "n"]
    assert lines[2].split() == ["[bold]", "│", "1"]
    assert lines[3].endswith("20")
    assert lines[-1] == "(2 rows)"


def test_csv_can_be_read_back_with_nulls_empty() -> None:
    text = as_csv(NAMES, [ROW])
    header, row = csv.reader(io.StringIO(text))
    assert header == NAMES
    assert row[:4] == [ROW[0], "1", "", '[{"x": 1}]']
    assert row[4:] == [
        "2026-01-02T03:04:05+00:00",
        "2026-01-02",
        "1.50",
        "AA==",
        "true",
    ]


def test_json_is_a_list_of_objects_with_types_kept() -> None:
    (row,) = json.loads(as_json(NAMES, [ROW]))
    assert list(row) == NAMES
    assert (row["text"], row["number"], row["nothing"]) == (ROW[0], 1, None)
    assert (row["nested"], row["yes"]) == ([{"x": 1}], True)
    assert (row["exact"], row["bytes"]) == ("1.50", "AA==")
