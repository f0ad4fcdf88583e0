from __future__ import annotations

import pytest

from tap_linear.common import facts


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (1_000.0, "the clock of this machine is correct"),
        (1_059.9, "the clock of this machine is correct"),
        (1_060.0, "the clock of this machine is 60 s ahead of the API: set it"),
        (
            1_000.0 - 7_200,
            "the clock of this machine is 7,200 s behind the API: set it",
        ),
    ],
)
def test_a_clock_that_differs_by_a_minute_is_reported(now: float, line: str) -> None:
    assert facts.clock(1_000.0, now) == line


def test_a_listing_names_at_most_ten_and_counts_all() -> None:
    assert facts.listing("teams", []) == "no teams are visible"
    assert facts.listing("teams", ["B", "A"]) == "2 teams are visible: A, B"
    many = facts.listing("teams", [f"T{n:02}" for n in range(12)])
    assert many.startswith("12 teams are visible: T00, T01, ")
    assert many.endswith("T09 and 2 more")
