from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from meltano.core.plugin.base import PluginType
from meltano.core.project import Project as MeltanoProject
from meltano.core.venv_service import VirtualEnvService
from typer.testing import CliRunner

from sandbox.cli import app
from sandbox.control import Control
from sandbox.processes import port_owner
from sandbox.testing import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

LISTEN = """import socket, time
one = socket.create_server(("127.0.0.1", {port})); time.sleep(600)"""
ROWS = ("query", "--format", "csv", "select n from kept.one")


class Project:
    """A project of its own, on ports of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        names = ("BIGQUERY_PORT", "API_PORT")
        self.ports = {f"SANDBOX_{name}": str(free_port()) for name in names}
        self.environment = {
            **self.ports,
            "MELTANO_PROJECT_ROOT": str(root),
            "SANDBOX_SIZE": "40",
        }
        self.env_file = root / ".env"
        self.run_dir = root / ".meltano" / "sandbox"

    def __call__(self, *arguments: str, **more: str) -> Result:
        """Run the command line in this process."""
        return CliRunner().invoke(app, arguments, env=self.environment | more)

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a program, which ends."""
        return subprocess.run(
            [sys.executable, "-m", "sandbox.cli", *arguments],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def pids(self) -> dict[str, int]:
        return {
            name: json.loads((self.run_dir / f"{name}.json").read_text())["pid"]
            for name in ("bigquery", "api")
        }

    def health(self) -> dict[str, Any]:
        port = self.ports["SANDBOX_API_PORT"]
        return Control(f"http://127.0.0.1:{port}", self.token).health()

    @property
    def token(self) -> str:
        """What Meltano finds in the project's .env."""
        (line,) = (
            line
            for line in self.env_file.read_text().splitlines()
            if line.startswith("SANDBOX_TOKEN=")
        )
        return line.partition("=")[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    one = Project(tmp_path_factory.mktemp("project"))
    yield one
    one("down")


@pytest.fixture
def sandbox(project: Project) -> Project:
    """A sandbox that runs, with one table in it."""
    done = project("up")
    assert done.exit_code == 0, done.stderr
    project("query", "create schema if not exists kept")
    project("query", "create or replace table kept.one as select 1 as n")
    return project


# Not running


def test_what_needs_the_sandbox_says_how_to_start_it(tmp_path: Path) -> None:
    stopped = Project(tmp_path)
    for command in (["query", "select 1"], ["stats"], ["advance", "1d"]):
        done = stopped(*command)
        assert done.exit_code == 1
        assert done.stderr == (
            "sandbox: the sandbox is not running: start it with `make up`\n"
        )


def test_a_taken_port_is_named_with_its_owner_and_nothing_is_started(
    tmp_path: Path,
) -> None:
    stopped = Project(tmp_path)
    port = stopped.ports["SANDBOX_API_PORT"]
    with subprocess.Popen([sys.executable, "-c", LISTEN.format(port=port)]) as other:
        deadline = time.monotonic() + 20
        while port_owner(int(port)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        done = stopped("up")
        other.kill()
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert f"port {port} for the APIs is used by pid {other.pid}" in done.stderr
    assert "socket.create_server" in done.stderr
    assert "choose another port with SANDBOX_API_PORT" in done.stderr
    assert not list(stopped.run_dir.glob("*.log"))


@pytest.mark.parametrize("command", ["up", "down", "status", "query", "reset"])
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    done = Project(tmp_path)(command, "--help")
    assert done.exit_code == 0
    assert "Usage:" in done.stdout


# Running


def test_what_up_started_outlives_it_and_up_is_harmless_twice(
    project: Project,
) -> None:
    project("down")
    assert project.program("up").returncode == 0
    before = project.pids()
    assert project("up").stdout == "the sandbox is already running\n"
    assert project.pids() == before
    status = project("status")
    assert status.exit_code == 0
    assert str(before["api"]) in status.stdout
    assert f"{project.health()['issues']:,} issues" in status.stdout


def test_up_puts_the_token_back_into_env_and_keeps_it_while_one_server_runs(
    sandbox: Project,
) -> None:
    token = sandbox.token
    sandbox.env_file.write_text("LINEAR_API_KEY=mine\n")
    assert sandbox("up").stdout == "the sandbox is already running\n"
    assert sandbox.env_file.read_text() == (
        f"LINEAR_API_KEY=mine\nSANDBOX_TOKEN={token}\n"
    )
    assert sandbox("up", SANDBOX_SEED="9").stdout == "started: the APIs\n"
    assert sandbox.token == token
    assert sandbox("down").exit_code == 0
    assert sandbox("up").exit_code == 0
    assert sandbox.token != token
    assert sandbox(*ROWS).stdout == "n\n1\n"


def test_everything_that_a_run_leaves_is_its_users_own(sandbox: Project) -> None:
    assert sandbox.run_dir.stat().st_mode & 0o777 == 0o700
    for name in ("api.json", "api.log", "bigquery.json", "bigquery.log", "lock"):
        assert (sandbox.run_dir / name).stat().st_mode & 0o077 == 0, name


def test_query_prints_for_people_and_for_programs(sandbox: Project) -> None:
    assert sandbox(*ROWS).stdout == "n\n1\n"
    asked = "select n, [n] as a from kept.one"
    assert json.loads(sandbox("query", "--format", "json", asked).stdout) == [
        {"n": 1, "a": [1]}
    ]
    table = sandbox("query", "select n, null as nothing from kept.one").stdout
    assert "nothing" in table
    assert table.endswith("(1 row)\n")


@pytest.mark.parametrize(
    "sql", ["select nope from kept.one", "select * from nope.nope", "selec 1"]
)
def test_a_refused_statement_is_one_line_and_exit_1(sandbox: Project, sql: str) -> None:
    refused = sandbox("query", sql)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("sandbox: ")
    assert refused.stderr.count("\n") == 1


def test_summary_counts_rows_and_requests(sandbox: Project) -> None:
    sandbox("stats", "--forget")
    summary = sandbox("summary", "--started", str(int(time.time())))
    assert summary.exit_code == 0, summary.stderr
    assert "kept" in summary.stdout
    assert "0 linear, 0 github" in summary.stdout


def test_a_dead_process_is_noticed_and_started_again_with_the_company_as_it_was(
    sandbox: Project,
) -> None:
    advanced = sandbox("advance", "3d")
    assert advanced.exit_code == 0, advanced.stderr
    before, company = sandbox.pids(), sandbox.health()
    os.kill(before["api"], signal.SIGKILL)
    psutil.wait_procs([psutil.Process(before["api"])], timeout=20)
    dead = sandbox("status")
    assert dead.exit_code == 1
    assert "died" in dead.stdout
    assert sandbox("up").stdout == "started: the APIs\n"
    assert sandbox.pids()["bigquery"] == before["bigquery"]
    assert sandbox.health() == company


def test_a_changed_setting_restarts_what_it_concerns_and_only_that(
    sandbox: Project,
) -> None:
    before = sandbox.pids()
    changed = sandbox("up", SANDBOX_SEED="8")
    assert changed.stdout == "started: the APIs\n"
    assert sandbox.pids()["bigquery"] == before["bigquery"]
    assert sandbox.health()["seed"] == 8


def test_down_ends_exactly_what_up_started_and_keeps_data_until_reset(
    sandbox: Project,
) -> None:
    running = sandbox.pids()
    assert sandbox("down").exit_code == 0
    assert not any(psutil.pid_exists(pid) for pid in running.values())
    assert sandbox("down").stdout == "nothing was running\n"
    assert "stopped" in sandbox("status").stdout
    assert sandbox("up").exit_code == 0
    assert sandbox(*ROWS).stdout == "n\n1\n"
    assert sandbox("down").exit_code == 0
    assert sandbox("reset").stdout == "all data was removed\n"
    assert not (sandbox.run_dir / "data").exists()


def test_reinstalling_the_plugin_leaves_the_sandbox_s_files(
    sandbox: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sandbox.root / "meltano.yml").touch()
    monkeypatch.chdir(sandbox.root)
    before = sandbox.pids()
    VirtualEnvService(
        project=MeltanoProject(sandbox.root),
        namespace=PluginType.UTILITIES,
        name="sandbox",
        # It installs, which is not needed here.
        backend=None,  # type: ignore[arg-type]
    ).clean_run_files()
    assert sandbox.pids() == before


def test_reset_tells_when_bookmarks_remain(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (tmp_path / "meltano.yml").touch()
    meltano = tmp_path / ".venv" / "bin" / "meltano"
    meltano.parent.mkdir(parents=True)
    meltano.write_text("#!/bin/sh\necho the database is locked >&2\nexit 1\n")
    meltano.chmod(0o755)
    done = project("reset")
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "the database is locked" in done.stderr
    assert "meltano --environment=demo state clear" in done.stderr
