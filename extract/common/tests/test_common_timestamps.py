"""Every timestamp has the same form, so that bookmarks compare as text."""

from __future__ import annotations

import pytest

from tap_linear.common.timestamps import (
    FIRST,
    LAST,
    from_epoch,
    http_date,
    minus_seconds,
    timestamp,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2026-01-31T10:00:00.123Z", "2026-01-31T10:00:00.123Z"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000Z"),
        ("2026-01-31T10:00:00.123456+02:00", "2026-01-31T08:00:00.123Z"),
        ("2026-01-31T10:00:00", "2026-01-31T10:00:00.000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31 10:00:00.123Z", "2026-01-31T10:00:00.123Z"),
        ("2026-01-31T10:00:00,123Z", "2026-01-31T10:00:00.123Z"),
        ("2026-W05-6T10:00:00.123Z", "2026-01-31T10:00:00.123Z"),
        ("2024-05-05T02:00:00+02:00", "2024-05-05T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("0900-01-01T00:00:00.5+00:00", "0900-01-01T00:00:00.500Z"),
    ],
)
def test_every_timestamp_has_one_form(value: str, written: str) -> None:
    assert timestamp(value) == written


@pytest.mark.parametrize(
    "value",
    ["", "soon", "2026-02-30T00:00:00Z", "2026-01-01T24:01:00Z", "0001-01-01T00:00+14"],
)
def test_a_time_that_no_calendar_has_raises_value_error(value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        timestamp(value)


@pytest.mark.parametrize(
    ("value", "seconds", "earlier"),
    [
        ("2026-01-01T00:00:00.500Z", 60, "2025-12-31T23:59:00.500Z"),
        ("2026-01-01T00:00:00.500Z", -1, "2026-01-01T00:00:01.500Z"),
        ("0001-01-01T00:00:30.000Z", 60, FIRST),
        ("9999-12-31T23:59:59.000Z", -60, LAST),
        ("2026-01-01T00:00:00.000Z", 10**12, FIRST),
    ],
)
def test_an_earlier_timestamp_stays_in_the_calendar(
    value: str, seconds: float, earlier: str
) -> None:
    assert minus_seconds(value, seconds) == earlier


def test_a_date_header_is_unix_time_and_anything_else_is_nothing() -> None:
    seconds = http_date("Sat, 31 Jan 2026 10:00:00 GMT")
    assert seconds is not None
    assert from_epoch(seconds) == "2026-01-31T10:00:00.000Z"
    assert http_date("Sat, 31 Jan 2026 10:00:00") == seconds
    assert [http_date(header) for header in (None, "", "soon", "5")] == [None] * 4
