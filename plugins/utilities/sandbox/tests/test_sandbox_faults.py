from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.control import ControlError
from sandbox.faults import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import ApiServer

    AskRaw = Callable[..., requests.Response]
    Check = Callable[[requests.Response, int, int], None]

DAMAGE = {
    "trickle",
    "null-children",
    "repeated-cursor",
    "replaced",
    "poisoned",
    "vague",
    "self-link",
    "hidden",
}
OWN_TEST = {"latency", "cut", "resource-limits", "forbidden", *DAMAGE}
"""Kinds that a test of their own, here or in test_sandbox_damage.py, orders."""

ISSUES = "query Issues { issues(first: 5) { nodes { id } } }"
VIEWER = "query Viewer { viewer { login } }"
PULLS = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on PullRequest { id } } }"""


def code(response: requests.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


# When


def test_a_fault_hits_the_nth_request_and_as_many_as_ordered(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    api.fault("server-error", "linear", at=2, count=2)
    statuses = [linear_raw(ISSUES).status_code for _ in range(5)]
    assert statuses == [200, 502, 502, 200, 200]


def test_a_fault_can_hit_all_requests_until_it_is_cleared(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    api.fault("server-error", "linear", count=0, status=504)
    assert {linear_raw(ISSUES).status_code for _ in range(3)} == {504}
    api.clear_faults()
    assert linear_raw(ISSUES).status_code == 200


def test_random_faults_are_the_same_for_the_same_seed(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    runs = []
    for seed in (1, 1, 2):
        api.clear_faults()
        api.fault("server-error", "linear", rate=0.5, seed=seed)
        runs.append([linear_raw(ISSUES).status_code for _ in range(20)])
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {200, 502}


def test_a_fault_hits_only_the_operation_that_it_names(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    api.fault("server-error", "linear", match="query Issues", count=0)
    assert linear_raw("query Teams { teams { nodes { id } } }").status_code == 200
    assert linear_raw(ISSUES).status_code == 502


def test_a_fault_hits_only_the_path_and_the_api_that_it_names(
    api: ApiServer, rest: AskRaw, linear_raw: AskRaw
) -> None:
    api.fault("server-error", "github", match="/members", count=0)
    name = next(iter(api.world.github.organizations))
    assert rest(f"/orgs/{name}").status_code == 200
    assert rest(f"/orgs/{name}/members").status_code == 502
    assert linear_raw(ISSUES).status_code == 200


def test_a_fault_hits_only_pages_that_are_larger_than_it_allows(
    api: ApiServer, linear_raw: AskRaw, rest: AskRaw
) -> None:
    query = "query Issues($first: Int) { issues(first: $first) { nodes { id } } }"
    api.fault("server-error", "linear", count=0, above=10)
    sizes = (11, 10, 50, 1)
    statuses = [linear_raw(query, first=size).status_code for size in sizes]
    assert statuses == [502, 200, 502, 200]
    assert linear_raw(ISSUES).status_code == 200  # no such variable
    api.fault("server-error", "github", count=0, above=10)
    assert rest("/user").status_code == 200


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"kind": "nope", "api": "linear"}, "no such fault: nope; there are cut, "),
        (
            {"kind": "cut", "api": "gitlab"},
            "no such API: gitlab; there are linear, github",
        ),
        ({"kind": "cut", "api": "github", "when": 3}, "not a fault: .*when"),
    ],
)
def test_an_impossible_order_is_refused_in_one_line(
    api: ApiServer, order: dict[str, Any], says: str
) -> None:
    with pytest.raises(ControlError, match=says):
        api.fault(**order)


# What


def test_every_kind_of_fault_changes_the_answer_of_the_api_it_is_for(
    api: ApiServer, linear_raw: AskRaw, github_raw: AskRaw
) -> None:
    both: dict[str, Callable[[], requests.Response]] = {
        "linear": lambda: linear_raw(ISSUES),
        "github": lambda: github_raw(VIEWER),
    }
    good = {name: ask() for name, ask in both.items()}
    for kind in KINDS:
        if kind in OWN_TEST:
            continue
        changed = []
        for name, ask in both.items():
            api.clear_faults()
            api.fault(kind, name)
            found = ask()
            changed.append(
                (found.status_code, found.content)
                != (good[name].status_code, good[name].content)
            )
        assert any(changed), kind


def test_latency_delays_the_answer_and_changes_nothing(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    good = linear_raw(ISSUES).json()
    api.fault("latency", "linear", seconds=0.3)
    start = time.monotonic()
    assert linear_raw(ISSUES).json() == good
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(("ids", "seconds"), [(0, 0.05), (3, 0.2)])
def test_latency_grows_with_the_rows_that_a_request_names(
    api: ApiServer, github_raw: AskRaw, ids: int, seconds: float
) -> None:
    api.fault("latency", "github", seconds=0.05, row_seconds=0.05)
    start = time.monotonic()
    github_raw(PULLS, ids=["PR_1"] * ids)
    assert time.monotonic() - start >= seconds


@pytest.mark.parametrize("name", ["linear", "github"])
def test_a_cut_connection_ends_in_the_middle_of_the_body(
    api: ApiServer, linear_raw: AskRaw, github_raw: AskRaw, name: str
) -> None:
    ask = {
        "linear": lambda: linear_raw(ISSUES),
        "github": lambda: github_raw(VIEWER),
    }
    api.fault("cut", name)
    with pytest.raises(
        (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    ):
        ask[name]()
    assert ask[name]().status_code == 200


def test_resource_limits_leave_null_nodes_among_good_ones(
    api: ApiServer, github_raw: AskRaw
) -> None:
    api.fault("resource-limits", "github")
    wanted = list(api.world.github.pull_requests)[:4]
    response = github_raw(PULLS, ids=wanted)
    assert response.status_code == 200
    assert response.json()["data"]["nodes"] == [
        None,
        {"id": wanted[1]},
        None,
        {"id": wanted[3]},
    ]
    errors = response.json()["errors"]
    assert {one["type"] for one in errors} == {"RESOURCE_LIMITS_EXCEEDED"}
    assert [one["path"] for one in errors] == [["nodes", 0], ["nodes", 2]]


def test_a_forbidden_node_is_null_among_good_ones(
    api: ApiServer, github_raw: AskRaw
) -> None:
    wanted = list(api.world.github.pull_requests)[:3]
    api.fault("forbidden", "github", match=wanted[1])
    found = github_raw(PULLS, ids=wanted).json()
    assert found["data"]["nodes"] == [{"id": wanted[0]}, None, {"id": wanted[2]}]
    (error,) = found["errors"]
    assert (error["type"], error["path"]) == ("FORBIDDEN", ["nodes", 1])
    assert "errors" not in github_raw(PULLS, ids=wanted).json()


def test_githubs_graphql_says_rate_limited_with_200(
    api: ApiServer, github_raw: AskRaw
) -> None:
    api.fault("rate-limited", "github")
    response = github_raw(VIEWER)
    assert response.status_code == 200
    assert response.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert response.headers["x-ratelimit-remaining"] == "0"


@pytest.mark.parametrize("status", [403, 429])
def test_githubs_rest_says_rate_limited_with_403_or_429(
    api: ApiServer, rest: AskRaw, assert_resets_within: Check, status: int
) -> None:
    api.fault("rate-limited", "github", status=status)
    response = rest("/user")
    assert response.status_code == status
    assert response.headers["x-ratelimit-remaining"] == "0"
    # In a second, rounded up to the next whole one.
    assert_resets_within(response, int(response.headers["x-ratelimit-reset"]), 2)


@pytest.mark.parametrize("status", [403, 429])
def test_the_secondary_limit_says_how_long_to_wait_or_not_at_all(
    api: ApiServer, rest: AskRaw, status: int
) -> None:
    api.fault("secondary-limit", "github", status=status, seconds=7)
    response = rest("/user")
    assert (response.status_code, response.headers["retry-after"]) == (status, "7")
    api.fault("secondary-limit", "github", seconds=-1)
    response = rest("/user")
    assert "retry-after" not in response.headers
    assert "secondary rate limit" in response.json()["message"]


@pytest.mark.parametrize(
    ("order", "status", "expected"),
    [
        ({"kind": "rate-limited"}, 400, "RATELIMITED"),
        ({"kind": "rate-limited", "status": 429}, 429, "RATELIMITED"),
        ({"kind": "too-complex"}, 400, "INPUT_ERROR"),
        ({"kind": "unauthorized"}, 401, "AUTHENTICATION_ERROR"),
        ({"kind": "internal", "status": 500}, 500, "INTERNAL_SERVER_ERROR"),
        ({"kind": "internal"}, 200, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_linears_errors_have_their_status_and_code(
    api: ApiServer,
    linear_raw: AskRaw,
    order: dict[str, Any],
    status: int,
    expected: str,
) -> None:
    api.fault(api="linear", **order)
    response = linear_raw(ISSUES)
    assert (response.status_code, code(response)) == (status, expected)
    assert response.json().get("data") is None


def test_a_rate_limited_answer_says_when_the_window_ends(
    api: ApiServer, linear_raw: AskRaw, assert_resets_within: Check
) -> None:
    api.fault("rate-limited", "linear", seconds=2)
    response = linear_raw(ISSUES)
    assert response.headers["x-ratelimit-requests-remaining"] == "0"
    reset = int(response.headers["x-ratelimit-requests-reset"])
    assert_resets_within(response, reset // 1_000, 2)


def test_a_field_outside_of_the_plan_is_null_and_errors_alone(
    api: ApiServer, linear_raw: AskRaw
) -> None:
    query = "{ issues(first: 2) { nodes { id slaType } } }"
    good = linear_raw(query).json()["data"]["issues"]["nodes"]
    api.fault("not-in-plan", "linear", match="slaType")
    response = linear_raw(query)
    assert response.status_code == 200
    found = response.json()
    assert [row["id"] for row in found["data"]["issues"]["nodes"]] == [
        row["id"] for row in good
    ]
    assert found["errors"][0]["path"] == ["issues", "nodes", 0, "slaType"]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_validation_errors_come_with_any_status(
    api: ApiServer, linear_raw: AskRaw, status: int
) -> None:
    api.fault("invalid", "linear", status=status)
    response = linear_raw(ISSUES)
    assert (response.status_code, code(response)) == (
        status,
        "GRAPHQL_VALIDATION_FAILED",
    )
    assert response.json()["data"] is None


def test_another_code_or_type_can_be_ordered(
    api: ApiServer, linear_raw: AskRaw, github_raw: AskRaw
) -> None:
    api.fault("rate-limited", "github", code="RATE_LIMIT")
    assert github_raw(VIEWER).json()["errors"][0]["type"] == "RATE_LIMIT"
    api.fault("internal", "linear", code="LOCK_TIMEOUT")
    assert code(linear_raw(ISSUES)) == "LOCK_TIMEOUT"


def test_a_gateway_answers_html(api: ApiServer, linear_raw: AskRaw) -> None:
    api.fault("server-error", "linear", status=504)
    response = linear_raw(ISSUES)
    assert response.headers["content-type"] == "text/html"
    assert response.text.startswith("<html>")


def test_missing_scopes_reject_the_whole_document_that_asks_for_an_email(
    api: ApiServer, github_raw: AskRaw
) -> None:
    api.fault("insufficient-scopes", "github", match="email", count=0)
    body = github_raw("{ viewer { login email } }").json()
    assert body["errors"][0]["type"] == "INSUFFICIENT_SCOPES"
    assert "data" not in body
    assert "errors" not in github_raw("{ viewer { login } }").json()


def test_without_read_org_every_field_on_an_organization_is_refused_at_its_place(
    api: ApiServer, github_raw: AskRaw
) -> None:
    query = "{ viewer { login }\n  rateLimit { cost } }"
    organization = """query Owner { repositoryOwner(login: "x") {
  login ... on Organization { id
    name }
} }"""
    api.fault("insufficient-scopes", "github", match="... on Organization", count=0)
    body = github_raw(organization).json()
    assert {one["type"] for one in body["errors"]} == {"INSUFFICIENT_SCOPES"}
    places = [tuple(one["locations"][0].values()) for one in body["errors"]]
    assert places == [(2, 31), (3, 5)]
    assert "'name' field requires one of" in body["errors"][1]["message"]
    assert "errors" not in github_raw(query).json()


# What was asked


def test_statistics_count_requests_points_and_operations(
    api: ApiServer, linear_raw: AskRaw, github_raw: AskRaw, rest: AskRaw
) -> None:
    linear_raw(ISSUES)
    linear_raw(ISSUES)
    github_raw(VIEWER)
    rest("/user")
    api.fault("server-error", "linear")
    linear_raw(ISSUES)
    found = api.stats()
    assert found["linear"]["requests"] == 3
    assert found["linear"]["points"] == 2 * (1 + 5 * 1.1)
    assert found["linear"]["operations"]["Issues"] == 2
    assert found["linear"]["statuses"] == {"200": 2, "502": 1}
    assert found["linear"]["faults"] == {"server-error": 1}
    assert found["github"]["operations"] == {"Viewer": 1, "/user": 1}
    assert found["github"]["points"] == 1
    api.forget_stats()
    assert api.stats()["linear"]["requests"] == 0


def test_the_readme_names_every_kind_of_fault() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in readme] == []
