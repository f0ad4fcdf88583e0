"""The variables with which dbt reads the project without a connection."""

from __future__ import annotations

from catalogs import SOURCES

VARIABLES = {
    "DBT_BIGQUERY_PROJECT": "offline",
    **{variable: name for name, (_, variable, _) in SOURCES.items()},
    "DBT_BIGQUERY_ANALYTICS_DATASET": "analytics",
    "DBT_BIGQUERY_OPS_DATASET": "ops",
    "DBT_BIGQUERY_API_ENDPOINT": "http://127.0.0.1:1",
    "DBT_BIGQUERY_CONTRACTS": "false",
    "DBT_TARGET": "demo",
}
