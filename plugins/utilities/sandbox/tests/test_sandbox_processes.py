from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest
import requests

from sandbox import bigquery, private
from sandbox.lifecycle import Sandbox
from sandbox.processes import Daemon, port_owner
from sandbox.settings import Settings
from sandbox.testing import LocalBigQuery, free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


# One process


def test_a_daemon_survives_and_is_ended_by_its_own_pid(tmp_path: Path) -> None:
    daemon = Daemon("one", tmp_path)
    daemon.start(SLEEP, "a", private.environment(None))
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
        arguments = ["-c", "import time; time.sleep(599)"]
        record = {"pid": other.pid, "arguments": arguments, "fingerprint": "a"}
        (tmp_path / "one.json").write_text(json.dumps(record))
        daemon = Daemon("one", tmp_path)
        assert daemon.pid is None
        assert daemon.died
        assert not daemon.stop()
        assert other.poll() is None
        other.kill()


def test_a_daemon_is_known_after_the_clock_was_corrected(tmp_path: Path) -> None:
    """Correcting the clock moves the start of every process by as much."""
    daemon = Daemon("one", tmp_path)
    daemon.start(SLEEP, "a", private.environment(None))
    file = tmp_path / "one.json"
    record = json.loads(file.read_text())
    start = psutil.Process(record["pid"]).create_time()
    file.write_text(json.dumps(record | {"started": start - 30}))
    assert daemon.pid == record["pid"]
    assert daemon.stop()


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
    Settings().updated(size=9, api_port=1).save()
    monkeypatch.setenv("SANDBOX_API_PORT", "2")
    monkeypatch.setenv("SANDBOX_RECORDINGS", "")
    assert Settings.current() == Settings().updated(size=9, api_port=2)
    assert Settings.environment() == Settings().updated(api_port=2)
    monkeypatch.setenv("SANDBOX_SEED", "x")
    with pytest.raises(ValueError, match="SANDBOX_SEED must be a number, not 'x'"):
        Settings.current()


def test_a_relative_folder_of_recordings_is_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    _, api = Sandbox(Settings(recordings="../shared")).parts
    assert api.command[-1] == str(tmp_path.parent / "shared")


def test_local_bigquery_is_a_process_that_ends_with_its_context(
    tmp_path: Path,
) -> None:
    with LocalBigQuery(tmp_path) as warehouse:
        pid = warehouse.pid
        response = requests.get(f"{warehouse.endpoint}/healthz", timeout=10)
        assert response.status_code == 200
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_a_bigquery_whose_port_was_taken_starts_on_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        local = LocalBigQuery(tmp_path / "data")
        local._use(taken.getsockname()[1])
        with local:
            assert local.port != taken.getsockname()[1]
            assert bigquery.answers(f"{local.endpoint}{bigquery.HEALTH_PATH}")
