"""Every metric compiles for BigQuery, and Google's own analyzer accepts the SQL."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from metricflow.engine.metricflow_engine import (
    MetricFlowEngine,
    MetricFlowQueryRequest,
)
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.big_query import BigQuerySqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from read_yaml import read_yaml

TRANSFORM = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TRANSFORM / "scripts"))
from check_sql import Checker, bigquery_language  # noqa: E402 - a script, not a package

if TYPE_CHECKING:
    from conftest import MakeWarehouse

MODELS = {
    model["name"]: model
    for path in (TRANSFORM / "models" / "marts").rglob("*.yml")
    for model in read_yaml(path).get("models", [])
}
METRICS = [
    metric["name"]
    for path in (TRANSFORM / "models").rglob("*.yml")
    for metric in read_yaml(path).get("metrics", [])
]


@pytest.fixture(scope="module")
def engine(make_warehouse: MakeWarehouse) -> MetricFlowEngine:
    """MetricFlow, which writes BigQuery's SQL and has no connection."""
    warehouse = make_warehouse()
    # Before its first command, dbt writes what it has parsed.
    warehouse.dbt("list", "--select", "dim_dates")
    target = warehouse.scratch / "target"
    warehouse.client.close()
    manifest = parse_manifest_from_dbt_generated_manifest(
        (target / "semantic_manifest.json").read_text()
    )
    client = SimpleNamespace(
        sql_engine_type=SqlEngine.BIGQUERY, sql_plan_renderer=BigQuerySqlPlanRenderer()
    )
    return MetricFlowEngine(SemanticManifestLookup(manifest), client)


@pytest.fixture(scope="module")
def checker() -> Checker:
    """Google's analyzer, with the marts' declared columns."""
    checker = Checker(bigquery_language())
    for name, model in MODELS.items():
        checker.tables[f"analytics.{name}"] = {
            column["name"]: checker.of_type(column["data_type"])
            for column in model["columns"]
        }
    return checker


@pytest.mark.parametrize("grouped", [None, "metric_time__week", "metric_time__month"])
@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_compiles_to_sql_that_bigquery_accepts(
    engine: MetricFlowEngine, checker: Checker, metric: str, grouped: str | None
) -> None:
    request = MetricFlowQueryRequest.create(
        metric_names=[metric], group_by_names=[grouped] if grouped else []
    )
    sql = engine.explain(request).sql_statement.sql
    assert metric in checker.columns(sql)


def test_a_median_is_an_approximate_percentile(engine: MetricFlowEngine) -> None:
    """BigQuery has no function for the exact median of a group."""
    request = MetricFlowQueryRequest.create(metric_names=["lead_time"])
    sql = engine.explain(request).sql_statement.sql
    assert "APPROX_QUANTILES" in sql.upper()
