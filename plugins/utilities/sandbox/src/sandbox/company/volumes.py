"""How much of everything a pull request has, as measured on real ones."""

from __future__ import annotations

QUANTILES: dict[str, tuple[int, int, int, int]] = {
    "reviews": (1, 6, 16, 96),
    "comments": (3, 14, 39, 159),
    "remarks": (0, 10, 54, 440),
    "commits": (1, 5, 16, 1_639),
    "files": (2, 10, 38, 755),
}
"""p50, p90, p99 and the largest of 1,845 real pull requests (FACTS-github: page size)."""

_TAIL = 6


def draw(what: str, u: float) -> int:
    """The number of `what` at quantile `u` (0 to 1)."""
    middle, high, highest, most = QUANTILES[what]
    if u < 0.5:  # noqa: PLR2004 - the quantiles' own names
        least = 1 if what in {"commits", "files"} else 0
        return round(least + (middle - least) * u * 2)
    if u < 0.9:  # noqa: PLR2004
        return round((middle + 1) * ((high + 1) / (middle + 1)) ** ((u - 0.5) / 0.4)) - 1
    if u < 0.99:  # noqa: PLR2004
        return round((high + 1) * ((highest + 1) / (high + 1)) ** ((u - 0.9) / 0.09)) - 1
    return round(highest * (most / highest) ** (((u - 0.99) / 0.01) ** _TAIL))
