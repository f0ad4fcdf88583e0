"""The pages of nested lists are chosen from the lists that were read."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.common.nested_pages import FirstPage, NestedPages, Prices

if TYPE_CHECKING:
    from collections.abc import Iterable

HISTORY = Prices(11.1, 1.2, 2.0, request=1_200, capacity=7_000, largest=250)
SPANS = replace(HISTORY, row=1.4)
DEFAULT = 12
BATCH = 1_000
CHANCE = random.Random(11)  # noqa: S311 - lengths of lists


def geometric(mean: float, lists: int = 2_000) -> list[int]:
    """Return lengths with a tail that falls by the same factor with each row."""
    stop = math.log(1 - 1 / (1 + mean))
    return [int(math.log(1 - CHANCE.random()) / stop) for _ in range(lists)]


DISTRIBUTIONS = {
    "geometric": geometric(5.5),
    "a long tail": [int(3.6 * CHANCE.paretovariate(1.9) - 1.6) for _ in range(2_000)],
    "two kinds": [CHANCE.choice((0, 1, 40, 41)) for _ in range(2_000)],
    "mostly empty": [int(CHANCE.random() > 0.97) * 30 for _ in range(2_000)],
}


def learned(lengths: Iterable[int]) -> NestedPages:
    pages = NestedPages(DEFAULT)
    for length in lengths:
        pages.observe(length)
    return pages


def spent(
    pages: NestedPages, lengths: list[int], prices: Prices, first: FirstPage | None
) -> float:
    """Read lists and return the price, in points; requests are part of it.

    Args:
        pages: Chooses the pages.
        lengths: Rows of each list.
        prices: What they cost.
        first: The first page; None lets `pages` choose.
    """
    points, requests = 0.0, 0.0
    for begin in range(0, len(lengths), BATCH):
        batch = lengths[begin : begin + BATCH]
        page = first or pages.first_page(prices, len(batch))
        row = prices.row + page.has_info * prices.page_info
        price = len(batch) * page.rows * row
        points += price
        requests += price / prices.capacity  # the rest of it holds the parents
        start = known = page.rows if page.has_info else page.rows - 1
        while batch := [length for length in batch if length > known]:
            size = pages.next_page(prices, len(batch), start, known)
            rows = size * (prices.row + prices.page_info)
            price = len(batch) * (prices.parent + rows)
            points += price
            requests += math.ceil(price / prices.capacity)
            start = known = start + size
    return points + requests * prices.request


@pytest.mark.parametrize("prices", [HISTORY, SPANS], ids=["history", "spans"])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_no_fixed_first_page_is_cheaper_by_more_than_five_percent(
    name: str, prices: Prices
) -> None:
    lengths = DISTRIBUTIONS[name]
    pages = learned(lengths)
    fixed = {
        page: spent(pages, lengths, prices, page)
        for rows in range(1, 60)
        for page in (FirstPage(rows, has_info=True), FirstPage(rows, has_info=False))
    }
    cheapest = min(fixed, key=lambda page: fixed[page])
    chosen = spent(pages, lengths, prices, None)
    assert chosen <= 1.05 * fixed[cheapest], (cheapest, pages.first_page(prices, BATCH))


def test_a_page_ends_with_the_list_if_all_lists_are_equally_long() -> None:
    pages = learned([5] * 100)
    assert pages.first_page(HISTORY, BATCH) == FirstPage(5, has_info=True)


def test_page_information_is_left_out_where_it_costs_more_than_reading_again() -> None:
    pages = learned([5] * 100)
    assert pages.first_page(SPANS, BATCH) == FirstPage(6, has_info=False)


def test_an_unannounced_continuation_reads_only_one_row_again() -> None:
    pages = learned([2] * 970 + [9] * 30)
    first = pages.first_page(SPANS, BATCH)
    assert first == FirstPage(3, has_info=False)
    assert pages.next_page(SPANS, 15, first.rows - 1, first.rows - 1) == 9 - 2


def test_precious_requests_make_pages_larger_and_precious_points_smaller() -> None:
    pages = learned(DISTRIBUTIONS["geometric"])
    sizes = [
        pages.first_page(replace(HISTORY, request=request), 50).rows
        for request in (1, 1_200, 1_000_000)
    ]
    assert sizes == sorted(set(sizes))


def test_few_parents_get_larger_pages_than_many_because_they_share_a_request() -> None:
    pages = learned(DISTRIBUTIONS["geometric"])
    few, many = (pages.first_page(HISTORY, parents).rows for parents in (5, 5_000))
    assert few > many


def test_the_default_applies_until_thirty_lists_are_known() -> None:
    pages = learned([1] * 29)
    assert not pages.is_learned
    assert pages.first_page(HISTORY, BATCH) == FirstPage(DEFAULT, has_info=True)
    assert pages.next_page(HISTORY, 50, DEFAULT, DEFAULT) == 14
    pages.observe(1)
    assert pages.first_page(HISTORY, BATCH) == FirstPage(1, has_info=True)


def test_a_list_longer_than_all_others_is_doubled_up_to_the_largest_page() -> None:
    pages = learned([3] * 100)
    read, sizes = 3, []
    while read < 2_000:
        sizes.append(pages.next_page(HISTORY, 1, read, read))
        read += sizes[-1]
    assert sizes == sorted(sizes)
    assert max(sizes) == HISTORY.largest


def test_no_page_is_larger_than_the_api_allows() -> None:
    pages = learned([400, 700] * 50)
    first = pages.first_page(HISTORY, BATCH)
    assert first.rows <= HISTORY.largest
    assert pages.next_page(HISTORY, BATCH, first.rows, first.rows) <= HISTORY.largest


def test_empty_lists_are_requested_with_one_row() -> None:
    assert learned([0] * 50).first_page(HISTORY, BATCH) == FirstPage(1, has_info=False)


def test_recent_lists_count_more_than_old_ones() -> None:
    pages = learned([3] * 20_000)
    for _ in range(6_000):
        pages.observe(20)
    assert pages.first_page(HISTORY, BATCH).rows >= 20


def test_the_state_keeps_what_was_observed_and_stays_small() -> None:
    pages = learned(DISTRIBUTIONS["a long tail"] + list(range(5_000)))
    state = pages.to_state()
    assert NestedPages.from_state(DEFAULT, state).to_state() == state
    assert len(state) <= 120


@pytest.mark.parametrize(
    "state",
    [None, 5, [], {"x": 1}, {"-1": 1}, {"3": -1}, {"3": 0}, {"3": True}, {"3": "1"},
     {"3": 1.5}, {"3": 10**9}, {"9" * 5_000: 1}, {"": 1}],
)  # fmt: skip
def test_a_state_that_holds_something_else_is_refused(state: Any) -> None:  # noqa: ANN401 - any JSON
    with pytest.raises(ValueError, match=r"\w"):
        NestedPages.from_state(DEFAULT, state)
