"""What may happen to HubSpot, Google Health and Notion in a step of a walk.

Their stand-ins are changed in place, because a company that is advanced makes them
again. Changes have the real time: the taps and the stand-ins go by the real clock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.google_health.api import MINUTE
from sandbox.google_health.oauth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from sandbox.google_health.person import Person
from sandbox.notion.ids import identifier
from sandbox.notion.objects import (
    add_connection,
    add_data_source,
    add_database,
    add_page,
    add_person,
)
from sandbox.notion.store import NotionStore, minute, rich_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from random_walk.truth import Key
    from sandbox.google_health.api import GoogleHealthApi
    from sandbox.hubspot.store import Account
    from sandbox.testing import ApiServer

Row = dict[str, Any]

DAYS = 30
"""Days of health data that are read."""
REVISED_DAYS = 6
"""Days of health data that change later: fewer than every run reads again."""
PAGES = 40
HABITS = {
    "Name": ("title", "title", {}),
    "Day": ("day1", "date", {}),
    "Done": ("don1", "checkbox", {}),
    "Score": ("for1", "formula", {"expression": "score"}),
    "Related": ("rel1", "relation", {"data_source_id": "", "database_id": ""}),
}


@dataclass(frozen=True)
class Oddity:
    """A state of a stand-in in which it refuses or hides something.

    Attributes:
        name: What it is.
        begin: Lets it begin.
        end: Lets it be over.
    """

    name: str
    begin: Callable[[ApiServer], None]
    end: Callable[[ApiServer], None]


# HubSpot ---------------------------------------------------------------------


def _account(server: ApiServer) -> Account:
    account: Account = server._sandbox.hubspot.account
    return account


def prepare_hubspot(_random: Random, server: ApiServer) -> None:
    """Let the company's account go by the real clock, without limits."""
    _account(server).clock = time.time
    server.limits(hubspot={"burst": 1_000_000, "search": 1_000_000})


def hubspot_access(server: ApiServer) -> Row:
    """Return the settings with which tap-hubspot-crm connects."""
    return {"access_token": "pat-sandbox", "api_url": f"{server.base_url}/hubspot"}


def hubspot_settings(random: Random, _server: ApiServer) -> Row:
    """Choose settings of tap-hubspot-crm."""
    return {
        "mode": random.choice(["auto", "full", "incremental"]),
        "page_size": random.choice([3, 100]),
        "lookback_seconds": random.choice([0, 3600]),
    }


def hubspot_event(random: Random, server: ApiServer, _untold: object) -> str:
    """Let something happen to a record or an association."""
    account = _account(server)
    kind = random.choice(["contacts", "companies", "deals", "meetings"])
    records = account.records[kind]
    key = random.choice(sorted(records))
    other = random.choice(sorted(account.records["companies"]))
    what = random.choice(
        ["change", "add", "archive", "restore", "purge", "merge", "link", "unlink"]
    )
    match what:
        case "change":
            records[key].change(account.now, {"hubspot_owner_id": str(key)})
        case "add":
            key = max(records) + 1
            account.add(kind, key)
        case "archive":
            account.archive(kind, key)
        case "restore":
            account.restore(kind, key)
        case "purge" if len(records) > 3:
            account.purge(kind, key)
        case "merge" if key != (loser := min(records)):
            account.merge(kind, key, loser)
        case "unlink":
            account.unlink((kind, key), ("companies", other))
        case _ if kind != "companies":
            account.link((kind, key), ("companies", other), 5)
    return f"{what} {kind} {key}"


def _without_scope(kind: str) -> Oddity:
    def begin(server: ApiServer) -> None:
        _account(server).missing_scopes[kind] = f"crm.objects.{kind}.read"

    def end(server: ApiServer) -> None:
        _account(server).missing_scopes.clear()

    return Oddity(f"no scope for {kind}", begin, end)


def _late_index() -> Oddity:
    def lag(server: ApiServer, seconds: float) -> None:
        _account(server).lag = seconds

    return Oddity(
        "a search that is 40 minutes late",
        lambda server: lag(server, 2400),
        lambda server: lag(server, 0),
    )


def hubspot_oddities(random: Random) -> Oddity:
    """Choose what HubSpot refuses or hides."""
    kinds = ["contacts", "deals", "meetings", "owners", "schemas"]
    return random.choice([_late_index(), _without_scope(random.choice(kinds))])


def hubspot_keys(server: ApiServer) -> dict[str, set[Key]]:
    """Return the keys that HubSpot's tables hold."""
    account = _account(server)
    return {
        kind: {
            (str(one.id),)
            for is_archived in (False, True)
            for one in account.listed(kind, archived=is_archived)
        }
        for kind in account.records
    }


# Google Health ---------------------------------------------------------------


def _health(server: ApiServer) -> GoogleHealthApi:
    api: GoogleHealthApi = server._sandbox.google_health.api
    return api


def _first_day() -> date:
    return datetime.now(UTC).date() - timedelta(days=DAYS)


def prepare_health(random: Random, server: ApiServer) -> None:
    """Make a person whose data ends today, without limits."""
    person = Person(random.randrange(99), _first_day() - timedelta(days=3))
    server._sandbox.google_health.serve(person.store(datetime.now(UTC)))
    _health(server).budgets.change({"user.requests": 1_000_000}, MINUTE)


def health_access(server: ApiServer) -> Row:
    """Return the settings with which tap-google-health connects."""
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
        "api_url": server.google_health_url,
        "token_url": server.google_health_token_url,
        "start_date": _first_day().isoformat(),
    }


def health_settings(random: Random, _server: ApiServer) -> Row:
    """Choose settings of tap-google-health."""
    return {"lookback_days": random.choice([7, 14, 30])}


def health_event(random: Random, server: ApiServer, _untold: object) -> str:
    """Let a day of the last week be revised, come late or disappear."""
    store = _health(server).store
    day = datetime.now(UTC).date() - timedelta(days=random.randrange(REVISED_DAYS))
    what = random.choice(["steps", "no steps", "no sleep", "no resting heart rate"])
    match what:
        case "steps":
            store.roll("steps", day, {"countSum": str(random.randrange(20_000))})
        case "no steps":
            store.days.get("steps", {}).pop(day, None)
        case "no sleep":
            last = store.points["sleep"][-REVISED_DAYS:]
            store.points["sleep"].remove(random.choice(last))
        case _:
            store.points["daily-resting-heart-rate"].pop()
    return f"{what} {day}"


def health_oddities(random: Random) -> Oddity:
    """Choose what Google Health refuses."""

    def scope(name: str) -> Oddity:
        return Oddity(
            f"no scope {name}",
            lambda server: _health(server).oauth.scopes.remove(name),
            lambda server: _health(server).oauth.scopes.add(name),
        )

    def small_pages(server: ApiServer, most: int | None) -> None:
        _health(server).largest_page = most

    def empty_pages(server: ApiServer, *, are: bool) -> None:
        _health(server).empty_pages = are

    return random.choice(
        [
            scope(random.choice(["sleep", "activity_and_fitness", "settings"])),
            Oddity(
                "504 for pages of more than 10",
                lambda server: small_pages(server, 10),
                lambda server: small_pages(server, None),
            ),
            Oddity(
                "empty pages",
                lambda server: empty_pages(server, are=True),
                lambda server: empty_pages(server, are=False),
            ),
        ]
    )


def health_keys(server: ApiServer) -> dict[str, set[Key]]:
    """Return the keys that Google Health's tables hold."""
    days = _health(server).store.days["steps"]
    return {"daily_steps": {(day.isoformat(),) for day in days if day >= _first_day()}}


# Notion ----------------------------------------------------------------------


def _workspace(server: ApiServer) -> NotionStore:
    store: NotionStore = server._sandbox.notion.api.store
    return store


def prepare_notion(random: Random, server: ApiServer) -> None:
    """Make a workspace with two data sources, without limits."""
    began = datetime.now(UTC) - timedelta(days=PAGES)
    store = NotionStore("Lanternworks")
    add_person(store, "Ada", "ada@lanternworks.example")
    add_connection(store, "Throughline")
    database = add_database(store, "Habits", began)
    for title in ("Days", "Weeks"):
        source = add_data_source(store, database, title, began, HABITS)
        for number in range(PAGES // (1 if title == "Days" else 7)):
            _add(random, store, source, began + timedelta(days=number))
    server._sandbox.notion.api.store = store
    server.limits(notion={"requests": 1_000_000})


def _add(random: Random, store: NotionStore, source: str, at: datetime) -> str:
    key = identifier("page", source, random.random())
    related = [{"id": identifier("page", n)} for n in range(random.choice([0, 2, 60]))]
    values = {
        "Name": rich_text(f"Page of {at:%Y-%m-%d}"),
        "Day": {"start": f"{at:%Y-%m-%d}", "end": None, "time_zone": None},
        "Done": random.random() < 0.5,
        "Score": {"type": "number", "number": random.randrange(9)},
        "Related": related,
    }
    add_page(store, source, key, (at, at), values)
    return key


def notion_access(server: ApiServer) -> Row:
    """Return the settings with which tap-notion connects."""
    return {"access_token": "ntn_sandbox", "api_url": f"{server.base_url}/notion"}


def notion_settings(random: Random, _server: ApiServer) -> Row:
    """Choose settings of tap-notion."""
    return {"incremental": random.random() < 0.5}


def notion_event(random: Random, server: ApiServer, _untold: object) -> str:
    """Let something happen to a page."""
    store = _workspace(server)
    page = random.choice(sorted(store.pages))
    now = datetime.now(UTC)
    what = random.choice(
        ["edit", "recalculate", "trash", "restore", "remove", "add", "add"]
    )
    match what:
        case "edit":
            store.edit(page, minute(now), Done=random.random() < 0.5)
        case "recalculate":
            score = {"type": "number", "number": random.randrange(9)}
            store.recalculate(page, Score=score)
        case "trash" | "restore":
            store.trash(page, minute(now), in_trash=what == "trash")
        case "remove":
            store.remove(page)
        case _:
            page = _add(random, store, random.choice(sorted(store.data_sources)), now)
    return f"{what} {page}"


def notion_oddities(random: Random) -> Oddity:
    """Choose what Notion hides."""

    def hide(server: ApiServer, names: set[str]) -> None:
        store = _workspace(server)
        store.hidden.clear()
        store.hidden |= names
        store.changed()

    def source(server: ApiServer) -> None:
        hide(server, {random.choice(sorted(_workspace(server).data_sources))})

    def unlisted(server: ApiServer, *, are: bool) -> None:
        store = _workspace(server)
        store.unlisted = set(store.data_sources) if are else set()

    return random.choice(
        [
            Oddity(
                "a data source is not shared",
                source,
                lambda server: hide(server, set()),
            ),
            Oddity(
                "a search that finds nothing",
                lambda server: unlisted(server, are=True),
                lambda server: unlisted(server, are=False),
            ),
        ]
    )


def notion_keys(server: ApiServer) -> dict[str, set[Key]]:
    """Return the keys that Notion's tables hold."""
    pages = _workspace(server).pages.values()
    return {"pages": {(row["id"],) for row in pages if not row["in_trash"]}}
