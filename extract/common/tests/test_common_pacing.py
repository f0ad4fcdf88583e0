"""Requests are sent at a steady rate."""

from __future__ import annotations

from tap_linear.common.pacing import Pace


def test_after_a_burst_requests_are_sent_at_the_given_rate() -> None:
    now = 0.0
    sent: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    pace = Pace(2, 3, sleep, lambda: now)
    for _ in range(7):
        pace.wait()
        sent.append(now)
    assert sent == [0, 0, 0, 0.5, 1, 1.5, 2]


def test_a_pause_fills_the_burst_again_and_no_more() -> None:
    now = 0.0
    waits: list[float] = []
    pace = Pace(2, 2, waits.append, lambda: now)
    pace.wait()
    pace.wait()
    now = 60.0
    pace.wait()
    pace.wait()
    assert waits == []
    pace.wait()
    assert waits == [0.5]
