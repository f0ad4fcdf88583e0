"""A real local BigQuery, a proxy that breaks it, and runs of the target against it."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202, ANN204, ANN401 - JSON, what the SDK leaves open, and a server of http.server's

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from target_bigquery.target import TargetBigQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = "throughline-test"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture(scope="session")
def free_ports() -> Callable[[int], list[int]]:
    """A function that finds ports nobody listens on."""
    return _free_ports


@pytest.fixture(scope="session")
def bucket_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the local BigQuery takes for Cloud Storage.

    Its name is where gcp-storage-emulator keeps files under its data directory.
    """
    root = tmp_path_factory.mktemp("storage") / ".cloudstorage"
    root.mkdir()
    return root


@pytest.fixture(scope="session")
def bigquery_url(
    tmp_path_factory: pytest.TempPathFactory, bucket_root: Path
) -> Iterator[str]:
    """Start bqemulator once per run of pytest."""
    prepare = "from duckdb_extensions import import_extension as i; i('spatial')"
    subprocess.run([sys.executable, "-c", prepare], check=True)
    rest, grpc = _free_ports(2)
    command = [
        str(Path(sys.executable).with_name("bqemulator")),
        *("start", "--ephemeral", "--project", PROJECT, "--log-level", "error"),
        *("--rest-port", str(rest), "--grpc-port", str(grpc)),
    ]
    log = tmp_path_factory.mktemp("bqemulator") / "log"
    url = f"http://127.0.0.1:{rest}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env={**os.environ, "BQEMU_GCS_LOCAL_ROOT": str(bucket_root)},
        )
        try:
            _await(f"{url}/healthz", process, log)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(url):  # noqa: S310 - loopback
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"bqemulator did not start: {log.read_text()}")


@pytest.fixture
def dataset() -> str:
    """A dataset of the test's own."""
    return f"d{uuid.uuid4().hex[:10]}"


class Warehouse:
    """The local BigQuery as a test looks into it."""

    def __init__(self, url: str, dataset: str) -> None:
        self.url, self.dataset = url, dataset
        self.client = bigquery.Client(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": url},
        )

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return a query's rows; `{d}` in it is the dataset."""
        rows = self.client.query_and_wait(
            sql.replace("{d}", self.dataset), job_retry=None
        )
        return [dict(row) for row in rows]

    def rows(self, stream: str, *, meta: bool = False) -> list[dict[str, Any]]:
        """Return a stream's rows, without metadata, in the order of arrival."""
        rows = self.query(f"SELECT * FROM `{{d}}.raw_{stream}` ORDER BY _sdc_sequence")  # noqa: S608 - our own names
        if meta:
            return rows
        return [{k: v for k, v in r.items() if not k.startswith("_sdc_")} for r in rows]

    def live(self, stream: str) -> list[dict[str, Any]]:
        """Return the rows that are not marked as deleted."""
        return [
            {k: v for k, v in r.items() if not k.startswith("_sdc_")}
            for r in self.rows(stream, meta=True)
            if r["_sdc_deleted_at"] is None
        ]

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        return sorted(t.table_id for t in self.client.list_tables(self.dataset))

    def staging(self) -> list[str]:
        """Return the names of all staging tables."""
        return [name for name in self.tables() if name.startswith("_staging")]


@pytest.fixture
def warehouse(bigquery_url: str, dataset: str) -> Iterator[Warehouse]:
    """The local BigQuery with a fresh dataset's name."""
    found = Warehouse(bigquery_url, dataset)
    yield found
    found.client.delete_dataset(dataset, delete_contents=True, not_found_ok=True)
    found.client.close()


@pytest.fixture
def config(bigquery_url: str, dataset: str) -> dict[str, Any]:
    """The settings of a target that loads into the test's dataset."""
    return {
        "project": PROJECT,
        "dataset": dataset,
        "api_endpoint": bigquery_url,
        "table_prefix": "raw_",
        "timeout": 20,
    }


class Tap:
    """Singer messages, one call each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, **message: Any) -> Tap:
        self.lines.append(json.dumps(message))
        return self

    def schema(
        self, stream: str, properties: dict[str, Any], keys: tuple[str, ...] = ("id",)
    ) -> Tap:
        return self.write(
            type="SCHEMA",
            stream=stream,
            schema={"type": "object", "properties": properties},
            key_properties=list(keys),
        )

    def record(self, stream: str, record: dict[str, Any], **more: Any) -> Tap:
        return self.write(type="RECORD", stream=stream, record=record, **more)

    def state(self, value: Any) -> Tap:
        return self.write(type="STATE", value=value)

    def activate(self, stream: str, version: int) -> Tap:
        return self.write(type="ACTIVATE_VERSION", stream=stream, version=version)

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


@pytest.fixture
def tap() -> Tap:
    """A tap's output to be written."""
    return Tap()


@pytest.fixture
def new_tap() -> type[Tap]:
    """Several taps' outputs to be written."""
    return Tap


@pytest.fixture
def load(
    config: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[Any]]:
    """Run the target in this process; return the STATEs that it printed."""

    def run(messages: Tap | str, **settings: Any) -> list[Any]:
        text = messages if isinstance(messages, str) else messages.text
        target = TargetBigQuery(config={**config, **settings})
        capsys.readouterr()
        try:
            target.listen(io.StringIO(text))
        except BaseException:
            target.abandon()
            raise
        finally:
            run.printed = [json.loads(x) for x in capsys.readouterr().out.splitlines()]
        return run.printed

    run.printed = []
    return run


# A proxy that breaks calls.

# The calls of a run, told apart by method, path and body.
CALLS = {
    "load insert": lambda m, p: m == "POST" and p.startswith("/upload/"),
    "load upload": lambda m, p: m == "PUT" and p.startswith("/upload/"),
    "query insert": lambda m, p: (
        m == "POST" and p[:10] == "/bigquery/" and p.endswith("/jobs")
    ),
    "dry run": lambda m, p: m == "POST" and p.endswith("/jobs"),
    "any": lambda _, p: "/" in p,
    "dataset get": lambda m, p: m == "GET" and p.count("/") == 6,
    "table insert": lambda m, p: m == "POST" and p.endswith("/tables"),
    "table delete": lambda m, p: m == "DELETE" and "/tables/" in p,
    "table get": lambda m, p: m == "GET" and "/tables/" in p,
    "dataset insert": lambda m, p: m == "POST" and p.endswith("/datasets"),
}


def _json(value):
    return json.dumps(value).encode()


def _error(status, reason, message="as the test wants it"):
    item = {"reason": reason, "message": message}
    error = {"code": status, "message": message, "errors": [item]}
    return status, _json({"error": error})


def is_check(body):
    """Whether the call is the dry run before the first line, which is no job."""
    return b'"dryRun": true' in body


def _upload(url):
    return url.split("upload_id=")[1].split("&")[0]


class Fault:
    """What a call answers instead, `times` times."""

    def __init__(self, call, kind, *, times=1, skip=0):
        self.call, self.kind, self.times, self.skip = call, kind, times, skip
        self.hits = 0

    def strikes(self, method, path, body):
        if not CALLS[self.call](method, path):
            return False
        if self.call != "any" and is_check(body) != (self.call == "dry run"):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.hits >= self.times:
            return False
        self.hits += 1
        return True


class Proxy(ThreadingHTTPServer):
    """Stands before the local BigQuery and adds what that lacks: each job id once."""

    daemon_threads = True

    def __init__(self, url):
        super().__init__(("127.0.0.1", 0), Handler)
        self.backend = url
        self.faults = []
        self.calls = []
        self.jobs = {}
        self.ends = {}
        self.uploads = {}
        self.lock = threading.Lock()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _serve(self):
        path = self.path.split("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        job = self._job(body)
        with self.server.lock:
            self.server.calls.append((self.command, path, body))
            faults = (
                f for f in self.server.faults if f.strikes(self.command, path, body)
            )
            fault = next(faults, None)
        kind = fault.kind if fault else None
        if not self._refused(kind, path, job, body):
            answer = self._forward(body)
            self._remember(job, *answer[1:])
            if kind == "reset after":
                self._cut()
            elif kind == "503 after":
                self._answer(*_error(503, "backendError"))
            else:
                self._answer(*answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _job(self, body):
        """Return the id of the job that the call is about to create."""
        if "upload_id=" in self.path:
            return self.server.uploads.get(_upload(self.path))
        found = re.search(rb'"jobId": *"(throughline-[^"]+)"', body)
        return found[1].decode() if found else None

    def _refused(self, kind, path, job, body):
        """Answer without the local BigQuery, if that is to be; return whether."""
        with self.server.lock:
            known = self.server.jobs.get(path.rsplit("/", 1)[-1])
            duplicate = job in self.server.jobs
        if kind == "reset before":
            self._cut()
        elif path.endswith("/cancel"):
            name = path.split("/")[-2]
            self.server.jobs[name] = self.server.ends.pop(name)
            self._answer(200, _json({"job": self.server.jobs[name]}))
        elif isinstance(kind, tuple) and kind[0] == "job runs on":
            self._run_on(job, body, kind[1])
        elif isinstance(kind, tuple) and kind[0] != "job fails":
            self._answer(*_error(*kind))
        elif self.command == "GET" and known:
            self._answer(200, _json(known))
        elif duplicate:
            self._answer(*_error(409, "duplicate", "Already Exists: Job"))
        elif isinstance(kind, tuple):
            self._fail_job(path, job, kind[1])
        else:
            return False
        return True

    def _remember(self, job, answer, headers):
        """Keep the job: the local BigQuery gives an upload's an id of its own."""
        with self.server.lock:
            if job and b'"jobReference"' in answer:
                resource = json.loads(answer)
                resource["jobReference"]["jobId"] = job
                self.server.jobs[job] = resource
            if job and headers.get("Location"):
                self.server.uploads[_upload(headers["Location"])] = job

    def _run_on(self, job, body, end):
        """Show a job as running until it is cancelled; `end` says how it ends."""
        resource = {
            "jobReference": {
                "projectId": PROJECT,
                "jobId": job,
                "location": "US",
            },
            "configuration": {"query": {}},
            "status": {"state": "RUNNING"},
        }
        stopped = {"reason": "stopped", "message": "Job execution was cancelled"}
        status = {"state": "DONE", "errorResult": stopped}
        if end == "written":
            self._forward(body)
            status = {"state": "DONE"}
        with self.server.lock:
            self.server.jobs[job] = resource
            self.server.ends[job] = {**resource, "status": status}
        self._answer(200, _json(resource))

    def _fail_job(self, path, job, reason):
        resource = {
            "jobReference": {
                "projectId": "throughline-test",
                "jobId": job,
                "location": "US",
            },
            "configuration": {"load": {}} if "upload" in path else {"query": {}},
            "status": {
                "state": "DONE",
                "errorResult": {"reason": reason, "message": "the job failed"},
            },
        }
        with self.server.lock:
            self.server.jobs[job] = resource
        self._answer(200, _json(resource))

    def _forward(self, body):
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.server.backend + self.path, body or None, method=self.command
        )
        for name, value in self.headers.items():
            if name.lower() not in {"content-length", "accept-encoding", "connection"}:
                request.add_header(name, value)
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers

    def _answer(self, status, data, headers=None):
        self.send_response(status)
        for name in ("Content-Type", "Location", "Range"):
            value = (headers or {"Content-Type": "application/json"}).get(name)
            if value:
                value = value.replace(self.server.backend, self.server.url)
                self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != HTTPStatus.NO_CONTENT:
            self.wfile.write(data)

    def _cut(self):
        self.close_connection = True
        self.connection.shutdown(2)


@pytest.fixture
def fault() -> type[Fault]:
    """What a call answers instead."""
    return Fault


@pytest.fixture
def proxy(bigquery_url):
    with Proxy(bigquery_url) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
