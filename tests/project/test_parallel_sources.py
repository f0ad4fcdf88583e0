"""Several sources are read at the same time, and each keeps its own outcome."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest
from plain_pipeline import pipeline, start

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"LINEAR_API_KEY": "key", "GITHUB_TOKEN": "token"}
BOTH = {**KEYS, "PIPELINE_PARALLEL_SOURCES": "2"}
SECONDS = 120  # for a busy machine; nothing here measures a time
# A Meltano that notes when it starts and ends, and prints a line as the real one does.
# Each sync waits for the number of syncs in TOGETHER; GitHub's fails.
SCRIPT = f"""
import json, os, pathlib, sys, time
arguments = " ".join(sys.argv[1:])
notes = pathlib.Path("notes")
notes.mkdir(exist_ok=True)
name = next((n for n in ("tap-linear", "tap-github-prs") if n in arguments), "other")
with open("order", "a") as order:
    order.write("begin " + arguments + "\\n")
(notes / name).touch()
until = time.monotonic() + {SECONDS}
while name != "other" and len(list(notes.glob("tap-*"))) < int(os.environ["TOGETHER"]):
    if time.monotonic() > until:
        sys.exit("no other sync was started")
    time.sleep(0.02)
if os.environ.get("HANGS") and name != "other":
    time.sleep({SECONDS})
print("2026-11-28T19:49:37.0Z [info     ] " + name + " Beginning", flush=True)
with open("order", "a") as order:
    order.write("end " + arguments + "\\n")
sys.exit(3 if name == "tap-github-prs" else 0)
"""


def order(folder: Path) -> list[str]:
    """What the Meltanos noted, without the IDs of their runs."""
    lines = (folder / "order").read_text().splitlines()
    return [
        " ".join(word for word in line.split() if not word.startswith("--run-id"))
        for line in lines
    ]


def test_two_sources_are_read_at_once_and_one_that_fails_stops_nothing(
    tmp_path: Path,
) -> None:
    process = start(tmp_path, SCRIPT, "nightly", TOGETHER="2", **BOTH)
    output, _ = process.communicate(timeout=SECONDS)
    lines = output.splitlines()
    assert process.returncode == 1, output
    assert "Linear: 2026-11-28T19:49:37.0Z [info     ] tap-linear Beginning" in lines
    assert (
        "GitHub: 2026-11-28T19:49:37.0Z [info     ] tap-github-prs Beginning" in lines
    )
    assert lines[-1].startswith("GitHub: the sync failed (exit code 3)")
    done = order(tmp_path)
    # Each one sees that the other belongs to the same pipeline: only what a killed run
    # left keeps a source from being read, and `--force` is for that.
    assert {line for line in done if "tap-" in line} == {
        f"{what} run --force {tap} target-bigquery"
        for what in ("begin", "end")
        for tap in ("tap-linear", "tap-github-prs")
    }
    assert done.index("begin invoke dbt-bigquery:parse") < done.index(
        "begin run dbt-bigquery:build"
    )
    assert done[-4:] == [
        f"{what} run {step}"
        for step in ("dbt-bigquery:build", "page:build")
        for what in ("begin", "end")
    ]
    rows = [
        json.loads(path.read_text())["run"]
        for path in (tmp_path / ".meltano" / "history").rglob("*.json")
    ]
    assert {row["source"]: row["outcome"] for row in rows} == {
        "linear": "success",
        "github": "failed",
        "models": "success",
    }


def test_without_the_setting_each_source_waits_for_the_one_before_it(
    tmp_path: Path,
) -> None:
    process = start(tmp_path, SCRIPT, "sync", TOGETHER="0", **KEYS)
    output, _ = process.communicate(timeout=SECONDS)
    assert "\n2026-11-28T19:49:37.0Z [info     ] tap-github-prs Beginning" in output
    assert order(tmp_path) == [
        f"{what} run --force {tap} target-bigquery"
        for tap in ("tap-linear", "tap-github-prs")
        for what in ("begin", "end")
    ]


def test_a_signal_ends_all_sources_that_are_being_read(tmp_path: Path) -> None:
    process = start(tmp_path, SCRIPT, "nightly", TOGETHER="2", HANGS="1", **BOTH)
    until = time.monotonic() + SECONDS
    notes = tmp_path / "notes"
    while not notes.exists() or len(list(notes.glob("tap-*"))) < len(KEYS):
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    process.terminate()
    # It ends only when each process that holds its output has ended.
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + signal.SIGTERM
    assert output.splitlines()[-1].startswith("pipeline: stopped")
    assert not [line for line in order(tmp_path) if "build" in line]


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "\u0662"])
def test_a_number_of_sources_that_is_none_is_one_line(
    value: str, tmp_path: Path
) -> None:
    done = pipeline(tmp_path, "sync", **{**BOTH, "PIPELINE_PARALLEL_SOURCES": value})
    assert done.returncode == 1
    assert done.stdout == (
        f"pipeline: PIPELINE_PARALLEL_SOURCES is {value!r}: set it to a number from 1"
        " to 99\n"
    )
