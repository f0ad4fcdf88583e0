# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.common.errors import TapError
from tap_linear.transport.limits import Limits

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

NOW = 1_000_000.0


@pytest.fixture
def limits() -> Limits:
    made = Limits(3600, logging.getLogger("limits"), clock=lambda: NOW)
    made.slept = []  # type: ignore[attr-defined]
    made.sleep = made.slept.append  # type: ignore[attr-defined]
    return made


def headers(requests: float, points: float, seconds: float) -> dict[str, str]:
    reset = str(int((NOW + seconds) * 1000))
    return {
        "x-ratelimit-requests-remaining": str(requests),
        "x-ratelimit-requests-reset": reset,
        "x-ratelimit-complexity-remaining": str(points),
        "x-ratelimit-complexity-reset": reset,
    }


def test_nothing_is_waited_for_before_the_first_answer(limits: Any) -> None:
    limits.before_request(10_000)
    assert limits.slept == []


def test_the_points_of_the_responses_add_up(limits: Any) -> None:
    for points in ("120", "80", "none"):
        limits.observe({"x-complexity": points})
    assert limits.points == 200


def test_resets_are_read_as_milliseconds(limits: Any) -> None:
    limits.observe(headers(0, 1_000, 90))
    limits.before_request(1)
    assert limits.slept == [90]


@pytest.mark.parametrize(
    ("requests", "points", "cost", "waits"),
    [
        (1, 100, 100, []),
        (0, 100, 100, [60]),
        (1, 99, 100, [60]),
        (0, 0, 100, [60]),
    ],
)
def test_a_request_waits_where_either_budget_does_not_hold_it(
    limits: Any, requests: int, points: int, cost: float, waits: list[float]
) -> None:
    limits.observe(headers(requests, points, 60))
    limits.before_request(cost)
    assert limits.slept == waits


def test_a_reset_that_is_over_is_not_waited_for(limits: Any) -> None:
    limits.observe(headers(0, 0, -1))
    limits.before_request(1)
    assert limits.slept == []


def test_after_a_wait_the_budget_is_unknown_until_the_next_answer(limits: Any) -> None:
    limits.observe(headers(0, 0, 60))
    limits.before_request(1)
    limits.before_request(1)
    assert limits.slept == [60]


def test_a_wait_longer_than_allowed_ends_the_run_and_says_what_to_set(
    limits: Any,
) -> None:
    limits.observe(headers(0, 0, 3601))
    with pytest.raises(TapError, match="max_wait_seconds"):
        limits.before_request(1)
    assert limits.slept == []


def test_a_refusal_that_tells_no_moment_is_waited_for_longer_each_time(
    limits: Any,
) -> None:
    for attempt in range(8):
        limits.after_refusal({}, attempt, 0)
    assert limits.slept == [1, 2, 4, 8, 16, 32, 60, 60]


def test_retry_after_is_obeyed(limits: Any) -> None:
    limits.after_refusal({"retry-after": "7"}, 0, 0)
    assert limits.slept == [7]


def test_waits_of_one_request_add_up(limits: Any) -> None:
    with pytest.raises(TapError):
        limits.after_refusal({"retry-after": "2000"}, 1, 2000)


def test_headers_that_are_no_numbers_are_passed_over(limits: Any) -> None:
    limits.observe({"x-ratelimit-requests-remaining": "many"})
    limits.before_request(1)
    assert limits.slept == []


def test_a_run_that_exceeds_the_budget_waits_and_loses_nothing(
    workspace: Any,
    server: ApiServer,
    run: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(120):
        workspace.issue(number, number)
    server.limits(linear={"key.requests": 6}, window_seconds=1)
    again = run(page_size=20)
    waits = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    again.tap.context.client.limits.sleep = sleep
    out = again.sync()
    assert len(out.ids("issues")) == 120
    assert waits
    assert "limit is spent: waiting" in caplog.text
    assert set(server.stats()["linear"]["statuses"]) <= {"200", "400"}


def test_a_run_that_may_not_wait_ends_with_its_state_at_the_last_batch(
    workspace: Any, server: ApiServer, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_linear.streams.batch_sizes.BATCH_ISSUES", 10)
    for number in range(100):
        workspace.issue(number, number)
    # Seven requests and the list of the issues come first; some are left for the rest.
    server.limits(linear={"key.requests": 21}, window_seconds=3600)
    first = run(page_size=10, max_wait_seconds=0)
    with pytest.raises(SystemExit) as ended:
        first.sync()
    assert "max_wait_seconds" in str(ended.value)
    got = first.out.ids("issues")
    assert 0 < len(got) < 100
    server.limits(linear={"key.requests": 2_500})
    rest = run(first.out.states[-1], page_size=10).sync().ids("issues")
    assert {*got, *rest} == {row["id"] for row in workspace.rows.issues.values()}
    assert len(got) + len(rest) < 110
