"""With an end date, the tap reads a range of time and moves no bookmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handmade_deployments import deployed, live

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]

COLUMNS = dict.fromkeys(
    ("repositories", "users", "pull_requests", "commits", "deployments")
)


def commit(oid: str, at: str) -> dict[str, Any]:
    return {
        "id": f"C_{oid}",
        "oid": oid * 40,
        "parents": [],
        "authoredDate": at,
        "committedDate": at,
    }


def test_only_rows_of_the_range_are_read_and_the_state_stays_as_it_is(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    deployed(host, 20)
    (key,) = host.world.github.repositories
    numbers = [host.pull_request(key, host.second(n))["number"] for n in range(20)]
    host.world.github.repositories[key]["commits"] = [
        commit(chr(ord("a") + n), host.second(n)) for n in reversed(range(20))
    ]
    reader = serve(host)
    catalog = select(**COLUMNS)
    first = reader.run(catalog=catalog)
    limits: dict[str, Any] = {"start_date": host.second(5), "end_date": host.second(8)}

    out = reader.run(first.state, catalog=catalog, **limits)

    assert out.numbers == numbers[5:8]
    oids = {row["oid"][0] for row in out.records["commits"]}
    assert oids == {"f", "g", "h"}
    found = {row["node_id"] for row in out.records["deployments"]}
    assert found == {"DE_0_5", "DE_0_6", "DE_0_7"}
    # The accounts that the rows name are read, the repositories are not.
    assert [row["login"] for row in out.records["users"]] == ["ada"]
    assert not out.records["repositories"]
    # The first message: the target checks the tables of the bookmarks.
    assert out.messages[0]["type"] == "STATE"
    assert out.states == [first.state]
    assert not out.of("ACTIVATE_VERSION")


def test_a_backfill_deletes_no_deployment_and_brings_none_back(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    (rows,) = deployed(host, 20)
    reader = serve(host)
    catalog = select(repositories=None, deployments=None)
    first = reader.run(catalog=catalog)
    gone = rows.pop(3)["id"]
    reader.server.refresh()
    second = reader.run(first.state, catalog=catalog)
    limits: dict[str, Any] = {"start_date": host.second(5), "end_date": host.second(8)}

    third = reader.run(second.state, catalog=catalog, **limits)

    expected = {row["node_id"] for row in first.records["deployments"]} - {gone}
    assert live(first, second) == live(first, second, third) == expected
