from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
import requests
from typer.testing import CliRunner

from sandbox.cli import app
from sandbox.lifecycle import Sandbox
from sandbox.processes import Daemon, port_owner
from sandbox.settings import Settings
from sandbox.testing import LocalBigQuery, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
LISTEN = """import socket, time
one = socket.create_server(("127.0.0.1", {port})); time.sleep(600)"""


@pytest.fixture(scope="module")
def ports() -> dict[str, str]:
    names = ("BIGQUERY_PORT", "BIGQUERY_GRPC_PORT", "API_PORT")
    return {f"SANDBOX_{name}": str(free_port()) for name in names}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def environment(root: Path, ports: dict[str, str]) -> dict[str, str]:
    return {**ports, "MELTANO_PROJECT_ROOT": str(root), "SANDBOX_SIZE": "40"}


@pytest.fixture(scope="module")
def sandbox(environment: dict[str, str]) -> Iterator[Run]:
    """Run the command line in this process, in a project of its own."""

    def run(*arguments: str, **more: str) -> Result:
        return CliRunner().invoke(app, arguments, env=environment | more)

    yield run
    run("down")


def pids(root: Path) -> dict[str, int]:
    folder = root / ".meltano" / "run" / "sandbox"
    return {
        name: json.loads((folder / f"{name}.json").read_text())["pid"]
        for name in ("bigquery", "api")
    }


# One process


def test_a_daemon_survives_and_is_ended_by_its_own_pid(tmp_path: Path) -> None:
    daemon = Daemon("one", tmp_path)
    daemon.start(SLEEP, "a")
    pid = daemon.pid
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)
    assert Daemon("one", tmp_path).fingerprint == "a"
    assert daemon.stop()
    assert not psutil.pid_exists(pid) or daemon.pid is None
    assert not daemon.stop()


def test_a_pid_that_belongs_to_another_process_now_is_left_alone(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(SLEEP) as other:
        record = {"pid": other.pid, "started": 1.0, "fingerprint": "a"}
        (tmp_path / "one.json").write_text(json.dumps(record))
        daemon = Daemon("one", tmp_path)
        assert daemon.pid is None
        assert daemon.died
        assert not daemon.stop()
        assert other.poll() is None
        other.kill()


def test_a_broken_record_is_no_process(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{")
    assert Daemon("one", tmp_path).pid is None


def test_the_owner_of_a_port_is_named_with_pid_and_command() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        owner = port_owner(one.getsockname()[1])
    assert owner is not None
    assert owner.pid == os.getpid()
    assert "python" in str(owner) or "pytest" in str(owner)
    assert port_owner(free_port()) is None


# Settings


def test_the_environment_goes_before_what_up_was_told_and_up_starts_from_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("SANDBOX_"):
            monkeypatch.delenv(name)
    assert Settings.current() == Settings()
    Settings().told(size=9, api_port=1).save()
    monkeypatch.setenv("SANDBOX_API_PORT", "2")
    monkeypatch.setenv("SANDBOX_RECORDINGS", "")
    assert Settings.current() == Settings().told(size=9, api_port=2)
    assert Settings.environment() == Settings().told(api_port=2)
    monkeypatch.setenv("SANDBOX_SEED", "x")
    with pytest.raises(ValueError, match="SANDBOX_SEED must be a number, not 'x'"):
        Settings.current()


def test_a_relative_folder_of_recordings_is_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    _, api = Sandbox(Settings(recordings="../shared")).parts
    assert api.command[-1] == str(tmp_path.parent / "shared")


# Up and down, as a user has them


def test_what_needs_the_sandbox_says_how_to_start_it(sandbox: Run) -> None:
    for command in (["query", "select 1"], ["stats"], ["advance", "1d"]):
        done = sandbox(*command)
        assert done.exit_code == 1
        assert done.stderr == (
            "sandbox: the sandbox does not run: start it with `sandbox up`\n"
        )


def test_a_taken_port_is_named_with_its_owner_and_nothing_is_started(
    sandbox: Run, root: Path, ports: dict[str, str]
) -> None:
    port = ports["SANDBOX_API_PORT"]
    with subprocess.Popen([sys.executable, "-c", LISTEN.format(port=port)]) as other:
        deadline = time.monotonic() + 20
        while port_owner(int(port)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        done = sandbox("up")
        other.kill()
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert (
        f"port {port} for Linear and GitHub is taken by pid {other.pid}" in done.stderr
    )
    assert "socket.create_server" in done.stderr
    assert not list((root / ".meltano" / "run" / "sandbox").glob("*.log"))


def test_up_query_dead_process_changed_setting_reset_and_down(
    sandbox: Run, root: Path, ports: dict[str, str], environment: dict[str, str]
) -> None:
    api = f"http://127.0.0.1:{ports['SANDBOX_API_PORT']}"

    # Up: when it returns everything answers; it outlives the program that started it,
    # and it is harmless twice.
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "up"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    before = pids(root)
    assert sandbox("up").stdout == "the sandbox runs already\n"
    assert pids(root) == before
    status = sandbox("status")
    assert status.exit_code == 0
    assert str(before["api"]) in status.stdout
    assert "40 issues" not in status.stdout or "lanternworks" in status.stdout

    # Query: for people, and for programs.
    sandbox("query", "create schema kept; create table kept.one as select 1 as n")
    assert (
        sandbox("query", "--format", "csv", "select n from kept.one").stdout == "n\n1\n"
    )
    rows = json.loads(
        sandbox("query", "--format", "json", "select n, [n] a from kept.one").stdout
    )
    assert rows == [{"n": 1, "a": [1]}]
    table = sandbox("query", "select n, null as nothing from kept.one").stdout
    assert "nothing" in table
    assert "(1 row)" in table
    refused = sandbox("query", "select nope from kept.one")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("sandbox: ")
    assert refused.stderr.count("\n") == 1

    # What a run loaded, and how often it asked.
    summary = sandbox("summary", "--started", str(int(time.time())))
    assert summary.exit_code == 0, summary.stderr
    assert "kept" in summary.stdout
    assert "0 linear, 0 github" in summary.stdout

    # Time moves, and the day's company stays the same between two `up`s.
    advanced = sandbox("advance", "3d")
    assert advanced.exit_code == 0, advanced.stderr
    now = requests.get(f"{api}/_sandbox/health", timeout=10).json()

    # A dead process is noticed, and started again; the other one is left alone.
    os.kill(before["api"], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while psutil.pid_exists(before["api"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    dead = sandbox("status")
    assert dead.exit_code == 1
    assert "died" in dead.stdout
    assert sandbox("up").stdout == "started: Linear and GitHub\n"
    assert pids(root)["bigquery"] == before["bigquery"]
    assert requests.get(f"{api}/_sandbox/health", timeout=10).json() == now

    # A changed setting restarts what it concerns, and only that.
    changed = sandbox("up", SANDBOX_SEED="8")
    assert changed.stdout == "started: Linear and GitHub\n"
    assert pids(root)["bigquery"] == before["bigquery"]
    assert requests.get(f"{api}/_sandbox/health", timeout=10).json()["seed"] == 8

    # Down ends exactly these; data is kept until reset.
    running = pids(root)
    assert sandbox("down").exit_code == 0
    assert not any(psutil.pid_exists(pid) for pid in running.values())
    assert sandbox("down").stdout == "nothing ran\n"
    assert "stopped" in sandbox("status").stdout
    assert sandbox("up").exit_code == 0
    assert (
        sandbox("query", "--format", "csv", "select n from kept.one").stdout == "n\n1\n"
    )
    assert sandbox("down").exit_code == 0
    assert sandbox("reset").stdout.startswith("all data is gone; Meltano's bookmarks")
    assert not (root / ".meltano" / "run" / "sandbox" / "data").exists()


def test_local_bigquery_is_a_process_that_ends_with_its_context(
    tmp_path: Path,
) -> None:
    with LocalBigQuery(tmp_path) as warehouse:
        pid = warehouse.pid
        response = requests.get(f"{warehouse.endpoint}/healthz", timeout=10)
        assert response.status_code == 200
    assert pid is not None
    assert not psutil.pid_exists(pid)
