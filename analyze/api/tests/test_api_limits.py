"""What each query's job says, and what a client without BigQuery sees."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

import pytest
import requests
from running_api import environment, serving

from sandbox.testing import free_port
from throughline_api import connections
from throughline_api.cli import analytics_of
from throughline_api.common import warehouse
from throughline_api.settings import read_api_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from running_api import Api


def test_each_query_has_labels_a_byte_limit_a_timeout_and_only_parameters(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api.analytics.warehouse._client
    query = client.query
    jobs = []

    def spy(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 - the client's
        jobs.append(query(*arguments, **options))
        return jobs[-1]

    monkeypatch.setattr(client, "query", spy)
    for path in (
        "/analytics/repository/O'Brien/summary",
        "/analytics/contributor/O'Brien/summary",
        "/analytics/trends?metric=throughput&subject=O'Brien",
        "/analytics/waiting?subject=O'Brien",
        "/analytics/issue/O'Brien/path",
        "/analytics/freshness",
    ):
        api.get(path)

    assert {job.labels["query"] for job in jobs} >= {"repository", "trend", "waiting"}
    for job in jobs:
        assert job.labels["application"] == "api"
        assert job.maximum_bytes_billed > 0
        assert int(job._properties["configuration"]["jobTimeoutMs"]) > 0
        assert "O'Brien" not in job.query
    values = [each.value for job in jobs for each in job.query_parameters]
    assert values.count("O'Brien") >= 6


def test_fifty_clients_at_the_same_time_get_their_answers(api: Api) -> None:
    def ask(number: int) -> int:
        found = api.get("/analytics/trends", metric="throughput", limit=number + 1)
        return found.status_code if found.json()["points"] else 0

    with ThreadPoolExecutor(50) as clients:
        assert set(clients.map(ask, range(50))) == {200}


def test_without_bigquery_the_data_is_503_and_the_process_is_healthy(
    settings_of: Callable[..., dict[str, str]],
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("throughline_api.common.warehouse.RETRY_SECONDS", 1.0)
        with serving(settings_of(api_endpoint=nobody)) as api:
            found = api.get("/analytics/waiting")
            health = api.get("/healthz")
    assert found.status_code == 503
    assert found.json()["detail"].startswith("nothing answers at API_API_ENDPOINT")
    assert "\n" not in found.json()["detail"]
    assert (health.status_code, health.json()) == (200, {"status": "ok"})


def test_the_process_is_healthy_while_every_thread_waits_for_bigquery(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = Event()
    query = api.analytics.warehouse.query

    def slow(*arguments: Any) -> object:  # noqa: ANN401 - as Warehouse.query
        release.wait(60)
        return query(*arguments)

    monkeypatch.setattr(api.analytics.warehouse, "query", slow)
    with ThreadPoolExecutor(45) as clients:
        waiting = [clients.submit(api.get, "/analytics/waiting") for _ in range(45)]
        try:
            health = api.get("/healthz")
            assert not any(each.done() for each in waiting)
        finally:
            release.set()
        assert health.status_code == 200
        assert {each.result().status_code for each in waiting} == {200}


def test_the_program_serves_until_it_is_asked_to_stop(
    settings_of: Callable[..., dict[str, str]],
) -> None:
    port = free_port()
    with subprocess.Popen(
        [Path(sys.executable).with_name("throughline-api"), "serve"],
        env={**os.environ, **settings_of(server_port=port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        lines = [process.stderr.readline()]
        while lines[-1] and "Serving" not in lines[-1]:
            lines.append(process.stderr.readline())
        assert lines[-1] == f"Serving http://127.0.0.1:{port}/docs\n"
        # The socket listens already; the server answers as soon as it has started.
        found = requests.get(f"http://127.0.0.1:{port}/analytics/freshness", timeout=60)
        process.terminate()
        out, errors = process.communicate(timeout=60)
    assert found.status_code == 200
    assert process.returncode in {0, -signal.SIGTERM}
    assert (out, errors) == ("", "")


def test_a_server_that_stops_during_a_query_logs_no_traceback(
    settings_of: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("throughline_api.cli.STOP_SECONDS", 1)
    started, release = Event(), Event()

    def slow(*_arguments: object) -> None:
        started.set()
        release.wait(60)

    with ThreadPoolExecutor(1) as clients:
        with serving(settings_of()) as api:
            monkeypatch.setattr(api.analytics.warehouse, "query", slow)
            asked = clients.submit(api.get, "/analytics/waiting")
            assert started.wait(60)
            Timer(3, release.set).start()
        assert asked.result().status_code == 500
    assert "Cancel 1 running task(s)" in caplog.text
    assert [record for record in caplog.records if record.exc_info] == []


def test_a_bigquery_that_takes_a_request_and_is_gone_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warehouse, "SILENCE_SECONDS", 0.2)
    # The system takes the connection; nothing reads from it.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        variables = environment(endpoint, "acme")
        found = analytics_of(read_api_settings(variables)).warehouse
        for ask in (found.tables, lambda: found.modified_at("fct_issues")):
            with pytest.raises(warehouse.WarehouseError) as refused:
                ask()
            assert str(refused.value) == (
                "API_API_ENDPOINT took a request and did not respond within 0 s: try"
                " again later"
            )


@pytest.mark.parametrize(
    "head", [b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"G"]
)
def test_a_connection_that_never_sends_a_whole_request_is_closed(
    settings_of: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    head: bytes,
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.2)
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost:%d\r\n\r\n"
    with (
        serving(settings_of()) as api,
        socket.create_connection(("127.0.0.1", api.port), timeout=60) as client,
    ):
        # A connection that was used before, too.
        client.sendall(whole % api.port)
        answer = b""
        while not answer.endswith(b"}"):
            answer += client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200 ")
        client.sendall(head)
        with socket.create_connection(("127.0.0.1", api.port), timeout=60) as other:
            other.sendall(head)
            assert other.recv(100) == b""
        assert client.recv(100) == b""


def test_a_query_that_takes_longer_than_the_limit_of_a_request_is_answered(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.05)
    query = api.analytics.warehouse.query

    def slow(*arguments: Any) -> object:  # noqa: ANN401 - as Warehouse.query
        Event().wait(0.3)
        return query(*arguments)

    monkeypatch.setattr(api.analytics.warehouse, "query", slow)
    found = requests.get(f"{api.url}/analytics/waiting", timeout=60)
    assert found.status_code == 200


def test_a_netrc_file_does_not_replace_the_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint = f"http://127.0.0.1:{listening.getsockname()[1]}"
        variables = environment(endpoint, "acme", api_token="the-token")  # noqa: S106 - of nothing
        found = analytics_of(read_api_settings(variables)).warehouse

        def answer() -> bytes:
            client, _ = listening.accept()
            with client:
                head = client.recv(65536)
                body = b'{"lastModifiedTime": "1700000000000"}'
                client.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Connection: close\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                )
            return head

        with ThreadPoolExecutor(1) as server:
            asked = server.submit(answer)
            modified_at = found.modified_at("fct_issues")
        found.close()
    assert b"authorization: bearer the-token\r\n" in asked.result().lower()
    assert asked.result().startswith(b"GET /bigquery/v2/projects/acme/datasets/")
    assert b"fields=lastModifiedTime" in asked.result()
    assert modified_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
