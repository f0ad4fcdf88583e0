"""Reads a large workspace of the sandbox twice and prints what it cost.

The second run begins with the state of the first and finds nothing changed. Exits with
1 if the tap needed more memory, points or requests than allowed, or if the last issues
took longer than the first ones (see below). `--issues` sets the size (default 100,000);
the company is generated first, which takes a minute.

The sandbox has Linear's budgets of an API key, but they are restored each minute: the
tap has to economize as it does with Linear, and does not have to wait for hours. With a
tenth of the budgets (`--share 0.1`), a tenth of the issues is read as slowly, and with
the same pages, as all of them.

Below 100,000 issues, the times of the tenths say nothing about a slowdown: a tenth then
consists of a few batches, and a wait for a budget falls into one of them. So the
slowdown is only checked from 100,000 issues on.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from sandbox.testing import ApiServer

MEMORY_MAX = 150  # MB at the peak
POINTS_MAX = 132  # per issue, all streams: 13,000,000 for 98,544 issues
REQUESTS_MAX = 0.0366  # per issue, all streams, if an hour is enough: 180 for 4,928
FEWEST = 4_928  # issues; for fewer, 180 requests are allowed too: each list costs one
HOURLY = {"requests": 2_500, "points": 3_000_000}  # of an API key (docs/apis/linear.md)
MINUTE = 60.0
SLOWDOWN_MAX = 1.5  # the last tenth of the issues over the second, per issue
FULL_SIZE = 100_000  # issues from which the slowdown is checked
NIGHT = 8  # hours
LOADS = (50_000, 500_000)  # issues for which the cost is computed
PARTS = 10
PROGRESS_SECONDS = 15.0  # between two lines of progress
FAMILY = {
    "IssuesChanged", "Issues", "IssuesContinued",
}  # fmt: skip
WITH_ISSUES = {"issues", "issue_history", "issue_state_spans"}
BUDGETS = {"requests": "key.requests", "points": "key.complexity"}
RECORD = re.compile(rb'\{"type":"RECORD","stream":"(\w+)"')
STATE = b'{"type":"STATE","value":'


def peak(pid: int) -> float:
    """Return a process's peak memory so far in MB; Linux tells it in /proc."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (line,) = (one for one in status.splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def command(config: Path) -> list[str]:
    """Return the tap's command line.

    Args:
        config: The tap's settings.
    """
    call = "from tap_linear.tap import TapLinear as t; t.cli()"
    return [sys.executable, "-c", call, "--config", str(config)]


def read(
    config: Path, issues: int, state: Path
) -> tuple[list[float], Counter[str], float]:
    """Run the tap and watch its output.

    Args:
        config: The tap's settings.
        issues: How many issues there are.
        state: Where to write the last state.

    Returns:
        Seconds after which each tenth of the issues was written, the number of
        records of each stream, and the peak of the tap's memory in MB.

    Raises:
        SystemExit: If the tap fails.
    """
    started = time.monotonic()
    marks: list[float] = []
    seen: Counter[str] = Counter()
    memory = 0.0
    said = started
    last = b""
    with subprocess.Popen(
        command(config), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as tap:
        for line in tap.stdout or ():
            last = line if line.startswith(STATE) else last
            if (record := RECORD.match(line)) is None:
                continue
            stream = record[1].decode()
            seen[stream] += 1
            if (now := time.monotonic()) - said > PROGRESS_SECONDS:
                said = now
                print(
                    f"{now - started:,.0f} s: {seen['issues']:,} of {issues:,} issues, "
                    f"{seen.total():,} records, now {stream}",
                    flush=True,
                )
            done = seen["issues"] * PARTS
            if stream == "issues" and done >= issues * (len(marks) + 1):
                marks.append(time.monotonic() - started)
                memory = peak(tap.pid)
    if tap.returncode:
        sys.exit(f"tap-linear ended with {tap.returncode}")
    state.write_text(json.dumps(json.loads(last)["value"]), encoding="utf-8")
    return marks, seen, memory


def limit_of(hours: float, issues: int) -> tuple[str, float]:
    """Return what is limited, and to how much.

    A load that takes several hours has to save points; a shorter one, requests.

    Args:
        hours: Of the key's budgets.
        issues: Issues that were read.
    """
    if hours > 1:
        return "points", POINTS_MAX * issues
    return "requests", REQUESTS_MAX * max(issues, FEWEST)


def compute(asked: dict[str, float], issues: int) -> None:
    """Print what larger loads cost if each issue costs as much as here.

    A load of less than an hour saves requests instead of points, and computes too much.

    Args:
        asked: Requests and points of the load that was measured.
        issues: Its issues.
    """
    for load in LOADS:
        parts = {kind: asked[kind] * load / issues for kind in HOURLY}
        hours = max(parts[kind] / most for kind, most in HOURLY.items())
        print(
            f"computed           {load:,} issues: {parts['points'] / 1e6:.2f} M "
            f"points, {parts['requests']:,.0f} requests, {hours:.1f} hours of one key, "
            f"{math.ceil(hours / NIGHT)} keys for a night of {NIGHT} hours"
        )


def main() -> int:
    """Generate, read, print and judge; 0 if all is as it may be."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--issues", type=int, default=FULL_SIZE)
    arguments.add_argument("--share", type=float, default=1.0)
    options = arguments.parse_args()
    size = options.issues
    hourly = {kind: int(most * options.share) for kind, most in HOURLY.items()}
    window = MINUTE * options.share
    until = datetime(2026, 3, 1, tzinfo=UTC)
    print(f"generating a company with {size:,} issues", flush=True)
    with ApiServer(size=size, until=until) as server:
        budgets = {BUDGETS[kind]: most for kind, most in hourly.items()}
        server.limits(window_seconds=window, linear=budgets)
        issues = len(server.world.linear.issues)
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.json"
            settings = {"api_key": "lin_api_sandbox", "api_url": server.linear_url}
            config.write_text(json.dumps(settings), encoding="utf-8")
            print(f"reading {issues:,} issues", flush=True)
            state = Path(folder) / "state.json"
            marks, seen, memory = read(config, issues, state)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            asked = server.stats()["linear"]
            server.forget_stats()
            again = [*command(config), "--state", str(state)]
            subprocess.run(again, check=True, capture_output=True)
            unchanged = server.stats()["linear"]
    requests = sum(asked["operations"].get(name, 0) for name in FAMILY)
    others = asked["requests"] - requests
    hours = max(asked[kind] / most for kind, most in hourly.items())
    pages = [
        math.ceil(rows / 250) for name, rows in seen.items() if name not in WITH_ISSUES
    ]
    # The first tenth holds the start and the listing.
    tenths = [after - before for before, after in pairwise(marks)]
    slowdown = tenths[-1] / tenths[0]
    compute(asked, issues)
    per_issue = ", ".join(f"{1000 * PARTS * tenth / issues:.2f}" for tenth in tenths)
    print(f"seconds            {marks[-1]:,.0f} for {seen.total():,} records")
    print(f"processor          {used.ru_utime + used.ru_stime:,.0f} s of the tap")
    print(f"ms per issue       {per_issue} (second to last tenth)")
    checked = f"{slowdown:.2f} (at most {SLOWDOWN_MAX})"
    unknown = f"not checked below {FULL_SIZE:,} issues"
    print(f"slowdown           {checked if size >= FULL_SIZE else unknown}")
    print(f"peak memory        {memory:,.0f} MB (at most {MEMORY_MAX})")
    kind, limit = limit_of(hours, issues)
    print(f"requests           {asked['requests']:,}, points {asked['points']:,.0f}")
    print(f"hours of the key   {hours:.2f}")
    print(f"limit              {limit:,.0f} {kind}")
    print(f"for issues         {requests:,} requests")
    print(f"for the others     {others:,} requests (at most {sum(pages):,})")
    print(
        f"unchanged          {unchanged['requests']:,} requests (at most "
        f"{len(seen)}, one per stream), points {unchanged['points']:,.0f}"
    )
    return int(
        memory > MEMORY_MAX
        or (size >= FULL_SIZE and slowdown > SLOWDOWN_MAX)
        or asked[kind] > limit
        or others > sum(pages)
        or unchanged["requests"] > len(seen)
    )


if __name__ == "__main__":
    sys.exit(main())
