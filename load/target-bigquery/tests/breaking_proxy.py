"""A proxy that stands before the local BigQuery and breaks calls."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message

PROJECT = "throughline-test"

# The calls of a run, distinguished by method, path and body.
CALLS: dict[str, Callable[[str, str], bool]] = {
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
    "table patch": lambda m, p: m == "PATCH" and "/tables/" in p,
    "table get": lambda m, p: m == "GET" and "/tables/" in p,
    "dataset insert": lambda m, p: m == "POST" and p.endswith("/datasets"),
}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _error(
    status: int, reason: str, message: str = "as the test wants it"
) -> tuple[int, bytes]:
    item = {"reason": reason, "message": message}
    error = {"code": status, "message": message, "errors": [item]}
    return status, _json({"error": error})


def is_check(body: bytes) -> bool:
    """Whether the call is the dry run before the first line, which is no job."""
    return b'"dryRun": true' in body


def _upload(url: str) -> str:
    return url.split("upload_id=")[1].split("&", maxsplit=1)[0]


class Fault:
    """What a call answers instead, `times` times."""

    def __init__(self, call: str, kind: Any, *, times: int = 1, skip: int = 0) -> None:
        self.call, self.kind, self.times, self.skip = call, kind, times, skip
        self.hits = 0

    def strikes(self, method: str, path: str, body: bytes) -> bool:
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

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.backend = url
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, str, bytes]] = []
        self.jobs: dict[str, Any] = {}
        self.ends: dict[str, Any] = {}
        self.uploads: dict[str, str] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
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

    def _job(self, body: bytes) -> str | None:
        """Return the id of the job that the call is about to create."""
        if "upload_id=" in self.path:
            return self.server.uploads.get(_upload(self.path))
        found = re.search(rb'"jobId": *"(throughline-[^"]+)"', body)
        return found[1].decode() if found else None

    def _refused(self, kind: Any, path: str, job: Any, body: bytes) -> bool:
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
        elif self.command == "GET" and known and "/jobs/" in path:
            self._answer(200, _json(known))
        elif duplicate:
            self._answer(*_error(409, "duplicate", "Already Exists: Job"))
        elif isinstance(kind, tuple):
            self._fail_job(path, job, kind[1])
        else:
            return False
        return True

    def _remember(
        self, job: str | None, answer: bytes, headers: Message[str, str]
    ) -> None:
        """Keep the job: the local BigQuery gives an upload's an id of its own."""
        with self.server.lock:
            if job and b'"jobReference"' in answer:
                resource = json.loads(answer)
                resource["jobReference"]["jobId"] = job
                self.server.jobs[job] = resource
            if job and headers.get("Location"):
                self.server.uploads[_upload(headers["Location"])] = job

    def _run_on(self, job: str, body: bytes, end: str) -> None:
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

    def _fail_job(self, path: str, job: str, reason: str) -> None:
        resource = {
            "jobReference": {
                "projectId": PROJECT,
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

    def _forward(self, body: bytes) -> tuple[int, bytes, Message[str, str]]:
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.server.backend + self.path, body or None, method=self.command
        )
        # The local BigQuery refuses the Host of another server.
        own = {"accept-encoding", "connection", "content-length", "host"}
        for name, value in self.headers.items():
            if name.lower() not in own:
                request.add_header(name, value)
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers

    def _answer(
        self, status: int, data: bytes, headers: Message[str, str] | None = None
    ) -> None:
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

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(2)
