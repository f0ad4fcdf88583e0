"""How old raw tables may be, and what happens if parent rows are missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Warehouse


def ago(**units: float) -> str:
    """Format a time before now as a raw table contains it."""
    return (datetime.now(UTC) - timedelta(**units)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_freshness_shows_each_age_and_passes_for_missing_empty_and_weekly_tables(
    warehouse: Warehouse,
) -> None:
    warehouse.load("linear", "teams", [{"id": "t", "_sdc_batched_at": ago(hours=3)}])
    warehouse.load("linear", "initiatives", [])
    # The weekly job read it last Sunday.
    index = [{"id": "i", "_sdc_batched_at": ago(days=6)}]
    warehouse.load("linear", "issue_index", index)
    said = warehouse.dbt("source", "freshness", quiet=False)
    assert "raw_teams: last load 3.0 hours ago" in said
    assert "raw_initiatives has no rows: its age is not checked" in said
    assert "raw_issues does not exist: its age is not checked" in said
    assert "raw_issue_index: last load 144.0 hours ago" in said


@pytest.mark.parametrize(
    ("stream", "old"), [("teams", {"hours": 51}), ("issue_index", {"days": 16})]
)
def test_freshness_fails_for_a_table_that_missed_two_of_its_loads(
    warehouse: Warehouse, stream: str, old: dict[str, float]
) -> None:
    warehouse.load("linear", stream, [{"id": "1", "_sdc_batched_at": ago(**old)}])
    with pytest.raises(AssertionError, match=f"source {stream} "):
        warehouse.dbt("source", "freshness", quiet=False)


@pytest.mark.parametrize(
    ("source", "parents", "stopped", "built"),
    [
        ("linear", "issues", "fct_issues", "fct_pull_request_files"),
        ("github", "pull_requests", "fct_pull_request_files", "dim_teams"),
    ],
)
def test_children_without_their_parents_fail_the_run_and_stop_the_marts_of_both(
    warehouse: Warehouse, source: str, parents: str, stopped: str, built: str
) -> None:
    warehouse.load_workspace("linear", "github")
    # A table that was dropped and created again by the next run.
    warehouse.load(source, parents, [])
    table = f"{warehouse.datasets[source]}.raw_{parents}"
    warehouse.client.query(f"delete from {table} where true").result(timeout=60)  # noqa: S608 - names of this file
    with pytest.raises(AssertionError, match="parent_is_loaded"):
        warehouse.build("--select", f"+{stopped}", f"+{built}")
    assert warehouse.rows(built) != []
    assert stopped not in warehouse.models()


def test_children_of_a_deselected_stream_are_listed_in_a_warning(
    warehouse: Warehouse,
) -> None:
    warehouse.load_workspace("github", only={"pr_files"})
    test = ("test", "--select", "children_of_deselected_streams")
    with pytest.raises(AssertionError, match="Got 1 result"):
        warehouse.dbt(*test)
    assert "WARN=1" in warehouse.dbt(*test, quiet=False, warnings_are_errors=False)
