"""How fast the HTTP API answers on the local BigQuery.

    python analyze/api/benchmarks/bench_api.py [--requests 40] [--clients 50]

Loads marts of 8 teams, 20 repositories and two years. Prints milliseconds per request
(median, 95th percentile, number of requests) for each path with and without a known
ETag, then the result of many clients at the same time. Ends with 1 if a target is
missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "transform" / "scripts"))

from running_api import TinyMarts, environment, serving

from sandbox.testing import LocalBigQuery, free_port
from throughline_api.builds import SECONDS

if TYPE_CHECKING:
    from running_api import Api

TEAMS, REPOSITORIES, WEEKS = 8, 20, 104
FIRST = date(2024, 1, 1)
MEDIAN_TARGET, NOT_MODIFIED_TARGET = 100.0, 15.0
PATHS = (
    "/analytics/repository/acme/r7/summary",
    "/analytics/contributor/ada-l/summary",
    "/analytics/trends?metric=throughput",
    "/analytics/trends?metric=pickup_time&subject=acme/r7",
    "/analytics/freshness",
)


def load(marts: TinyMarts) -> None:
    """Load the tests' small marts, and larger ones where the size matters."""
    weeks = [FIRST + timedelta(days=7 * week) for week in range(WEEKS)]
    days = [FIRST + timedelta(days=day) for day in range(WEEKS * 7)]
    larger: dict[str, list[dict[str, Any]]] = {
        "dim_dates": [
            {"date_day": day, "week_start": weeks[number // 7]}
            for number, day in enumerate(days)
        ],
        "dim_teams": [
            {"team_id": f"t{team}", "team_key": f"T{team}"} for team in range(TEAMS)
        ],
        "dim_repositories": [
            {"repository_id": number, "repository_name": f"acme/r{number}"}
            for number in range(REPOSITORIES)
        ],
        "agg_repositories": [
            {"repository_id": number, "repository_name": f"acme/r{number}"}
            for number in range(REPOSITORIES)
        ],
        "agg_team_weekly_flow": [
            {
                "team_id": f"t{team}",
                "team_key": f"T{team}",
                "completed_count": team,
                "week_start": week,
            }
            for team in range(TEAMS)
            for week in weeks
        ],
        "agg_repository_weekly_flow": [
            {
                "repository_id": number,
                "repository_name": f"acme/r{number}",
                "merged_count": 3,
                "p50_pickup_time_hours": 2.5,
                "p85_pickup_time_hours": 7.5,
                "pickup_time_n": 3,
                "week_start": week,
            }
            for number in range(REPOSITORIES)
            for week in weeks
        ],
        "fct_daily_commits": [
            {
                "daily_commit_id": f"{number}-{day}",
                "repository_id": number,
                "author_user_id": "linear:u-ada",
                "commit_count": 1,
                "commit_date": day,
            }
            for number in range(REPOSITORIES)
            for day in days
        ],
    }
    for mart in marts.schemas:
        marts.load(mart, larger.get(mart))


def measured(
    api: Api, path: str, headers: dict[str, str], requests: int
) -> list[float]:
    """Return the milliseconds of requests, one after the other.

    Raises:
        AssertionError: If a response is an error.
    """
    found = []
    for _ in range(requests):
        started = time.perf_counter()
        response = api.get(path, headers)
        found.append((time.perf_counter() - started) * 1000)
        expected = 304 if headers else 200
        assert response.status_code == expected, response.text  # noqa: S101 - see above
    return found


def main() -> None:
    """Measure; exits 1 if a target is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--clients", type=int, default=50)
    options = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder, LocalBigQuery(folder) as local:
        load(TinyMarts(local))
        given = environment(
            local.endpoint,
            local.project,
            server_port=free_port(),
            requests_per_minute=1_000_000,
        )
        with serving(given) as api:
            for path in PATHS:
                etag = api.get(path).headers["ETag"]
                known_etag = {"If-None-Match": etag}
                for known, reused, target in (
                    ({}, 0.0, MEDIAN_TARGET),
                    (known_etag, 0.0, NOT_MODIFIED_TARGET),
                    (known_etag, SECONDS, NOT_MODIFIED_TARGET),
                ):
                    # 0: each request asks BigQuery when the marts were built.
                    api.analytics.builds.seconds = reused
                    times = measured(api, path, known, options.requests)
                    median = statistics.median(times)
                    p95 = statistics.quantiles(times, n=20)[-1]
                    missed |= median > target
                    status = "304" if known else "200"
                    status += ", build known" if reused else ""
                    print(
                        f"{path}: {status}, median {median:.1f} ms, p95 {p95:.1f} ms,"
                        f" n {len(times)}, target {target:.0f} ms"
                    )
            started = time.perf_counter()
            with ThreadPoolExecutor(options.clients) as clients:
                codes = list(
                    clients.map(
                        lambda number: (
                            api.get(PATHS[2], limit=number % 100 + 1).status_code
                        ),
                        range(options.clients * 4),
                    )
                )
            errors = len(codes) - codes.count(200)
            missed |= errors > 0
            print(
                f"{options.clients} clients: {len(codes)} requests in"
                f" {time.perf_counter() - started:.1f} s, {errors} errors"
            )
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
