"""The company's numbers compared with those of real teams (docs/apis/github.md)."""

from __future__ import annotations

import math
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import World, volumes

if TYPE_CHECKING:
    from collections.abc import Sequence

# p50, p90, p99 and the largest of 1,845 real pull requests.
REAL = {
    "reviews": (1, 6, 16, 96),
    "comments": (3, 14, 39, 159),
    "remarks": (0, 10, 54, 440),
    "commits": (1, 5, 16, 1_639),
    "files": (2, 10, 38, 755),
}


def quantile(numbers: Sequence[int], rank: float) -> int:
    return sorted(numbers)[math.ceil(rank * len(numbers)) - 1]


def counts(pull: dict[str, Any], what: str) -> int:
    if what == "remarks":
        return sum(len(thread["comments"]) for thread in pull["reviewThreads"])
    return len(pull[what])


@pytest.mark.parametrize(("what", "real"), REAL.items())
def test_pull_requests_have_as_many_children_as_real_ones(
    world: World, what: str, real: tuple[int, int, int, int]
) -> None:
    numbers = [counts(pull, what) for pull in world.github.pull_requests.values()]
    median, high, highest, most = real
    assert quantile(numbers, 0.5) == median
    assert quantile(numbers, 0.9) == pytest.approx(high, abs=1, rel=0.15)
    assert quantile(numbers, 0.99) == pytest.approx(highest, rel=0.3)
    assert max(numbers) == most  # the one that is the largest in everything


@pytest.mark.parametrize(("what", "real"), REAL.items())
def test_the_drawn_numbers_have_the_real_quantiles_exactly(
    what: str, real: tuple[int, int, int, int]
) -> None:
    ranks = (0.5, 0.9, 0.99, 1.0)
    assert tuple(volumes.number_of(what, rank) for rank in ranks) == real


def test_large_pull_requests_are_large_in_everything() -> None:
    random = Random(1)  # noqa: S311 - a test of drawn numbers
    drawn = [volumes.draw(random) for _ in range(4_000)]
    many_files = [one.reviews for one in drawn if one.files > 10]
    few_files = [one.reviews for one in drawn if one.files <= 2]
    assert sum(many_files) / len(many_files) > 2 * sum(few_files) / len(few_files)


def test_every_kind_of_list_overflows_a_page_of_a_query_somewhere(world: World) -> None:
    pages = {"reviews": 50, "comments": 50, "commits": 100, "files": 100}
    for what, page in pages.items():
        assert any(
            counts(pull, what) > page for pull in world.github.pull_requests.values()
        )
    threads = [
        t for pull in world.github.pull_requests.values() for t in pull["reviewThreads"]
    ]
    assert max(len(thread["comments"]) for thread in threads) > 20


def test_the_default_company_is_as_large_as_it_says(world: World) -> None:
    linear, github = world.linear, world.github
    assert 2_400 <= len(linear.issues) <= 2_500
    assert 1_800 <= len(github.pull_requests) <= 2_300
    assert len(linear.teams) == 4
    assert 20 <= len(linear.users) <= 27
    branches = [row for row in github.repositories.values() if row["commits"]]
    assert len(branches) == 6
    first = min(issue["createdAt"] for issue in linear.issues.values())
    assert first[:7] in {"2024-09", "2024-10"}


def test_half_of_github_s_ids_do_not_fit_an_int32(world: World) -> None:
    ids = [int(pull["fullDatabaseId"]) for pull in world.github.pull_requests.values()]
    large = sum(number > 2**31 - 1 for number in ids)
    assert 0.2 < large / len(ids) < 0.8
    assert ids == sorted(ids)


def test_people_work_by_day_and_on_weekdays(world: World) -> None:
    moments = [
        datetime.fromisoformat(issue["createdAt"])
        for issue in world.linear.issues.values()
    ]
    assert sum(at.weekday() < 5 for at in moments) / len(moments) > 0.85
    assert sum(8 <= at.hour < 18 for at in moments) / len(moments) > 0.85
