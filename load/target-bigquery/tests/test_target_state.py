"""A state is used only with the rows that it stands for."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from target_bigquery.errors import StateError
from target_bigquery.messages.state import has_bookmark

if TYPE_CHECKING:
    from conftest import Load, Tap, Warehouse

ISSUE = {"id": {"type": "string"}, "n": {"type": "integer"}}
BOOKMARK = {"bookmarks": {"issues": {"replication_key_value": "2026-01-01"}}}


def _continued(
    new_tap: type[Tap], state: Any = BOOKMARK, stream: str = "issues"
) -> Any:
    """A tap that was given a state, and says so before anything else."""
    tap = new_tap().state(state).schema(stream, ISSUE)
    return tap.record(stream, {"id": "new", "n": 1}).state(state)


def test_a_bookmark_without_its_table_ends_the_load_before_anything_is_loaded(
    load: Load, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    with pytest.raises(StateError) as caught:
        load(_continued(new_tap))
    message = str(caught.value)
    assert (
        f"'throughline-test.{warehouse.dataset}.raw_issues' does not exist" in message
    )
    assert "meltano state clear" in message
    assert "--full-refresh" in message
    assert load.printed == []
    assert warehouse.tables() == []


def test_a_table_that_was_dropped_between_runs_ends_the_next_run(
    load: Load, tap: Tap, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": "old", "n": 0})
    assert load(tap.state(BOOKMARK)) == [BOOKMARK]
    load(_continued(new_tap))
    warehouse.client.delete_table(f"{warehouse.dataset}.raw_issues")
    with pytest.raises(StateError):
        load(_continued(new_tap))
    # A full refresh starts without a state.
    assert load(tap) == [BOOKMARK]
    assert len(warehouse.rows("issues")) == 1


def test_the_table_of_a_renamed_stream_is_looked_for_under_its_new_name(
    load: Load, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    maps = {"issues": {"__alias__": "tickets"}}
    with pytest.raises(StateError, match="raw_tickets"):
        load(_continued(new_tap), stream_maps=maps)
    load(new_tap().schema("issues", ISSUE), stream_maps=maps)
    load(_continued(new_tap), stream_maps=maps)
    assert len(warehouse.rows("tickets")) == 1


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"bookmarks": {}},
        {"bookmarks": {"issues": {}}},
        {"bookmarks": {"issues": {"partitions": [], "replication_key_value": None}}},
        {"bookmarks": {"issues": {"partitions": [{"context": {}}]}}},
        {"bookmarks": {"other": {"replication_key_value": "2026"}}},
        {"bookmarks": None},
        [],
        "x",
    ],
)
def test_a_stream_without_a_bookmark_is_simply_loaded(
    load: Load, new_tap: type[Tap], warehouse: Warehouse, state: Any
) -> None:
    load(_continued(new_tap, state))
    assert len(warehouse.rows("issues")) == 1


@pytest.mark.parametrize(
    "state",
    [
        BOOKMARK,
        {"bookmarks": {"issues": {"partitions": [{"context": {"team": 1}}]}}},
        {"bookmarks": {"issues": 0}},
        {"issues": "2026-01-01"},
    ],
)
def test_a_bookmark_is_anything_but_empty_values(state: Any) -> None:
    assert has_bookmark(state, "issues")


def test_a_state_after_the_schema_is_this_runs_own(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE).state(BOOKMARK).record("issues", {"id": "a", "n": 1})
    more = {**ISSUE, "more": {"type": "string"}}
    tap.schema("issues", more).record("issues", {"id": "b", "n": 1, "more": "x"})
    assert load(tap.state(BOOKMARK))[-1] == BOOKMARK
    assert len(warehouse.rows("issues")) == 2


def _version(tap: Tap, version: Any, *keys: Any) -> Any:
    tap.schema("users", ISSUE)
    for key in keys:
        tap.record("users", {"id": key, "n": version}, version=version)
    return tap.activate("users", version)


@pytest.mark.parametrize("keys", [(), ("a",), ("a", "b")])
def test_a_version_below_the_tables_is_warned_of(
    load: Load, new_tap: type[Tap], caplog: pytest.LogCaptureFixture, keys: Any
) -> None:
    load(_version(new_tap(), 9, "a", "b"))
    caplog.clear()
    load(_version(new_tap(), 5, *keys))
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert "activates version 5, but table 'raw_users' has rows of version 9" in line
    assert "cannot be detected" in line


@pytest.mark.parametrize("version", [9, 10])
def test_a_version_that_increases_or_stays_is_not_warned_of(
    load: Load, new_tap: type[Tap], caplog: pytest.LogCaptureFixture, version: Any
) -> None:
    load(_version(new_tap(), 9, "a", "b"))
    caplog.clear()
    load(_version(new_tap(), version, "a"))
    assert [r for r in caplog.records if r.levelno == logging.WARNING] == []
