from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.company import World, generate
from sandbox.testing import ApiServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ask = Callable[..., dict[str, Any]]
    Rows = list[dict[str, Any]]

UNTIL = datetime(2026, 6, 30, tzinfo=UTC)
STALE = 60  # seconds
SHARED = Path(__file__).resolve().parents[4].parent / "shared"


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/{name} is absent")
    return path


@pytest.fixture(scope="session")
def recordings() -> Path:
    return shared("recordings") / "github"


@pytest.fixture(scope="session")
def world() -> World:
    """The default company; tests only read it, and some modules make their own."""
    return generate(until=datetime(2026, 3, 31, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def issues(world: World) -> Rows:
    return list(world.linear.issues.values())


@pytest.fixture(scope="session")
def assert_sometimes_null() -> Callable[[str, Rows, tuple[str, ...]], None]:
    """Each of the keys is null in some of the rows and set in others."""

    def check(name: str, rows: Rows, keys: tuple[str, ...]) -> None:
        for key in keys:
            present = sum(row.get(key) is not None for row in rows)
            assert 0 < present < len(rows), (name, key)

    return check


@pytest.fixture(scope="session")
def _company() -> Iterator[ApiServer]:
    with ApiServer(size=300, until=UNTIL) as server:
        yield server


@pytest.fixture
def api(_company: ApiServer) -> ApiServer:
    """One company for all tests that only read, with nothing asked of it yet."""
    _company.clear_faults()
    _company.forget_stats()
    _company.limits(
        linear={"key.requests": 2_500, "key.complexity": 3_000_000},
        github={"core": 5_000, "graphql": 5_000, "anonymous": 60},
        window_seconds=3_600,
    )
    return _company


@pytest.fixture
def living() -> Iterator[ApiServer]:
    """A company of its own for a test that changes it."""
    with ApiServer(size=60, until=UNTIL) as server:
        yield server


@pytest.fixture(scope="session")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def linear(api: ApiServer, http: requests.Session) -> Ask:
    """Ask Linear; returns `data`, and fails where there are errors."""

    def ask(query: str, **variables: object) -> dict[str, Any]:
        response = http.post(
            api.linear_url,
            json={"query": query, "variables": variables},
            headers={"Authorization": "lin_api_sandbox"},
            timeout=30,
        )
        body = response.json()
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    return ask


@pytest.fixture
def linear_raw(api: ApiServer, http: requests.Session) -> Callable[..., Any]:
    """Ask Linear; returns the response."""

    def ask(
        query: str, authorization: str | None = "lin_api_sandbox", **variables: object
    ) -> requests.Response:
        headers = {} if authorization is None else {"Authorization": authorization}
        body = {"query": query, "variables": variables}
        return http.post(api.linear_url, json=body, headers=headers, timeout=30)

    return ask


@pytest.fixture
def github_raw(api: ApiServer, http: requests.Session) -> Callable[..., Any]:
    """Ask GitHub's GraphQL; returns the response."""

    def ask(
        query: str,
        authorization: str | None = "Bearer sandbox-token",
        url: str | None = None,
        **variables: object,
    ) -> requests.Response:
        headers = {} if authorization is None else {"Authorization": authorization}
        body = {"query": query, "variables": variables}
        target = url or f"{api.github_url}/graphql"
        return http.post(target, json=body, headers=headers, timeout=30)

    return ask


@pytest.fixture
def github(github_raw: Callable[..., requests.Response]) -> Ask:
    """Ask GitHub's GraphQL; returns `data`, and fails where there are errors."""

    def ask(query: str, **variables: object) -> dict[str, Any]:
        body = github_raw(query, **variables).json()
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    return ask


@pytest.fixture
def rest(api: ApiServer, http: requests.Session) -> Callable[..., requests.Response]:
    """Ask GitHub's REST; follows no redirect."""

    def ask(
        path: str,
        authorization: str | None = "Bearer sandbox-token",
        base: str | None = None,
        **headers: str,
    ) -> requests.Response:
        if authorization is not None:
            headers["Authorization"] = authorization
        url = f"{base or api.github_url}{path}"
        return http.get(url, headers=headers, allow_redirects=False, timeout=30)

    return ask


@pytest.fixture(scope="session")
def largest() -> Callable[[ApiServer], dict[str, Any]]:
    """Find the repository with the most pull requests."""

    def find(api: ApiServer) -> dict[str, Any]:
        host = api.world.github
        counts: dict[str, int] = {}
        for row in host.pull_requests.values():
            counts[row["repositoryId"]] = counts.get(row["repositoryId"], 0) + 1
        return host.repositories[max(counts, key=lambda key: counts[key])]

    return find


@pytest.fixture(scope="session")
def server_seconds() -> Callable[[requests.Response], int]:
    """Read an answer's `Date`: the server's own clock in epoch seconds."""

    def read(response: requests.Response) -> int:
        return int(parsedate_to_datetime(response.headers["Date"]).timestamp())

    return read


@pytest.fixture(scope="session")
def assert_resets_within(
    server_seconds: Callable[[requests.Response], int],
) -> Callable[[requests.Response, int, int], None]:
    """A budget fills up after an answer was sent, and within one window.

    Both times are the server's. Its `Date` is up to a minute old on a busy machine; a
    reset in another unit is off by far more.
    """

    def check(response: requests.Response, reset: int, window: int) -> None:
        sent = server_seconds(response)
        assert sent < reset <= sent + window + STALE

    return check
