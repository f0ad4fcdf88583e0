"""A page halves when it is refused, and grows back."""

from __future__ import annotations

import pytest

from tap_linear.common.page_size import PageSize


def test_a_size_halves_down_to_one_row() -> None:
    size = PageSize(25)
    seen = [size.value]
    while size.shrinkable:
        size.halve()
        seen.append(size.value)
    size.halve()
    assert seen == [25, 12, 6, 3, 1]
    assert size.value == 1


def test_fewer_rows_that_were_requested_are_halved_and_not_the_size() -> None:
    size = PageSize(100)
    size.halve(7)
    assert size.value == 3


@pytest.mark.parametrize(
    ("growth", "sizes"),
    [(1.0, [4, 5, 6, 7, 8]), (1.25, [4, 5, 6, 7, 8]), (2.0, [4, 8, 16, 20, 20])],
)
def test_a_size_grows_back_by_its_factor_or_by_one_row(
    growth: float, sizes: list[int]
) -> None:
    size = PageSize(20, growth)
    size.halve(8)
    seen = []
    for _ in sizes:
        seen.append(size.value)
        size.grow()
    assert seen == sizes


def test_another_limit_moves_a_full_size_and_keeps_a_halved_one() -> None:
    full, halved = PageSize(40), PageSize(40)
    halved.halve()
    for size in (full, halved):
        size.limit(60)
    assert (full.value, halved.value) == (60, 20)
    for size in (full, halved):
        size.limit(10)
    assert (full.value, halved.value) == (10, 10)
