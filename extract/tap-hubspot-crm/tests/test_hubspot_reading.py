"""First load, no change, changes, deletions: rows equal the source, in few requests."""

# ruff: noqa: ANN401 - the fixtures are functions
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hubspot_runs import HOUR, Table, contacts

from sandbox.hubspot.store import OBJECT_TYPES
from tap_hubspot_crm.common.timestamps import from_epoch

if TYPE_CHECKING:
    from sandbox.hubspot.store import Account

CONTACTS = {"contacts", "associations"}
INCREMENTAL = {"mode": "incremental", "objects": "contacts", "select": CONTACTS}


def source(account: Account, kind: str = "contacts") -> dict[tuple[str], str | None]:
    """The source's records with their e-mail address."""
    return {
        (str(one.id),): one.properties.get("email")
        for one in account.records[kind].values()
    }


def loaded(table: Table, kind: str = "contacts") -> dict[tuple[Any, ...], str | None]:
    return {key: row["email"] for key, row in table.present(kind).items()}


def test_a_first_load_of_10000_contacts_takes_at_most_120_requests(
    account: Account, run: Any, requests: Any
) -> None:
    contacts(account, 10_000)
    table = Table()
    table.load(run(objects="contacts", select=CONTACTS).sync())
    assert loaded(table) == source(account)
    assert sum(requests().values()) <= 120


@pytest.mark.parametrize("changed", [0, 1, 37, 100, 500, 800])
def test_k_changes_take_at_most_6_plus_k_hundredths_requests(
    account: Account, run: Any, requests: Any, changed: int
) -> None:
    keys = contacts(account, 1_000, account.now - 48 * HOUR)
    table = Table()
    table.load(out := run(**INCREMENTAL).sync())
    for key in keys[:changed]:
        account.records["contacts"][key].change(account.now, {"email": f"new{key}"})
    requests()
    table.load(out := run(out.state, **INCREMENTAL).sync())
    assert len(out.records("contacts")) == changed
    assert loaded(table) == source(account)
    assert sum(requests().values()) <= 6 + changed / 100


def test_12000_contacts_with_one_timestamp_are_read_once_by_search(
    account: Account, run: Any, requests: Any
) -> None:
    at = account.now
    contacts(account, 12_000, at)
    state = {"bookmarks": {"contacts": {"replication_key_value": "2026-01-01"}}}
    out = run(state, **INCREMENTAL).sync()
    assert sorted(out.ids("contacts")) == list(range(1, 12_001))
    found = requests()
    assert found["objects contacts search"] == 60
    assert found["objects contacts batch read"] == 120


def test_a_search_index_that_lags_40_minutes_loses_nothing(
    account: Account, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = contacts(account, 50)
    table = Table()
    table.load(out := run(**INCREMENTAL).sync())
    account.lag = 40 * 60
    for key in keys[:20]:
        account.records["contacts"][key].change(account.now, {"email": f"new{key}"})
    account.add("contacts", 99, email="new")
    table.load(out := run(out.state, **INCREMENTAL).sync())
    assert out.ids("contacts") == []  # the index does not show them yet
    later = account.clock() + 41 * 60
    monkeypatch.setattr(account, "clock", lambda: later)
    table.load(out := run(out.state, **INCREMENTAL).sync())
    assert sorted(out.ids("contacts")) == [*range(1, 21), 99]
    assert loaded(table) == source(account)


def test_a_row_is_read_from_the_store_and_not_from_the_index(
    account: Account, run: Any
) -> None:
    contacts(account, 1)
    record = account.records["contacts"][1]
    state = run(**INCREMENTAL).sync().state
    record.change(account.now - 10 * 60_000, {"email": "first"})
    record.change(account.now - 60_000, {"email": "second"})
    account.lag = 5 * 60
    (row,) = run(state, **INCREMENTAL).sync().records("contacts")
    assert row["email"] == "second"


@pytest.mark.parametrize("kind", OBJECT_TYPES)
def test_a_change_is_found_by_the_date_of_its_object_type(
    account: Account, run: Any, kind: str
) -> None:
    for key in range(1, 4):
        account.add(kind, key, account.now - 48 * HOUR)
    settings = {"mode": "incremental", "objects": kind, "select": {kind}}
    first = run(**settings).sync()
    assert sorted(first.ids(kind)) == [1, 2, 3]
    account.records[kind][2].change(account.now, {"hubspot_owner_id": "7"})
    (row,) = run(first.state, **settings).sync().records(kind)
    assert (row["id"], row["hubspot_owner_id"]) == ("2", "7")
    name = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
    assert row[name] == from_epoch(account.records[kind][2].updated / 1000)


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_an_archived_record_is_marked_and_a_restored_one_is_not(
    account: Account, run: Any, mode: str
) -> None:
    contacts(account, 5)
    settings = {**INCREMENTAL, "mode": mode}
    table = Table()
    table.load(out := run(**settings).sync())
    account.archive("contacts", 3)
    table.load(out := run(out.state, **settings).sync())
    row = table.present("contacts")["3",]
    assert row["is_archived"] is True
    assert row["archived_at"] is not None
    assert [each["is_archived"] for each in table.present("contacts").values()].count(
        True
    ) == 1
    account.restore("contacts", 3)
    table.load(run(out.state, **{**settings, "mode": "full"}).sync())
    assert table.present("contacts")["3",]["is_archived"] is False


def test_a_purged_record_and_the_loser_of_a_merge_are_deleted_by_a_full_run(
    account: Account, run: Any
) -> None:
    contacts(account, 10)
    table = Table()
    table.load(out := run(objects="contacts", select=CONTACTS).sync())
    account.purge("contacts", 2)
    account.merge("contacts", 5, 6)
    table.load(out := run(out.state, objects="contacts", select=CONTACTS).sync())
    assert loaded(table) == source(account)
    assert table.present("contacts")["5",]["hs_merged_object_ids"] == "6"


def test_a_record_archived_while_the_list_is_read_is_not_lost(
    account: Account, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts(account, 300)
    account.archive("contacts", 7)
    table = Table()
    table.load(out := run(objects="contacts", select={"contacts"}).sync())
    listed = account.listed
    seen = []

    def moving(kind: str, *, archived: bool) -> Any:
        found = listed(kind, archived=archived)
        seen.append(archived)
        if seen.count(False) == 2:
            account.archive("contacts", 250)  # on a page that comes later
            account.restore("contacts", 7)  # from a page that was read
        return found

    monkeypatch.setattr(account, "listed", moving)
    table.load(run(out.state, objects="contacts", select={"contacts"}).sync())
    assert len(table.present("contacts")) == 300
    assert table.present("contacts")["250",]["is_archived"] is True


def test_auto_reads_few_records_whole_and_many_by_search(
    account: Account, run: Any, requests: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts(account, 30, account.now - 48 * HOUR)
    first = run(objects="contacts", select=CONTACTS).sync()
    assert "contacts" in first.activated()
    requests()
    out = run(first.state, objects="contacts", select=CONTACTS).sync()
    assert len(out.records("contacts")) == 30
    assert "contacts" in out.activated()
    monkeypatch.setattr("tap_hubspot_crm.streams.records.FEW", 30)
    out = run(first.state, objects="contacts", select=CONTACTS).sync()
    assert out.records("contacts") == []
    assert "contacts" not in out.activated()


def test_the_catalog_can_ask_for_a_full_table(account: Account, run: Any) -> None:
    contacts(account, 3, account.now - 48 * HOUR)
    state = run(**INCREMENTAL).sync().state
    started = run(state, **INCREMENTAL)
    started.tap.streams["contacts"].forced_replication_method = "FULL_TABLE"
    assert len(started.sync().records("contacts")) == 3


def test_start_date_limits_the_first_load(account: Account, run: Any) -> None:
    account.add("contacts", 1, account.now - 48 * HOUR, email="old")
    account.add("contacts", 2, account.now - HOUR, email="new")
    start = from_epoch(account.now / 1000 - 24 * 3600)
    out = run(objects="contacts", select=CONTACTS, start_date=start).sync()
    assert out.ids("contacts") == [2]


def test_a_list_that_is_much_shorter_than_before_deletes_nothing(
    account: Account, run: Any
) -> None:
    contacts(account, 10)
    state = run(objects="contacts", select=CONTACTS).sync().state
    for key in range(1, 8):
        account.purge("contacts", key)
    started = run(state, objects="contacts", select=CONTACTS)
    assert "contacts has 3 of the 10 rows" in started.failing()
    assert "contacts" not in started.out.activated()


def test_1000_changes_of_many_records_cost_17_requests_as_the_readme_says(
    account: Account, run: Any, requests: Any
) -> None:
    keys = contacts(account, 2_000, account.now - 48 * HOUR)
    out = run(**INCREMENTAL).sync()
    for key in keys[::2]:
        account.records["contacts"][key].change(account.now, {"email": f"new{key}"})
    requests()
    assert len(run(out.state, **INCREMENTAL).sync().records("contacts")) == 1_000
    assert sum(requests().values()) == 17


def change_all_but_one(account: Account, keys: list[int]) -> None:
    for key in keys[:-1]:
        account.records["contacts"][key].change(account.now, {"email": f"new{key}"})


def test_after_a_bulk_edit_the_list_returns_what_changed_in_14_requests(
    account: Account, run: Any, requests: Any
) -> None:
    keys = contacts(account, 1_000, account.now - 48 * HOUR)
    table = Table()
    table.load(out := run(**INCREMENTAL).sync())
    change_all_but_one(account, keys)
    requests()
    table.load(out := run(out.state, **INCREMENTAL).sync())
    assert sorted(out.ids("contacts")) == keys[:-1]
    assert "contacts" not in out.activated()
    assert loaded(table) == source(account)
    # The search, the count, ten pages, the associations and the recycle bin.
    assert sum(requests().values()) == 14
    out = run(out.state, **INCREMENTAL).sync()
    assert len(out.ids("contacts")) == 999  # the lookback
    assert "search" not in out.state["bookmarks"]["contacts"]


@pytest.mark.parametrize("most", [1, 400, 900])
def test_a_bulk_edit_that_was_killed_is_read_to_its_end(
    account: Account, run: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("tap_hubspot_crm.streams.records.BATCH", 300)
    keys = contacts(account, 1_000, account.now - 48 * HOUR)
    table = Table()
    table.load(out := run(**INCREMENTAL).sync())
    change_all_but_one(account, keys)
    killed = run(out.state, most=most, **INCREMENTAL)
    with pytest.raises(KeyboardInterrupt):
        killed.sync()
    table.load(killed.out)
    state = killed.out.state if killed.out.states else out.state
    table.load(run(state, **INCREMENTAL).sync())
    assert loaded(table) == source(account)


@pytest.mark.parametrize("stream", ["contacts", "deals", "record_index"])
def test_a_record_that_stays_in_the_recycle_bin_is_written_once(
    account: Account, run: Any, stream: str
) -> None:
    kind = "deals" if stream == "deals" else "contacts"
    for key in range(1, 4):
        account.add(kind, key, account.now - 48 * HOUR, dealstage="won")
    account.archive(kind, 2)
    out = run(objects=kind, select={stream, "deal_property_history"}).sync()
    assert sorted(out.ids(stream)) == [1, 2, 3]
    history = out.records("deal_property_history")
    assert len(history) == (3 if kind == "deals" else 0)
