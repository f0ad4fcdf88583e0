"""Count the requests of other people's GitHub taps for the same work.

    .venv/bin/python extract/tap-github-prs/benchmarks/other_taps.py

Each tap reads the pull requests of one repository of the sandbox with their reviews,
review comments and commits: first everything, then again, with the state of the first
run, although nothing changed. The sandbox counts the requests. Discovery counts too if
the tap sends requests for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.testing import ApiServer

BIN = Path(sys.executable).parent
REPOSITORY = "lanternworks/lantern-api"
TOKEN = "sandbox-token"  # noqa: S105 - the sandbox's
START = "2000-01-01T00:00:00Z"


class Tap(NamedTuple):
    """A tap to compare.

    Attributes:
        package: What to install, or nothing for ours.
        program: Its command.
        config: Its settings; `URL` is the sandbox's address.
        catalog: The option for the catalog.
        streams: What to select.
    """

    package: str
    program: str
    config: dict[str, Any]
    catalog: str
    streams: set[str]


TAPS = [
    Tap(
        "",
        "tap-github-prs",
        {"auth_token": TOKEN, "api_url": "URL", "repositories": [REPOSITORY]},
        "--catalog",
        {"pull_requests", "pr_reviews", "pr_comments", "pr_commits"},
    ),
    Tap(
        "meltanolabs-tap-github==1.30.1",
        "tap-github",
        {
            "auth_token": TOKEN,
            "api_url_base": "URL",
            "repositories": [REPOSITORY],
            "start_date": START,
        },
        "--catalog",
        {"pull_requests", "reviews", "review_comments", "pull_request_commits"},
    ),
    Tap(
        "tap-github==4.0.0",
        "tap-github",
        {
            "access_token": TOKEN,
            "base_url": "URL",
            "repository": REPOSITORY,
            "start_date": START,
        },
        "--properties",
        {"pull_requests", "reviews", "review_comments", "pr_commits"},
    ),
]


def select(catalog: dict[str, Any], streams: set[str]) -> None:
    """Select streams with all their fields, and nothing else."""
    for stream in catalog["streams"]:
        chosen = stream["tap_stream_id"] in streams
        stream["selected"] = chosen
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = chosen


def run(command: list[str | Path], log: Path) -> str:
    """Run a tap; return its output, also if it fails."""
    with log.open("a") as errors:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, check=False
        )
    if done.returncode:
        print(
            f"  exit code {done.returncode}: {log.read_text().splitlines()[-1][:200]}"
        )
    return done.stdout


def measure(tap: Tap, folder: Path, server: ApiServer) -> None:
    """Print the rows and requests of two runs of a tap.

    Args:
        tap: The tap.
        folder: Where to work.
        server: The sandbox's APIs.
    """
    program = BIN / tap.program
    if tap.package:
        environment = folder / "venv"
        subprocess.run([BIN / "uv", "venv", "-q", environment], check=True)
        install: list[str | Path] = [
            "pip",
            "install",
            "-q",
            "--python",
            environment,
            tap.package,
        ]
        subprocess.run([BIN / "uv", *install], check=True)
        program = environment / "bin" / tap.program
    config, catalog, state = (folder / f"{n}.json" for n in ("config", "catalog", "st"))
    text = json.dumps(tap.config).replace("URL", server.github_url)
    config.write_text(text)
    log = folder / "log"
    server.forget_stats()
    found = json.loads(run([program, "--config", config, "--discover"], log))
    select(found, tap.streams)
    catalog.write_text(json.dumps(found))
    command: list[str | Path] = [program, "--config", config, tap.catalog, catalog]
    for name in ("first load", "nothing changed"):
        output = run(command, log)
        messages = [json.loads(line) for line in output.splitlines()]
        states = [m["value"] for m in messages if m["type"] == "STATE"]
        rows: dict[str, int] = {}
        for message in messages:
            if message["type"] == "RECORD":
                rows[message["stream"]] = rows.get(message["stream"], 0) + 1
        requests = server.stats()["github"]["requests"]
        print(f"{tap.package or tap.program}, {name}: {requests} requests, {rows}")
        server.forget_stats()
        if states:
            state.write_text(json.dumps(states[-1]))
            command = [*command[:5], "--state", state]


def main() -> None:
    """Measure every tap."""
    with ApiServer(size=200) as server, tempfile.TemporaryDirectory() as name:
        for index, tap in enumerate(TAPS):
            folder = Path(name) / str(index)
            folder.mkdir()
            measure(tap, folder, server)


if __name__ == "__main__":
    main()
