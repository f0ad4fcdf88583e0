"""Input that would fill the memory or the stack ends the load in one line."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_bigquery.messages import reader
from target_bigquery.messages.decoding import MessageError

if TYPE_CHECKING:
    from conftest import Load, Tap, Warehouse

MEGABYTE = 1024 * 1024


# A process counts the memory of the one that started it as its own (wait4), so a small
# one starts the target and prints the target's peak.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_a_line_of_200_mb_ends_in_one_line_and_takes_little_memory(
    config: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    command = str(Path(sys.executable).with_name("target-bigquery"))
    with subprocess.Popen(
        [sys.executable, "-c", MEASURE, command, "--config", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
        assert stdin
        assert stdout
        assert stderr

        def feed() -> None:
            # The target stops reading before the end.
            with contextlib.suppress(BrokenPipeError):
                stdin.write(b'{"type":"RECORD","stream":"s","record":{"a":[')
                for _ in range(200):
                    stdin.write(b"1," * (MEGABYTE // 2))
                stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        log = stderr.read().decode()
        code, megabytes = map(int, stdout.read().split())
        process.wait()
        feeder.join()
    assert code == 1, log
    assert "The tap wrote a line of more than 16 MB, which begins" in log
    assert "Traceback" not in log
    assert max(map(len, log.splitlines())) < 500
    assert megabytes < 300


def _schema(deep: Any) -> str:
    return (
        '{"type":"SCHEMA","stream":"s","key_properties":["id"],"schema":{"properties":'
        f'{{"id":{{"type":"integer"}},"deep":{deep}}}}}}}'
    )


def _record(deep: Any) -> str:
    return f'{{"type":"RECORD","stream":"s","record":{{"id":1,"deep":{deep}}}}}'


@pytest.mark.parametrize(
    "line",
    [
        _schema('{"type":"object","properties":{"a":' * 300 + "{}" + "}}" * 300),
        _schema('{"items":' * 100_000 + "{}" + "}" * 100_000),
        _record("[" * 499 + "]" * 499),
        _record('{"a":' * 600 + "NaN" + "}" * 600),
        _record("[" * 100_000 + "]" * 100_000),
    ],
    ids=[
        "a schema of 300 levels",
        "a schema of 100,000 levels",
        "a record of 501 levels",
        "a record that msgspec cannot read",
        "a record of 100,000 levels",
    ],
)
def test_a_line_nested_without_end_ends_in_one_line(
    load: Load, tap: Tap, warehouse: Warehouse, line: str
) -> None:
    tap.lines += [_schema("{}"), line]
    with pytest.raises(MessageError, match="nested more than 500 levels") as caught:
        load(tap)
    assert len(str(caught.value)) < 500
    if '"RECORD"' in line:
        assert warehouse.rows("s") == []


def test_a_record_of_500_levels_is_loaded(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.lines += [_schema("{}"), _record("[" * 498 + '"{[[[{"' + "]" * 498)]
    load(tap)
    (row,) = warehouse.query("SELECT TO_JSON_STRING(deep) AS text FROM `{d}.raw_s`")
    assert row["text"] == "[" * 498 + '"{[[[{"' + "]" * 498


def test_many_objects_beside_each_other_are_not_deep(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.lines += [_schema("{}"), _record("[" + ",".join(['{"a":[]}'] * 1000) + "]")]
    load(tap)
    assert len(warehouse.rows("s")[0]["deep"]) == 1000


def test_the_limit_of_a_line_holds_for_a_file_too(
    load: Load, tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LONGEST_LINE", 1000)
    with pytest.raises(MessageError, match="a line of more than"):
        load(tap.state({"text": "x" * 2000}))
