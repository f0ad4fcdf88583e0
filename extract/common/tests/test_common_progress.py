"""Progress is a line in ten seconds, and one at the end."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from tap_linear.common.progress import Progress, total


@dataclass
class Client:
    """A client that counts what it uses."""

    requests: int = 57
    points_left: float | None = 2_843_000.0
    points: float = 1_234.5


def test_progress_logs_done_total_requests_and_points_every_ten_seconds_and_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    with caplog.at_level(logging.INFO):
        progress = Progress(logging.getLogger("p"), Client(), lambda: now[0])
        for second in range(25):
            now[0] = float(second)
            progress.log("issues", 7_977 + second, 8_000)
    assert caplog.messages == [
        "issues: 7,987 of 8,000 · 57 requests · 2,843,000 points left",
        "issues: 7,997 of 8,000 · 57 requests · 2,843,000 points left",
        "issues: 8,000 of 8,000 · 57 requests · 2,843,000 points left",
    ]


@pytest.mark.parametrize(
    ("points", "shown"), [(None, ""), (float("inf"), " · points unknown")]
)
def test_progress_without_a_total_and_without_a_known_budget(
    points: float | None, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    with caplog.at_level(logging.INFO):
        progress = Progress(logging.getLogger("p"), Client(1_234, points), now.pop)
        now.append(10.0)
        progress.log("issues, listing", 5)
    assert caplog.messages == [f"issues, listing: 5 · 1,234 requests{shown}"]


def test_the_last_line_of_a_run_is_what_it_used() -> None:
    assert total(Client()) == "Used 57 requests and 1,234 points"
