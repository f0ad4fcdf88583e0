"""Walk many seeds, and print the story of each: `make bench-walk SEEDS=200`.

python tests/faults/bench_walk.py --seeds 200
python tests/faults/bench_walk.py --seed 17 --until 2026-11-29   # one again
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from random_walk.walk import Walk, WalkError, today

from sandbox.testing import LocalBigQuery


def main() -> int:
    """Walk; returns how many seeds have failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many, from --first")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--until", help="the company's last day, YYYY-MM-DD")
    parser.add_argument("--steps", type=int, default=4, help="runs with faults")
    parser.add_argument("--keep", type=Path, help="keep settings and logs in a folder")
    given = parser.parse_args()
    until = (
        datetime.fromisoformat(given.until).replace(tzinfo=UTC)
        if given.until
        else today()
    )
    seeds = range(given.first, given.first + given.seeds)
    seeds = seeds if given.seed is None else range(given.seed, given.seed + 1)
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        root = given.keep or Path(name)
        with LocalBigQuery(root / "bigquery") as warehouse:
            for seed in seeds:
                folder = root / str(seed)
                folder.mkdir(parents=True)
                started = time.monotonic()
                try:
                    story = Walk(seed, warehouse, folder, until, given.steps).go()
                except WalkError as error:
                    story = [str(error)]
                    failed += 1
                print("\n".join(story), flush=True)
                print(f"{time.monotonic() - started:.1f} s\n", flush=True)
    print(
        f"{len(seeds)} seeds, {failed} failed, CPU {sum(os.times()[:4]):.0f} s",
        flush=True,
    )
    return failed


if __name__ == "__main__":
    sys.exit(min(1, main()))
