"""A wait is what the headers ask for, by the server's own clock."""

from __future__ import annotations

import pytest

from tap_linear.common.rate_limits import number, retry_after

NOON = {"date": "Sun, 21 Jun 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17),
        ("1.5", 1.5),
        ("0", 0),
        ("-5", 0),
        ("Sun, 21 Jun 2026 12:01:30 GMT", 90),
        ("Sun, 21 Jun 2026 11:59:00 GMT", 0),
        ("soon", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_clock(
    value: str, seconds: float | None
) -> None:
    assert retry_after({**NOON, "retry-after": value}) == seconds


def test_a_response_without_the_header_asks_for_no_wait() -> None:
    assert retry_after(NOON) is None


def test_a_header_that_is_not_a_finite_number_is_no_number() -> None:
    assert [number(text) for text in ("4.5", None, "", "x", "nan")] == [4.5] + [
        None
    ] * 4
