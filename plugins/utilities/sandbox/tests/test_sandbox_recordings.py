from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.github.recordings import (
    RecordingsError,
    _review_node_id,
    read_recordings,
)
from sandbox.testing import ApiServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADERS = {"Authorization": "Bearer sandbox-token"}
COUNTS = """{ repository(owner: "panjf2000", name: "ants") {
  pullRequests(first: 100, orderBy: {field: UPDATED_AT, direction: DESC}) {
    totalCount nodes {
      number headRepository { id } additions
      reviews(first: 1) { totalCount } comments(first: 1) { totalCount }
      commits(first: 1) { totalCount }
      reviewThreads(first: 50) { nodes { comments(first: 20) { totalCount } } }
    } } } }"""
REVIEWS = """{ repository(owner: "panjf2000", name: "ants") {
  pullRequests(first: 50) { nodes {
    reviews(first: 100) { nodes { id } }
    reviewThreads(first: 20) { nodes { comments(first: 16) { nodes {
      id fullDatabaseId pullRequestReview {
        id fullDatabaseId pullRequest { number } url
        comments(first: 16) { nodes { id } }
      } } } } } } } } }"""
PARENTS = """{ repository(owner: "panjf2000", name: "ants") {
  pullRequests(first: 100) { nodes { number commits(first: 100) { nodes {
    commit { oid parents(first: 10) { nodes { oid } } } } } } } } }"""


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> Iterator[ApiServer]:
    with ApiServer(recordings=recordings, size=20) as server:
        yield server


def pulls(server: ApiServer, query: str = COUNTS) -> list[dict[str, Any]]:
    response = requests.post(
        f"{server.github_url}/graphql",
        json={"query": query},
        headers=HEADERS,
        timeout=30,
    ).json()
    assert "errors" not in response
    found: list[dict[str, Any]] = response["data"]["repository"]["pullRequests"][
        "nodes"
    ]
    return found


def test_graphql_serves_every_recorded_row(recorded: ApiServer) -> None:
    rows = pulls(recorded)
    assert len(rows) == 49
    assert sum(row["reviews"]["totalCount"] for row in rows) == 30
    assert sum(row["comments"]["totalCount"] for row in rows) == 46
    assert sum(row["commits"]["totalCount"] for row in rows) == 90
    assert (
        sum(
            thread["comments"]["totalCount"]
            for row in rows
            for thread in row["reviewThreads"]["nodes"]
        )
        == 16
    )


def test_15_heads_have_no_repository_and_no_size_was_recorded(
    recorded: ApiServer,
) -> None:
    rows = pulls(recorded)
    assert sum(row["headRepository"] is None for row in rows) == 15
    assert {row["additions"] for row in rows} == {0}


def rest_rows(folder: Path, name: str) -> list[dict[str, Any]]:
    lines = (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_review_known_from_its_comments_only_is_reached_from_them_and_listed_nowhere(
    recorded: ApiServer, recordings: Path
) -> None:
    expected = {
        row["data"]["id"]: row["data"]["pull_request_review_id"]
        for row in rest_rows(recordings, "review_comments")
    }
    rows = pulls(recorded, REVIEWS)
    listed = {review["id"] for row in rows for review in row["reviews"]["nodes"]}
    comments = [
        comment
        for row in rows
        for thread in row["reviewThreads"]["nodes"]
        for comment in thread["comments"]["nodes"]
    ]

    assert len(comments) == 16
    for comment in comments:
        review = comment["pullRequestReview"]
        number = expected[int(comment["fullDatabaseId"])]
        assert int(review["fullDatabaseId"]) == number
        assert review["id"] not in listed
        assert review["url"].endswith(
            f"/{review['pullRequest']['number']}#pullrequestreview-{number}"
        )
        assert comment["id"] in [each["id"] for each in review["comments"]["nodes"]]

    url = f"{recorded.github_url}/repos/panjf2000/ants/pulls/comments?per_page=100"
    found = requests.get(url, headers=HEADERS, timeout=30).json()
    assert {row["id"]: row["pull_request_review_id"] for row in found} == expected


def test_a_made_review_id_is_what_github_made_of_the_same_number(
    recordings: Path,
) -> None:
    rows = [row["data"] for row in rest_rows(recordings, "reviews")]

    assert len(rows) == 30
    assert all(_review_node_id(row["id"]) == row["node_id"] for row in rows)


def test_commits_have_the_recorded_parents(
    recorded: ApiServer, recordings: Path
) -> None:
    expected = {
        (int(row["input"]["Number"]), row["data"]["sha"]): [
            parent["sha"] for parent in row["data"]["parents"]
        ]
        for row in rest_rows(recordings, "pull_commits")
    }
    found = {
        (row["number"], each["commit"]["oid"]): [
            parent["oid"] for parent in each["commit"]["parents"]["nodes"]
        ]
        for row in pulls(recorded, PARENTS)
        for each in row["commits"]["nodes"]
    }

    assert len(found) == 90
    assert found == expected


def test_an_organization_that_owns_a_fork_is_no_user(
    recorded: ApiServer, recordings: Path
) -> None:
    heads = [row["data"]["head"]["repo"] for row in rest_rows(recordings, "pulls")]
    owners = {head["owner"]["login"]: head["owner"]["type"] for head in heads if head}
    organizations = [login for login, kind in owners.items() if kind == "Organization"]

    assert organizations
    for login in organizations:
        url = f"{recorded.github_url}/orgs/{login}"
        found = requests.get(url, headers=HEADERS, timeout=30).json()
        assert found["type"] == "Organization"


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("pulls?state=all", 49),
        ("pulls/comments?", 16),
        ("issues/comments?", 46),
    ],
)
def test_rest_serves_every_recorded_row(
    recorded: ApiServer, path: str, number: int
) -> None:
    url = f"{recorded.github_url}/repos/panjf2000/ants/{path}&per_page=100"
    assert len(requests.get(url, headers=HEADERS, timeout=30).json()) == number


def test_linear_still_serves_the_company(recorded: ApiServer) -> None:
    response = requests.post(
        recorded.linear_url,
        json={"query": "{ issues { nodes { id } } }"},
        headers={"Authorization": "lin_api_sandbox"},
        timeout=30,
    )
    assert response.json()["data"]["issues"]["nodes"]


def test_a_folder_without_recordings_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingsError, match=r"users\.jsonl cannot be read"):
        read_recordings(tmp_path)
