"""Killing any process at any moment costs time, never rows, and leaves none twice."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.testing import ApiServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from meltano_pipeline import Pipeline

# Requests that GitHub has answered when Meltano, the tap and the target are killed:
# while the repositories are listed, in the first batches, near the end.
KILLS = (2, 12, 24)
GITHUB = ("tap-github-prs", "target-bigquery")


def kill_after(pipeline: Pipeline, server: ApiServer, requests: int) -> bool:
    """Start a sync and kill all of it; tells whether it was still running."""
    server.forget_stats()
    # After a kill Meltano takes the dead run for a living one until its heartbeat
    # is five minutes old; --force is what its own message advises.
    process = pipeline.start("run", "--force", *GITHUB)
    while process.poll() is None and server.stats()["github"]["requests"] < requests:
        time.sleep(0.02)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return running


def ids(pipeline: Pipeline, table: str) -> list[int]:
    found = pipeline.client.query(f"select id from github.raw_{table} order by id")  # noqa: S608 - a literal
    return [row["id"] for row in found.result()]


@pytest.fixture(scope="module")
def server() -> Any:  # noqa: ANN401 - yields an ApiServer
    with ApiServer(size=400) as server:
        yield server


def test_a_pipeline_killed_three_times_ends_complete_and_with_no_row_twice(
    server: ApiServer, pipeline_on: Callable[[ApiServer], Pipeline]
) -> None:
    pipeline = pipeline_on(server)
    assert all(kill_after(pipeline, server, requests) for requests in KILLS)
    pipeline.run("--force", *GITHUB)

    host = server.state.world.github
    pull_requests = [
        row
        for row in host.pull_requests.values()
        # What is taken down cannot be read by anyone.
        if not host.repositories[row["repositoryId"]].get("isDisabled")
    ]
    reviews = [review for row in pull_requests for review in row["reviews"]]
    assert ids(pipeline, "pull_requests") == sorted(
        int(row["fullDatabaseId"]) for row in pull_requests
    )
    assert ids(pipeline, "pr_reviews") == sorted(
        int(row["fullDatabaseId"]) for row in reviews
    )
