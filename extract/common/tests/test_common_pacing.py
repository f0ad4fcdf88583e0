"""Requests are sent no faster than an API allows."""

from __future__ import annotations

from tap_linear.common.pacing import Pace, Window


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


def test_no_second_has_more_requests_than_the_window_allows() -> None:
    now = 0.0
    sent: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    window = Window(4, 1.0, sleep, lambda: now)
    for pause in (0, 0, 0.1, 0, 0.7, 0, 0.05, 0, 0.3, 5, 0, 0, 0, 0.2):
        now += pause
        window.wait()
        sent.append(now)
    for start in sent:
        assert sum(start <= moment < start + 1 for moment in sent) <= 4
    assert sent[:5] == [0, 0, 0.1, 0.1, 1.0]  # the first four are not delayed
