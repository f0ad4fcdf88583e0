"""The sentence that the project exists for, run in the order of a first week.

Each test continues where the one before it stopped. test_own_data.py builds one source
alone.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from running_api import environment, serving

from sandbox.testing import ApiServer, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from meltano_pipeline import Pipeline

LINEAR = ("tap-linear", "target-bigquery")
GITHUB = ("tap-github-prs", "target-bigquery")
BUILD = "dbt-bigquery:build"


@pytest.fixture(scope="module")
def server(recordings: Path) -> Iterator[ApiServer]:
    with ApiServer(recordings=recordings) as server:
        yield server


@pytest.fixture(scope="module")
def pipeline(
    server: ApiServer, pipeline_on: Callable[[ApiServer], Pipeline]
) -> Pipeline:
    pipeline = pipeline_on(server)
    pipeline.environment["TAP_GITHUB_PRS_REPOSITORIES"] = '["panjf2000/ants"]'
    pipeline.environment["TAP_GITHUB_PRS_ORGANIZATIONS"] = "[]"
    return pipeline


def rows(pipeline: Pipeline, table: str) -> int:
    return int(pipeline.value(f"select count(*) from {table}"))  # noqa: S608 - a literal


def test_every_recorded_pull_request_and_review_arrives(pipeline: Pipeline) -> None:
    pipeline.run(*LINEAR, *GITHUB, BUILD)
    assert rows(pipeline, "github.raw_pull_requests") == 49
    assert rows(pipeline, "github.raw_pr_reviews") == 30
    assert rows(pipeline, "analytics.fct_pull_requests") == 49


def test_the_api_answers_from_the_marts_that_dbt_built(pipeline: Pipeline) -> None:
    given = environment(
        pipeline.environment["DBT_BIGQUERY_API_ENDPOINT"],
        pipeline.client.project,
        server_port=free_port(),
    )
    identifier = pipeline.value(
        "select min(identifier) from analytics.fct_issues where not is_deleted"
    )
    login = pipeline.value("select min(github_login) from analytics.agg_contributors")
    with serving(given) as api:
        repository = api.get("/analytics/repository/panjf2000/ants/summary").json()
        person = api.get(f"/analytics/contributor/{login}/summary").json()
        issue = api.get(f"/analytics/issue/{identifier}/path").json()
        waiting = api.get("/analytics/waiting").json()["items"]
        fresh = {
            each["mart"]: each["row_count"]
            for each in api.get("/analytics/freshness").json()["marts"]
        }
        trends = {
            (metric["name"], period): api.get(
                "/analytics/trends",
                metric=metric["name"],
                period=period,
                since="2000-01-01",
            ).json()["points"]
            for metric in api.get("/analytics/metrics").json()["metrics"]
            for period in metric["periods"]
        }

    assert person["github_login"] == login
    assert issue["identifier"] == identifier
    assert repository["pull_request_count"] == pipeline.value(
        "select pull_request_count from analytics.repository_summary"
    )
    assert fresh["fct_pull_requests"] == 49
    assert len(waiting) > 0
    # The stream of checks is off unless it is selected, and the recordings have none.
    empty = {name for (name, _), points in trends.items() if not points}
    assert empty == {"check_time", "check_failure_rate", "flaky_check_rate"}
    assert sum(
        point["value"] for point in trends["pull_requests_merged", "week"]
    ) == pipeline.value("select sum(merged_count) from analytics.agg_repositories")


def test_every_issue_reaches_the_marts(pipeline: Pipeline) -> None:
    issues = rows(pipeline, "linear.raw_issues")
    assert rows(pipeline, "analytics.fct_issues") == issues > 0


def test_the_recordings_figures_in_the_decision_log_are_those_of_the_marts(
    pipeline: Pipeline,
) -> None:
    compared = subprocess.run(
        [
            sys.executable,
            str(pipeline.root / "transform" / "scripts" / "figures.py"),
            *("--compare", "recordings"),
            *("--project", pipeline.environment["DBT_BIGQUERY_PROJECT"]),
            *("--api-endpoint", pipeline.environment["DBT_BIGQUERY_API_ENDPOINT"]),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert compared.returncode == 0, compared.stderr


def test_a_second_run_leaves_no_row_twice(
    pipeline: Pipeline, server: ApiServer
) -> None:
    server.forget_stats()
    pipeline.run(*LINEAR, *GITHUB)
    asked = server.stats()
    assert asked["github"]["requests"] <= 4
    assert asked["linear"]["requests"] <= 27
    assert rows(pipeline, "github.raw_pull_requests") == 49
    assert rows(pipeline, "github.raw_pr_reviews") == 30
    twice = """
        select count(*) from (
            select id from linear.raw_issues group by id having count(*) > 1
        )
    """
    assert pipeline.value(twice) == 0


def test_a_week_of_work_adds_up_although_it_lies_ahead_of_the_clock(
    pipeline: Pipeline, server: ApiServer
) -> None:
    before = rows(pipeline, "linear.raw_issues")
    server.event("advance", seconds=7 * 24 * 3600)
    pipeline.run(*LINEAR, *GITHUB, BUILD)
    assert rows(pipeline, "linear.raw_issues") > before
    assert rows(pipeline, "analytics.fct_issues") == rows(pipeline, "linear.raw_issues")
    # A second build into the same tables repeats no row either.
    pull_requests = rows(pipeline, "github.raw_pull_requests")
    assert rows(pipeline, "analytics.fct_pull_requests") == pull_requests


def test_every_definition_holds_on_rows_made_for_it(pipeline: Pipeline) -> None:
    pipeline.run("dbt-bigquery:unit-test")
