"""The OpenAPI document, the queries and the definitions fit the code and the marts."""

# ruff: noqa: ANN401 - a query of any kind
from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from googlesql import language, type_of
from openapi import FILE, document
from zetasql.api import Analyzer, CatalogBuilder, TableBuilder
from zetasql.types import AnalyzerOptions, ZetaSQLBuiltinFunctionOptions

from throughline_api.inputs import (
    DEPLOYMENT_MARTS,
    LOADS,
    MARTS,
    trend_marts,
)
from throughline_api.metrics import METRICS, MetricName
from throughline_api.trends import periods

if TYPE_CHECKING:
    from running_api import Api, TinyMarts

ROOT = Path(__file__).resolve().parents[3]


def test_the_committed_openapi_document_is_the_servers(api: Api) -> None:
    committed = FILE.read_text("utf-8")
    assert committed == document(), "run `make openapi` and commit openapi.json"
    assert api.get("/openapi.json").json() == json.loads(committed)


def test_schemathesis_finds_no_violation(api: Api, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            FILE,
            f"--url={api.url}",
            "--phases=examples,coverage,fuzzing",
            "--max-examples=3",
            "--seed=7",
            # Valid by its schema, refused with 422: a made-up cursor, and a first day
            # after the last.
            "--exclude-checks=positive_data_acceptance",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"[1-9][0-9]* (generated|passed)", done.stdout), done.stdout


def test_the_document_names_every_path_that_the_issue_asks_for() -> None:
    paths = json.loads(FILE.read_text("utf-8"))["paths"]
    assert set(paths) >= {
        "/analytics/repository/{id}/summary",
        "/analytics/contributor/{id}/summary",
        "/analytics/trends",
        "/analytics/freshness",
        "/healthz",
    }
    for path, item in paths.items():
        assert set(item) == {"get"}
        if path.startswith("/analytics/"):
            assert {"401", "403", "422", "429"} <= set(item["get"]["responses"])


def test_every_metric_has_a_definition_a_column_and_a_unit(api: Api) -> None:
    metrics = api.analytics.metrics().metrics
    assert [each.name for each in metrics] == list(MetricName) == list(METRICS)
    for metric in metrics:
        assert len(metric.definition) > 10
        assert metric.column_description
        assert metric.unit in {
            "issues",
            "points",
            "hours",
            "lines",
            "pull requests",
            "share",
            "deployments per day",
        }
        if metric.statistic == "count":
            continue
        assert METRICS[MetricName(metric.name)].n


def test_every_percentile_of_a_summary_has_its_n(api: Api) -> None:
    schemas = api.get("/openapi.json").json()["components"]["schemas"]
    seen = 0
    for schema in schemas.values():
        names = set(schema.get("properties", {}))
        for name in names:
            found = re.fullmatch(r"p(?:50|85)_(\w+?)(?:_hours)?", name)
            if found:
                assert f"{found[1]}_n" in names
                seen += 1
    assert seen > 10


@pytest.fixture(scope="module")
def queries(api: Api) -> dict[str, tuple[str, dict[str, str]]]:
    """Every query that the paths send: its text, and its parameters' types."""
    warehouse = api.analytics.warehouse
    original = type(warehouse).query
    found: dict[str, tuple[str, dict[str, str]]] = {}

    with pytest.MonkeyPatch.context() as patch:

        def spy(sql: str, parameters: Any = (), labels: Any = None) -> Any:
            types = {each.name: each.type_ for each in parameters}
            found[sql] = (labels["query"], types)
            return original(warehouse, sql, parameters, labels)

        patch.setattr(warehouse, "query", spy)
        for path in (
            "/analytics/repository/501/summary",
            "/analytics/contributor/ada-l/summary",
            "/analytics/waiting",
            "/analytics/issue/PLA-3/path",
            "/analytics/freshness",
            "/analytics/trends?metric=throughput&subject=NEW",
            "/analytics/trends?metric=pickup_time&subject=acme/web",
        ):
            assert api.get(path).status_code == 200
        for metric, about in METRICS.items():
            for period in periods(about):
                for scope in about.scopes:
                    answer = api.get(
                        "/analytics/trends",
                        metric=metric,
                        period=period,
                        scope=scope.word,
                    )
                    assert answer.status_code == 200, answer.text
    return {sql: (name, types) for sql, (name, types) in found.items()}


def test_every_query_file_was_sent(queries: dict[str, tuple[str, object]]) -> None:
    folder = ROOT / "analyze/api/src/throughline_api/queries"
    files = {path.stem for path in folder.glob("*.sql")}
    assert {name for name, _ in queries.values()} == files


def test_googles_analyzer_accepts_every_query_with_the_types_of_the_marts(
    queries: dict[str, tuple[str, dict[str, str]]], marts: TinyMarts
) -> None:
    builder = CatalogBuilder("bigquery").with_builtin_functions(
        ZetaSQLBuiltinFunctionOptions(language_options=language())
    )
    for mart, fields in marts.schemas.items():
        table = TableBuilder(mart)
        for each in fields:
            table.add_column(each.name, type_of(each))
        builder.add_table(table.build())
    analyzer = Analyzer(AnalyzerOptions(language_options=language()), builder.build())
    texts = []
    for sql, (_, types) in queries.items():
        # LIMIT takes no cast.
        text = sql.replace("@limit", "10")
        text = re.sub(r"\bops\.\w+", r"`\g<0>`", text)
        for name, data_type in types.items():
            text = re.sub(rf"@{name}\b", f"cast(null as {data_type})", text)
        texts.append(f"exists (\n{text}\n)")
    # At once: the analyzer reads the tables and functions again for each statement.
    assert analyzer.analyze_statement(f"select {', '.join(texts)}")
    with pytest.raises(Exception, match="no_such_column"):
        analyzer.analyze_statement("select no_such_column from fct_issues")


def test_each_answer_reads_only_the_marts_that_its_etag_is_made_of(
    queries: dict[str, tuple[str, object]], marts: TinyMarts
) -> None:
    names = "|".join(map(re.escape, marts.schemas))
    read = re.compile(rf"\b(?:from|join) ({names})\b")
    of_query = {
        "issue_spans": "issue",
        "issue_pull_requests": "issue",
        "issue_deployments": "issue",
        "loads": "freshness",
    }
    of_trends = {
        mart
        for metric, about in METRICS.items()
        for period in periods(about)
        for scope in about.scopes
        for mart in trend_marts(metric, period, scope.word)
    }
    # Only whether there is such a team or repository, for a 404 without an ETag.
    subjects = {scope.subjects for about in METRICS.values() for scope in about.scopes}
    assert len(queries) > len(METRICS)
    for sql, (name, _) in queries.items():
        allowed = (
            of_trends | (subjects if name == "subject" else set())
            if name in {"trend", "subject"}
            else {*MARTS[of_query.get(name, name)], *DEPLOYMENT_MARTS, *LOADS}
        )
        assert set(read.findall(sql)) <= set(allowed)
        assert read.findall(sql)
