"""Several requests at the same time: the same messages, within Linear's limits."""

from __future__ import annotations

import copy
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_linear.transport.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Workspace
    from tap_runs import Collected

    from sandbox.testing import ApiServer

    Start = Callable[..., Any]


def fill(workspace: Workspace, total: int) -> None:
    """Add issues; the history of some of them does not fit on one page."""
    for n in range(total):
        history = 60 if n % 9 == 0 else n % 4
        workspace.issue(n, n, history=history, spans=1 + n % 3)
        workspace.comment(n, n, issue=n)


def written(out: Collected) -> list[str]:
    """What a run wrote, in its order, without the times of the run."""
    messages = copy.deepcopy(out.messages)
    for message in messages:
        message.pop("time_extracted", None)
        message.pop("version", None)
        message.get("value", {}).get("workspace", {}).pop("version", None)
    return [json.dumps(one) for one in messages if one["type"] != "ACTIVATE_VERSION"]


def test_four_requests_at_a_time_write_the_same_messages_in_the_same_order_as_one(
    workspace: Workspace, server: ApiServer, run: Start
) -> None:
    fill(workspace, 100)
    server.fault("latency", "linear", rate=0.5, seconds=0.03, seed=3)

    several = run(page_size=10, max_parallel_requests=4).sync()
    most = server.stats()["linear"]["most_in_flight"]
    one = run(page_size=10).sync()

    assert most > 1
    assert len(several.records("issue_history")) > 800
    assert written(several) == written(one)


def test_the_threads_of_a_run_end_with_it(workspace: Workspace, run: Start) -> None:
    fill(workspace, 40)
    before = set(threading.enumerate())
    run(page_size=10, max_parallel_requests=4).sync()
    for thread in set(threading.enumerate()) - before:
        if "_work" in thread.name:
            thread.join(5)
            assert not thread.is_alive()


def test_one_request_is_sent_at_a_time_unless_the_setting_allows_more(
    workspace: Workspace, server: ApiServer, run: Start
) -> None:
    fill(workspace, 60)
    server.fault("latency", "linear", count=0, seconds=0.01)
    run(page_size=10).sync()
    assert server.stats()["linear"]["most_in_flight"] == 1

    run(page_size=10, max_parallel_requests=3).sync()

    assert server.stats()["linear"]["most_in_flight"] == 3


def test_after_a_rate_limit_the_tap_sends_one_request_at_a_time(
    workspace: Workspace,
    server: ApiServer,
    run: Start,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fill(workspace, 60)
    server.fault("rate-limited", "linear", match="IssuesChanged")
    server.fault("latency", "linear", count=0, seconds=0.01)

    out = run(page_size=10, max_parallel_requests=4).sync()

    assert len(out.records("issues")) == 60
    assert server.stats()["linear"]["most_in_flight"] == 1
    lines = [record.getMessage() for record in caplog.records]
    assert lines.count("From now on, the tap sends one request at a time") == 1


@pytest.mark.parametrize("kind", ["server-error", "cut", "too-complex"])
@pytest.mark.parametrize("match", ["query Issues(", "query IssuesContinued"])
def test_pages_and_lists_that_fail_at_the_same_time_are_read_again(
    match: str, kind: str, workspace: Workspace, server: ApiServer, run: Start
) -> None:
    fill(workspace, 60)
    whole = run(page_size=10).sync()
    server.fault(kind, "linear", match=match, at=2, count=3)

    out = run(page_size=10, max_parallel_requests=4).sync()

    assert sorted(out.keys) == sorted(whole.keys)
    assert server.stats()["linear"]["faults"][kind] == 3


def test_a_run_that_is_killed_with_requests_in_flight_loses_nothing(
    workspace: Workspace, run: Start
) -> None:
    fill(workspace, 45)
    settings = {"page_size": 5, "max_parallel_requests": 4}
    whole = run(**settings).sync()
    for stop_after in range(10, len(whole.messages), 200):
        killed = run(**settings)
        killed.out.stop_after = stop_after
        with pytest.raises(KeyboardInterrupt):
            killed.sync()
        state = killed.out.states[-1] if killed.out.states else None

        rest = run(state, **settings).sync()

        assert {*killed.out.keys, *rest.keys} == {*whole.keys}


def start_process(tmp_path: Path, server: ApiServer) -> subprocess.Popen[bytes]:
    """Start the tap's command; nothing reads its output yet."""
    config = tmp_path / "config.json"
    settings = {"api_url": server.linear_url, "api_key": "lin_api_sandbox"}
    config.write_text(json.dumps(settings))
    command = [str(Path(sys.executable).parent / "tap-linear"), "--config", str(config)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=subprocess.DEVNULL)


def wait_for_the_last_stream(server: ApiServer) -> bool:
    """Whether everything was requested, within a time limit."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.stats()["linear"]["operations"].get("Users"):
            return True
        time.sleep(0.05)
    return False


def test_requests_continue_while_the_target_does_not_read(
    workspace: Workspace, server: ApiServer, tmp_path: Path
) -> None:
    for n in range(300):
        workspace.issue(n, n, description="long " * 200)
    server.refresh()
    with start_process(tmp_path, server) as tap:
        assert wait_for_the_last_stream(server)

        assert tap.poll() is None
        assert tap.stdout is not None
        written = [json.loads(line) for line in tap.stdout]

    assert tap.returncode == 0
    issues = [one for one in written if one.get("stream") == "issues"]
    assert sum(one["type"] == "RECORD" for one in issues) == 300
    assert written[-1]["type"] == "STATE"


def test_sigterm_ends_a_tap_whose_target_does_not_read(
    workspace: Workspace, server: ApiServer, tmp_path: Path
) -> None:
    for n in range(300):
        workspace.issue(n, n, description="long " * 200)
    server.refresh()
    with start_process(tmp_path, server) as tap:
        assert wait_for_the_last_stream(server)
        tap.terminate()
        assert tap.wait(30) == 128 + signal.SIGTERM
        assert tap.stdout is not None
        tap.stdout.close()


def test_requests_in_flight_never_reserve_more_than_the_budgets_have_left() -> None:
    limits = Limits(10.0, logger=None)  # type: ignore[arg-type] # it does not wait
    limits.budgets["complexity"].remaining = 25
    limits.budgets["requests"].remaining = 100

    with limits.reserved(10), limits.reserved(10):
        assert not limits._is_enough_for(10)
        assert limits._is_enough_for(5)
    assert limits._is_enough_for(10)
