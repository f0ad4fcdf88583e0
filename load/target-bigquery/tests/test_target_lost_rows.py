"""A run that continues from a bookmark notices a table that has lost rows."""

# ruff: noqa: ANN401, S608 - JSON; our own names

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from target_bigquery.errors import StateError, TargetError
from target_bigquery.target import TargetBigQuery
from target_bigquery.warehouse.row_count import LABEL

if TYPE_CHECKING:
    from conftest import Load, Tap, Warehouse

ISSUE = {"id": {"type": "integer"}, "n": {"type": "integer"}}
BOOKMARK = {"bookmarks": {"issues": {"replication_key_value": "2026-01-01"}}}


def _rows(tap: Tap, *ids: Any, **more: Any) -> Any:
    tap.schema("issues", ISSUE)
    for number in ids:
        tap.record("issues", {"id": number, "n": number}, **more)
    return tap.state(BOOKMARK)


def _first(new_tap: type[Tap], **more: Any) -> Any:
    return _rows(new_tap(), 1, 2, 3, 4, **more)


def _continued(new_tap: type[Tap], *ids: Any, **more: Any) -> Any:
    """A tap that was given a state, and writes it before anything else."""
    return _rows(new_tap().state(BOOKMARK), *ids, **more)


def _table(warehouse: Warehouse) -> Any:
    return warehouse.client.get_table(f"{warehouse.dataset}.raw_issues")


REPLACE = (
    "CREATE OR REPLACE TABLE `{d}.raw_issues` AS SELECT * FROM `{d}.raw_issues` LIMIT "
)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (f"{REPLACE} 2", "was created again or restored at"),
        (f"{REPLACE} 0", "was created again or restored at"),
        ("TRUNCATE TABLE `{d}.raw_issues`", "has 0 rows, but had 4 after"),
        ("DELETE FROM `{d}.raw_issues` WHERE id > 3", "has 3 rows, but had 4 after"),
    ],
)
def test_a_table_that_was_restored_or_emptied_ends_the_next_run(
    load: Load, new_tap: type[Tap], warehouse: Warehouse, change: Any, problem: Any
) -> None:
    load(_first(new_tap))
    load(_continued(new_tap, 4))
    warehouse.query(change)
    left = warehouse.rows("issues")
    for _ in range(2):
        with pytest.raises(StateError) as caught:
            load(_continued(new_tap, 5))
        assert problem in str(caught.value)
        assert "--full-refresh" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert load.printed == []
        assert warehouse.rows("issues") == left
    # A full refresh starts without a state.
    assert load(_first(new_tap)) == [BOOKMARK]
    assert load(_continued(new_tap, 5)) == [BOOKMARK]
    assert len(warehouse.rows("issues")) == 5


def test_a_changed_table_is_accepted_with_the_label_that_the_message_names(
    load: Load, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    load(_first(new_tap))
    warehouse.query("DELETE FROM `{d}.raw_issues` WHERE id > 3")
    with pytest.raises(StateError, match=rf"--set_label {LABEL}:0 throughline-test:"):
        load(_continued(new_tap, 5))
    table = _table(warehouse)
    table.labels = {LABEL: "0"}
    warehouse.client.update_table(table, ["labels"])
    load(_continued(new_tap, 5))
    load(_continued(new_tap, 6))
    assert len(warehouse.rows("issues")) == 5


def test_the_label_follows_rows_that_the_target_itself_removes(
    load: Load, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    load(_first(new_tap, version=1).activate("issues", 1), hard_delete=True)
    again = _continued(new_tap, 1, version=2).activate("issues", 2)
    load(again, hard_delete=True)
    assert len(warehouse.rows("issues")) == 1
    load(_continued(new_tap, 7), hard_delete=True)
    load(_continued(new_tap, 8), load_method="overwrite")
    load(_continued(new_tap, 9))
    assert [row["id"] for row in warehouse.rows("issues")] == [8, 9]
    assert _table(warehouse).labels[LABEL].startswith("2-")


@pytest.mark.parametrize("settings", [{}, {"hard_delete": True}])
def test_a_run_that_fails_after_a_commit_does_not_stop_the_next_one(
    load: Load, new_tap: type[Tap], warehouse: Warehouse, settings: dict[str, Any]
) -> None:
    load(_first(new_tap))
    gone = {"id": 1, "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    failing = new_tap().state(BOOKMARK).schema("issues", ISSUE)
    failing.record("issues", gone).state(BOOKMARK)
    failing.record("issues", {"id": 5}).record("issues", {"id": 6}).write(type="X")
    with pytest.raises(TargetError):
        load(failing, batch_size_rows=1, **settings)
    left = len(warehouse.rows("issues"))
    assert left == (5 if settings else 6)
    assert load(_continued(new_tap, 7), **settings) == [BOOKMARK]
    assert len(warehouse.rows("issues")) == left + 1


def test_a_table_of_a_version_without_labels_is_accepted_and_gets_one(
    load: Load, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    warehouse.client.create_dataset(warehouse.dataset)
    load(_first(new_tap))
    table = _table(warehouse)
    table.labels = {}
    warehouse.client.update_table(table, ["labels"])
    assert LABEL not in _table(warehouse).labels
    assert load(_continued(new_tap)) == [BOOKMARK]
    assert _table(warehouse).labels[LABEL].startswith("4-")


def test_a_table_without_label_that_is_younger_than_its_rows_ends_the_run(
    load: Load, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    warehouse.client.create_dataset(warehouse.dataset)
    load(_first(new_tap))
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    warehouse.query(
        "CREATE OR REPLACE TABLE `{d}.raw_issues` AS SELECT * EXCEPT "
        f"(_sdc_received_at), TIMESTAMP '{long_ago:%Y-%m-%d %H:%M:%S}+00' AS "
        "_sdc_received_at FROM `{d}.raw_issues` LIMIT 2"
    )
    with pytest.raises(StateError, match="was created again or restored"):
        load(_continued(new_tap, 5))


def test_rows_are_counted_without_a_job(
    load: Load, new_tap: type[Tap], warehouse: Warehouse, config: dict[str, Any]
) -> None:
    load(_first(new_tap))
    target = TargetBigQuery(config=config)
    try:
        assert target.warehouse.count_rows(_table(warehouse)) == 4
    finally:
        target.close()


def test_a_schema_that_changes_keeps_the_count(
    load: Load, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    load(_first(new_tap))
    more = {"id": ISSUE["id"], "n": {"type": "number"}, "more": {"type": "string"}}
    tap = _continued(new_tap, 5).schema("issues", more)
    load(tap.record("issues", {"id": 6, "n": 1.5, "more": "x"}).state(BOOKMARK))
    assert _table(warehouse).labels[LABEL].startswith("6-")
    warehouse.query("DELETE FROM `{d}.raw_issues` WHERE id = 6")
    with pytest.raises(StateError, match="has 5 rows, but had 6"):
        load(_continued(new_tap, 7))
