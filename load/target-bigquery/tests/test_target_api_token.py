"""A BigQuery that is not Google's may require a token of its own."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import warehouse as sandbox_warehouse
from sandbox.testing import LocalBigQuery
from target_bigquery.errors import TargetError
from target_bigquery.settings import Settings
from target_bigquery.warehouse.credentials import bigquery_client, credentials_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Load, Tap

TOKEN = "the-token-of-this-test"  # noqa: S105 - made up


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with LocalBigQuery(tmp_path_factory.mktemp("guarded"), token=TOKEN) as local:
        yield local


def settings_of(local: LocalBigQuery, **more: Any) -> Any:
    return {
        "project": local.project,
        "dataset": "loaded",
        "api_endpoint": local.endpoint,
        **more,
    }


def test_rows_are_loaded_where_the_endpoint_requires_the_token(
    load: Load, tap: Tap, guarded: Any
) -> None:
    tap.schema("issues", {"id": {"type": "string"}})
    tap.record("issues", {"id": "a"})
    tap.state({"bookmark": 1})
    assert load(tap, **settings_of(guarded, api_token=TOKEN)) == [{"bookmark": 1}]
    with sandbox_warehouse.client(guarded.endpoint, guarded.project, TOKEN) as client:
        rows = sandbox_warehouse.query(client, "select id from loaded.raw_issues")[1]
    assert rows == [("a",)]


@pytest.mark.parametrize("more", [{"api_token": "another"}, {}])
def test_a_refused_token_ends_the_load_in_one_line(
    load: Load, tap: Tap, guarded: Any, more: Any
) -> None:
    tap.schema("issues", {"id": {"type": "string"}})
    tap.record("issues", {"id": "a"})
    with pytest.raises(TargetError) as error:
        load(tap, **settings_of(guarded, **more))
    assert "\n" not in str(error.value)
    assert "another" not in str(error.value)
    assert "SANDBOX_TOKEN" in str(error.value)


def test_the_token_is_sent_to_no_one_but_the_endpoint() -> None:
    settings = Settings.from_config(
        {"project": "p", "dataset": "d", "api_token": TOKEN, "api_endpoint": "http://x"}
    )
    assert TOKEN not in repr(settings)
    assert credentials_of(settings).token == TOKEN
    assert bigquery_client(settings)._connection.API_BASE_URL == "http://x"
