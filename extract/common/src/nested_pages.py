"""How many rows of a nested list to request, learned from the lists read so far.

A nested list comes with its parent: the history of an issue, the reviews of a pull
request. Its size is part of the query, and the API charges for the rows that are
requested, not for those that exist. A large page wastes points on short lists; a small
page has to be continued for long lists. A continuation reads the next page of many
parents in one request.

**Arithmetic.** `S(n)` is the share of the lists that are longer than `n` rows. `C(k)`
is the expected price per parent of continuing the lists that are longer than `k` rows,
when `k` rows have been read:

    C(k) = min over c of  S(k)·(parent + c·(row + page_info))·w  +  r(k)  +  C(k + c)

    w    = 1 + request / capacity                      because points fill requests
    r(k) = request·(1 - e^(-parents·S(k))) / parents   because the batch needs one more
                                                       request if any list continues

A first page of `f` rows has two possible prices:

    with page information:     f·(row + page_info)·w  +  C(f)
    without it:                f·row·w  +  C'(f)

Without page information, a full page may have a continuation that nobody has
announced. `C'(f)` is the price of reading the rest of all lists with at least `f` rows
from their end. The last row of the first page is read again: it shows that nothing is
missing in between. So `C'(f) = C(f - 1)`. The cheapest `f` and the cheaper of the two
prices win. A page is best if it ends exactly with lists that exist, so only observed
lengths are compared.

All prices are in points. `request` converts a request into points: points left divided
by requests left. So the sum is smallest in proportion to the budgets that remain.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ENOUGH = 30  # lists before the default is replaced by what was observed
MEMORY = 2_000  # lists; then all counts are halved, so that old lists count less
EXACT = 32  # rows up to which each length is counted on its own
LONGEST = 1_000  # rows; longer lists are counted as this long


@dataclass(frozen=True, slots=True)
class Prices:
    """What a nested list costs.

    Attributes:
        row: Points of each requested row.
        page_info: Points that page information adds to each requested row.
        parent: Points of each parent of a continuation, besides its rows.
        request: What a request is worth, in points.
        capacity: Points that one request may cost.
        largest: Rows that a page may have.
    """

    row: float
    page_info: float
    parent: float
    request: float
    capacity: float
    largest: int


class FirstPage(NamedTuple):
    """The first page of a nested list.

    Attributes:
        rows: Rows to request, at least 1.
        has_info: Whether to request page information. Without it, the rest of a full
            page has to be read from the end of the list.
    """

    rows: int
    has_info: bool


@dataclass
class NestedPages:
    """Chooses the pages of one kind of nested list.

    Args:
        default: Rows of a first page as long as fewer than 30 lists have been observed.
        counts: Lists by length, from an earlier run.
    """

    default: int
    counts: Counter[int] = field(default_factory=Counter)

    @property
    def is_learned(self) -> bool:
        """Whether enough lists have been observed to choose sizes."""
        return self.counts.total() >= ENOUGH

    def observe(self, length: int) -> None:
        """Count a list that was read to its end.

        Args:
            length: Its rows.
        """
        self.counts[_rounded(length)] += 1
        if self.counts.total() > MEMORY:
            halves = {rows: lists // 2 for rows, lists in self.counts.items()}
            self.counts = Counter({rows: n for rows, n in halves.items() if n})

    def first_page(self, prices: Prices, parents: int) -> FirstPage:
        """Return the cheapest first page.

        Args:
            prices: What the list costs.
            parents: Parents that will be read before their lists are continued.
        """
        if not self.is_learned:
            return FirstPage(min(self.default, prices.largest), has_info=True)
        search = _Search(self.counts, prices, max(1, parents))
        options = [FirstPage(rows, has_info=True) for rows in search.ends]
        options += [FirstPage(rows + 1, has_info=False) for rows in (0, *search.ends)]
        allowed = [page for page in options if page.rows <= prices.largest]
        return min(
            allowed or [FirstPage(prices.largest, has_info=True)], key=search.price
        )

    def next_page(self, prices: Prices, parents: int, start: int, known: int) -> int:
        """Return the cheapest size of a continuation, in rows.

        Args:
            prices: What the list costs.
            parents: Parents whose lists continue.
            start: Rows that need not be read again.
            known: Rows that each of these lists has at least, minus one.
        """
        if self.is_learned:
            search = _Search(self.counts, prices, max(1, parents), known)
            if rows := search.continuation(start, known)[1]:
                return rows
        # Longer than every list so far: double what is known, or more if that costs
        # less than another request; a third of it, because kinds of lists share it.
        row = prices.row + prices.page_info
        worth = prices.request / 3 / (row * max(1, parents))
        size = max(self.default, 2 * (known + 1) - start, int(worth))
        return min(prices.largest, size)

    def to_state(self) -> dict[str, int]:
        """Return what was observed, for the state: lists by length."""
        return {str(rows): self.counts[rows] for rows in sorted(self.counts)}

    @classmethod
    def from_state(cls, default: int, state: Any) -> NestedPages:  # noqa: ANN401 - JSON
        """Return what an earlier run observed.

        Args:
            default: Rows of a first page as long as too few lists have been observed.
            state: What `to_state` returned.

        Raises:
            ValueError: If the state is something else.
        """
        if not isinstance(state, dict):
            message = "it is not an object"
            raise ValueError(message)  # noqa: TRY004 - one exception for a wrong state
        counts: Counter[int] = Counter()
        for rows, lists in state.items():
            is_count = isinstance(lists, int) and not isinstance(lists, bool)
            if not (rows.isdecimal() and is_count and 0 < lists <= MEMORY):
                message = f"{rows!r}: {lists!r} is not a number of lists of a length"
                raise ValueError(message[:100])
            counts[_rounded(int(rows))] += lists
        return cls(default, counts)


class _Search:
    """Compares prices; see the arithmetic of the module.

    Args:
        counts: Lists by length.
        prices: What the list costs.
        parents: Parents that share each request.
        known: Only lists longer than this are counted.
    """

    def __init__(
        self, counts: Counter[int], prices: Prices, parents: int, known: int = -1
    ) -> None:
        self._prices = prices
        self._parents = parents
        lengths = sorted(rows for rows in counts if rows > known)
        self.ends = [rows for rows in lengths if rows]
        total = sum(counts[rows] for rows in lengths)
        self._longer: dict[int, float] = {}
        left = total
        for rows in lengths:
            left -= counts[rows]
            self._longer[rows] = left / total
        self._lengths = lengths
        self._found: dict[tuple[int, int], tuple[float, int]] = {}
        self._per_point = 1 + prices.request / prices.capacity

    def share(self, rows: int) -> float:
        """Return the share of the lists that are longer than a number of rows."""
        if not self._lengths:
            return 0.0
        place = _last_at_most(self._lengths, rows)
        return 1.0 if place is None else self._longer[place]

    def price(self, page: FirstPage) -> float:
        """Return the expected price per parent of a first page and what follows."""
        prices = self._prices
        row = prices.row + prices.page_info * page.has_info
        read = page.rows if page.has_info else page.rows - 1
        return page.rows * row * self._per_point + self.continuation(read, read)[0]

    def continuation(self, start: int, known: int) -> tuple[float, int]:
        """Return the price per parent of continuing, and the rows of the next page.

        Args:
            start: Rows that are read.
            known: Lists longer than this are continued.

        Returns:
            Both are 0 if no observed list is that long.
        """
        share = self.share(known)
        if not share:
            return 0.0, 0
        if (start, known) not in self._found:
            prices = self._prices
            row = prices.row + prices.page_info
            begin = prices.request * -math.expm1(-self._parents * share) / self._parents
            sizes = {
                min(end - start, prices.largest) for end in self.ends if end > known
            }
            self._found[start, known] = min(
                (
                    share * (prices.parent + size * row) * self._per_point
                    + begin
                    + self.continuation(start + size, max(known, start + size))[0],
                    size,
                )
                for size in sizes
            )
        return self._found[start, known]


def _last_at_most(ordered: list[int], value: int) -> int | None:
    """Return the largest number of an ordered list that is not above a value."""
    place = bisect_right(ordered, value)
    return ordered[place - 1] if place else None


def _rounded(length: int) -> int:
    """Return a length as it is counted: exact, or rounded up by at most 1/16."""
    if length <= EXACT:
        return length
    step = 1 << (min(length, LONGEST).bit_length() - 5)
    return min(LONGEST, -(-length // step) * step)
