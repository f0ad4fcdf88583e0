"""Attacks of a web page and of another user, each as the attacker makes it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import requests
from typer.testing import CliRunner

from sandbox import private, warehouse
from sandbox.cli import app
from sandbox.settings import Settings
from sandbox.testing import ApiServer, LocalBigQuery, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "the-token-of-this-test"  # noqa: S105 - made up
SECRET = "lin_api_a_key_of_the_developer"  # noqa: S105 - made up
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBigQuery]:
    folder = tmp_path_factory.mktemp("attacked")
    # Keys in the environment that starts it, as Meltano puts them there from .env.
    os.environ["LINEAR_API_KEY"] = SECRET
    with LocalBigQuery(folder / "data", token=TOKEN) as one:
        del os.environ["LINEAR_API_KEY"]
        yield one


@pytest.fixture(scope="module")
def api() -> Iterator[ApiServer]:
    with ApiServer(size=10, token=TOKEN) as one:
        yield one


def ask_raw(port: int, request: str) -> tuple[int, str]:
    """Send bytes as they are; returns status and the rest."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as one:
        one.sendall(request.replace("\n", "\r\n").encode())
        one.shutdown(socket.SHUT_WR)
        answer = b""
        while part := one.recv(65536):
            answer += part
    text = answer.decode(errors="replace")
    return int(text.split(" ", 2)[1]), text


# A web page


BROWSER = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1:9050"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "text/plain;charset=UTF-8"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "multipart/form-data; boundary=x"},
]


@pytest.mark.parametrize("headers", BROWSER, ids=str)
def test_a_web_page_cannot_query_bigquery_even_with_the_token(
    local: LocalBigQuery, headers: dict[str, str]
) -> None:
    response = requests.post(
        f"{local.endpoint}/bigquery/v2/projects/p/queries",
        data=json.dumps({"query": "select 1", "useLegacySql": False}),
        headers={"Content-Type": "application/json"} | AUTHORIZED | headers,
        timeout=20,
    )
    assert response.status_code in {403, 415}
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("headers", BROWSER, ids=str)
@pytest.mark.parametrize("path", ["/linear/graphql", "/_sandbox/events"])
def test_a_web_page_cannot_use_the_stand_ins(
    api: ApiServer, path: str, headers: dict[str, str]
) -> None:
    authorization = AUTHORIZED if "_sandbox" in path else {"Authorization": "x"}
    response = requests.post(
        f"{api.base_url}{path}",
        data=json.dumps({"event": "advance", "arguments": {"seconds": 60}}),
        headers={"Content-Type": "application/json"} | authorization | headers,
        timeout=20,
    )
    assert response.status_code in {403, 415}
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/openapi.json", "/metrics"])
def test_a_rebound_name_reads_nothing(local: LocalBigQuery, path: str) -> None:
    url = f"{local.endpoint}{path}"
    rebound = {"Host": f"evil.example:{local.port}"}
    assert requests.get(url, headers=rebound, timeout=20).status_code == 403


CHUNKED = "Transfer-Encoding: chunked\n\n2\n{{}}\n0\n\n"
WEBSOCKET = """Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

"""


@pytest.mark.parametrize(
    "request_",
    [
        "GET /healthz HTTP/1.0\n\n",
        "GET /healthz HTTP/1.1\nHost: {own}\nHost: evil.example\n\n",
        "GET /healthz HTTP/1.1\nHost: {own}\nHost: {own}\n\n",
        "GET http://evil.example/healthz HTTP/1.1\nHost: evil.example\n\n",
        "GET /healthz HTTP/1.1\nHost: {own}@evil.example\n\n",
        "GET /healthz HTTP/1.1\nHost: {own}, evil.example\n\n",
        "POST /healthz HTTP/1.1\nHost: {own}\nOrigin: null\n" + CHUNKED,
        "GET /healthz HTTP/1.1\nHost: evil.example\n" + WEBSOCKET,
        "GET /healthz HTTP/1.1\nHost: {own}\nOrigin: null\n" + WEBSOCKET,
    ],
)
@pytest.mark.parametrize("server", ["bigquery", "api"])
def test_no_form_of_request_gets_around_the_host(
    local: LocalBigQuery, api: ApiServer, server: str, request_: str
) -> None:
    port = local.port if server == "bigquery" else api.port
    if server == "api":
        request_ = request_.replace("/healthz", "/_sandbox/health")
    status, text = ask_raw(port, request_.format(own=f"127.0.0.1:{port}"))
    assert status in {400, 401, 403}, text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_its_own_names_are_accepted(local: LocalBigQuery, host: str) -> None:
    headers = {"Host": f"{host}:{local.port}"}
    health = requests.get(f"{local.endpoint}/healthz", headers=headers, timeout=20)
    assert health.status_code == 200
    assert set(health.json()) == {"status", "version"}


# Another user of the machine, who has no token


PATHS = [
    ("GET", "/bigquery/v2/projects"),
    ("GET", "/bigquery/v2/projects/p/datasets"),
    ("POST", "/bigquery/v2/projects/p/queries"),
    ("POST", "/bigquery/v2/projects/p/jobs"),
    ("POST", "/upload/bigquery/v2/projects/p/jobs?uploadType=resumable"),
    ("PUT", "/upload/bigquery/v2/projects/p/jobs?uploadType=resumable&upload_id=a"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/admin/config"),
    ("GET", "/readyz"),
    ("GET", "/healthz/"),
    ("GET", "//healthz"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": TOKEN},
        {"Authorization": f"bearer {TOKEN}x"},
        {"Authorization": "Basic dGVzdDp0ZXN0"},
    ],
    ids=str,
)
def test_without_the_token_bigquery_answers_nothing(
    local: LocalBigQuery, method: str, path: str, headers: dict[str, str]
) -> None:
    body = {"query": "select 1"}
    response = requests.request(
        method, local.endpoint + path, json=body, headers=headers, timeout=20
    )
    assert response.status_code == 401
    assert "SANDBOX_TOKEN" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_sandbox/health"),
        ("GET", "/%5fsandbox/health"),
        ("GET", "/_sandbox/stats"),
        ("DELETE", "/_sandbox/stats"),
        ("POST", "/_sandbox/faults"),
        ("POST", "/_sandbox/limits"),
        ("POST", "/_sandbox/events"),
        ("POST", "/_sandbox/apps"),
    ],
)
def test_without_the_token_nobody_steers_the_company(
    api: ApiServer, method: str, path: str
) -> None:
    url = api.base_url + path
    assert requests.request(method, url, json={}, timeout=20).status_code == 401
    header = {"Authorization": "Bearer x"}
    wrong = requests.request(method, url, json={}, headers=header, timeout=20)
    assert wrong.status_code == 401


def test_bigquery_listens_on_one_port_of_the_loopback_only(
    local: LocalBigQuery,
) -> None:
    listening = [
        tuple(one.laddr)
        for one in psutil.Process(local.pid).net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    ]
    assert listening == [("127.0.0.1", local.port)]


# What the attacker runs: as another user, with nothing but the standard library.
STRANGER = """
import json, pathlib, sys, urllib.error, urllib.request
run_dir, env_file, bigquery, api = sys.argv[1:]
secret = sys.stdin.read()
found = []
for path in [pathlib.Path(env_file), *pathlib.Path(run_dir).glob("**/*")]:
    try:
        found.append(f"read {path}: {path.read_bytes()!r:.99}")
    except OSError:
        pass
for record in ("bigquery", "api"):
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        for name in ("environ", "cmdline"):
            try:
                text = (process / name).read_text(errors="replace")
            except OSError:
                continue
            if secret in text:
                found.append(f"{process}/{name} names the secret")
for address, body in (
    (f"{bigquery}/bigquery/v2/projects/p/queries",
     {"query": f"select content from read_text('{env_file}')"}),
    (f"{bigquery}/bigquery/v2/projects/p/queries",
     {"query": f"copy (select 1) to '{run_dir}/written.csv'"}),
    (f"{api}/_sandbox/events", {"event": "advance", "arguments": {"seconds": 60}}),
):
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            found.append(f"{address}: {response.read()!r:.99}")
    except urllib.error.HTTPError as error:
        if error.code != 401:
            found.append(f"{address}: {error.code}")
print(json.dumps(found))
"""


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can start another user's process"
)
def test_another_user_reads_no_file_no_secret_and_no_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The virtual environment's can lie below a folder that only root may enter.
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("no Python that another user may start")
    with tempfile.TemporaryDirectory() as folder:  # not in pytest's own, which is 0700
        root = Path(folder)
        root.chmod(0o755)
        env_file = root / ".env"
        env_file.write_text(f"LINEAR_API_KEY={SECRET}\n")
        env_file.chmod(0o600)
        ports = [str(free_port()), str(free_port())]
        monkeypatch.setenv("MELTANO_PROJECT_ROOT", folder)
        monkeypatch.setenv("SANDBOX_BIGQUERY_PORT", ports[0])
        monkeypatch.setenv("SANDBOX_API_PORT", ports[1])
        monkeypatch.setenv("SANDBOX_SIZE", "10")
        monkeypatch.setenv("LINEAR_API_KEY", SECRET)
        # As Meltano creates the folders of a run: readable, whatever the umask here is.
        for made in (root / ".meltano", root / ".meltano" / "run"):
            made.mkdir()
            made.chmod(0o755)
        run = CliRunner()
        started = run.invoke(app, ["up"])
        try:
            assert started.exit_code == 0, started.stderr
            token = Settings.current().token
            assert token is not None
            for secret in (SECRET, token):
                done = subprocess.run(
                    [
                        *(python, "-I", "-c", STRANGER),
                        str(Settings.current().run_dir),
                        str(env_file),
                        *(f"http://127.0.0.1:{port}" for port in ports),
                    ],
                    user="nobody",
                    extra_groups=[],
                    cwd="/",
                    env={},
                    input=secret,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, done.stderr
                assert json.loads(done.stdout) == []
        finally:
            run.invoke(app, ["down"])


def test_a_server_of_the_sandbox_gets_no_key_of_the_developers(
    local: LocalBigQuery,
) -> None:
    with warehouse.client(local.endpoint, local.project, TOKEN) as client:
        assert warehouse.query(client, "select 1")[1] == [(1,)]
    environment = psutil.Process(local.pid).environ()
    assert SECRET not in environment.values()
    assert set(environment) <= {*private.INHERITED, "SANDBOX_TOKEN"}
    assert TOKEN not in " ".join(psutil.Process(local.pid).cmdline())


def test_the_data_folder_is_its_owners(local: LocalBigQuery) -> None:
    folder = local.data_dir
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in folder.rglob("*") if path.name != "bqemulator.log"]
    assert files
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
