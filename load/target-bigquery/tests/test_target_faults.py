"""Each failure of BigQuery, at each call: retried to the end, or ended in one line."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202, ANN204, PLR0913, PLR0917 - fixtures: named, not typed, and many

from __future__ import annotations

import json
import random
import re
import threading
import urllib.error
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from target_bigquery.errors import TargetError

ISSUE = {"id": {"type": "string"}, "n": {"type": "integer"}}

# The calls of a run, told apart by method, path and body.
CALLS = {
    "load insert": lambda m, p: m == "POST" and p.startswith("/upload/"),
    "load upload": lambda m, p: m == "PUT" and p.startswith("/upload/"),
    "query insert": lambda m, p: (
        m == "POST" and p[:10] == "/bigquery/" and p.endswith("/jobs")
    ),
    "table insert": lambda m, p: m == "POST" and p.endswith("/tables"),
    "table delete": lambda m, p: m == "DELETE" and "/tables/" in p,
    "table get": lambda m, p: m == "GET" and "/tables/" in p,
    "dataset insert": lambda m, p: m == "POST" and p.endswith("/datasets"),
}
SIDE_CALLS = ("load insert", "table get", "dataset insert")
"""Calls that start or change nothing by themselves: two failures stand for all."""


def _json(value):
    return json.dumps(value).encode()


def _error(status, reason, message="as the test wants it"):
    item = {"reason": reason, "message": message}
    error = {"code": status, "message": message, "errors": [item]}
    return status, _json({"error": error})


def _upload(url):
    return url.split("upload_id=")[1].split("&")[0]


class Fault:
    """What a call answers instead, `times` times."""

    def __init__(self, call, kind, *, times=1, skip=0):
        self.call, self.kind, self.times, self.skip = call, kind, times, skip
        self.hits = 0

    def strikes(self, method, path):
        if not CALLS[self.call](method, path):
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
            faults = (f for f in self.server.faults if f.strikes(self.command, path))
            fault = next(faults, None)
        kind = fault.kind if fault else None
        if not self._refused(kind, path, job):
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

    def _refused(self, kind, path, job):
        """Answer without the local BigQuery, if that is to be; return whether."""
        with self.server.lock:
            known = self.server.jobs.get(path.rsplit("/", 1)[-1])
            duplicate = job in self.server.jobs
        if kind == "reset before":
            self._cut()
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
            if b'"jobReference"' in answer:
                resource = json.loads(answer)
                resource["jobReference"]["jobId"] = job
                self.server.jobs[job] = resource
            if job and headers.get("Location"):
                self.server.uploads[_upload(headers["Location"])] = job

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
def proxy(bigquery_url):
    with Proxy(bigquery_url) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def run(load, proxy):
    def run(messages, **settings):
        return load(messages, api_endpoint=proxy.url, **settings)

    return run


def _messages(tap):
    tap.schema("issues", ISSUE).schema("log", ISSUE, keys=())
    for n in range(6):
        tap.record("issues", {"id": str(n % 4), "n": n})
        tap.record("log", {"id": str(n), "n": n}).state({"n": n})
    return tap


def _check(warehouse):
    """Every record once, and nothing left over."""
    model = {str(n % 4): n for n in range(6)}
    assert {r["id"]: r["n"] for r in warehouse.rows("issues")} == model
    assert len(warehouse.rows("issues")) == 4
    assert [r["n"] for r in warehouse.rows("log")] == list(range(6))
    assert warehouse.staging() == []


def _log(tap):
    """One stream without a key: what happens twice shows."""
    tap.schema("log", ISSUE, keys=())
    for n in range(3):
        tap.record("log", {"id": str(n), "n": n}).state({"n": n})
    return tap


def _check_log(warehouse):
    assert [r["n"] for r in warehouse.rows("log")] == [0, 1, 2]
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
def test_a_transient_failure_changes_nothing(run, tap, proxy, warehouse, call, kind):
    proxy.faults = [Fault(call, kind)]
    assert run(_log(tap)) == [{"n": 2}]
    assert proxy.faults[0].hits == 1
    _check_log(warehouse)


@pytest.mark.parametrize("reason", ["backendError", "jobBackendError"])
@pytest.mark.parametrize("call", ["load upload", "query insert"])
def test_a_job_that_fails_for_a_while_runs_again(
    run, tap, proxy, warehouse, call, reason
):
    proxy.faults = [Fault(call, ("job fails", reason), times=2)]
    assert run(_log(tap)) == [{"n": 2}]
    assert proxy.faults[0].hits == 2
    _check_log(warehouse)


def test_the_last_call_of_a_run_may_fail_for_a_while(run, tap, proxy, warehouse):
    proxy.faults = [Fault("table delete", (503, "backendError"), times=2)]
    assert run(_log(tap)) == [{"n": 2}]
    assert proxy.faults[0].hits == 2
    assert CALLS["table delete"](*proxy.calls[-1][:2])
    _check_log(warehouse)


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
    run, tap, proxy, load, warehouse, call, kind
):
    proxy.faults = [Fault(call, kind, times=100)]
    with pytest.raises(TargetError) as caught:
        run(_log(tap))
    assert f"{kind[1]}: as the test wants it" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert load.printed == []
    assert proxy.faults[0].hits == 1
    if call != "dataset insert":
        assert warehouse.staging() == []


def test_the_run_after_a_failed_one_loads_everything(run, tap, proxy, warehouse):
    tap.schema("issues", ISSUE)
    for n in range(6):
        tap.record("issues", {"id": str(n % 4), "n": n}).state({"n": n})
    proxy.faults = [Fault("query insert", (400, "invalid"), skip=1)]
    with pytest.raises(TargetError):
        run(tap, batch_size_rows=2)
    assert run(tap) == [{"n": 5}]
    model = {str(n % 4): n for n in range(6)}
    assert {r["id"]: r["n"] for r in warehouse.rows("issues")} == model


@pytest.mark.parametrize("call", ["load upload", "query insert"])
def test_a_job_that_fails_for_good_ends_the_load(
    run, tap, proxy, load, warehouse, call
):
    proxy.faults = [Fault(call, ("job fails", "invalidQuery"), times=100)]
    with pytest.raises(TargetError, match="invalidQuery: the job failed"):
        run(_messages(tap))
    assert load.printed == []
    assert warehouse.staging() == []


def test_a_staging_table_that_cannot_be_removed_does_not_undo_the_load(
    run, tap, proxy, warehouse
):
    # It expires by itself after a day, and the next run takes it away.
    proxy.faults = [Fault("table delete", (403, "accessDenied"), times=100)]
    assert run(_messages(tap)) == [{"n": 5}]
    assert len(warehouse.staging()) == 2
    proxy.faults = []
    run(tap)
    assert warehouse.staging() == []


def test_what_stays_unavailable_ends_the_load_after_the_timeout(run, tap, proxy, load):
    proxy.faults = [Fault("query insert", (503, "backendError"), times=10_000)]
    with pytest.raises(
        TargetError, match=r"stayed unavailable for 1 s to write stream"
    ):
        run(_messages(tap), timeout=1)
    assert load.printed == []
    assert proxy.faults[0].hits > 2


@pytest.mark.parametrize("kind", ["503 after", "reset after", (503, "backendError")])
def test_an_upload_in_pieces_survives_a_failure(run, tap, proxy, warehouse, kind):
    # Above 5 MB the library uploads in pieces; random text does not compress.
    chance = random.Random(1)  # noqa: S311 - a test's dice
    tap.schema("big", {"id": {"type": "integer"}, "t": {"type": "string"}})
    texts = [chance.randbytes(350_000).hex() for _ in range(20)]
    for n, text in enumerate(texts):
        tap.record("big", {"id": n, "t": text})
    proxy.faults = [Fault("load insert", kind)]
    run(tap.state({"done": True}))
    puts = [call for call in proxy.calls if call[0] == "PUT"]
    assert len(puts) > 0
    assert [r["t"] for r in warehouse.rows("big")] == texts


@pytest.mark.parametrize("seed", range(6))
def test_failures_at_random_change_nothing(run, tap, proxy, warehouse, seed):
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    proxy.faults = [
        Fault(chance.choice(list(CALLS)), chance.choice(TRANSIENT), skip=skip)
        for skip in range(4)
    ]
    assert run(_messages(tap), batch_size_rows=5)[-1] == {"n": 5}
    _check(warehouse)


def test_every_job_carries_labels_location_and_limit(run, tap, proxy):
    settings = {
        "labels": {"team": "data"},
        "maximum_bytes_billed": 10**9,
        "location": "EU",
    }
    run(_messages(tap), **settings)
    jobs = [body for _, _, body in proxy.calls if b'"jobReference"' in body]
    assert len(jobs) == 4
    for body in jobs:
        assert b'"location": "EU"' in body
        assert re.search(rb'"stream": "(issues|log)"', body)
        assert re.search(rb'"run": "\d{8}t\d{9}z[0-9a-f]{6}"', body)
        assert b'"team": "data"' in body
    queries = [b for b in jobs if b'"query"' in b]
    assert all(b'"maximumBytesBilled": "1000000000"' in b for b in queries)


def test_a_staging_table_names_its_run_and_expires_after_a_day(run, tap, proxy):
    run(_messages(tap))
    created = [
        json.loads(body)
        for method, path, body in proxy.calls
        if method == "POST" and path.endswith("/tables") and b"_staging" in body
    ]
    runs = {
        re.search(rb'"run": "([^"]+)"', b)[1]
        for _, _, b in proxy.calls
        if b'"run"' in b
    }
    assert len(created) == 2
    for table in created:
        assert (
            runs.pop().decode() in table["tableReference"]["tableId"] if runs else True
        )
        assert int(table["expirationTime"]) > 0


def test_a_stream_and_commit_take_at_most_three_jobs(run, tap, proxy):
    tap.schema("issues", ISSUE)
    for n in range(50):
        tap.record("issues", {"id": str(n), "n": n}, version=1)
    run(tap.activate("issues", 1))
    assert sum(b'"jobReference"' in body for _, _, body in proxy.calls) == 3
