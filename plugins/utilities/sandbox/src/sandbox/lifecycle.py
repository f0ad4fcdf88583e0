"""Starts, stops and checks the sandbox's two processes."""

from __future__ import annotations

import fcntl
import json
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import bigquery, private
from sandbox.processes import Daemon, port_owner, wait_until
from sandbox.settings import project_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.settings import Settings

# Both start within seconds; a company of 100,000 issues takes minutes on a busy
# machine.
START_SECONDS = 900.0


class SandboxError(RuntimeError):
    """An error of the sandbox, in one line for the user."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two processes.

    Attributes:
        title: Name in messages.
        daemon: The process, its pid and its log.
        ports: Its ports.
        command: Its command line.
        token: Token that its clients must send; None before the first `up`.
        health: Address of its health check, which responds with 200.
        version: Version of its code.
    """

    title: str
    daemon: Daemon
    ports: tuple[int, ...]
    command: tuple[str, ...]
    token: str | None
    health: str
    version: str = ""

    @property
    def fingerprint(self) -> str:
        """Command, version and token; a change restarts the process."""
        token = sha256((self.token or "").encode()).hexdigest()
        return json.dumps([*self.command, self.version, token])

    @property
    def answers(self) -> bool:
        """Whether its health check succeeds."""
        return bigquery.answers(self.health, self.token)

    def start(self) -> None:
        """Start the process."""
        self.daemon.start(
            self.command, self.fingerprint, private.environment(self.token)
        )

    @property
    def state(self) -> str:
        """The state for `status`: running, not answering, stopped or died."""
        if self.daemon.pid is not None:
            return "running" if self.answers else "not answering"
        return "died" if self.daemon.died else "stopped"

    def wait(self) -> bool:
        """Wait for its health check; False if it died or takes too long."""
        return wait_until(
            lambda: self.answers,
            lambda: self.daemon.pid is not None,
            START_SECONDS,
        )


def _code_version() -> str:
    """Return when this package last changed: servers with older code are restarted."""
    files = Path(__file__).parent.rglob("*.*")
    return str(
        max(
            file.stat().st_mtime_ns
            for file in files
            if file.suffix in {".py", ".graphql"}
        )
    )


class Sandbox:
    """Both processes of one Meltano project."""

    def __init__(self, settings: Settings) -> None:
        """Describe both processes without starting them."""
        self.settings = settings
        folder = settings.run_dir
        self.data = folder / "data"
        self.parts = self._parts(settings.token)

    def _parts(self, token: str | None) -> tuple[Part, ...]:
        settings, folder = self.settings, self.settings.run_dir
        api_command: Sequence[object] = [
            sys.executable,
            "-m",
            "sandbox.serve",
            "--port",
            settings.api_port,
            "--data-dir",
            self.data / "company",
            "--size",
            settings.size,
            "--seed",
            settings.seed,
            *(
                ["--recordings", (project_root() / settings.recordings).resolve()]
                if settings.recordings
                else []
            ),
        ]
        return (
            Part(
                "BigQuery",
                Daemon("bigquery", folder),
                (settings.bigquery_port,),
                tuple(
                    bigquery.command(
                        private.folder(self.data) / "bigquery",
                        settings.bigquery_port,
                        settings.project,
                    )
                ),
                token,
                f"{settings.bigquery_url}{bigquery.HEALTH_PATH}",
            ),
            Part(
                "the APIs",
                Daemon("api", folder),
                (settings.api_port,),
                tuple(map(str, api_command)),
                token,
                f"{settings.api_url}/_sandbox/health",
                _code_version(),
            ),
        )

    def up(self) -> list[str]:
        """Start processes that are stopped or have other settings; wait for both.

        Each start creates a new token, unless one of the two processes keeps running.
        Afterwards, the project's .env contains the token in any case.

        Returns:
            The titles of the processes that were started.

        Raises:
            SandboxError: If a port is in use or a process does not start.
        """
        with self._alone():
            wanted = self._wanted()
            if len(wanted) == len(self.parts):
                self.parts = self._parts(private.new_token(self.settings.run_dir))
                wanted = list(self.parts)
            for part in wanted:
                part.daemon.stop()
            for part in wanted:
                self._check_ports(part)
            for part in wanted:
                part.start()
            for part in wanted:
                if not part.wait():
                    tail = part.daemon.tail(1)
                    for other in wanted:
                        other.daemon.stop()
                    message = (
                        f"{part.title} did not start: {tail} (see {part.daemon.log})"
                    )
                    raise SandboxError(message)
            if (token := self.settings.token) is not None:
                private.hand_out(token, project_root() / ".env")
            return [part.title for part in wanted]

    def _wanted(self) -> list[Part]:
        return [
            part
            for part in self.parts
            if part.token is None
            or part.daemon.fingerprint != part.fingerprint
            or not part.answers
        ]

    def down(self) -> list[str]:
        """Stop the running processes; return their titles."""
        with self._alone():
            return [part.title for part in self.parts if part.daemon.stop()]

    def reset(self) -> bool:
        """Remove all data; restart the sandbox if it was running, and return that."""
        ran = bool(self.down())
        if self.data.exists():
            shutil.rmtree(self.data)
        if ran:
            Sandbox(self.settings).up()
        return ran

    def status(self) -> list[dict[str, Any]]:
        """Return each part's title, state, pid, ports and log."""
        return [
            {
                "title": part.title,
                "state": part.state,
                "pid": part.daemon.pid,
                "ports": part.ports,
                "log": part.daemon.log,
            }
            for part in self.parts
        ]

    def _check_ports(self, part: Part) -> None:
        for port in part.ports:
            if (owner := port_owner(port)) is not None:
                is_bigquery = port == self.settings.bigquery_port
                variable = f"SANDBOX_{'BIGQUERY' if is_bigquery else 'API'}_PORT"
                message = (
                    f"port {port} for {part.title} is used by {owner};"
                    f" stop it, or choose another port with {variable}"
                )
                raise SandboxError(message)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = private.folder(self.settings.run_dir)
        (folder / "lock").touch(0o600)
        with (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
