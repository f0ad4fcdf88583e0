"""`overwrite` replaces a table only by what a tap finished writing."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from target_bigquery.errors import IncompleteError, SchemaError
from target_bigquery.settings import Settings
from target_bigquery.warehouse.client import Warehouse as TargetWarehouse
from target_bigquery.warehouse.credentials import bigquery_client
from target_bigquery.warehouse.run import Run
from target_bigquery.warehouse.staging import (
    LIFETIME,
    Renewal,
    clear_leftovers,
    staging_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from breaking_proxy import Proxy
    from conftest import Load, Tap, Warehouse

ISSUE = {"id": {"type": "integer"}}
STATE: dict[str, Any] = {"bookmarks": {}}


@pytest.fixture
def full(load: Load, new_tap: type[Tap], warehouse: Warehouse) -> Any:
    """Two tables of ten rows."""
    tap = new_tap()
    for stream in ("issues", "users"):
        tap.schema(stream, ISSUE)
        for number in range(10):
            tap.record(stream, {"id": number})
    load(tap.state(STATE))

    def ids(stream: str) -> Any:
        return sorted(row["id"] for row in warehouse.rows(stream))

    return ids


@pytest.fixture
def overwrite(load: Load) -> Any:
    def run(tap: Tap, **settings: Any) -> Any:
        return load(tap, load_method="overwrite", **settings)

    return run


def test_a_tap_that_died_after_some_records_leaves_the_old_rows(
    overwrite: Callable[..., Any],
    tap: Tap,
    load: Load,
    full: Callable[..., Any],
    warehouse: Warehouse,
) -> None:
    tap.state(STATE).schema("issues", ISSUE)
    for number in range(100, 103):
        tap.record("issues", {"id": number})
    with pytest.raises(IncompleteError) as caught:
        overwrite(tap, batch_size_rows=2)
    assert "the tables of 'issues' keep their old rows" in str(caught.value)
    assert load.printed == []
    assert full("issues") == list(range(10))
    assert warehouse.staging() == []


def test_a_tap_that_died_before_its_first_record_leaves_the_old_rows(
    overwrite: Callable[..., Any], tap: Tap, full: Callable[..., Any]
) -> None:
    with pytest.raises(IncompleteError):
        overwrite(tap.state(STATE).schema("issues", ISSUE))
    assert full("issues") == list(range(10))


def test_a_tap_that_died_in_a_later_stream_leaves_every_table(
    overwrite: Callable[..., Any], tap: Tap, full: Callable[..., Any]
) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": 100}).state(STATE)
    tap.schema("users", ISSUE).record("users", {"id": 100})
    with pytest.raises(IncompleteError, match="'issues', 'users' keep"):
        overwrite(tap)
    assert full("issues") == full("users") == list(range(10))


def test_a_state_after_the_last_record_replaces_the_table(
    overwrite: Callable[..., Any], tap: Tap, full: Callable[..., Any]
) -> None:
    tap.schema("issues", ISSUE).state(STATE).record("issues", {"id": 100})
    assert overwrite(tap.state({"n": 1})) == [{"n": 1}]
    assert full("issues") == [100]


def test_a_stream_with_no_record_and_a_state_is_emptied(
    overwrite: Callable[..., Any], tap: Tap, full: Callable[..., Any]
) -> None:
    overwrite(tap.schema("issues", ISSUE).state(STATE))
    assert full("issues") == []
    assert full("users") == list(range(10))


def test_activate_version_replaces_the_table_without_a_state(
    overwrite: Callable[..., Any], tap: Tap, full: Callable[..., Any]
) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": 100}, version=1)
    tap.activate("issues", 1)
    tap.schema("users", ISSUE).record("users", {"id": 100})
    with pytest.raises(IncompleteError, match="the tables of 'users' keep"):
        overwrite(tap)
    assert full("issues") == [100]
    assert full("users") == list(range(10))


def test_a_record_after_activate_version_needs_a_sign_of_its_own(
    overwrite: Callable[..., Any], tap: Tap, full: Callable[..., Any]
) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": 100}, version=1)
    tap.activate("issues", 1).record("issues", {"id": 101}, version=2)
    with pytest.raises(IncompleteError):
        overwrite(tap)
    assert full("issues") == list(range(10))


def test_a_record_that_a_stream_map_leaves_out_counts_as_a_record(
    overwrite: Callable[..., Any], tap: Tap, full: Callable[..., Any]
) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": 100}).state(STATE)
    tap.record("issues", {"id": 101})
    with pytest.raises(IncompleteError):
        overwrite(tap, stream_maps={"issues": {"__filter__": "id == 100"}})
    assert full("issues") == list(range(10))


@pytest.fixture
def here(config: dict[str, Any]) -> Iterator[TargetWarehouse]:
    """BigQuery as the target has it."""
    settings = Settings.from_config(config)
    client = bigquery_client(settings)
    yield TargetWarehouse(client, settings, "r", threading.Event())
    client.close()


@pytest.fixture
def waiting(here: TargetWarehouse, warehouse: Warehouse, dataset: str) -> str:
    """A staging table of another machine's run."""
    warehouse.client.create_dataset(dataset)
    other = Run(machine="another")
    table = staging_table(here.settings, other, "raw_issues", 1, [])
    warehouse.client.create_table(table)
    other.close()
    return f"throughline-test.{dataset}.{table.table_id}"


def test_another_machines_staging_table_stays_while_it_gives_signs_of_life(
    here: TargetWarehouse, waiting: str, dataset: str
) -> None:
    mine, now, hour = Run(), dt.datetime.now(dt.UTC), dt.timedelta(hours=1)
    assert clear_leftovers(here, here.settings, mine) == []
    assert clear_leftovers(here, here.settings, mine, now + hour) == []
    gone = clear_leftovers(here, here.settings, mine, now + 4 * hour)
    assert [f"throughline-test.{dataset}.{name}" for name in gone] == [waiting]
    mine.close()


def test_a_run_renews_its_staging_tables_for_as_long_as_it_takes(
    config: dict[str, Any], proxy: Proxy, waiting: str
) -> None:
    settings = Settings.from_config({**config, "api_endpoint": proxy.url})
    client = bigquery_client(settings)
    here = TargetWarehouse(client, settings, "r", threading.Event())
    renewal = Renewal(here, lambda: [waiting], 0.05)
    deadline = time.monotonic() + 60
    renewed: list[bytes] = []
    while not renewed and time.monotonic() < deadline:
        time.sleep(0.05)
        renewed = [body for method, _, body in proxy.calls if method == "PATCH"]
    renewal.close()
    expires = int(json.loads(renewed[0])["expirationTime"]) / 1000
    table = here.get_table(waiting)
    client.close()
    assert table
    assert expires >= (table.created + LIFETIME).timestamp()


def test_a_table_that_is_gone_is_not_kept(here: TargetWarehouse, waiting: str) -> None:
    here.drop_table(waiting)
    here.keep_table(waiting, dt.datetime.now(dt.UTC) + LIFETIME)
    assert here.get_table(waiting) is None


def test_two_streams_with_one_alias_are_refused(load: Load, tap: Tap) -> None:
    tap.schema("a", ISSUE).record("a", {"id": 1})
    tap.schema("b", ISSUE).record("b", {"id": 1})
    maps = {"a": {"__alias__": "x"}, "b": {"__alias__": "x"}}
    with pytest.raises(SchemaError, match="Streams 'a' and 'b' both have the name 'x'"):
        load(tap, stream_maps=maps)


def test_an_alias_that_is_another_streams_name_is_refused(load: Load, tap: Tap) -> None:
    tap.schema("a", ISSUE).record("a", {"id": 1})
    tap.schema("b", ISSUE).record("b", {"id": 2})
    with pytest.raises(SchemaError, match="Streams 'a' and 'b' both have the name 'b'"):
        load(tap, stream_maps={"a": {"__alias__": "b"}})
