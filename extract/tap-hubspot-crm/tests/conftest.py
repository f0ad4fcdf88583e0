"""The sandbox's HubSpot API over records that a test writes."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open
from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hubspot_runs import Run

from sandbox.company import GitHubHost, LinearWorkspace, World
from sandbox.hubspot.definitions import definitions, pipelines
from sandbox.hubspot.store import Account
from sandbox.testing import ApiServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_runs import Row

    from sandbox.hubspot.api import HubSpotApi

MANY = {"burst": 100_000, "search": 100_000}


@pytest.fixture(scope="session")
def _server() -> Iterator[ApiServer]:
    organization = {"id": "o", "createdAt": "2026-01-01T00:00:00.000Z"}
    now = datetime(2026, 3, 1, tzinfo=UTC)
    world = World(now, LinearWorkspace(organization), GitHubHost())
    with ApiServer(world, size=0, until=now) as made:
        yield made


@pytest.fixture
def server(_server: ApiServer) -> ApiServer:
    """The API, without faults and with large limits."""
    _server.clear_faults()
    api: HubSpotApi = _server._sandbox.hubspot.api
    api.account = Account()
    api.account.definitions, api.account.pipelines = definitions(), pipelines()
    api.lifetime = 1800
    _server.limits(hubspot=MANY)
    _server.forget_stats()
    return _server


@pytest.fixture
def api(server: ApiServer) -> HubSpotApi:
    found: HubSpotApi = server._sandbox.hubspot.api
    return found


@pytest.fixture
def account(api: HubSpotApi) -> Account:
    """An account without records, whose time is the real one."""
    return api.account


@pytest.fixture
def run(server: ApiServer) -> Any:
    """Runs the tap: `run(state, select, most, **settings)`."""

    def start(
        state: Row | None = None,
        select: Any = None,
        most: int | None = None,
        **config: Any,
    ) -> Run:
        url = config.pop("api_url", f"{server.base_url}/hubspot")
        return Run(url, state, select, most, **config)

    return start


@pytest.fixture
def requests(server: ApiServer) -> Any:
    """Counts the requests by operation since the last call."""

    def count() -> Counter[str]:
        found = server.stats()["hubspot"]["operations"]
        server.forget_stats()
        return Counter(found)

    return count
