"""What one person of the company writes in Notion: habits, for eighteen months.

Each day has random numbers of its own, so the past stays as it is when time moves.
There are days without a page, two weeks of vacation that are excused, a day with two
pages, and pages that are completed after midnight in another time zone.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.notion.ids import identifier
from sandbox.notion.objects import (
    add_connection,
    add_data_source,
    add_database,
    add_page,
    add_person,
    partial_user,
)
from sandbox.notion.store import NotionStore, minute, rich_text

if TYPE_CHECKING:
    from collections.abc import Mapping

Object = dict[str, Any]
DAYS = 548  # eighteen months
GAP = 0.07  # share of the days without a page
VACATION = range(200, 214)  # days from the first
TWICE = 300  # the day with two pages
AWAY = range(330, 337)  # days in another time zone
MOODS = ("Good", "Fine", "Tired")
CHANCES = {"Journal": 0.8, "Workout": 0.45, "Meditation": 0.6, "No sugar": 0.5}
"""How often each habit is done."""


def options(*names: str) -> Object:
    """Return the configuration of a select.

    Args:
        names: Names of its options.
    """
    return {
        "options": [
            {"id": f"opt{at}", "name": name, "color": "default", "description": None}
            for at, name in enumerate(names)
        ]
    }


STATES = options("To do", "In progress", "Done") | {
    "groups": [
        {"id": "g0", "name": "To-do", "color": "gray", "option_ids": ["opt0"]},
        {"id": "g1", "name": "In progress", "color": "blue", "option_ids": ["opt1"]},
        {"id": "g2", "name": "Complete", "color": "green", "option_ids": ["opt2"]},
    ]
}


def chosen(about: Object, name: str) -> Object:
    """Return an option as the value of a property.

    Args:
        about: Configuration of the select.
        name: Name of the option.
    """
    found = next(each for each in about["options"] if each["name"] == name)
    return {key: found[key] for key in ("id", "name", "color")}


def workspace(
    name: str, person: tuple[str, str], first: date, now: datetime, seed: int
) -> NotionStore:
    """Return the workspace.

    Args:
        name: Name of the workspace.
        person: Name and e-mail address of the person.
        first: First day.
        now: Until when there are pages, UTC.
        seed: Which data.
    """
    store = NotionStore(name)
    began = datetime.combine(first, time(7), UTC)
    me = add_person(store, *person)
    add_connection(store, "Throughline")
    habits = add_database(store, "Habits", began)
    listed = add_data_source(store, habits, "Habit list", began, _of_habits())
    days = add_data_source(store, habits, "Days", began, _of_days(listed))
    weeks = add_data_source(store, habits, "Weeks", began, _of_weeks())
    for at, habit in enumerate(CHANCES):
        values = {
            "Name": rich_text(habit),
            "Period": chosen(options("day", "week"), "day"),
            "Target": 0.8,
        }
        moment = began + timedelta(minutes=at)
        add_page(store, listed, identifier("habit", habit), (moment, moment), values)
    at = 0
    while (day := first + timedelta(days=at)) <= now.date():
        draw = random.Random(f"{seed}:{day}")  # noqa: S311 - to be repeatable
        if day.weekday() == 0:
            _add_week(store, weeks, day, now, draw)
        if at in VACATION or draw.random() >= GAP:
            _add_day(store, days, day, now, draw, me=me, at=at)
        if at == TWICE:
            _add_day(store, days, day, now, draw, me=me, at=at, again=True)
        at += 1
    return store


def _of_habits() -> Mapping[str, tuple[str, str, Object]]:
    return {
        "Name": ("title", "title", {}),
        "Period": ("Per1", "select", options("day", "week")),
        "Target": ("Tar1", "number", {"format": "percent"}),
    }


def _of_days(listed: str) -> Mapping[str, tuple[str, str, Object]]:
    relation: Object = {
        "data_source_id": listed,
        "database_id": identifier("database", "Habits"),
        "type": "single_property",
        "single_property": {},
    }
    count = {
        "function": "count",
        "rollup_property_name": "Name",
        "relation_property_name": "Done habits",
        "rollup_property_id": "title",
        "relation_property_id": "Rel1",
    }
    return {
        "Name": ("title", "title", {}),
        "Date": ("a%3BbC", "date", {}),  # URL-encoded, as Notion returns it
        **{habit: (f"hab{at}", "checkbox", {}) for at, habit in enumerate(CHANCES)},
        "Pages read": ("Pgs1", "number", {"format": "number"}),
        "Mood": ("Mod1", "select", options(*MOODS)),
        "State": ("Sta1", "status", STATES),
        "Tags": ("Tag1", "multi_select", options("travel", "family")),
        "Excused": ("Exc1", "checkbox", {}),
        "Done habits": ("Rel1", "relation", relation),
        "Number done": ("Rol1", "rollup", count),
        "Share done": ("For1", "formula", {"expression": "done / 4"}),
        "With": ("Peo1", "people", {}),
        "Notes": ("Txt1", "rich_text", {}),
        "No": ("Uid1", "unique_id", {"prefix": "DAY"}),
        "Edited": ("Led1", "last_edited_time", {}),
    }


def _of_weeks() -> Mapping[str, tuple[str, str, Object]]:
    return {
        "Name": ("title", "title", {}),
        "Week": ("Wek1", "date", {}),
        "Weekly review": ("Rev1", "checkbox", {}),
        "Kilometers run": ("Kms1", "number", {"format": "number"}),
    }


def _add_week(
    store: NotionStore, source: str, day: date, now: datetime, draw: random.Random
) -> None:
    created = datetime.combine(day, time(8, draw.randrange(60)), UTC)
    if created > now:
        return
    edited = min(now, created + timedelta(days=6, hours=draw.randrange(12)))
    values = {
        "Name": rich_text(f"Week of {day:%B} {day.day}"),
        "Week": _on(day),
        "Weekly review": draw.random() < 0.7,  # noqa: PLR2004 - a share
        "Kilometers run": round(draw.uniform(0, 40), 1),
    }
    add_page(store, source, identifier("week", day), (created, edited), values)


def _add_day(  # noqa: PLR0913 - one per part of a day
    store: NotionStore,
    source: str,
    day: date,
    now: datetime,
    draw: random.Random,
    *,
    me: str,
    at: int,
    again: bool = False,
) -> None:
    """Add the page of a day: created in the morning, completed at night."""
    created = datetime.combine(day, time(6, draw.randrange(60)), UTC)
    if created > now:
        return
    edited = min(now, created + timedelta(hours=draw.randrange(14, 20)))
    excused = at in VACATION
    done = {
        habit: not excused and draw.random() < chance
        for habit, chance in CHANCES.items()
    }
    names = [habit for habit, is_done in done.items() if is_done]
    place = "travel" if at in AWAY else "family"
    values = {
        "Name": rich_text(f"{day:%A} {day.day} {day:%B}" + (" again" if again else "")),
        "Date": _away(day) if at in AWAY else _on(day),
        **done,
        "Pages read": None if excused else draw.randrange(0, 60),
        "Mood": chosen(options(*MOODS), draw.choice(MOODS)),
        "State": chosen(STATES, "Done" if names else "To do"),
        "Tags": [chosen(options("travel", "family"), place)] if at % 5 == 0 else [],
        "Excused": excused,
        "Done habits": [{"id": identifier("habit", habit)} for habit in names],
        "Number done": {"type": "number", "number": len(names), "function": "count"},
        "Share done": {"type": "number", "number": len(names) / len(CHANCES)},
        "With": [partial_user(me)] if at % 7 == 0 else [],
        "Notes": rich_text("Slept badly." if draw.random() < GAP else ""),
        "No": {"prefix": "DAY", "number": at + 1},
        "Edited": minute(edited),
    }
    key = identifier("day", day, again)
    add_page(store, source, key, (created, edited), values)


def _on(day: date) -> Object:
    return {"start": day.isoformat(), "end": None, "time_zone": None}


def _away(day: date) -> Object:
    """Return a date with a time of day and a time zone: it has no offset then."""
    start = f"{day.isoformat()}T21:30:00.000"
    return {"start": start, "end": None, "time_zone": "America/New_York"}
