"""The sandbox in a test: the APIs in a thread, BigQuery as a process."""

from __future__ import annotations

import atexit
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil
import uvicorn

from sandbox import bigquery, private
from sandbox.control import Control
from sandbox.processes import end, wait_until
from sandbox.serve import KEEP_ALIVE_SECONDS
from sandbox.server import build
from sandbox.state import State

if TYPE_CHECKING:
    from sandbox.company import World

START_SECONDS = 120.0
SIZE = 200


def published_schema(vendor: str) -> Path | None:
    """Return a vendor's published GraphQL schema, or None if it is not on this machine.

    Args:
        vendor: `github` or `linear`.

    Returns:
        The file that `make contracts` downloads, or the one in `../shared/contracts`.
    """
    repository = Path(__file__).resolve().parents[5]
    for folder in ("tests/contract/schemas", "../shared/contracts"):
        file = repository / folder / f"{vendor}.graphql"
        if file.is_file():
            return file
    return None


def free_port() -> int:
    """Return an unused port of the loopback interface."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class ApiServer(Control):
    """The stand-ins for the APIs, in a thread of this process.

    Args:
        company: Rows to serve; None generates a company.
        recordings: Recorded GitHub responses to serve instead of the company.
        port: 0 chooses an unused port.
        size: Number of Linear issues of a generated company.
        seed: Seed of the company.
        until: The company's last day, midnight UTC; None is today.
        limits: Budgets, in the form of `Control.limits`.
        token: The token that `/_sandbox/*` requires; None requires none.

    Use it as a context manager. Statistics, faults and events: see `Control`.
    """

    def __init__(  # noqa: PLR0913 - one per setting
        self,
        company: World | None = None,
        *,
        recordings: Path | str | None = None,
        port: int = 0,
        size: int = SIZE,
        seed: int = 7,
        until: datetime | None = None,
        limits: dict[str, Any] | None = None,
        token: str | None = None,
    ) -> None:
        """Generate the rows; the server starts when the context is entered."""
        midnight = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
        until = until or datetime.now(UTC).replace(**midnight)  # type: ignore[arg-type]
        folder = Path(recordings) if recordings else None
        self.state = State(size, seed, until, folder, given=company)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        # Before it listens, Linux lets another socket with SO_REUSEADDR bind the port.
        self._socket.listen()
        self.port = int(self._socket.getsockname()[1])
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.linear_url = f"{self.base_url}/linear/graphql"
        self.github_url = f"{self.base_url}/github"
        self.google_health_url = f"{self.base_url}/google_health/v4"
        self.google_health_token_url = f"{self.base_url}/google_health/token"
        self.ghes_url = f"{self.base_url}/ghes/api/v3"
        self._limits = limits
        super().__init__(self.base_url, token)
        app = build(self.state, token)
        self._sandbox = app.state.sandbox
        config = uvicorn.Config(
            app,
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            # A response that a fault delays must not delay the end of the tests.
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    @property
    def world(self) -> World:
        """The rows; call `refresh` after changing them by hand."""
        return self.state.world

    def refresh(self) -> None:
        """Serve rows that were changed by hand."""
        self._sandbox.refresh()

    def __enter__(self) -> Self:
        """Start the server, and return when it responds."""
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        if self._limits:
            self.limits(**self._limits)
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop and close the socket."""
        self._server.should_exit = True
        self._thread.join(START_SECONDS)
        self._socket.close()


class LocalBigQuery:
    """A bqemulator process for one test run.

    Args:
        data_dir: Folder of its data.
        port: 0 chooses an unused port.
        project: Its default Google Cloud project.
        token: The token that its clients must send; None requires none.
        has_buckets: Whether it reads `gs://bucket/file`; the sandbox's never does.

    Attributes:
        bucket_root: The folder that replaces Cloud Storage: `gs://b/f` is `b/f`.
    """

    def __init__(
        self,
        data_dir: Path | str,
        *,
        port: int = 0,
        project: str = "throughline-test",
        token: str | None = None,
        has_buckets: bool = False,
    ) -> None:
        """Choose the port; the process starts when the context is entered."""
        self.project = project
        self.token = token
        self._any_port = port == 0
        self._use(port or free_port())
        self.data_dir = Path(data_dir)
        self._has_buckets = has_buckets
        # The only folder from which it reads files; gcp-storage-emulator uses this
        # name.
        self.bucket_root = self.data_dir / bigquery.UPLOADS / ".cloudstorage"
        self._log = self.data_dir / "bqemulator.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Pid of the process while it runs."""
        return None if self._process is None else self._process.pid

    def _use(self, port: int) -> None:
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        """Start, and return when it is healthy.

        Raises:
            RuntimeError: It did not start; the message ends with its log.
        """
        try:
            self._start()
        except RuntimeError:
            if not self._any_port:
                raise
            # Another process bound the port after free_port() had released it.
            self._use(free_port())
            self._start()
        return self

    def _is_healthy(self, pid: int) -> bool:
        # A healthy answer could come from another test's process on the same port.
        try:
            connections = psutil.Process(pid).net_connections("tcp")
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:  # macOS, unless root asks
            connections = None
        if connections is not None and not any(
            each.status == psutil.CONN_LISTEN and each.laddr.port == self.port
            for each in connections
        ):
            return False
        return bigquery.answers(f"{self.endpoint}{bigquery.HEALTH_PATH}")

    def _start(self) -> None:
        command = bigquery.command(self.data_dir, self.port, self.project)
        buckets = {"BQEMU_GCS_LOCAL_ROOT": str(self.bucket_root)}
        if not self._has_buckets:
            buckets = {}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**private.environment(self.token), **buckets},
            )
        atexit.register(self.stop)
        process = self._process
        if not wait_until(
            lambda: self._is_healthy(process.pid),
            lambda: process.poll() is None,
            START_SECONDS,
        ):
            self.stop()
            message = f"BigQuery did not start: {self._log.read_text(errors='replace')}"
            raise RuntimeError(message)

    def __exit__(self, *_error: object) -> None:
        """Stop the process."""
        self.stop()

    def stop(self) -> None:
        """Stop the process; a second call does nothing."""
        atexit.unregister(self.stop)
        if self._process is not None:
            end(self._process)
            self._process = None
