"""Settings that were changed between two runs, and people who are gone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import company

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Reader
    from handmade import Host
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]

ACME = company.ORGANIZATION


def day(n: int) -> str:
    return f"2024-05-{n:02d}T00:00:00Z"


@pytest.fixture
def month(host: Host, serve: Serve) -> Reader:
    """A pull request and a commit of each day of a month."""
    repository = host.repository("one")
    for n in range(1, 31):
        host.pull_request(repository, day(n))
    host.world.github.repositories[repository]["commits"] = [
        {
            "id": f"C_{n}",
            "oid": f"{n:040x}",
            "parents": [f"{n - 1:040x}"] if n > 1 else [],
            "authoredDate": day(n),
            "committedDate": day(n),
        }
        for n in range(30, 0, -1)
    ]
    return serve(host)


# start_date


def test_a_start_date_that_is_moved_back_reads_what_changed_in_between(
    month: Reader, caplog: Log
) -> None:
    whole = month.run()
    first = month.run(start_date=day(20))
    month.server.forget_stats()
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        then = month.run(first.state, start_date=day(10))
    asked = month.requests["HydratePullRequests"]
    rest = month.run(then.state)

    assert len(first.records["pull_requests"]) == 11
    assert len(then.records["pull_requests"]) == 10
    assert len(rest.records["pull_requests"]) == 9
    assert asked == 1
    assert then.bookmark == rest.bookmark == first.bookmark
    for stream in ("pull_requests", "commits"):
        found = first.keyed(stream) | then.keyed(stream) | rest.keyed(stream)
        assert found.keys() == whole.keyed(stream).keys()
    assert "start_date was moved from 2024-05-20" in caplog.text
    assert not month.run(rest.state).records["pull_requests"]


def test_a_run_that_is_killed_while_it_reads_older_rows_continues_there(
    month: Reader,
) -> None:
    whole = month.run()
    first = month.run(start_date=day(20))
    killed = month.run(first.state, page_size=3, die_at=25)
    rest = month.run(killed.state)

    assert 0 < len(killed.records["pull_requests"]) < 19
    found = (
        first.keyed("pull_requests")
        | killed.keyed("pull_requests")
        | rest.keyed("pull_requests")
    )
    assert found.keys() == whole.keyed("pull_requests").keys()
    repeated = len(killed.records["pull_requests"]) + len(rest.records["pull_requests"])
    assert repeated < 19 + 3 + 2


def test_a_start_date_that_is_moved_forward_and_back_again_leaves_no_hole(
    month: Reader,
) -> None:
    first = month.run(start_date=day(5))
    github = month.server.world.github
    (repository,) = github.repositories
    for n, row in enumerate(list(github.pull_requests.values())[:3]):
        row["updatedAt"] = f"2024-06-0{n + 1}T00:00:00Z"
    month.server.refresh()
    later = month.run(first.state, start_date="2024-07-01T00:00:00Z")
    back = month.run(later.state, start_date=day(5))

    assert not later.records["pull_requests"]
    assert len(back.records["pull_requests"]) >= 3
    assert repository


def test_without_a_change_of_start_date_nothing_more_is_read(month: Reader) -> None:
    first = month.run(start_date=day(20))
    month.server.forget_stats()
    then = month.run(first.state, start_date=day(20))

    assert not then.records["pull_requests"]
    assert not then.records["commits"]
    assert month.requests["HydratePullRequests"] == 0


# Names in another case


@pytest.mark.parametrize("login", [ACME.upper(), ACME.capitalize()])
def test_an_organization_in_another_case_gives_each_member_one_membership(
    login: str, reader: Reader
) -> None:
    whole = reader.run()
    output = reader.run(organizations=[login])

    assert output.rows["users"] == whole.rows["users"]
    for user in output.records["users"]:
        assert len(user["memberships"]) <= 1


def test_an_organization_whose_case_changes_between_runs_loses_nobody(
    reader: Reader,
) -> None:
    first = reader.run(organizations=[ACME.upper()])
    then = reader.run(first.state, organizations=[ACME])

    members = {u["id"] for u in first.records["users"] if u["memberships"]}
    assert members
    assert {u["id"] for u in then.records["users"] if u["memberships"]} == members
    assert not [u for u in then.records["users"] if u["memberships"] == []]
    parts = then.state["bookmarks"]["users"]["partitions"]
    assert [part["context"]["organization"] for part in parts] == [ACME]


def test_one_organization_or_repository_in_two_cases_is_read_once(
    reader: Reader,
) -> None:
    whole = reader.run()
    reader.server.forget_stats()
    output = reader.run(organizations=[ACME, ACME.upper()])

    assert output.rows == whole.rows
    assert reader.requests["Members"] == 1


def test_a_state_written_in_another_case_is_continued_from(reader: Reader) -> None:
    first = reader.run()
    state = first.state
    for part in state["bookmarks"]["users"]["partitions"]:
        part["context"]["organization"] = part["context"]["organization"].upper()
    (organization,) = reader.server.world.github.organizations.values()
    left, role = organization["members"].pop()
    reader.server.refresh()
    try:
        then = reader.run(state)
    finally:
        organization["members"].append((left, role))
        reader.server.refresh()

    gone = reader.server.world.github.actors[left]["databaseId"]
    rows = {user["id"]: user for user in then.records["users"]}
    assert rows[gone]["memberships"] == []


# People whose account no longer exists


@pytest.fixture
def deleted(reader: Reader) -> Iterator[dict[str, Any]]:
    """A member whose account is deleted after the first run."""
    github = reader.server.world.github
    (organization,) = github.organizations.values()
    key, role = organization["members"][-1]
    found = {"before": reader.run(), "number": github.actors[key]["databaseId"]}
    organization["members"].pop()
    actor = github.actors.pop(key)
    reader.server.refresh()
    yield found
    github.actors[key] = actor
    organization["members"].append((key, role))
    reader.server.refresh()


def test_a_member_whose_account_no_longer_exists_loses_the_membership(
    deleted: dict[str, Any], reader: Reader
) -> None:
    then = reader.run(deleted["before"].state)

    rows = {user["id"]: user for user in then.records["users"]}
    gone = rows[deleted["number"]]
    assert gone["memberships"] == []
    # Nothing else is known: the target keeps what it has.
    assert gone.keys() == {"id", "node_id", "memberships"}
    schemas = [m for m in then.of("SCHEMA") if m["stream"] == "users"]
    assert any(set(m["schema"]["properties"]) == gone.keys() for m in schemas)
    last = reader.run(then.state)
    assert deleted["number"] not in [user["id"] for user in last.records["users"]]


def test_members_of_a_state_without_numbers_are_continued_from(
    deleted: dict[str, Any], reader: Reader
) -> None:
    state = deleted["before"].state
    for part in state["bookmarks"]["users"]["partitions"]:
        part["member_ids"] = [key for key, _ in part.pop("members")]

    then = reader.run(state)

    assert "member_ids" not in then.state["bookmarks"]["users"]["partitions"][0]
    assert not [u for u in then.records["users"] if u["memberships"] == []]
