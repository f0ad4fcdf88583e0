"""Input that would fill the memory or the stack ends the load in one line."""

# ruff: noqa: ANN001, ANN201, ANN202 - fixtures: named, not typed, and many

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from target_bigquery import reader
from target_bigquery.decoding import MessageError

MEGABYTE = 1024 * 1024


def test_a_line_of_200_mb_ends_in_one_line_and_takes_little_memory(config, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    command = str(Path(sys.executable).with_name("target-bigquery"))
    process = subprocess.Popen(
        [command, "--config", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )

    def feed():
        # The target stops reading before the end.
        try:
            process.stdin.write(b'{"type":"RECORD","stream":"s","record":{"a":[')
            for _ in range(200):
                process.stdin.write(b"1," * (MEGABYTE // 2))
            process.stdin.close()
        except BrokenPipeError:
            pass

    feeder = threading.Thread(target=feed)
    feeder.start()
    log = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    feeder.join()
    process.stderr.close()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    assert process.returncode == 1
    assert "The tap wrote a line of more than 64 MB, which begins" in log
    assert "Traceback" not in log
    assert max(map(len, log.splitlines())) < 500
    assert usage.ru_maxrss < 300 * 1024  # KB


def _write_schema(tap, deep):
    tap.lines.append(
        '{"type":"SCHEMA","stream":"s","key_properties":["id"],"schema":{"properties":'
        f'{{"id":{{"type":"integer"}},"deep":{deep}}}}}}}'
    )
    return tap.record("s", {"id": 1, "deep": {"a": {"a": None}}})


@pytest.mark.parametrize(
    "deep",
    [
        '{"type":"object","properties":{"a":' * 300 + "{}" + "}}" * 300,
        '{"items":' * 100_000 + "{}" + "}" * 100_000,
    ],
    ids=["300 levels", "100,000 levels"],
)
def test_a_schema_nested_without_end_ends_in_one_line(load, tap, warehouse, deep):
    with pytest.raises(MessageError) as caught:
        load(_write_schema(tap, deep))
    assert len(str(caught.value)) < 500
    assert warehouse.tables() == []


def test_the_limit_of_a_line_holds_for_a_file_too(load, tap, monkeypatch):
    monkeypatch.setattr(reader, "LONGEST_LINE", 1000)
    with pytest.raises(MessageError, match="a line of more than"):
        load(tap.state({"text": "x" * 2000}))
