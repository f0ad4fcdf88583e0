"""Fixtures: one server for all tests, and a workspace for each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from notion_workspace import Notion

from sandbox.company import GitHubHost, LinearWorkspace, World
from sandbox.company.planning import organization
from sandbox.testing import ApiServer
from tap_notion.transport import client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def server() -> Iterator[ApiServer]:
    """The sandbox's APIs over a company without Linear and GitHub."""
    world = World(
        datetime(2026, 6, 1, tzinfo=UTC), LinearWorkspace(organization(0)), GitHubHost()
    )
    with ApiServer(world) as running:
        yield running


@pytest.fixture
def notion(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> Notion:
    """A workspace without pages; the tap sends as fast as it can."""
    monkeypatch.setattr(client, "PER_SECOND", 1e9)
    server.clear_faults()
    server.limits(notion={"requests": 1_000_000})
    server.forget_stats()
    return Notion(server)
