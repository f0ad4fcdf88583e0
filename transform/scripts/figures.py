"""Print the figures of DECISIONLOG.md: what each rule changes in a company.

    python transform/scripts/figures.py [ISSUES] [SEED]

The rows come from the sandbox's company through our own taps, without a
warehouse.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "pytests"))
from recomputed.company import BIN, ISSUES, SEED, TAPS, UNTIL, tap_settings
from recomputed.issues import Linear, issue_figures
from recomputed.pull_requests import (
    GitHub,
    Row,
    pull_request_figures,
    ready_since,
    reviews_of,
)

from sandbox.testing import ApiServer


class Complete(dict[str, Any]):
    """A raw row: what the tap left out is null."""

    def __missing__(self, _name: str) -> None:
        """Give null."""


def parsed(value: object) -> object:
    """Turn a time of a message into a datetime."""
    if isinstance(value, str) and value[10:11] == "T" and value.endswith("Z"):
        return datetime.fromisoformat(value)
    return value


def read(server: ApiServer, source: str, folder: Path) -> dict[str, list[Row]]:
    """Read every row of a source, by stream."""
    settings = folder / f"{source}.json"
    settings.write_text(json.dumps(tap_settings(server)[source]))
    tap = [str(BIN / TAPS[source]), "--config", str(settings)]
    said = subprocess.run(tap, capture_output=True, text=True, check=True).stdout
    rows: dict[str, list[Row]] = defaultdict(list)
    for place, line in enumerate(said.splitlines()):
        message = json.loads(line)
        if message["type"] == "RECORD":
            row = {name: parsed(value) for name, value in message["record"].items()}
            stamps = {"_sdc_batched_at": UNTIL, "_sdc_sequence": place}
            rows[message["stream"]].append(Complete(row | stamps))
    return rows


def drafted(github: GitHub) -> str:
    """Count the pull requests whose pickup would begin with a drafted comment."""
    answered = shorter = 0
    for row in github.pull_requests.values():
        response = pull_request_figures(github, row)["first_response_at"]
        if response is None:
            continue
        answered += 1
        ready = ready_since(github, row, response)
        shorter += any(
            ready <= comment["created_at"] < response
            for comment in github.of_others("pr_comments", row)
            if ready and comment["state"] != "PENDING"
        )
    return f"{shorter} of {answered} answered pull requests"


def main() -> None:
    """Print one line per figure."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else ISSUES
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED  # noqa: PLR2004 - two arguments
    with (
        tempfile.TemporaryDirectory() as folder,
        ApiServer(size=size, seed=seed, until=UNTIL) as server,
    ):
        github = GitHub(read(server, "github", Path(folder)), UNTIL)
        linear = Linear(read(server, "linear", Path(folder)), UNTIL)
    pulls = {
        number: pull_request_figures(github, row)
        for number, row in github.pull_requests.items()
    }
    reviews = [
        review
        for row in github.pull_requests.values()
        for review in reviews_of(github, row)
    ]
    unreviewed = [row for row in pulls.values() if row["is_merged_without_review"]]
    issues = [issue_figures(linear, row) for row in linear.issues.values()]
    delivered = [row for row in issues if row["is_delivered"]]
    never = sum(row["started_at"] is None for row in delivered)
    commits = github.raw["commits"]
    lines = sum((row["additions"] or 0) + (row["deletions"] or 0) for row in commits)
    merged = sum(
        (row["additions"] or 0) + (row["deletions"] or 0)
        for row in commits
        if len(row["parent_oids"] or []) > 1
    )
    replies = sum(review.is_reply for review in reviews)
    bots = sum(row["is_by_bot"] for row in unreviewed)
    self_merged = [row for row in pulls.values() if row["is_self_merged"]]
    read_before = sum(not row["is_merged_without_review"] for row in self_merged)
    ghosts = sum(row["author_id"] is None for row in github.pull_requests.values())
    print(f"{len(issues)} issues, {len(pulls)} pull requests, {UNTIL:%Y-%m-%d}")
    print(f"pickup too short with the time of drafting: {drafted(github)}")
    print(f"reviews that only reply: {replies} of {len(reviews)}")
    print(f"merges without a review that are bots': {bots} of {len(unreviewed)}")
    print(f"self-merged after a review: {read_before} of {len(self_merged)}")
    print(f"pull requests of deleted accounts: {ghosts} of {len(pulls)}")
    print(f"delivered issues that were never started: {never} of {len(delivered)}")
    print(f"lines of merge commits: {merged} of {lines}")


if __name__ == "__main__":
    main()
