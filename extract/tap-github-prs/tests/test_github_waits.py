"""Every wait and every response has an end, and each retry is a line."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest

from tap_github_prs.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Host, Reader
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]


@pytest.fixture
def small(host: Host, serve: Serve) -> Reader:
    repository = host.repository("one")
    for n in range(9):
        host.pull_request(repository, f"2024-05-05T00:00:{n:02d}Z")
    return serve(host)


def test_a_response_that_trickles_in_ends_at_the_timeout_and_costs_no_row(
    small: Reader, caplog: Log
) -> None:
    small.server.fault("trickle", "github", at=2)

    output = small.run(request_timeout=1)

    assert small.server.stats()["github"]["faults"] == {"trickle": 1}
    assert len(output.records["pull_requests"]) == 9
    assert "no answer in time (timed out)" in caplog.text


def test_responses_that_always_trickle_in_end_the_run_in_one_line(
    small: Reader,
) -> None:
    small.server.fault("trickle", "github", count=0)

    with pytest.raises(TapError, match="timed out"):
        small.run(request_timeout=1)
    assert small.server.stats()["github"]["faults"] == {"trickle": 3}


def test_each_retry_is_a_line_with_what_failed_which_attempt_and_the_next(
    small: Reader, caplog: Log
) -> None:
    small.server.fault("server-error", "github", at=1, count=2, status=503)
    small.server.fault("secondary-limit", "github", at=3, seconds=7)
    small.server.fault("server-error", "github", match="Hydrate", status=502)
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        small.run()

    found = [re.sub(r" \(.*?\)", "", r.getMessage()) for r in caplog.records]
    assert found == [
        "server error: attempt 1 failed, next attempt in 1 s",
        "server error: attempt 2 failed, next attempt in 2 s",
        "secondary rate limit: attempt 3 failed",
        "GitHub's graphql limit is reached, next attempt in 7 s",
        "too much at once: next attempt at once, for less",
    ]


def test_a_reset_that_lies_in_the_past_again_and_again_is_waited_for_ever_longer(
    small: Reader,
) -> None:
    small.server.fault("rate-limited", "github", count=0, seconds=-3_600)

    with pytest.raises(TapError, match="raise max_wait_seconds"):
        small.run(max_wait_seconds=600)

    waits = small.clock.waits
    assert [round(wait) for wait in waits[:7]] == [1, 2, 4, 8, 16, 32, 60]
    assert small.server.stats()["github"]["faults"]["rate-limited"] < 20
