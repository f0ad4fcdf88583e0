from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import company
from sandbox.cli_company import span
from sandbox.control import ControlError
from sandbox.state import JOURNAL, EventError, State
from sandbox.testing import ApiServer

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 30
NAME = JOURNAL.format(size=SIZE, seed=7)


def rows(state: State) -> tuple[object, ...]:
    world = state.world
    return (world.now, world.linear.issues, world.linear.comments)


def today() -> datetime:
    now = datetime.now(UTC)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_company_is_the_same_each_time_it_is_opened(tmp_path: Path) -> None:
    first = State.open(tmp_path, SIZE, 7, None)
    assert rows(State.open(tmp_path, SIZE, 7, None)) == rows(first)
    assert first.world.now == today()


def test_what_happened_is_kept_in_its_order(tmp_path: Path) -> None:
    first = State.open(tmp_path, SIZE, 7, None)
    first.apply("advance", {"seconds": 3 * 86_400})
    identifier = next(iter(first.world.linear.issues.values()))["identifier"]
    first.apply("delete-issue", {"identifier": identifier})
    again = State.open(tmp_path, SIZE, 7, None)
    assert rows(again) == rows(first)
    assert identifier not in {
        row["identifier"] for row in again.world.linear.issues.values()
    }


def test_a_world_of_ones_own_is_served_as_it_is() -> None:
    world = company.generate(SIZE, 3, today())
    with ApiServer(company=world) as server:
        assert server.world is world
        assert server.health()["issues"] == len(world.linear.issues)


def test_a_budget_of_one_api_generates_no_data_of_another() -> None:
    with ApiServer(size=SIZE) as server:
        server.limits(github={"core": 1}, window_seconds=60)
        server.refresh()
        for other in (server._sandbox.notion, server._sandbox.hubspot):
            assert "api" not in vars(other)
        server.limits(hubspot={"burst": 1})
        assert server._sandbox.hubspot.api.limits["burst"] == 1


def test_an_event_that_cannot_happen_is_not_kept(tmp_path: Path) -> None:
    state = State.open(tmp_path, SIZE, 7, None)
    with pytest.raises(EventError, match="NOPE-1"):
        state.apply("archive-issue", {"identifier": "NOPE-1"})
    with pytest.raises(EventError, match="no such event: nope; there are advance"):
        state.apply("nope", {})
    with pytest.raises(EventError, match="archive-issue cannot happen"):
        state.apply("archive-issue", {})
    assert json.loads((tmp_path / NAME).read_text())["events"] == []


def test_a_company_left_on_an_earlier_day_has_worked_on_since(tmp_path: Path) -> None:
    begun = today() - timedelta(days=3)
    journal = {"size": SIZE, "seed": 7, "until": begun.isoformat(), "events": []}
    (tmp_path / NAME).write_text(json.dumps(journal))
    state = State.open(tmp_path, SIZE, 7, None)
    assert state.world.now == today()
    assert [event["event"] for event in state.events] == ["advance"]
    old = State(SIZE, 7, begun).world.linear.issues
    assert {key for key in old if key in state.world.linear.issues}


def test_another_size_or_seed_is_another_company_without_a_past(tmp_path: Path) -> None:
    first = State.open(tmp_path, SIZE, 7, None)
    first.apply("advance", {"seconds": 86_400})
    other = State.open(tmp_path, SIZE, 8, None)
    assert other.events == []
    assert not set(other.world.linear.issues) & set(first.world.linear.issues)


def test_another_seed_and_back_keeps_what_happened(tmp_path: Path) -> None:
    first = State.open(tmp_path, SIZE, 7, None)
    first.apply("advance", {"seconds": 2 * 86_400})
    State.open(tmp_path, SIZE, 8, None).apply("advance", {"seconds": 3_600})
    State.open(tmp_path, SIZE + 1, 7, None)
    back = State.open(tmp_path, SIZE, 7, None)
    assert back.events == first.events
    assert rows(back) == rows(first)


def test_a_broken_journal_is_a_new_beginning(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"size": 30, "se')
    assert State.open(tmp_path, SIZE, 7, None).events == []


@pytest.mark.parametrize(
    ("text", "hours"), [("7d", 168), ("2w", 336), ("1d12h", 36), ("90m", 1.5)]
)
def test_spans_are_written_as_people_say_them(text: str, hours: float) -> None:
    assert span(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "7", "d", "7 days", "-7d"])
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 7d, 2w or 1d12h"):
        span(text)


@pytest.mark.parametrize(
    "text", ["99999d", "367d", "53w", "0d", "0s", "9" * 40 + "d", "1d" * 400]
)
def test_a_span_beyond_what_advance_takes_is_refused_with_the_maximum(
    text: str,
) -> None:
    with pytest.raises(ValueError, match="one advance takes 1s to 366d") as error:
        span(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 120


@pytest.mark.parametrize(
    "seconds",
    [99_999 * 86_400, 367 * 86_400, 0, 0.5, -1, 1e300, True, "86400", None, [], {}],
)
def test_the_server_refuses_other_spans_with_the_maximum_and_moves_nothing(
    seconds: object,
) -> None:
    with ApiServer(size=SIZE) as server:
        before = server.health()
        with pytest.raises(ControlError, match="1 second to 366 days at a time"):
            server.event("advance", seconds=seconds)
        assert server.health() == before


@pytest.mark.parametrize("body", ["", "x", "[]", "1", '{"event": 1e999}', "{}"])
@pytest.mark.parametrize("path", ["events", "faults", "limits", "apps"])
def test_a_body_that_is_no_order_is_refused_in_one_line(path: str, body: str) -> None:
    with ApiServer(size=SIZE) as server:
        if (path, body) == ("limits", "{}"):
            return  # sets nothing
        response = requests.post(
            f"{server.base_url}/_sandbox/{path}",
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=20,
        )
    assert response.status_code == 400
    assert "\n" not in response.json()["error"]


def test_a_company_left_for_more_than_a_year_has_worked_on_since(
    tmp_path: Path,
) -> None:
    begun = today() - timedelta(days=400)
    journal = {"size": SIZE, "seed": 7, "until": begun.isoformat(), "events": []}
    (tmp_path / NAME).write_text(json.dumps(journal))
    assert State.open(tmp_path, SIZE, 7, None).world.now == today()
    assert State.open(tmp_path, SIZE, 7, None).world.now == today()
