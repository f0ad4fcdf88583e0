"""Each failure of BigQuery, at each call: retried to the end, or ended in one line."""

# ruff: noqa: ANN401, PLR0913, PLR0917 - fixtures; JSON

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from loads_of_a_log import ISSUE, check_log, log

from target_bigquery.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from breaking_proxy import Fault, Proxy
    from conftest import Load, Tap, Warehouse

SIDE_CALLS = ("load insert", "table get", "dataset get", "dataset insert")
"""Calls that start or change nothing by themselves: two failures stand for all."""
CALLS = (*SIDE_CALLS, "load upload", "query insert", "table insert", "table delete")


def _is_check(body: bytes) -> bool:
    """Whether the call is the dry run before the first line, which is no job."""
    return b'"dryRun": true' in body


def _jobs(proxy: Proxy) -> Any:
    bodies = [body for _, _, body in proxy.calls if b'"jobReference"' in body]
    return [body for body in bodies if not _is_check(body)]


def _messages(tap: Tap) -> Any:
    tap.schema("issues", ISSUE).schema("log", ISSUE, keys=())
    for n in range(6):
        tap.record("issues", {"id": str(n % 4), "n": n})
        tap.record("log", {"id": str(n), "n": n}).state({"n": n})
    return tap


def _check(warehouse: Warehouse) -> None:
    """Every record once, and nothing left over."""
    model = {str(n % 4): n for n in range(6)}
    assert {r["id"]: r["n"] for r in warehouse.rows("issues")} == model
    assert len(warehouse.rows("issues")) == 4
    assert [r["n"] for r in warehouse.rows("log")] == list(range(6))
    assert warehouse.staging() == []


TRANSIENT = [
    (503, "backendError"),
    (502, "badGateway"),
    (500, "internalError"),
    (403, "rateLimitExceeded"),
    (429, "rateLimitExceeded"),
    "503 after",
    "reset before",
    "reset after",
]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (call, kind)
        for call in CALLS
        for kind in (TRANSIENT[-2:] if call in SIDE_CALLS else TRANSIENT)
    ],
    ids=str,
)
def test_a_transient_failure_changes_nothing(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
    call: str,
    kind: Any,
) -> None:
    proxy.faults = [fault(call, kind)]
    assert run(log(tap)) == [{"n": 2}]
    assert proxy.faults[0].hits == 1
    check_log(warehouse)


@pytest.mark.parametrize("reason", ["backendError", "jobBackendError"])
@pytest.mark.parametrize("call", ["load upload", "query insert"])
def test_a_job_that_fails_for_a_while_runs_again(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
    call: str,
    reason: str,
) -> None:
    proxy.faults = [fault(call, ("job fails", reason), times=2)]
    assert run(log(tap)) == [{"n": 2}]
    assert proxy.faults[0].hits == 2
    check_log(warehouse)


def test_the_last_call_of_a_run_may_fail_for_a_while(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
) -> None:
    proxy.faults = [fault("table patch", (503, "backendError"), times=2)]
    assert run(log(tap)) == [{"n": 2}]
    assert proxy.faults[0].hits == 2
    assert proxy.calls[-1][0] == "PATCH"
    check_log(warehouse)


def test_a_number_of_rows_that_cannot_be_noted_is_a_warning(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
    caplog: pytest.LogCaptureFixture,
) -> None:
    proxy.faults = [fault("table patch", (403, "accessDenied"))]
    assert run(log(tap)) == [{"n": 2}]
    assert proxy.faults[0].hits == 1
    (line,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert "the next run cannot notice lost rows" in line
    check_log(warehouse)


PERMANENT = [
    (400, "invalid"),
    (403, "accessDenied"),
    (403, "quotaExceeded"),
    (403, "billingNotEnabled"),
]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (call, kind)
        for call in CALLS
        if call != "table delete"
        for kind in (PERMANENT[:1] if call in SIDE_CALLS else PERMANENT)
    ],
    ids=str,
)
def test_a_permanent_failure_ends_the_load_at_once(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    load: Load,
    warehouse: Warehouse,
    call: str,
    kind: Any,
) -> None:
    proxy.faults = [fault(call, kind, times=100)]
    with pytest.raises(TargetError) as caught:
        run(log(tap))
    assert f"{kind[1]}: as the test wants it" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert load.printed == []
    assert proxy.faults[0].hits == 1
    if call != "dataset insert":
        assert warehouse.staging() == []


def test_the_run_after_a_failed_one_loads_everything(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
) -> None:
    tap.schema("issues", ISSUE)
    for n in range(6):
        tap.record("issues", {"id": str(n % 4), "n": n}).state({"n": n})
    proxy.faults = [fault("query insert", (400, "invalid"), skip=1)]
    with pytest.raises(TargetError):
        run(tap, batch_size_rows=2)
    assert run(tap) == [{"n": 5}]
    model = {str(n % 4): n for n in range(6)}
    assert {r["id"]: r["n"] for r in warehouse.rows("issues")} == model


@pytest.mark.parametrize("call", ["load upload", "query insert"])
def test_a_job_that_fails_for_good_ends_the_load(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    load: Load,
    warehouse: Warehouse,
    call: str,
) -> None:
    proxy.faults = [fault(call, ("job fails", "invalidQuery"), times=100)]
    with pytest.raises(TargetError, match="invalidQuery: the job failed"):
        run(_messages(tap))
    assert load.printed == []
    assert warehouse.staging() == []


def test_a_staging_table_that_cannot_be_removed_does_not_undo_the_load(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
) -> None:
    # It expires by itself after a day, and the next run takes it away.
    proxy.faults = [fault("table delete", (403, "accessDenied"), times=100)]
    assert run(_messages(tap)) == [{"n": 5}]
    assert len(warehouse.staging()) == 2
    proxy.faults = []
    run(tap)
    assert warehouse.staging() == []


def test_what_stays_unavailable_ends_the_load_after_the_timeout(
    run: Callable[..., Any], tap: Tap, proxy: Proxy, fault: type[Fault], load: Load
) -> None:
    proxy.faults = [fault("query insert", (503, "backendError"), times=10_000)]
    with pytest.raises(
        TargetError, match=r"stayed unavailable for 1 s to write stream"
    ):
        run(_messages(tap), timeout=1)
    assert load.printed == []
    assert proxy.faults[0].hits > 2


@pytest.mark.parametrize("kind", ["503 after", "reset after", (503, "backendError")])
def test_an_upload_in_pieces_survives_a_failure(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
    kind: Any,
) -> None:
    # Above 5 MB the library uploads in pieces; random text does not compress.
    chance = random.Random(1)  # noqa: S311 - a test's dice
    tap.schema("big", {"id": {"type": "integer"}, "t": {"type": "string"}})
    texts = [chance.randbytes(350_000).hex() for _ in range(20)]
    for n, text in enumerate(texts):
        tap.record("big", {"id": n, "t": text})
    proxy.faults = [fault("load insert", kind)]
    run(tap.state({"done": True}))
    puts = [call for call in proxy.calls if call[0] == "PUT"]
    assert len(puts) > 0
    assert [r["t"] for r in warehouse.rows("big")] == texts


@pytest.mark.parametrize("seed", range(6))
def test_failures_at_random_change_nothing(
    run: Callable[..., Any],
    tap: Tap,
    proxy: Proxy,
    fault: type[Fault],
    warehouse: Warehouse,
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    proxy.faults = [
        fault(chance.choice(list(CALLS)), chance.choice(TRANSIENT), skip=skip)
        for skip in range(4)
    ]
    assert run(_messages(tap), batch_size_rows=5)[-1] == {"n": 5}
    _check(warehouse)


def test_every_job_carries_labels_location_and_limit(
    run: Callable[..., Any], tap: Tap, proxy: Proxy
) -> None:
    settings = {
        "labels": {"team": "data"},
        "maximum_bytes_billed": 10**9,
        "location": "EU",
    }
    run(_messages(tap), **settings)
    jobs = _jobs(proxy)
    # Two loads, two writes, and a query for each table that counts its rows.
    assert len(jobs) == 6
    for body in jobs:
        assert b'"location": "EU"' in body
        assert re.search(rb'"stream": "(issues|log)"', body)
        assert re.search(rb'"run": "\d{8}t\d{9}z[0-9a-f]{6}"', body)
        assert b'"team": "data"' in body
    queries = [b for b in jobs if b'"query"' in b]
    assert all(b'"maximumBytesBilled": "1000000000"' in b for b in queries)


def test_a_staging_table_names_its_run_and_expires_after_a_day(
    run: Callable[..., Any], tap: Tap, proxy: Proxy
) -> None:
    run(_messages(tap))
    created = [
        json.loads(body)
        for method, path, body in proxy.calls
        if method == "POST" and path.endswith("/tables") and b"_staging" in body
    ]
    runs = {
        re.findall(rb'"run": "([^"]+)"', b)[0]
        for _, _, b in proxy.calls
        if b'"run"' in b
    }
    assert len(created) == 2
    for table in created:
        assert (
            runs.pop().decode() in table["tableReference"]["tableId"] if runs else True
        )
        assert int(table["expirationTime"]) > 0


def test_a_stream_and_commit_take_at_most_three_jobs(
    run: Callable[..., Any], tap: Tap, proxy: Proxy
) -> None:
    tap.schema("issues", ISSUE)
    for n in range(50):
        tap.record("issues", {"id": str(n), "n": n}, version=1)
    run(tap.activate("issues", 1))
    # The target counts the rows of the local BigQuery with a query.
    jobs = [job for job in _jobs(proxy) if b"COUNT(*)" not in job]
    assert len(jobs) == 3
