"""Load the sandbox's company into the raw tables, through our taps and target."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.testing import ApiServer

if TYPE_CHECKING:
    from conftest import Warehouse

BIN = Path(sys.executable).parent
TAPS = {"linear": "tap-linear", "github": "tap-github-prs"}
# Few issues, and a seed with a ghost's pull request, reopened ones and dismissals.
ISSUES = 120
SEED = 2
UNTIL = datetime(2026, 3, 2, tzinfo=UTC)
# The company continues to work for this long between the two runs.
LATER = timedelta(days=14)


def load_company(warehouse: Warehouse, folder: Path) -> tuple[datetime, Counter[int]]:
    """Load a company, let it work for two more weeks, and load the changes.

    Args:
        warehouse: the destination.
        folder: for settings and bookmarks.

    Returns:
        The end of the company's work, and the number of commits on the default
        branch of each repository that the tap may read.
    """
    with ApiServer(size=ISSUES, seed=SEED, until=UNTIL) as server:
        sync(warehouse, server, folder)
        server.event("advance", seconds=int(LATER.total_seconds()))
        sync(warehouse, server, folder)
        commits = {
            row["databaseId"]: len(row["commits"])
            for row in server.world.github.repositories.values()
        }
    return UNTIL + LATER, Counter(commits)


def load_recordings(warehouse: Warehouse, folder: Path, recordings: Path) -> datetime:
    """Load the pull requests that were recorded from GitHub.

    Args:
        warehouse: the destination.
        folder: for settings and bookmarks.
        recordings: the folder of the recorded responses.

    Returns:
        The time to use as `as_of`, long after the last recorded change.
    """
    with ApiServer(recordings=recordings, until=UNTIL) as server:
        github = server.world.github
        named = {
            github.repositories[row["repositoryId"]]["nameWithOwner"]
            for row in github.pull_requests.values()
        }
        settings = {
            "auth_token": "sandbox-token",
            "api_url": server.github_url,
            "repositories": sorted(named),
        }
        sync_source(warehouse, "github", settings, folder)
    return UNTIL


def tap_settings(server: ApiServer) -> dict[str, dict[str, Any]]:
    """Return the settings of each tap, by source."""
    return {
        "linear": {"api_key": "lin_api_sandbox", "api_url": server.linear_url},
        "github": {
            "auth_token": "sandbox-token",
            "api_url": server.github_url,
            "organizations": ["lanternworks"],
        },
    }


def sync(warehouse: Warehouse, server: ApiServer, folder: Path) -> None:
    """Read both sources into the raw tables; a second call continues the first.

    Args:
        warehouse: the destination.
        server: Linear and GitHub.
        folder: for settings and bookmarks, the same in each call.

    Raises:
        AssertionError: a tap or the target failed; the message is their output.
    """
    for source, settings in tap_settings(server).items():
        sync_source(warehouse, source, settings, folder)


def sync_source(
    warehouse: Warehouse, source: str, settings: dict[str, Any], folder: Path
) -> None:
    """Read one source into the raw tables; a second call continues the first.

    Args:
        warehouse: the destination.
        source: `linear` or `github`.
        settings: the tap's settings.
        folder: for settings and bookmarks, the same in each call.

    Raises:
        AssertionError: the tap or the target failed; the message is their output.
    """
    tap, target = folder / f"{source}-tap.json", folder / f"{source}-target.json"
    tap.write_text(json.dumps(settings))
    target.write_text(
        json.dumps(
            {
                "project": warehouse.local.project,
                "api_endpoint": warehouse.local.endpoint,
                "dataset": warehouse.datasets[source],
                "table_prefix": "raw_",
            }
        )
    )
    bookmarks = folder / f"{source}-state.json"
    state = ["--state", str(bookmarks)] if bookmarks.exists() else []
    log = folder / f"{source}-tap.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [BIN / TAPS[source], "--config", str(tap), *state],
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as reading,
    ):
        loading = subprocess.run(
            [BIN / "target-bigquery", "--config", str(target)],
            stdin=reading.stdout,
            capture_output=True,
            text=True,
            check=False,
        )
    output = log.read_text() + loading.stderr
    assert (reading.returncode, loading.returncode) == (0, 0), output[-4000:]
    bookmarks.write_text(loading.stdout.splitlines()[-1])
