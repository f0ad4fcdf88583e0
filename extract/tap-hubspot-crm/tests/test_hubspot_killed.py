"""A run that is killed at any message: the next ones lose nothing."""

# ruff: noqa: ANN401 - the fixtures are functions
from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hubspot_runs import HOUR, Table, contacts

if TYPE_CHECKING:
    from sandbox.hubspot.store import Account
    from sandbox.testing import ApiServer

SELECT = {"contacts", "deals", "deal_property_history", "associations"}
PAIRS = "contacts:deals,deals:contacts"


def rows_of(account: Account, kind: str) -> dict[tuple[str], tuple[Any, ...]]:
    name = "email" if kind == "contacts" else "dealstage"
    return {
        (str(key),): (one.properties.get(name), one.archived is not None)
        for key, one in account.records[kind].items()
    }


def read(table: Table, kind: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    name = "email" if kind == "contacts" else "dealstage"
    return {
        key: (row[name], row["is_archived"]) for key, row in table.present(kind).items()
    }


def change(account: Account, random: Random) -> None:
    """Do a few of the things that happen in an account."""
    contact = random.choice(list(account.records["contacts"]))
    deal = random.choice(list(account.records["deals"]))
    account.records["contacts"][contact].change(
        account.now, {"email": f"{random.random()}"}
    )
    account.records["deals"][deal].change(account.now, {"dealstage": "won"})
    account.link(("contacts", contact), ("deals", deal), 4)
    other = random.choice(list(account.records["contacts"]))
    if random.random() < 0.5:
        account.archive("contacts", other)
    elif other != contact:
        account.purge("contacts", other)


@pytest.mark.parametrize("seed", range(20))
def test_20_seeds_of_kills_lose_nothing_and_duplicate_nothing(
    account: Account, run: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("tap_hubspot_crm.streams.records.BATCH", 30)
    random = Random(seed)  # noqa: S311 - to be repeatable
    settings: dict[str, Any] = {
        "objects": "contacts,deals",
        "select": SELECT,
        "associations": PAIRS,
        "page_size": 10,
        "mode": random.choice(["full", "incremental"]),
    }
    contacts(account, 120)
    for key in range(1, 41):
        account.add("deals", key, account.now - 24 * HOUR, dealstage="new")
        account.link(("deals", key), ("contacts", key), 3)
    table = Table()
    state: dict[str, Any] = {}
    for _ in range(6):
        out = run(state, most=random.randrange(1, 400), **settings)
        with suppress(KeyboardInterrupt):
            out.sync()
        table.load(out.out)
        state = out.out.state or state
        change(account, random)
    settings["mode"] = "full"
    for _ in range(2):  # the first one may complete a list that was begun before
        out = run(state, **settings).sync()
        table.load(out)
        state = out.state
    for kind in ("contacts", "deals"):
        assert read(table, kind) == rows_of(account, kind)
    found = set(table.present("associations"))
    archived = {
        str(key)
        for key, one in account.records["contacts"].items()
        if one.archived is not None
    }
    assert found == {
        (first, str(one), second, str(other), str(spec["typeId"]))
        for (first, second), links in account.links.items()
        for one, others in links.items()
        for other, specs in others.items()
        for spec in specs
        if not (first == "contacts" and str(one) in archived)
    }


def test_a_first_load_that_was_killed_continues_where_it_was(
    account: Account, run: Any, requests: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_hubspot_crm.streams.records.BATCH", 100)
    contacts(account, 1_000)
    settings: dict[str, Any] = {"objects": "contacts", "select": {"contacts"}}
    killed = run(most=700, **settings)
    with suppress(KeyboardInterrupt):
        killed.sync()
    requests()
    out = run(killed.out.state, **settings).sync()
    assert out.ids("contacts")[0] > 500
    assert requests()["objects contacts"] < 7
    assert set(killed.out.ids("contacts")) | set(out.ids("contacts")) == set(
        range(1, 1_001)
    )
    table = Table()
    table.load(killed.out)
    table.load(out)
    assert len(table.present("contacts")) == 1_000


def test_a_search_that_was_killed_continues_where_it_was(
    account: Account, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_hubspot_crm.streams.records.BATCH", 100)
    contacts(account, 1_000, account.now)
    state = {"bookmarks": {"contacts": {"replication_key_value": "2026-01-01"}}}
    settings: dict[str, Any] = {
        "objects": "contacts",
        "select": {"contacts"},
        "mode": "incremental",
    }
    killed = run(state, most=500, **settings)
    with suppress(KeyboardInterrupt):
        killed.sync()
    bookmark = killed.out.state["bookmarks"]["contacts"]
    assert bookmark["replication_key_value"] == "2026-01-01"  # nothing is confirmed
    out = run(killed.out.state, **settings).sync()
    assert out.ids("contacts")[0] == int(bookmark["search"]["last_id"]) + 1
    found = set(killed.out.ids("contacts")) | set(out.ids("contacts"))
    assert found == set(range(1, 1_001))


def test_a_state_comes_after_everything_that_it_confirms(
    account: Account, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_hubspot_crm.streams.records.BATCH", 100)
    contacts(account, 450)
    out = run(objects="contacts", select={"contacts"}).sync()
    seen = 0
    for one in out.messages:
        if one["type"] == "RECORD":
            seen += 1
        elif one["type"] == "STATE":
            position = one["value"].get("bookmarks", {}).get("contacts", {})
            confirmed = position.get("pass", {}).get("rows", 0)
            assert seen >= confirmed
    assert seen == 450


def test_requests_continue_while_the_target_does_not_read(
    account: Account, server: ApiServer, tmp_path: Path
) -> None:
    keys = contacts(account, 300)
    for key in keys:
        account.records["contacts"][key].properties["jobtitle"] = "long " * 100
    config = tmp_path / "config.json"
    url = f"{server.base_url}/hubspot"
    config.write_text(json.dumps({"api_url": url, "access_token": "pat-sandbox"}))
    program = str(Path(sys.executable).parent / "tap-hubspot-crm")
    command = [program, "--config", str(config)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=subprocess.DEVNULL) as tap:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if server.stats()["hubspot"]["operations"].get("objects communications"):
                break
            time.sleep(0.05)
        assert tap.poll() is None  # 150 kB do not fit into the pipe
        assert server.stats()["hubspot"]["operations"]["objects communications"]
        assert tap.stdout is not None
        written = [json.loads(line) for line in tap.stdout]
    assert tap.returncode == 0
    rows = [one for one in written if one["type"] == "RECORD"]
    assert sum(one["stream"] == "contacts" for one in rows) == 300
    assert written[-1]["type"] == "STATE"
