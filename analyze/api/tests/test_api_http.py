"""HTTP: ETags, errors, parameters, methods."""

from __future__ import annotations

import base64
import json
import socket
from typing import TYPE_CHECKING

import pytest

from throughline_api import cursors

if TYPE_CHECKING:
    from running_api import Api, TinyMarts

PATHS = [
    "/analytics/repository/501/summary",
    "/analytics/contributor/ada-l/summary",
    "/analytics/trends?metric=throughput",
    "/analytics/waiting",
    "/analytics/issue/PLA-3/path",
    "/analytics/freshness",
]


def raw(api: Api, request: bytes) -> bytes:
    """Send bytes, and return what the server sends before it closes."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as one:
        one.sendall(request)
        parts = []
        while part := one.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("path", PATHS)
def test_a_client_that_has_the_response_gets_304_without_a_query(
    api: Api, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = api.get(path).headers["ETag"]

    def query(*_arguments: object) -> None:
        message = "a 304 needs no query"
        raise AssertionError(message)

    monkeypatch.setattr(api.analytics.warehouse, "query", query)
    for known in (etag, f'"other", W/{etag}'):
        found = api.get(path, {"If-None-Match": known})
        assert (found.status_code, found.content) == (304, b"")
        assert found.headers["ETag"] == etag


def test_a_client_that_has_anything_gets_no_304_for_what_does_not_exist(
    api: Api,
) -> None:
    known = {"If-None-Match": "*"}
    assert api.get("/analytics/repository/none/summary", known).status_code == 404
    assert api.get("/analytics/repository/501/summary", known).status_code == 200


def test_a_new_build_of_a_mart_changes_the_etag_of_what_reads_it(
    api: Api, marts: TinyMarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.analytics.builds, "seconds", 0.0)
    before = {path: api.get(path).headers["ETag"] for path in PATHS}

    marts.load("fct_review_requests")

    after = {path: api.get(path).headers["ETag"] for path in PATHS}
    assert {path for path in PATHS if before[path] != after[path]} == {
        "/analytics/waiting"
    }


def test_different_parameters_have_different_etags(api: Api) -> None:
    etags = {
        api.get("/analytics/trends", metric="throughput", **more).headers["ETag"]
        for more in ({}, {"limit": 1}, {"subject": "ENG"}, {"since": "2026-01-01"})
    }
    assert len(etags) == 4


def test_a_missing_mart_is_503_with_one_line_that_says_how_to_build_it(
    api: Api, marts: TinyMarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.analytics.builds, "seconds", 0.0)
    marts.drop("fct_review_requests")
    try:
        found = api.get("/analytics/waiting")
        other = api.get("/analytics/freshness")
    finally:
        marts.load("fct_review_requests")

    assert found.status_code == 503
    assert found.headers["Retry-After"]
    assert found.json()["detail"] == (
        "the mart fct_review_requests does not exist: build it with"
        " `meltano run dbt-bigquery:build`"
    )
    assert other.status_code == 200


def test_a_mart_that_disappears_before_its_query_is_503(
    api: Api, marts: TinyMarts
) -> None:
    # Its time of build is known for a second.
    assert api.get("/analytics/waiting").status_code == 200
    marts.drop("fct_review_requests")
    try:
        found = api.get("/analytics/waiting")
    finally:
        marts.load("fct_review_requests")
    assert found.status_code == 503
    assert "\n" not in found.json()["detail"]


def test_a_mart_with_fewer_columns_is_503_until_it_is_built_again(
    api: Api, marts: TinyMarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.analytics.builds, "seconds", 0.0)
    marts.drop("fct_review_requests")
    name = f"{marts.client.project}.analytics.fct_review_requests"
    marts.client.query(f"create table `{name}` as select 1 as is_open").result()
    try:
        found = api.get("/analytics/waiting")
    finally:
        marts.load("fct_review_requests")
    assert found.status_code == 503
    assert "\n" not in found.json()["detail"]


def test_a_mart_that_is_rebuilt_while_it_is_read_gives_no_other_error_than_503(
    api: Api, marts: TinyMarts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.analytics.builds, "seconds", 0.0)
    query = api.analytics.warehouse.query

    def rebuilding(*arguments: object) -> object:
        marts.load("fct_review_requests")
        return query(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(api.analytics.warehouse, "query", rebuilding)
    before = api.get("/analytics/waiting")
    after = api.get("/analytics/waiting", {"If-None-Match": before.headers["ETag"]})
    # The first response has the ETag of the build before: it is sent once more.
    assert (before.status_code, after.status_code) == (200, 200)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "é",
        "AAAA",
        "MjAyNi0wMS0wNQ==",
        cursors.encode(["2026-01-05", "team-eng"], {"metric": "other"}),
        "A" * 1001,
    ],
)
@pytest.mark.parametrize("path", ["/analytics/trends?metric=reopened", PATHS[3]])
def test_a_made_up_cursor_is_422(api: Api, path: str, cursor: str) -> None:
    found = api.get(path, cursor=cursor)
    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    assert "cursor" in found.json()["detail"]


def test_a_cursor_with_a_wrong_position_is_422(api: Api) -> None:
    query = {
        "metric": "reopened",
        "period": "week",
        "scope": "team",
        "subject": None,
        "since": None,
        "until": None,
    }
    for position in (["no date", "x"], ["2026-01-05"], [], ["2026-01-05", "a", "b"]):
        cursor = cursors.encode(position, query)
        found = api.get("/analytics/trends", metric="reopened", cursor=cursor)
        assert found.status_code == 422
    cursor = cursors.encode(["2026-01-05", "team-eng"], query)
    found = api.get("/analytics/trends", metric="reopened", cursor=cursor)
    assert found.status_code == 200


@pytest.mark.parametrize(
    "position",
    [
        ["0001-01-01T00:00:00+14:00", "x"],
        ["9999-12-31T23:59:59-14:00", "x"],
        ["2026-01-01T00:00:00+00:00", "\ud800"],
        ["yesterday", "x"],
    ],
)
def test_a_cursor_with_a_moment_or_a_text_that_does_not_exist_is_422(
    api: Api, position: list[str]
) -> None:
    query = {"waiting": "now", "subject": None}
    # Made as `cursors.encode` makes it, also of a text that is not Unicode.
    text = json.dumps(position)
    whole = cursors._check(text, query) + text
    cursor = base64.urlsafe_b64encode(whole.encode()).decode()
    found = api.get("/analytics/waiting", cursor=cursor)
    assert found.status_code == 422
    assert found.json()["detail"].startswith("cursor is not valid for this query")


def test_the_cursor_of_another_query_is_422(api: Api) -> None:
    cursor = api.get("/analytics/trends", metric="reopened", limit=1).json()[
        "next_cursor"
    ]
    found = api.get("/analytics/trends", metric="reopened", cursor=cursor, subject="x")
    assert found.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "",
        "metric=nonsense",
        "metric=throughput&metric=reopened",
        "metric=throughput&team=ENG",
        "metric=throughput&limit=0",
        "metric=throughput&limit=1001",
        "metric=throughput&limit=1;drop",
        "metric=throughput&limit=1_0",
        "metric=throughput&limit=5.0",
        "metric=throughput&limit=+5",
        "metric=throughput&since=2026-13-01",
        "metric=throughput&since=0",
        "metric=throughput&since=2026-01-02T00:00:00Z",
        "metric=throughput&since=2026-02-01&until=2026-01-01",
        "metric=reopened&period=month",
        "metric=investment_new&period=week",
        "metric=throughput&scope=repository",
        "metric=throughput&scope=company",
        "metric=throughput&subject=",
        "metric=throughput&subject=%00",
        "metric=throughput&subject=a%0Ab",
    ],
)
def test_a_parameter_that_is_not_valid_is_422_with_one_line(
    api: Api, query: str
) -> None:
    found = api.get(f"/analytics/trends?{query}")
    assert found.status_code == 422, found.text
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["status"] == 422
    assert "\n" not in found.json()["detail"]


HOSTILE = [
    "' or '1'='1",
    "O'Brien",
    "\\' or 1=1 --",
    "`x`; drop table fct_issues; --",
    '") union all select * from fct_issues --',
    "@id",
    "{mart}",
    "%",
    "_",
    "\u202eltr",
    "😀",
    "{{ 7*7 }}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_sql_in_a_parameter_is_a_value_and_nothing_else(api: Api, text: str) -> None:
    rows = api.get("/analytics/freshness").json()["marts"][0]["row_count"]
    encoded = "".join(f"%{byte:02X}" for byte in text.encode())

    for path in (
        f"/analytics/repository/{encoded}/summary",
        f"/analytics/contributor/{encoded}/summary",
        f"/analytics/issue/{encoded}/path",
    ):
        assert api.get(path).status_code == 404
    trend = api.get("/analytics/trends", metric="throughput", subject=text)
    assert trend.status_code == 404
    waiting = api.get("/analytics/waiting", subject=text)
    assert (waiting.status_code, waiting.json()["items"]) == (200, [])
    assert api.get("/analytics/freshness").json()["marts"][0]["row_count"] == rows


@pytest.mark.parametrize(
    "path",
    [
        "/analytics/repository/%FF%FE/summary",
        "/analytics/contributor/%C0%AF/summary",
        "/analytics/trends?metric=%FF",
        "/analytics/waiting?subject=%FF%00",
        "/analytics/waiting?%FF=1",
        "/analytics/repository//summary",
        "/analytics/repository/../../etc/passwd/summary",
        "/analytics/issue/%2e%2e%2f/path",
        "/analytics/repository/" + "9" * 200 + "/summary",
        "/analytics/repository/" + "9" * 18 + "/summary",
        "/analytics/repository/" + "a" * 201 + "/summary",
    ],
)
def test_odd_paths_and_bytes_that_are_not_utf_8_are_the_clients_error(
    api: Api, path: str
) -> None:
    status = raw(
        api,
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{api.port}\r\n"
        "Connection: close\r\n\r\n".encode(),
    ).split(b"\r\n", 1)[0]
    assert status.split()[1] in {b"404", b"422"}, status


@pytest.mark.parametrize(
    "path", ["/analytics/waiting?subject=", "/analytics/repository/"]
)
def test_a_parameter_of_1_mb_is_refused_and_the_server_continues(
    api: Api, path: str
) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as one:
        try:
            one.sendall(
                f"GET {path}{'a' * 1_000_000} HTTP/1.1\r\n"
                f"Host: 127.0.0.1:{api.port}\r\n\r\n".encode()
            )
            answer = one.recv(100)
        except ConnectionError:
            answer = b""  # it closed before everything was sent
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")
    assert api.get("/healthz").status_code == 200


def test_bytes_that_are_not_http_are_refused(api: Api) -> None:
    assert raw(api, b"\x16\x03\x01\x02\x00\x01\r\n\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("path", [*PATHS, "/healthz", "/docs", "/openapi.json"])
def test_head_has_the_headers_of_get_and_no_body(api: Api, path: str) -> None:
    got, head = api.get(path), api.get(path, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for header in ("content-length", "content-type", "ETag", "Cache-Control"):
        assert head.headers.get(header) == got.headers.get(header)


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
)
def test_every_other_method_is_405_because_the_api_is_read_only(
    api: Api, method: str
) -> None:
    found = api.get("/analytics/freshness", method=method)
    assert found.status_code == 405
    assert "GET" in found.headers["Allow"]
    assert found.json()["detail"] == "this API is read-only: send GET or HEAD"
    assert not any(name.lower().startswith("access-control") for name in found.headers)


def test_no_response_may_be_cached_by_others_or_guessed_as_another_type(
    api: Api,
) -> None:
    for path in (*PATHS, "/docs", "/nothing"):
        headers = api.get(path).headers
        assert headers["Cache-Control"] == "private, no-cache"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Server" not in headers


def test_titles_that_users_wrote_are_json_text(api: Api) -> None:
    found = api.get("/analytics/waiting")
    assert found.headers["content-type"] == "application/json"
    assert "<script>alert(1)</script>" in [
        each["title"] for each in found.json()["items"]
    ]
