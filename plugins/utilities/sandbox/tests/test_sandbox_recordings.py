from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.github.recordings import RecordingsError, read_recordings
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


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> Iterator[ApiServer]:
    with ApiServer(recordings=recordings, size=20) as server:
        yield server


def pulls(server: ApiServer) -> list[dict[str, Any]]:
    response = requests.post(
        f"{server.github_url}/graphql",
        json={"query": COUNTS},
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
