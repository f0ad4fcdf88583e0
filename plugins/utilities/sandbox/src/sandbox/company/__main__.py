"""`python -m sandbox.company SIZE …`: the time and memory that a company takes."""

from __future__ import annotations

import resource
import sys
import time
from datetime import UTC, datetime

from sandbox.company import generate

_KIBIBYTES = 1_024 if sys.platform == "darwin" else 1  # the unit of ru_maxrss
_UNTIL = datetime(2026, 6, 30, tzinfo=UTC)


def measure(size: int) -> str:
    """Generate a company of `size` issues; return a line with rows and cost."""
    began = time.perf_counter(), time.process_time()
    world = generate(size, until=_UNTIL)
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIBIBYTES / 1_024
    return (
        f"{len(world.linear.issues):,} issues, "
        f"{len(world.github.pull_requests):,} pull requests: "
        f"{wall:.1f} s ({cpu:.1f} s of CPU), {peak:,.0f} MB at most"
    )


if __name__ == "__main__":
    for argument in sys.argv[1:] or ["2500"]:
        sys.stdout.write(f"{measure(int(argument))}\n")
        sys.stdout.flush()
