"""With an end date, the tap reads a range of time and moves no bookmark."""

# ruff: noqa: ANN401 - the fixtures are functions
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hubspot_runs import HOUR, Table, contacts

from tap_hubspot_crm.common.timestamps import from_epoch

if TYPE_CHECKING:
    from sandbox.hubspot.store import Account


@pytest.mark.parametrize("mode", ["auto", "full", "incremental"])
def test_only_records_of_the_range_are_read_and_nothing_is_deleted(
    account: Account, run: Any, requests: Any, mode: str
) -> None:
    begin = account.now - 100 * HOUR
    end = begin + HOUR
    keys = contacts(account, 5, begin - 1)
    for key, moment in zip(keys[1:], (begin, end - 1, end, end + 1), strict=True):
        account.records["contacts"][key].change(moment, {"firstname": "changed"})
    settings = {"mode": mode, "objects": "contacts"}
    table = Table()
    table.load(first := run(**settings).sync())
    requests()
    limits = {
        "start_date": from_epoch(begin / 1000),
        "end_date": from_epoch(end / 1000),
    }

    table.load(out := run(first.state, **settings, **limits).sync())

    assert sorted(out.ids("contacts")) == [2, 3]
    # The first message: the target checks the tables of the bookmarks.
    assert out.messages[0]["type"] == "STATE"
    assert out.states == [first.state]
    assert not out.activated()
    assert not out.records("properties")
    assert len(table.present("contacts")) == 5
    # The search, the values and the associations; the recycle bin has no filter.
    assert sum(requests().values()) <= 3
