"""The models of a source that not every project uses."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import MakeWarehouse, Warehouse

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = tomllib.loads((PROJECT / "sources.toml").read_text("utf-8"))
OPTIONAL = [name for name, about in SOURCES.items() if about.get("optional")]
OWN: dict[str, set[str]] = {
    "notion": {"int_notion_pages_dated"},
    "hubspot": {"stg_hubspot__engagements", "fct_deals", "agg_contact_recency"},
    "google_health": {"fct_nights", "agg_sleep_by_habit"},
}
HABITS = {"dim_habits", "fct_habit_periods", "agg_habit_streaks"}
"""Every one of these sources has habits."""


def listed(warehouse: Warehouse) -> set[str]:
    """List the models that dbt builds; a warning is an error."""
    output = warehouse.dbt("ls", "--resource-type", "model", "--output", "name")
    return {line.strip() for line in output.splitlines()}


@pytest.mark.parametrize("source", OPTIONAL)
def test_any_optional_source_builds_alone_and_no_model_of_the_others(
    source: str, make_warehouse: MakeWarehouse
) -> None:
    models = listed(make_warehouse(source))
    assert OWN[source] | HABITS <= models
    others = [f"stg_{name}__" for name in OPTIONAL if name != source]
    assert not {name for name in models if name.startswith(tuple(others))}
    assert not models & (set.union(*OWN.values()) - OWN[source])


def test_without_an_optional_source_dbt_knows_none_of_their_models(
    warehouse: Warehouse,
) -> None:
    models = listed(warehouse)
    assert "fct_issues" in models
    assert not models & HABITS.union(*OWN.values())
    assert not {name for name in models if name.startswith("int_habits")}
