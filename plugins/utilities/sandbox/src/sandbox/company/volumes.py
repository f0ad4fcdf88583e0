"""The sizes of a pull request, as measured on real ones."""

from __future__ import annotations

from math import erf, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from random import Random

QUANTILES: dict[str, tuple[int, int, int, int]] = {
    "reviews": (1, 6, 16, 96),
    "comments": (3, 14, 39, 159),
    "remarks": (0, 10, 54, 440),
    "commits": (1, 5, 16, 1_639),
    "files": (2, 10, 38, 755),
}
"""p50, p90, p99 and maximum of 1,845 real pull requests (docs/apis/github.md)."""

_LEAST = {"commits": 1, "files": 1}
_MEDIAN, _HIGH, _HIGHEST = 0.5, 0.9, 0.99
_TAIL = 6
"""The exponent of the last percent: one in thousands comes near the largest."""
_ALIKE = 0.6
"""Large pull requests are large in everything: the weight of their common rank."""
_UNASKED = 0.16
"""The share of pull requests without a requested reviewer, including those of bots."""


class Volume(NamedTuple):
    """The number of each kind of child of one pull request."""

    reviews: int
    remarks: int
    comments: int
    commits: int
    files: int


LARGEST = Volume(**{name: most for name, (*_, most) in QUANTILES.items()})
"""As large as the largest one in everything: none of its lists fits on a page."""


def draw(random: Random) -> Volume:
    """Draw one pull request's numbers; each follows QUANTILES by itself."""
    shared = random.gauss(0.0, 1.0)

    def share() -> float:
        own = random.gauss(0.0, 1.0)
        return _rank(_ALIKE * shared + sqrt(1 - _ALIKE**2) * own)

    # Comments are part of a review, so the two go together. Work without a requested
    # reviewer is not drawn here: it has the lowest ranks of both.
    review = _UNASKED + (1 - _UNASKED) * share()
    return Volume(
        reviews=number_of("reviews", review),
        remarks=number_of("remarks", review),
        comments=number_of("comments", share()),
        commits=number_of("commits", share()),
        files=number_of("files", share()),
    )


def _rank(deviation: float) -> float:
    return (1 + erf(deviation / sqrt(2))) / 2


def number_of(what: str, rank: float) -> int:
    """The number of `what` at the quantile `rank` (0 to 1)."""
    median, high, highest, most = QUANTILES[what]
    if rank < _MEDIAN:
        least = _LEAST.get(what, 0)
        return round(least + (median - least) * rank / _MEDIAN)
    if rank < _HIGH:
        return _between(median, high, (rank - _MEDIAN) / (_HIGH - _MEDIAN))
    if rank < _HIGHEST:
        return _between(high, highest, (rank - _HIGH) / (_HIGHEST - _HIGH))
    return _between(highest, most, ((rank - _HIGHEST) / (1 - _HIGHEST)) ** _TAIL)


def _between(low: int, high: int, part: float) -> int:
    """From `low` to `high` in equal ratios (of the numbers plus one, as some are 0)."""
    ratio: float = ((high + 1) / (low + 1)) ** part
    return round((low + 1) * ratio) - 1
