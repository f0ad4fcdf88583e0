"""Walk many seeds, and print the story of each: `make bench-walk SEEDS=200`.

python tests/faults/bench_walk.py --seeds 200
python tests/faults/bench_walk.py --seed 17 --until 2026-11-29   # one again
python tests/faults/bench_walk.py --source linear --first 7302 --seeds 2
python tests/faults/bench_walk.py --kills --seeds 20             # for each tap

A story ends with runs without a fault. The first of them may leave differences that no
list of changes shows: a comment, an attachment or a session that was deleted, and a row
that a list has omitted without a sign. The story names each with its reason, the next
run reads those streams completely, and then no difference may be left. Kills depend on
the machine's speed, so the same seed may leave them in one walk and not in the next.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from random_walk.sources import SOURCES
from random_walk.walk import Walk, WalkError, today

from sandbox.testing import LocalBigQuery


def main() -> int:
    """Walk; returns how many seeds have failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many, from --first")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument(
        "--source",
        action="append",
        choices=[one.api for one in SOURCES],
        help="every seed with this source (may be repeated)",
    )
    parser.add_argument(
        "--kills",
        action="store_true",
        help="only kills of the tap; each source has every seed",
    )
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
    # Without a name, the seed chooses the source.
    names = given.source or ([one.api for one in SOURCES] if given.kills else [None])
    walks = [(api, seed) for api in names for seed in seeds]
    failed = killed = 0
    with tempfile.TemporaryDirectory() as name:
        root = given.keep or Path(name)
        with LocalBigQuery(root / "bigquery") as warehouse:
            for api, seed in walks:
                folder = root / f"{api}-{seed}"
                folder.mkdir(parents=True)
                started = time.monotonic()
                walk = Walk(
                    seed, warehouse, folder, until, given.steps, api, given.kills
                )
                try:
                    story = walk.go()
                except WalkError as error:
                    story = [str(error)]
                    failed += 1
                killed += walk.killed
                print("\n".join(story), flush=True)
                print(f"{time.monotonic() - started:.1f} s\n", flush=True)
    print(
        f"{len(walks)} walks, {failed} failed, {killed} kills,"
        f" CPU {sum(os.times()[:4]):.0f} s",
        flush=True,
    )
    return failed


if __name__ == "__main__":
    sys.exit(min(1, main()))
