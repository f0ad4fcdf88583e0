"""What each path answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from running_api import Api, TinyMarts


@pytest.mark.parametrize("identifier", ["501", "acme/api", "acme%2Fapi", "ACME/Api"])
def test_a_repository_is_found_by_its_id_and_by_its_name_in_any_case(
    api: Api, identifier: str
) -> None:
    found = api.get(f"/analytics/repository/{identifier}/summary").json()

    assert (found["repository_id"], found["pull_request_count"]) == (501, 9)
    assert found["last_activity_at"] == "2026-01-20T10:00:00Z"
    weeks = [(week["week_start"], week["merged_count"]) for week in found["weeks"]]
    assert weeks == [("2026-01-12", 0), ("2026-01-05", 2)]
    assert (found["weeks"][1]["p50_pickup_time_hours"]) == 2
    assert (found["weeks"][1]["pickup_time_n"]) == 1


def test_a_repository_without_pull_requests_has_no_weeks(api: Api) -> None:
    assert api.get("/analytics/repository/502/summary").json()["weeks"] == []


@pytest.mark.parametrize("identifier", ["linear:u-ada", "ada-l", "linear%3Au-ada"])
def test_a_person_is_found_by_user_id_and_by_login(api: Api, identifier: str) -> None:
    found = api.get(f"/analytics/contributor/{identifier}/summary").json()

    assert (found["user_id"], found["name"]) == ("linear:u-ada", "Ada")
    weeks = {week["week_start"]: week for week in found["weeks"]}
    assert list(weeks) == ["2026-01-19", "2026-01-12", "2026-01-05"]
    assert weeks["2026-01-05"]["commit_count"] == 5
    assert weeks["2026-01-12"]["review_count"] == 2
    assert weeks["2026-01-12"]["response_n"] == 2
    assert weeks["2026-01-19"]["p50_response_hours"] is None


def test_nothing_about_a_person_compares_them_with_others(api: Api) -> None:
    found = api.get("/analytics/contributor/ada-l/summary").text

    assert '"name":"Ada"' in found
    for word in ("share", "rank", "percentile", "O'Brien"):
        assert word not in found


def test_a_trend_has_the_marts_values_their_n_and_the_definition(api: Api) -> None:
    found = api.get("/analytics/trends", metric="lead_time", subject="eng").json()

    assert found["metric"]["unit"] == "hours"
    assert "created → completed" in found["metric"]["definition"]
    assert [
        (each["point_date"], each["value"], each["p85"], each["n"])
        for each in found["points"]
    ] == [
        ("2026-01-05", 40.5, 90, 4),
        ("2026-01-12", 42, 95, 6),
        ("2026-01-19", 8, 8, 1),
    ]
    assert [each["is_complete"] for each in found["points"]] == [True, True, False]


def test_a_week_without_deliveries_has_no_lead_time_instead_of_0(api: Api) -> None:
    point = api.get("/analytics/trends", metric="lead_time", subject="PLA").json()[
        "points"
    ][0]
    assert (point["value"], point["p85"], point["n"]) == (None, None, 0)


def test_a_trend_covers_the_days_that_were_requested(api: Api) -> None:
    found = api.get(
        "/analytics/trends",
        metric="throughput",
        since="2026-01-12",
        until="2026-01-12",
    ).json()
    assert [(each["subject"], each["value"]) for each in found["points"]] == [
        ("ENG", 6),
        ("PLA", 2),
    ]


def test_rolling_and_monthly_trends_come_from_their_own_marts(api: Api) -> None:
    rolling = api.get(
        "/analytics/trends", metric="lead_time", period="rolling_90_days"
    ).json()
    monthly = api.get("/analytics/trends", metric="throughput", period="month").json()
    repository = api.get(
        "/analytics/trends", metric="pickup_time", period="rolling_90_days"
    ).json()

    assert [each["value"] for each in rolling["points"]] == [41, 40]
    assert [each["is_complete"] for each in rolling["points"]] == [True, False]
    assert [each["value"] for each in monthly["points"]] == [9, 11]
    assert [each["subject"] for each in repository["points"]] == ["acme/api"]


@pytest.mark.parametrize(
    ("query", "points"),
    [
        (
            "metric=deployment_frequency",
            [
                ("acme/api", "2026-01-12", 1, None, 7),
                ("acme/api", "2026-01-19", 0, None, 0),
            ],
        ),
        (
            "metric=lead_time_for_changes&scope=team",
            [("ENG", "2026-01-12", 15, 25, 3)],
        ),
        (
            "metric=lead_time_for_changes&period=rolling_90_days&subject=ACME/api",
            # The last day of the 90, as of every other metric.
            [("acme/api", "2026-01-18", 20, 40, 8)],
        ),
        (
            "metric=change_failure_rate&until=2026-01-12",
            [("acme/api", "2026-01-12", 0.125, None, 7)],
        ),
        (
            "metric=recovery_time&until=2026-01-12",
            [("acme/api", "2026-01-12", 2, 3, 1)],
        ),
        (
            "metric=rework_rate&until=2026-01-12",
            [("acme/api", "2026-01-12", 0.25, None, 4)],
        ),
        ("metric=check_time", [("acme/api", "2026-01-12", 0.25, 1.5, 7)]),
        (
            "metric=check_failure_rate&period=rolling_90_days",
            [("acme/api", "2026-01-18", 0.5, None, 9)],
        ),
        ("metric=flaky_check_rate", [("acme/api", "2026-01-12", 0.125, None, 8)]),
        (
            # A week without checks has no share.
            "metric=flaky_check_rate&scope=team",
            [("ENG", "2026-01-12", None, None, 0)],
        ),
        (
            # With and without a link; a month without deliveries has no share.
            "metric=investment_new",
            [
                ("ENG", "2025-12-01", 0.75, None, 4),
                ("ENG", "2026-01-01", None, None, 0),
            ],
        ),
        ("metric=investment_fix", [("ENG", "2025-12-01", 0.25, None, 4)]),
        ("metric=assisted_share", [("acme/api", "2025-12-01", 0.25, None, 4)]),
        (
            "metric=assisted_share&scope=team&period=month",
            [("ENG", "2025-12-01", 0.5, None, 4)],
        ),
        ("metric=assisted_merge_time", [("acme/api", "2025-12-01", 4, 4, 1)]),
        ("metric=unassisted_merge_time", [("acme/api", "2025-12-01", 9, 12, 3)]),
    ],
)
def test_delivery_checks_investment_and_agents_have_trends_with_n_by_repository_or_team(
    api: Api, query: str, points: list[tuple[object, ...]]
) -> None:
    found = api.get(f"/analytics/trends?{query}").json()
    names = ("subject", "point_date", "value", "p85", "n")
    assert [tuple(each[name] for name in names) for each in found["points"]] == points
    assert found["scope"] in found["metric"]["scopes"]
    assert found["period"] in found["metric"]["periods"]


def test_the_share_of_agents_is_defined_as_a_lower_bound(api: Api) -> None:
    found = api.get("/analytics/trends", metric="assisted_share").json()["metric"]
    assert "lower bound" in found["title"]
    assert "lower bound" in found["column_description"]


def test_every_metric_answers_in_every_period_that_it_names(api: Api) -> None:
    metrics = api.get("/analytics/metrics").json()["metrics"]
    assert len(metrics) > 10
    for metric in metrics:
        for period in metric["periods"]:
            found = api.get("/analytics/trends", metric=metric["name"], period=period)
            assert found.status_code == 200, found.text
            assert found.json()["metric"] == metric


def test_the_pages_of_a_trend_have_every_point_once(api: Api) -> None:
    whole = api.get("/analytics/trends", metric="work_in_progress").json()["points"]
    pages: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        found = api.get(
            "/analytics/trends", metric="work_in_progress", limit=2, **cursor
        ).json()
        pages.append(found["points"])
        if found["next_cursor"] is None:
            break
        cursor = {"cursor": found["next_cursor"]}
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [point for page in pages for point in page] == whole


def test_what_waits_is_listed_with_the_person_the_time_and_the_definition(
    api: Api,
) -> None:
    found = api.get("/analytics/waiting").json()

    assert [
        (each["kind"], each["reference"], each["waiting_on"], each["since"])
        for each in found["items"]
    ] == [
        ("stale_pull_request", "acme/web#4", "O'Brien", "2026-01-03T00:00:00Z"),
        ("stuck_issue", "ENG-1", "Ada", "2026-01-04T00:00:00Z"),
        ("review_request", "acme/api#12", "O'Brien", "2026-01-19T06:00:00Z"),
    ]
    assert "neither answered nor removed" in found["definitions"]["review_request"]


def test_the_pages_of_what_waits_have_every_item_once(api: Api) -> None:
    whole = api.get("/analytics/waiting").json()["items"]
    first = api.get("/analytics/waiting", limit=2).json()
    second = api.get("/analytics/waiting", limit=2, cursor=first["next_cursor"]).json()
    assert first["items"] + second["items"] == whole
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("subject", "references"),
    [("eng", ["ENG-1", "acme/api#12"]), ("acme/WEB", ["acme/web#4"]), ("x", [])],
)
def test_what_waits_can_be_filtered(
    api: Api, subject: str, references: list[str]
) -> None:
    found = api.get("/analytics/waiting", subject=subject).json()
    assert [each["reference"] for each in found["items"]] == references


@pytest.mark.parametrize("identifier", ["PLA-3", "pla-3", "i-3"])
def test_the_path_of_an_issue_has_its_states_steps_and_pull_requests(
    api: Api, identifier: str
) -> None:
    found = api.get(f"/analytics/issue/{identifier}/path").json()

    assert [each["state_name"] for each in found["spans"]] == ["Todo", "In Progress"]
    assert [each["reference"] for each in found["pull_requests"]] == ["acme/api#11"]
    assert found["merged_at"] == "2026-01-06T20:00:00Z"
    assert found["approved_at"] is None
    assert found["start_to_merge_hours"] == 20


def test_the_path_of_an_issue_ends_with_its_deployments_to_production(
    api: Api,
) -> None:
    found = api.get("/analytics/issue/PLA-3/path").json()["deployments"]
    assert [
        (each["deployment_id"], each["is_failed"], each["deployed_at"])
        for each in found
    ] == [
        ("d1", True, "2026-01-06T21:00:00Z"),
        ("d2", False, "2026-01-07T08:00:00Z"),
    ]
    assert found[1]["lead_time_for_changes_hours"] == 30
    assert api.get("/analytics/issue/ENG-1/path").json()["deployments"] == []


def test_the_path_of_an_issue_needs_no_mart_of_deployments(
    api: Api, marts: TinyMarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.analytics.builds, "seconds", 0.0)
    path = "/analytics/issue/PLA-3/path"
    before = api.get(path).headers["ETag"]
    marts.drop("fct_deployments")
    try:
        without = api.get(path)
    finally:
        marts.load("fct_deployments")
    assert (without.status_code, without.json()["deployments"]) == (200, None)
    assert len({before, without.headers["ETag"], api.get(path).headers["ETag"]}) == 3


def test_an_issue_without_a_pull_request_has_a_path_without_steps(api: Api) -> None:
    found = api.get("/analytics/issue/ENG-1/path").json()
    assert (found["pull_requests"], found["merged_at"]) == ([], None)


def test_a_deleted_issue_is_not_found(api: Api) -> None:
    assert api.get("/analytics/issue/ENG-2/path").status_code == 404


def test_freshness_says_how_new_each_mart_is(api: Api) -> None:
    found = api.get("/analytics/freshness").json()

    assert found["as_of_date"] == "2026-01-21"
    marts = {each["mart"]: each for each in found["marts"]}
    assert marts["fct_issues"]["row_count"] == 3
    assert marts["fct_issues"]["newest_at"] == "2026-01-21T00:00:00Z"
    assert marts["fct_daily_commits"]["newest_at"] == "2026-01-06T12:00:00Z"
    assert all(each["built_at"].endswith("Z") for each in found["marts"])


def test_freshness_says_when_the_last_good_load_of_each_source_began(
    api: Api, marts: TinyMarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.analytics.builds, "seconds", 0.0)
    loads = "ops.agg_source_freshness"
    before = api.get("/analytics/freshness")
    loaded_at = {each["mart"]: each["loaded_at"] for each in before.json()["marts"]}
    assert loaded_at["fct_issues"] == "2026-01-20T03:15:00Z"
    assert loaded_at["fct_pull_requests"] is None  # no good run
    marts.drop(loads)
    try:
        without = api.get("/analytics/freshness")
    finally:
        marts.load(loads)
    assert without.status_code == 200
    assert {each["loaded_at"] for each in without.json()["marts"]} == {None}


def test_the_freshness_changes_with_each_run_of_the_pipeline(
    api: Api, marts: TinyMarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.analytics.builds, "seconds", 0.0)
    known = {"If-None-Match": api.get("/analytics/freshness").headers["ETag"]}
    assert api.get("/analytics/freshness", known).status_code == 304
    marts.load("ops.runs")
    assert api.get("/analytics/freshness", known).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/analytics/repository/0/summary",
        "/analytics/repository/acme/none/summary",
        "/analytics/contributor/nobody/summary",
        "/analytics/issue/ENG-999/path",
        "/analytics/trends?metric=throughput&subject=NOPE",
        "/analytics/trends?metric=pickup_time&subject=ENG",
        "/analytics",
        "/",
    ],
)
def test_what_does_not_exist_is_a_problem_in_one_line(api: Api, path: str) -> None:
    found = api.get(path)

    assert found.status_code == 404
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["detail"].startswith("there is no ")
    assert "\n" not in found.json()["detail"]


def test_a_team_without_a_week_has_an_empty_trend(api: Api) -> None:
    found = api.get("/analytics/trends", metric="throughput", subject="NEW")
    assert (found.status_code, found.json()["points"]) == (200, [])


def test_the_documentation_page_lists_paths_and_metrics_without_a_script(
    api: Api,
) -> None:
    found = api.get("/docs")
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert "/analytics/trends" in found.text
    assert "created → completed" in found.text
    assert "<script" not in found.text
    assert "http://" not in found.text
    assert "https://" not in found.text
