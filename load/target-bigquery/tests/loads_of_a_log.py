"""A stream without a key, in which a row that is loaded twice shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Tap, Warehouse

ISSUE = {"id": {"type": "string"}, "n": {"type": "integer"}}


def log(tap: Tap) -> Tap:
    """Write the messages of three rows."""
    tap.schema("log", ISSUE, keys=())
    for n in range(3):
        tap.record("log", {"id": str(n), "n": n}).state({"n": n})
    return tap


def check_log(warehouse: Warehouse) -> None:
    """Check that each row is there once, and no staging table."""
    assert [r["n"] for r in warehouse.rows("log")] == [0, 1, 2]
    assert warehouse.staging() == []
