"""Several runs load shares of one source into the same tables at the same time."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

SHARES = {
    "api": ("lanternworks/lantern-api",),
    "web": ("lanternworks/lantern-web",),
}
SHARDS = [
    {
        "name": name,
        "source": "github",
        "variables": {"GITHUB_REPOSITORIES": ",".join(repositories)},
    }
    for name, repositories in SHARES.items()
]
STREAMS = ("repositories", "users", "pull_requests", "pr_reviews")


def ids(checkout: Checkout, table: str) -> list[int]:
    sql = f"select id from {table} where _sdc_deleted_at is null"  # noqa: S608 - literals
    return sorted(row[0] for row in checkout.client.query_and_wait(sql))


def test_two_shards_at_the_same_time_load_the_union_and_delete_nothing(
    new_checkout: Callable[[], Checkout],
) -> None:
    checkouts = [new_checkout(), new_checkout()]
    first = checkouts[0]
    # The environment `demo` sets the tap's settings itself, so the variables of the
    # shards are also written under the tap's own names.
    no_organization = {"TAP_GITHUB_PRS_ORGANIZATIONS": "[]"}
    processes = []
    for index, share in enumerate(SHARES.values()):
        root = checkouts[index].root
        process = subprocess.Popen(
            [sys.executable, root / "orchestrate" / "shard.py", str(index)],
            env={
                **first.environment,
                **no_organization,
                "PIPELINE_SHARDS": json.dumps(SHARDS),
                "TAP_GITHUB_PRS_REPOSITORIES": json.dumps(share),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
    outputs = [process.communicate(timeout=400)[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        assert process.returncode == 0, output[-6000:]
        assert "is not activated, because the table has rows of other shards" in output
    history = "select shard, outcome, row_count > 0 from ops.runs order by shard"
    runs = [tuple(row) for row in first.client.query_and_wait(history)]
    assert runs == [(name, "success", True) for name in sorted(SHARES)]
    whole = first.shell(
        "exec .venv/bin/meltano run tap-github-prs target-bigquery",
        **no_organization,
        TAP_GITHUB_PRS_REPOSITORIES=json.dumps([*SHARES["api"], *SHARES["web"]]),
        TAP_GITHUB_PRS__LOAD_SCHEMA="whole",
    )
    assert whole.returncode == 0, whole.stdout[-6000:]
    for stream in STREAMS:
        expected = ids(first, f"whole.raw_{stream}")
        assert expected
        assert ids(first, f"github.raw_{stream}") == expected, stream
    states = set()
    for checkout in checkouts:
        path = checkout.root / ".meltano" / "meltano.db"
        database = sqlite3.connect(path)
        states |= set(database.execute("select state_id from state"))
        database.close()
    assert len(states) == len(checkouts) + 1  # the last one is of the whole
