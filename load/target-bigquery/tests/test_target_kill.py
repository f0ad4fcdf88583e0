"""Whatever ends the process, no STATE is past what BigQuery holds."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import contextlib
import json
import os
import random
import runpy
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Load, Tap, Warehouse

SCRIPT = Path(__file__).with_name("run_target.py")
ISSUE = {"id": {"type": "integer"}, "n": {"type": "integer"}}
RECORDS = 48
KEYS = 25


class Run:
    """A target in a process of its own, whose STATEs are read as they come."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.source, self.output = folder / "in", folder / "out"
        self.log = folder / "log"
        for path in (self.source, self.output):
            path.unlink(missing_ok=True)
            os.mkfifo(path)
        names = {"config": config, "source": str(self.source)}
        names |= {"output": str(self.output), "log": str(self.log)}
        self.process = processes().Process(
            target=runpy.run_path, args=(str(SCRIPT),), kwargs={"init_globals": names}
        )
        self.process.start()
        self.states = self.output.open(encoding="utf-8")
        self.tap = self.source.open("w", encoding="utf-8")

    def feed(self, text: str) -> Any:
        """Write like a tap, in a thread, so that states can be read meanwhile."""

        def write() -> None:
            with contextlib.suppress(BrokenPipeError):
                self.tap.write(text)
                self.tap.close()

        thread = threading.Thread(target=write)
        thread.start()
        return thread

    def end(self) -> Any:
        self.process.join(30)
        assert self.process.exitcode is not None, "the target hangs"
        self.states.close()
        with contextlib.suppress(BrokenPipeError):
            self.tap.close()
        return self.process.exitcode


@pytest.fixture
def start(tmp_path: Path, config: dict[str, Any]) -> Any:
    return lambda **settings: Run(tmp_path, {**config, **settings})


def _messages(tap: Tap, start: int = 0, *, pad: str = "") -> Any:
    tap.schema("issues", {**ISSUE, "pad": {"type": "string"}})
    tap.schema("events", ISSUE, keys=())
    for n in range(start, RECORDS):
        tap.record("issues", {"id": n % KEYS, "n": n, "pad": pad})
        tap.record("events", {"id": n, "n": n}).state({"n": n})
    return tap.text


def _readable(warehouse: Warehouse, n: int) -> Any:
    """Whether every record up to n is in BigQuery."""
    model = {k % KEYS: k for k in range(n + 1)}
    rows = {r["id"]: r["n"] for r in warehouse.rows("issues")}
    events = {r["n"] for r in warehouse.rows("events")}
    return all(rows.get(k, -1) >= v for k, v in model.items()) and events.issuperset(
        range(n + 1)
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_killed_run_costs_time_but_no_row(
    start: Callable[..., Any], new_tap: type[Tap], warehouse: Warehouse, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    run = start(batch_size_rows=20)
    writer = run.feed(_messages(new_tap()))
    killer = threading.Timer(chance.uniform(0.05, 1.2), run.process.kill)
    killer.start()
    last = -1
    for line in run.states:
        last = json.loads(line)["n"]
    run.end()
    killer.cancel()
    writer.join()
    assert last == -1 or _readable(warehouse, last)

    again = start(batch_size_rows=20)
    writer = again.feed(_messages(new_tap(), last + 1))
    states = [json.loads(line)["n"] for line in again.states]
    assert again.end() == 0
    writer.join()
    assert states[-1:] == ([RECORDS - 1] if last < RECORDS - 1 else [])
    model = {n % KEYS: n for n in range(RECORDS)}
    rows = warehouse.rows("issues")
    assert {r["id"]: r["n"] for r in rows} == model
    assert len(rows) == len(model)
    assert {r["n"] for r in warehouse.rows("events")} == set(range(RECORDS))
    assert warehouse.staging() == []


def test_at_every_printed_state_all_records_before_it_are_readable(
    start: Callable[..., Any], new_tap: type[Tap], warehouse: Warehouse
) -> None:
    run = start(batch_size_rows=10)
    writer = run.feed(_messages(new_tap()))
    seen = []
    for line in run.states:
        seen.append(json.loads(line)["n"])
        assert _readable(warehouse, seen[-1])
    assert run.end() == 0
    writer.join()
    assert seen == sorted(seen)
    assert len(seen) > 5
    assert seen[-1] == RECORDS - 1


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_in_order(
    start: Callable[..., Any], tap: Tap, warehouse: Warehouse, signum: Any
) -> None:
    run = start(batch_size_rows=10)
    run.tap.write(_messages(tap))
    run.tap.write(
        '{"type":"RECORD","stream":"issues","record":{"id":99,"n":1,"pad":""}}\n'
    )
    run.tap.flush()
    first = json.loads(run.states.readline())["n"]
    os.kill(run.process.pid, signum)
    last = max([first, *(json.loads(line)["n"] for line in run.states)])
    assert run.end() == 128 + signum
    assert _readable(warehouse, last)
    assert 99 not in {r["id"] for r in warehouse.rows("issues")}
    assert warehouse.staging() == []
    assert f"Stopped by signal {signum:d}" in run.log.read_text()
    assert "Traceback" not in run.log.read_text()


def test_a_record_is_committed_by_its_age_while_the_tap_is_silent(
    start: Callable[..., Any], tap: Tap, warehouse: Warehouse
) -> None:
    run = start(max_batch_age=0.005)
    run.tap.write(tap.schema("issues", ISSUE).record("issues", {"id": 1, "n": 1}).text)
    run.tap.write('{"type":"STATE","value":{"n":1}}\n')
    run.tap.flush()
    assert json.loads(run.states.readline()) == {"n": 1}  # the tap still runs
    assert warehouse.rows("issues") == [{"id": 1, "n": 1}]
    run.tap.close()
    assert run.states.read() == ""
    assert run.end() == 0


def test_a_tap_that_dies_in_mid_line_ends_the_load_in_one_line(
    start: Callable[..., Any], tap: Tap, warehouse: Warehouse
) -> None:
    text = tap.schema("issues", ISSUE).record("issues", {"id": 1, "n": 1}).text
    run = start()
    run.feed(text + '{"type":"STATE","value":{"n":1}}\n{"type":"RECORD","str').join()
    assert run.states.read() == ""
    assert run.end() == 1
    log = run.log.read_text()
    assert "The tap wrote a line that is not a JSON object" in log
    assert "Traceback" not in log
    assert warehouse.staging() == []


def test_a_tap_that_ends_early_leaves_what_it_wrote(
    start: Callable[..., Any], tap: Tap, warehouse: Warehouse
) -> None:
    text = tap.schema("issues", ISSUE).record("issues", {"id": 1, "n": 1}).text
    run = start()
    run.feed(text + '{"type":"STATE","value":{"n":1}}\n').join()
    assert json.loads(run.states.read()) == {"n": 1}
    assert run.end() == 0
    assert len(warehouse.rows("issues")) == 1


def test_a_broken_pipe_ends_the_load_in_one_line(
    start: Callable[..., Any], new_tap: type[Tap], warehouse: Warehouse
) -> None:
    run = start(batch_size_rows=10)
    run.states.close()
    writer = run.feed(_messages(new_tap()))
    assert run.end() == 1
    writer.join()
    log = run.log.read_text()
    assert "Cannot write STATE: stdout is closed (Broken pipe)" in log
    assert "Traceback" not in log
    assert "Exception ignored" not in log
    assert warehouse.staging() == []


def test_two_runs_at_once_both_end_complete(
    tmp_path: Path, config: dict[str, Any], new_tap: type[Tap], warehouse: Warehouse
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    runs = [
        Run(tmp_path / name, {**config, "batch_size_rows": 20}) for name in ("a", "b")
    ]
    writers = [run.feed(_messages(new_tap(), pad=str(i))) for i, run in enumerate(runs)]
    for run in runs:
        assert json.loads(run.states.read().splitlines()[-1]) == {"n": RECORDS - 1}
        assert run.end() == 0
    for writer in writers:
        writer.join()
    rows = warehouse.rows("issues")
    assert {r["id"]: r["n"] for r in rows} == {n % KEYS: n for n in range(RECORDS)}
    assert len(rows) == KEYS
    assert len(warehouse.rows("events")) == 2 * RECORDS
    assert warehouse.staging() == []


def test_a_living_runs_staging_tables_stay(
    start: Callable[..., Any],
    tap: Tap,
    new_tap: type[Tap],
    load: Load,
    warehouse: Warehouse,
) -> None:
    # overwrite keeps its staging tables from the first commit to the last.
    run = start(batch_size_rows=1, load_method="overwrite")
    run.tap.write(tap.schema("issues", ISSUE).record("issues", {"id": 1, "n": 1}).text)
    run.tap.write('{"type":"RECORD","stream":"issues","record":{"id":2,"n":2}}\n')
    run.tap.flush()
    deadline = time.monotonic() + 20
    while not warehouse.staging() and time.monotonic() < deadline:
        time.sleep(0.05)
    load(new_tap().schema("other", ISSUE).record("other", {"id": 1, "n": 1}))
    assert len(warehouse.staging()) > 0
    run.tap.write('{"type":"STATE","value":{"n":2}}\n')
    run.tap.close()
    run.states.read()
    assert run.end() == 0
    assert len(warehouse.rows("issues")) == 2
    assert warehouse.staging() == []
