"""One local BigQuery with small marts, and the API over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from running_api import KEY, TinyMarts, environment, serving

from sandbox.testing import LocalBigQuery, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from running_api import Api


@pytest.fixture(scope="session")
def local_bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBigQuery]:
    with LocalBigQuery(tmp_path_factory.mktemp("bigquery")) as local:
        yield local


@pytest.fixture(scope="session")
def marts(local_bigquery: LocalBigQuery) -> Iterator[TinyMarts]:
    made = TinyMarts(local_bigquery)
    for mart in made.schemas:
        made.load(mart)
    yield made
    made.client.close()


@pytest.fixture(scope="session")
def settings_of(local_bigquery: LocalBigQuery) -> Callable[..., dict[str, str]]:
    """Return the environment of a server on the local BigQuery."""

    def made(**settings: object) -> dict[str, str]:
        given = {"server_port": free_port(), "requests_per_minute": 100_000} | settings
        return environment(local_bigquery.endpoint, local_bigquery.project, **given)

    return made


@pytest.fixture(scope="session")
def api(marts: TinyMarts, settings_of: Callable[..., dict[str, str]]) -> Iterator[Api]:
    """A server without a key."""
    assert marts.schemas
    with serving(settings_of()) as running:
        yield running


@pytest.fixture(scope="session")
def keyed(
    marts: TinyMarts, settings_of: Callable[..., dict[str, str]]
) -> Iterator[Api]:
    """A server with a key."""
    assert marts.schemas
    with serving(settings_of(access_key=KEY)) as running:
        yield running
