"""After any days, faults, kills and settings the warehouse is as its source.

What a failed seed prints is its story. `python tests/faults/bench_walk.py --source NAME
--seed N --steps 2 --until 2026-11-29` walks it again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from random_walk.walk import Walk

from sandbox.testing import LocalBigQuery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WALKS = (
    *(("github", seed) for seed in (0, 2, 4, 6, 14)),
    *(("linear", seed) for seed in (1, 3, 5, 7, 9)),
    ("hubspot", 0),
    ("google_health", 0),
    ("notion", 0),
)
STEPS = 2
# A seed gives the same company every day.
UNTIL = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBigQuery]:
    with LocalBigQuery(tmp_path_factory.mktemp("bigquery")) as warehouse:
        yield warehouse


@pytest.mark.parametrize(("api", "seed"), WALKS)
def test_nothing_is_lost_or_twice_after_a_random_walk(
    api: str, seed: int, warehouse: LocalBigQuery, tmp_path: Path
) -> None:
    story = Walk(seed, warehouse, tmp_path, UNTIL, STEPS, api).go()
    print("\n".join(story))
    assert story[-1].endswith("exit codes 0, 0 | 0 differences")


# Walks of the other two have kills too; `make bench-kills` has many for all five.
@pytest.mark.parametrize("api", ["hubspot", "google_health", "notion"])
def test_nothing_is_lost_or_twice_after_a_kill_of_the_tap(
    api: str, warehouse: LocalBigQuery, tmp_path: Path
) -> None:
    walk = Walk(0, warehouse, tmp_path, UNTIL, 1, api, kills=True)
    story = walk.go()
    print("\n".join(story))
    assert walk.killed
    assert story[-1].endswith("exit codes 0, 0 | 0 differences")
