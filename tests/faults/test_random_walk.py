"""After any days, faults, kills and settings the warehouse is as its source.

What a failed seed prints is its story. `python tests/faults/bench_walk.py --seed N
--steps 2 --until 2026-11-29` walks it again.
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

SEEDS = (0, 1, 2, 3, 4, 5, 6, 7, 9, 14)
STEPS = 2
# A seed gives the same company every day.
UNTIL = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBigQuery]:
    with LocalBigQuery(tmp_path_factory.mktemp("bigquery")) as warehouse:
        yield warehouse


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_twice_after_a_random_walk(
    seed: int, warehouse: LocalBigQuery, tmp_path: Path
) -> None:
    story = Walk(seed, warehouse, tmp_path, UNTIL, STEPS).go()
    print("\n".join(story))
    assert story[-1].endswith("exit codes 0, 0 | 0 differences")
