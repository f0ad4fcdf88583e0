"""Associations, history and the weekly index."""

# ruff: noqa: ANN401 - the fixtures are functions
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubspot_runs import HOUR, Table, contacts

from tap_hubspot_crm.settings import PAIRS

if TYPE_CHECKING:
    from sandbox.hubspot.store import Account

DEALS = {"deals", "deal_property_history"}
LINKED = {"contacts", "companies", "associations"}
TYPES = ["contacts", "companies"]


def links(account: Account, *pairs: str) -> set[tuple[str, ...]]:
    """Every association of some pairs, as the source has it."""
    return {
        (first, str(one), second, str(other), str(spec["typeId"]))
        for (first, second), found in account.links.items()
        if f"{first}:{second}" in pairs
        for one, others in found.items()
        for other, specs in others.items()
        for spec in specs
    }


def linked(account: Account, number: int = 3) -> None:
    contacts(account, number)
    account.add("companies", 900, name="Acme")
    for key in range(1, number + 1):
        account.link(("contacts", key), ("companies", 900), 1, "Primary")
        account.link(("contacts", key), ("companies", 900), 279)


def test_a_labeled_association_is_one_row_per_type(account: Account, run: Any) -> None:
    linked(account, 1)
    rows = run(objects=TYPES, select=LINKED).sync().records("associations")
    assert [(row["type_id"], row["label"]) for row in rows] == [
        ("1", "Primary"),
        ("279", None),
    ]


def test_a_removed_association_shows_although_no_record_changed(
    account: Account, run: Any
) -> None:
    linked(account)
    table = Table()
    table.load(out := run(objects=TYPES, select=LINKED).sync())
    assert set(table.present("associations")) == links(account, *PAIRS)
    account.unlink(("contacts", 2), ("companies", 900))
    table.load(run(out.state, objects=TYPES, select=LINKED).sync())
    assert set(table.present("associations")) == links(account, *PAIRS)


def test_a_list_of_associations_is_read_to_its_end(
    account: Account, run: Any, requests: Any
) -> None:
    contacts(account, 1_200)
    account.add("companies", 900, name="Acme")
    for key in range(1, 1_201):
        account.link(("companies", 900), ("contacts", key), 280)
    out = run(objects=TYPES, associations="companies:contacts", select=LINKED).sync()
    assert len(out.records("associations")) == 1_200
    assert requests()["associations companies contacts batch read"] == 3


def test_1000_records_need_one_request_for_each_pair(
    account: Account, run: Any, requests: Any
) -> None:
    linked(account, 1_000)
    run(objects=TYPES, select=LINKED).sync()
    assert requests()["associations contacts companies batch read"] == 1


def test_an_incremental_run_reads_the_associations_of_changed_records_only(
    account: Account, run: Any
) -> None:
    linked(account)
    for one in account.records["contacts"].values():
        one.change(account.now - 48 * HOUR, {})
    settings = {"objects": TYPES, "select": LINKED, "mode": "incremental"}
    state = run(**settings).sync().state
    account.records["contacts"][2].change(account.now, {})
    out = run(state, **settings).sync()
    rows = out.records("associations")
    assert {
        row["from_id"] for row in rows if row["from_object_type"] == "contacts"
    } == {"2"}
    assert "associations" not in out.activated()


def test_the_weekly_run_sees_every_association_and_every_record_that_is_gone(
    account: Account, run: Any, requests: Any
) -> None:
    linked(account, 250)
    weekly = {"objects": TYPES, "select": {"record_index", "associations"}}
    table = Table()
    table.load(run(objects=TYPES, mode="incremental", select=LINKED).sync())
    table.load(out := run(**weekly).sync())
    account.unlink(("contacts", 3), ("companies", 900))
    account.purge("contacts", 4)
    account.archive("contacts", 5)
    requests()
    table.load(run(out.state, **weekly).sync())
    found = {key for key in links(account, *PAIRS) if key[1] != "5"}
    assert set(table.present("associations")) == found
    index = table.present("record_index")
    assert ("contacts", "4") not in index
    assert index["contacts", "5"]["is_archived"] is True
    assert len(index) == 250
    assert requests()["objects contacts"] == 5  # three pages, twice the recycle bin


def test_every_visit_of_a_deal_to_a_stage_is_a_row(account: Account, run: Any) -> None:
    at = account.now - 24 * HOUR
    deal = account.add("deals", 1, at, dealstage="a", amount="10", pipeline="default")
    deal.change(at + 1_000, {"dealstage": "b"})
    deal.change(at + 2_000, {"dealstage": "a"})
    out = run(objects="deals", select=DEALS).sync()
    rows = out.records("deal_property_history")
    visits = [
        (row["changed_at"], row["value"])
        for row in rows
        if row["property"] == "dealstage"
    ]
    assert [value for _, value in sorted(visits)] == ["a", "b", "a"]
    assert {row["source_type"] for row in rows} == {"CRM_UI"}
    streams = [one["stream"] for one in out.messages if one["type"] == "RECORD"]
    assert streams.index("deals") > streams.index("deal_property_history")
    assert streams[-1] == "deals"
    assert out.activated() == DEALS


def test_history_takes_50_deals_per_request(
    account: Account, run: Any, requests: Any
) -> None:
    for key in range(1, 121):
        account.add("deals", key, dealstage="a")
    out = run(objects="deals", select=DEALS).sync()
    assert len(out.records("deals")) == 120
    assert requests()["objects deals batch read"] == 3  # of pages of 100 and 20


def test_an_archived_deal_keeps_its_history(account: Account, run: Any) -> None:
    account.add("deals", 1, dealstage="a")
    account.add("deals", 2, dealstage="a")
    table = Table()
    table.load(out := run(objects="deals", select=DEALS).sync())
    account.archive("deals", 1)
    table.load(run(out.state, objects="deals", select=DEALS).sync())
    assert {key[0] for key in table.present("deal_property_history")} == {"1", "2"}


def test_a_record_that_vanishes_between_search_and_batch_read_is_no_error(
    account: Account, run: Any, monkeypatch: Any
) -> None:
    contacts(account, 3, account.now)
    state = {"bookmarks": {"contacts": {"replication_key_value": "2026-01-01"}}}
    indexed = account.indexed
    monkeypatch.setattr(account, "indexed", lambda kind: [*indexed(kind)])
    found = [*indexed("contacts")]
    monkeypatch.setattr(account, "indexed", lambda _kind: found)
    account.purge("contacts", 2)
    settings = {"objects": "contacts", "mode": "incremental", "select": {"contacts"}}
    for version in ("2026-03", "2026-09"):  # status 207 and 200
        out = run(state, api_version=version, **settings).sync()
        assert out.ids("contacts") == [1, 3]
