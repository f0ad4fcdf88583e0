"""What the tables hold after a run, compared with a model."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from target_bigquery.errors import RecordError, SchemaError, SettingsError

if TYPE_CHECKING:
    from conftest import Load, Tap, Warehouse

ISSUE = {
    "id": {"type": "string"},
    "title": {"type": ["null", "string"]},
    "estimate": {"type": ["null", "integer"]},
}


def test_upsert_keeps_the_last_record_of_each_key(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE)
    tap.record("issues", {"id": "a", "title": "one", "estimate": 1})
    tap.record("issues", {"id": "b", "title": "two", "estimate": 2})
    tap.record("issues", {"id": "a", "title": "changed", "estimate": None})
    tap.state({"bookmark": 1})
    assert load(tap) == [{"bookmark": 1}]
    assert warehouse.rows("issues") == [
        {"id": "b", "title": "two", "estimate": 2},
        {"id": "a", "title": "changed", "estimate": None},
    ]


def test_a_second_run_changes_rows_and_adds_none(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE)
    for number in range(10):
        tap.record("issues", {"id": str(number), "title": "t", "estimate": number})
    load(tap)
    load(tap)
    assert len(warehouse.rows("issues")) == 10


@pytest.mark.parametrize("method", ["upsert", "append-only"])
def test_records_without_a_key_are_appended(
    load: Load, tap: Tap, warehouse: Warehouse, method: str
) -> None:
    tap.schema("log", {"line": {"type": "string"}}, keys=())
    tap.record("log", {"line": "same"}).record("log", {"line": "same"})
    load(tap, load_method=method)
    load(tap, load_method=method)
    assert warehouse.rows("log") == [{"line": "same"}] * 4


def test_append_only_keeps_every_record_of_a_key(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE)
    tap.record("issues", {"id": "a", "title": "one"})
    tap.record("issues", {"id": "a", "title": "two"})
    load(tap, load_method="append-only")
    assert [row["title"] for row in warehouse.rows("issues")] == ["one", "two"]


@pytest.mark.parametrize("hard_delete", [False, True])
def test_a_shard_does_not_delete_the_rows_of_another_shard(
    load: Load, new_tap: type[Tap], warehouse: Warehouse, *, hard_delete: bool
) -> None:
    for version, shard in enumerate(("api", "web", "api"), 1):
        tap = new_tap().schema("users", ISSUE)
        tap.record("users", {"id": shard}, version=version).activate("users", version)
        load(tap, shard=shard, hard_delete=hard_delete)
    assert {row["id"] for row in warehouse.live("users")} == {"api", "web"}


def test_a_shard_that_would_overwrite_whole_tables_is_refused(
    load: Load, tap: Tap
) -> None:
    tap.schema("users", ISSUE).record("users", {"id": "a"})
    with pytest.raises(SettingsError, match="the rows of the other shards") as caught:
        load(tap, shard="web", load_method="overwrite")
    assert "\n" not in str(caught.value)
    assert load.printed == []


def test_overwrite_replaces_the_table_and_prints_state_only_then(
    load: Load, tap: Tap, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": "old", "title": "x"})
    load(tap)
    again = new_tap().schema("issues", ISSUE)
    for number in range(7):
        again.record("issues", {"id": str(number % 5), "estimate": number})
        again.state({"n": number})
    assert load(again, load_method="overwrite", batch_size_rows=2) == [{"n": 6}]
    model = {str(n % 5): n for n in range(7)}
    assert {r["id"]: r["estimate"] for r in warehouse.rows("issues")} == model
    assert warehouse.staging() == []


def test_overwrite_follows_a_schema_that_changes_on_the_way(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", {"id": {"type": "integer"}, "n": {"type": "integer"}})
    tap.record("issues", {"id": 1, "n": 1})
    tap.schema(
        "issues",
        {
            "id": {"type": "integer"},
            "n": {"type": "number"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    )
    tap.record("issues", {"id": 2, "n": 1.5, "tags": ["x"]}).state({"n": 1})
    load(tap, load_method="overwrite")
    assert warehouse.rows("issues") == [
        {"id": 1, "n": 1.0, "tags": []},
        {"id": 2, "n": 1.5, "tags": ["x"]},
    ]


def test_overwrite_without_records_leaves_an_empty_table(
    load: Load, tap: Tap, warehouse: Warehouse, new_tap: type[Tap]
) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": "old"})
    load(tap)
    load(new_tap().schema("issues", ISSUE).state({}), load_method="overwrite")
    assert warehouse.rows("issues") == []


@pytest.mark.parametrize("hard_delete", [False, True])
def test_activate_version_retires_what_the_new_version_lacks(
    load: Load, tap: Tap, new_tap: type[Tap], warehouse: Warehouse, *, hard_delete: bool
) -> None:
    tap.schema("users", ISSUE)
    for key in ("a", "b"):
        tap.record("users", {"id": key}, version=1)
    load(tap.activate("users", 1))
    second = new_tap().schema("users", ISSUE)
    second.record("users", {"id": "b"}, version=2).record(
        "users", {"id": "c"}, version=2
    )
    load(second.activate("users", 2), hard_delete=hard_delete)
    assert [r["id"] for r in warehouse.live("users")] == ["b", "c"]
    kept = {r["id"] for r in warehouse.rows("users")}
    assert kept == ({"b", "c"} if hard_delete else {"a", "b", "c"})


def test_a_record_that_comes_back_is_no_longer_deleted(
    load: Load, tap: Tap, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    load(tap.schema("users", ISSUE).record("users", {"id": "a"}, version=1))
    load(new_tap().schema("users", ISSUE).activate("users", 2))
    assert warehouse.live("users") == []
    load(new_tap().schema("users", ISSUE).record("users", {"id": "a"}, version=3))
    assert [r["id"] for r in warehouse.live("users")] == ["a"]


def test_rows_after_an_activation_are_not_retired_by_it(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("users", ISSUE).record("users", {"id": "a"}, version=1)
    tap.activate("users", 2).record("users", {"id": "b"})
    load(tap)
    assert [r["id"] for r in warehouse.live("users")] == ["b"]


def test_a_record_marked_as_deleted_goes_under_hard_delete(
    load: Load, tap: Tap, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    load(
        tap.schema("users", ISSUE)
        .record("users", {"id": "a"})
        .record("users", {"id": "b"})
    )
    gone = {"id": "a", "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    second = new_tap().schema("users", ISSUE).record("users", gone)
    load(second)
    assert [r["id"] for r in warehouse.live("users")] == ["b"]
    load(second, hard_delete=True)
    assert [r["id"] for r in warehouse.rows("users")] == ["b"]


def test_new_columns_arrive_in_mid_stream_also_inside_records(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    user = {"type": ["null", "object"], "properties": {"id": {"type": "integer"}}}
    tap.schema("issues", {"id": {"type": "string"}, "user": user})
    tap.record("issues", {"id": "a", "user": {"id": 1}}).state({"n": 1})
    more = {"id": {"type": "integer"}, "login": {"type": "string"}}
    tap.schema(
        "issues",
        {
            "id": {"type": "string"},
            "user": {"type": "object", "properties": more},
            "new": {"type": "boolean"},
        },
    )
    tap.record("issues", {"id": "b", "user": {"id": 2, "login": "x"}, "new": True})
    assert load(tap.state({"n": 2})) == [{"n": 1}, {"n": 2}]
    assert warehouse.rows("issues") == [
        {"id": "a", "user": {"id": 1, "login": None}, "new": None},
        {"id": "b", "user": {"id": 2, "login": "x"}, "new": True},
    ]


def test_an_integer_column_widens_to_hold_fractions(
    load: Load, tap: Tap, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    load(
        tap.schema("m", {"id": {"type": "integer"}, "v": {"type": "integer"}}).record(
            "m", {"id": 1, "v": 7}
        )
    )
    number = {"id": {"type": "integer"}, "v": {"type": "number"}}
    load(new_tap().schema("m", number).record("m", {"id": 2, "v": 0.5}))
    assert [r["v"] for r in warehouse.rows("m")] == [7.0, 0.5]
    # And integers still fit afterwards.
    load(tap)
    assert sorted(r["v"] for r in warehouse.rows("m")) == [0.5, 7.0]


def test_an_integer_column_with_large_values_is_not_widened(
    load: Load, tap: Tap, new_tap: type[Tap]
) -> None:
    integer = {"id": {"type": "integer"}, "v": {"type": "integer"}}
    load(tap.schema("m", integer).record("m", {"id": 1, "v": 2**53 + 1}))
    number = {"id": {"type": "integer"}, "v": {"type": "number"}}
    with pytest.raises(SchemaError, match="'v' would become FLOAT64, which would"):
        load(new_tap().schema("m", number))


def test_a_type_that_cannot_be_widened_is_refused_before_a_row_is_loaded(
    load: Load, tap: Tap, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    load(tap.schema("issues", ISSUE).record("issues", {"id": "a", "title": "x"}))
    changed = {**ISSUE, "title": {"type": "boolean"}}
    second = new_tap().schema("issues", changed)
    second.record("issues", {"id": "b", "title": True})
    message = "table 'raw_issues': column 'title' is STRING in BigQuery, but the"
    with pytest.raises(SchemaError, match=message):
        load(second)
    assert [r["id"] for r in warehouse.rows("issues")] == ["a"]


def test_a_stream_that_would_be_a_view_ends_in_one_line(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    warehouse.query("CREATE SCHEMA `{d}`")
    warehouse.query("CREATE VIEW `{d}.raw_issues` AS SELECT 'a' AS id")
    tap.schema("issues", ISSUE).record("issues", {"id": "a", "title": "x"})
    with pytest.raises(SchemaError, match="'raw_issues': it is a VIEW in BigQuery"):
        load(tap)


def test_a_stream_map_that_fails_is_named_with_the_record(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": "a"})
    maps = {"issues": {"id": "id", "estimate": "1 / 0"}}
    message = r"Stream 'issues', record {'id': 'a'}: its stream map fails with ZeroDiv"
    with pytest.raises(RecordError, match=message):
        load(tap, stream_maps=maps)
    assert warehouse.staging() == []


def test_a_required_column_is_relaxed(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    warehouse.query("CREATE SCHEMA `{d}`")
    warehouse.query(
        "CREATE TABLE `{d}.raw_issues` (id STRING NOT NULL, gone STRING NOT NULL)"
    )
    load(tap.schema("issues", ISSUE).record("issues", {"id": "a", "title": "x"}))
    assert warehouse.rows("issues") == [
        {"id": "a", "gone": None, "title": "x", "estimate": None}
    ]


def test_streams_that_would_share_a_table_are_refused(load: Load, tap: Tap) -> None:
    tap.schema("a-b", ISSUE).schema("a_B", ISSUE)
    with pytest.raises(SchemaError, match="Streams 'a-b' and 'a_B' would both be"):
        load(tap)


def test_properties_that_differ_only_in_case_are_refused_by_name(
    load: Load, tap: Tap
) -> None:
    tap.schema("x", {"id": {"type": "string"}, "Id": {"type": "string"}})
    with pytest.raises(SchemaError, match="properties 'id' and 'Id' would both be"):
        load(tap)


def test_names_that_bigquery_refuses_follow_the_rule(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    names = ["a b", "c.d", "1st", "_TABLE_x", "tab\tle", "é", "order", "_sdc"]
    tap.schema("odd-Names", {n: {"type": "string"} for n in names}, keys=("a b",))
    load(tap.record("odd-Names", {n: n for n in names}))
    load(tap)
    (row,) = warehouse.query("SELECT * FROM `{d}.raw_odd_Names`")
    assert [k for k in row if not k.startswith("_sdc_")] == [
        *("a_b", "c_d", "_1st", "__TABLE_x", "tab_le", "_", "order", "_sdc"),
    ]


def test_a_misfit_names_stream_key_column_and_value(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE)
    tap.record("issues", {"id": "a", "estimate": 1}).state({"n": 1})
    tap.record("issues", {"id": "b", "estimate": "many"}).state({"n": 2})
    with pytest.raises(RecordError) as caught:
        load(tap, batch_size_rows=1)
    assert str(caught.value) == (
        "Stream 'issues', record {'id': 'b'}: column 'estimate' cannot hold 'many': it "
        "is not a number. Nothing after the last STATE is loaded."
    )
    # The commit before it was under way and counts; nothing after it does.
    assert load.printed in ([{"n": 1}], [])
    assert [r["id"] for r in warehouse.rows("issues")] == ["a"]
    assert warehouse.staging() == []


def test_every_metadata_column_is_filled(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE)
    moment = "2026-05-01T12:00:00.123456+02:00"
    tap.record("issues", {"id": "a"}, time_extracted=moment, version=5)
    load(tap)
    (row,) = warehouse.rows("issues", meta=True)
    assert row["_sdc_extracted_at"].isoformat() == "2026-05-01T10:00:00.123456+00:00"
    assert row["_sdc_batched_at"] <= row["_sdc_received_at"]
    assert row["_sdc_table_version"] == 5
    assert row["_sdc_deleted_at"] is None
    assert set(row) == {
        *ISSUE,
        *("_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at"),
        *("_sdc_deleted_at", "_sdc_sequence", "_sdc_table_version"),
    }


def test_a_tap_without_records_gets_its_state_back(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    assert load("") == []
    assert load(tap.state({"n": 1})) == [{"n": 1}]
    assert load(tap.schema("issues", ISSUE)) == [{"n": 1}]
    assert warehouse.rows("issues") == []


def test_stream_maps_apply(load: Load, tap: Tap, warehouse: Warehouse) -> None:
    tap.schema("issues", ISSUE).record("issues", {"id": "a", "title": "x"})
    maps = {"issues": {"__alias__": "tickets", "title": "title.upper()"}}
    load(tap, stream_maps=maps)
    assert [r["title"] for r in warehouse.rows("tickets")] == ["X"]


def test_a_stream_that_is_mapped_away_gets_no_table(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("issues", ISSUE).schema("other", ISSUE)
    tap.record("issues", {"id": "a"}).record("other", {"id": "b"})
    load(tap, stream_maps={"issues": "__NULL__"})
    assert warehouse.tables() == ["raw_other"]


def test_flattening_applies(load: Load, tap: Tap, warehouse: Warehouse) -> None:
    user = {"type": "object", "properties": {"name": {"type": "string"}}}
    tap.schema("issues", {"id": {"type": "string"}, "user": user})
    tap.record("issues", {"id": "a", "user": {"name": "x"}})
    load(tap, flattening_enabled=True, flattening_max_depth=1)
    assert warehouse.rows("issues") == [{"id": "a", "user__name": "x"}]


def test_readers_see_the_old_table_or_the_new_one(
    load: Load, tap: Tap, new_tap: type[Tap], warehouse: Warehouse
) -> None:
    load(tap.schema("t", ISSUE).record("t", {"id": "old"}))
    new = new_tap().schema("t", ISSUE)
    for number in range(2000):
        new.record("t", {"id": str(number)})
    seen, done = set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            (row,) = warehouse.query("SELECT COUNT(*) AS n FROM `{d}.raw_t`")
            seen.add(row["n"])

    reader = threading.Thread(target=read)
    reader.start()
    load(new.state({"n": 1}), load_method="overwrite", batch_size_rows=500)
    done.set()
    reader.join()
    assert seen <= {1, 2000}
    assert 1 in seen


@pytest.mark.parametrize("seed", range(4))
def test_random_runs_hold_what_the_model_holds(
    load: Load, new_tap: type[Tap], warehouse: Warehouse, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    model = {}
    for _ in range(3):
        run = new_tap()
        streams = ["one", "two", "three"]
        for stream in streams:
            run.schema(stream, ISSUE)
        for number in range(chance.randrange(60)):
            stream = chance.choice(streams)
            record = {
                "id": str(chance.randrange(15)),
                "title": chance.choice([None, "", "näme", "a\x00b", "'`\"\\\n"]),
                "estimate": chance.choice([None, 0, -(2**63), 2**63 - 1]),
            }
            run.record(stream, record)
            model[stream, record["id"]] = record
            if chance.random() < 0.2:
                run.state({"n": number})
        load(run, batch_size_rows=chance.choice([1, 7, 100]))
    for stream in ("one", "two", "three"):
        found = {r["id"]: r for r in warehouse.rows(stream)}
        assert found == {k: v for (s, k), v in model.items() if s == stream}
    assert warehouse.staging() == []
