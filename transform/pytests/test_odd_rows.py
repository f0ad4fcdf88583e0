"""Odd rows of a source are listed in warnings and stop no mart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from read_yaml import read_yaml

if TYPE_CHECKING:
    from conftest import Warehouse

TRANSFORM = Path(__file__).resolve().parent.parent
WORKSPACE = Path(__file__).resolve().parent / "workspace"
ODD = read_yaml(WORKSPACE / "odd.yml")
# The others are of optional sources, which the workspace does not have.
MARTS = {
    path.stem
    for folder in ("core", "metrics")
    for path in (TRANSFORM / "models" / "marts" / folder).rglob("*.sql")
}


def add(warehouse: Warehouse, odd: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    """Load the workspace with additional odd rows."""
    for source, streams in odd.items():
        rows = read_yaml(WORKSPACE / f"{source}.yml")
        for stream in rows:
            warehouse.load(source, stream, rows[stream] + streams.get(stream, []))


def test_odd_rows_of_the_sources_warn_are_listed_and_stop_no_mart(
    warehouse: Warehouse,
) -> None:
    add(warehouse, ODD["rows"])
    said = warehouse.build(quiet=False, warnings_are_errors=False)
    assert "ERROR=0 SKIP=0" in said
    assert warehouse.models() >= MARTS
    missing = [line for line in ODD["listed"] if line not in said]
    assert missing == [], said
    week = warehouse.rows(
        "agg_team_weekly_flow", "*", "team_key = 'ENG' and week_start = '2024-01-01'"
    )
    assert [row["p50_lead_time_hours"] for row in week] == [72]
