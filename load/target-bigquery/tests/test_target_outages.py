"""Outages and slow jobs: one deadline, one line in the log per retry, one clear end."""

# ruff: noqa: ANN401, PLR0913, PLR0917 - fixtures; JSON
from __future__ import annotations

import re
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from breaking_proxy import Fault
from loads_of_a_log import ISSUE, check_log, log

from target_bigquery.errors import DiskError, TargetError
from target_bigquery.warehouse.calls import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from breaking_proxy import Proxy
    from conftest import Load, Tap, Warehouse

_STREAM = re.compile(r"stream '(\w+)'")


def _streams(tap: Tap, count: int) -> Any:
    for number in range(count):
        tap.schema(f"s{number}", ISSUE).record(f"s{number}", {"id": "a", "n": 1})
    return tap.state({"n": 1})


def _warnings(caplog: pytest.LogCaptureFixture) -> Any:
    return [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]


def test_each_retry_is_logged_with_what_failed_and_when_the_next_attempt_is(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy.faults = [fault("load upload", (503, "backendError"), times=2)]
    run(log(tap))
    lines = [line for line in _warnings(caplog) if "Next attempt" in line]
    assert len(lines) == 2
    for line in lines:
        assert "BigQuery is unavailable to load stream 'log' into staging" in line
        assert "backendError: as the test wants it" in line
        assert re.search(r"Next attempt in \d+\.\d s", line)


@pytest.mark.parametrize("kind", ["reset before", (503, "backendError")])
def test_an_outage_in_a_commit_has_one_deadline_for_all_streams(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    load: Load,
    caplog: pytest.LogCaptureFixture,
    kind: Any,
) -> None:
    # Twelve streams one after the other, each of which could wait by itself.
    _streams(tap, 12)
    proxy.faults = [fault("load upload", kind, times=10_000)]
    with pytest.raises(TargetError, match="stayed unavailable for 2 s to load stream"):
        run(tap, timeout=2, max_parallelism=1)
    assert load.printed == []
    asked = {match[1] for line in _warnings(caplog) if (match := _STREAM.search(line))}
    assert len(asked) == 1


def test_in_an_outage_nothing_is_tried_after_the_load_has_given_up(
    run: Callable[..., Any], tap: Tap, proxy: Proxy
) -> None:
    _streams(tap, 3)
    # The first query writes rows; from then on nothing answers.
    begun = threading.Event()

    class Outage(Fault):
        def strikes(self, method: str, path: str, body: bytes) -> bool:
            if b'"query": "INSERT' in body:
                begun.set()
            return begun.is_set() and super().strikes(method, path, body)

    proxy.faults = [Outage("any", "reset before", times=10_000)]
    with pytest.raises(TargetError, match="stayed unavailable"):
        run(tap, timeout=5)
    assert proxy.faults[0].hits > 3
    # Staging tables expire by themselves, so an outage needs no DELETE.
    assert not any(method == "DELETE" for method, _, _ in proxy.calls)


def test_calls_that_fail_at_the_same_time_share_the_earliest_deadline() -> None:
    caller = Caller(30, None, threading.Event())
    caller.answered = True
    caller._failing["another call"] = time.monotonic() + 5
    left = []

    def fail() -> None:
        left.append(caller.left())
        if len(left) == 2:
            caller.stop.set()
        raise ConnectionError

    with pytest.raises(TargetError, match="stayed unavailable for 30 s to x"):
        caller.call("x", fail)
    assert left[0] > 25
    assert left[1] <= 5


def test_a_full_disk_ends_the_load_in_one_line_with_folder_and_space(
    load: Load, tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tempfile.TemporaryFile",
        lambda **_: Path("/dev/full").open("w+b", buffering=0),  # noqa: SIM115 - closed by the part
    )
    tap.schema("log", ISSUE, keys=())
    for n in range(20):
        tap.record("log", {"id": str(n), "n": n})
    with pytest.raises(DiskError) as caught:
        load(tap.state({"n": 1}))
    message = str(caught.value)
    assert f"Temporary folder '{tempfile.gettempdir()}'" in message
    assert "No space left on device" in message
    assert "2.1 GB free" in message
    assert "\n" not in message
    assert load.printed == []


def test_no_folder_for_temporary_files_ends_the_load_in_one_line(
    load: Load, tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_found() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none_found)
    with pytest.raises(DiskError, match=r"'TMPDIR' cannot take .* No usable temporary"):
        load(tap.state({"n": 1}))


def test_a_job_that_outlasts_the_timeout_is_cancelled_and_counts_if_it_was_too_late(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy.faults = [fault("query insert", ("job runs on", "written"))]
    assert run(log(tap), timeout=8) == [{"n": 2}]
    assert any("runs longer than 8 s: cancelling it" in x for x in _warnings(caplog))
    # Its rows are there once, not twice.
    check_log(warehouse)


def test_a_job_that_outlasts_the_timeout_and_is_cancelled_ends_the_load(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    load: Load,
    warehouse: Warehouse,
) -> None:
    proxy.faults = [fault("query insert", ("job runs on", "stopped"))]
    with pytest.raises(
        TargetError, match="was cancelled, so nothing of it was written"
    ):
        run(log(tap), timeout=8)
    assert load.printed == []
    assert warehouse.rows("log") == []
    assert run(tap) == [{"n": 2}]
    check_log(warehouse)
