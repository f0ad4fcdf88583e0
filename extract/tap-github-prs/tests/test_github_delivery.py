"""deployments and releases: what is read, at which price, and what a gap does."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLError
from handmade_deployments import COLUMNS, deployed, deployment, ids, live, status
from test_github_documents import EVERYTHING, price

from tap_github_prs.documents.documents import Documents
from tap_github_prs.transport.client import GitHub

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]


def test_200_deployments_cost_four_requests_and_four_points(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    deployed(host, 200)
    reader = serve(host)
    reader.run(catalog=select(repositories=None))
    without = reader.server.stats()["github"]
    reader.server.forget_stats()

    output = reader.run(catalog=select(**COLUMNS))

    assert len(ids(output)) == 200
    asked = reader.server.stats()["github"]
    assert asked["requests"] - without["requests"] == 4
    assert asked["points"] - without["points"] == 4


def test_deployments_cost_less_than_a_tenth_of_the_pull_requests_points() -> None:
    """1,000 pull requests and 200 deployments: the streams are on by default."""
    documents = Documents(EVERYTHING)
    listing = price(documents.text("ListPullRequests"))[0]
    batch = price(documents.text("HydratePullRequests"), 25)[0]
    pull_requests = 1_000 // 100 * listing + 1_000 // 25 * batch

    deployments = 2 * price(documents.text("ListDeployments"))[0]
    deployments += 2 * price(documents.text("HydrateDeployments"), 100)[0]

    assert pull_requests == 330
    assert deployments == 4


@pytest.mark.parametrize("repositories", [1, 20])
def test_unchanged_repositories_with_deployments_cost_one_request(
    repositories: int, host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    deployed(host, *[120] * repositories)
    reader = serve(host)
    first = reader.run(catalog=select(**COLUMNS))
    reader.server.forget_stats()

    output = reader.run(first.state, catalog=select(**COLUMNS))

    assert ids(output) == []
    assert sum(reader.requests.values()) == 1
    assert price(Documents(EVERYTHING).repeated("Repositories", 20))[0] == 1


def test_new_deployments_of_many_repositories_are_read_in_one_request(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    rows = deployed(host, 3, 3, 3)
    reader = serve(host)
    first = reader.run(catalog=select(**COLUMNS))
    for n, of in enumerate(rows):
        of.append(deployment(host, 500, id=f"DE_new_{n}"))
    reader.server.refresh()
    reader.server.forget_stats()

    output = reader.run(first.state, catalog=select(**COLUMNS))

    assert sorted(ids(output)) == ["DE_new_0", "DE_new_1", "DE_new_2"]
    assert sum(reader.requests.values()) == 2


def test_a_deployment_is_read_again_when_its_status_changes(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    (rows,) = deployed(host, 3)
    reader = serve(host)
    first = reader.run(catalog=select(**COLUMNS))
    # Not its `updatedAt`: the newest status alone says so.
    rows[1]["statuses"].append(status(host, 900, "INACTIVE"))
    reader.server.refresh()

    output = reader.run(first.state, catalog=select(**COLUMNS))

    assert ids(output) == ["DE_0_1"]
    (row,) = output.records["deployments"]
    assert {each["state"] for each in row["statuses"]} == {"SUCCESS", "INACTIVE"}


def test_a_deployment_created_on_the_second_of_the_bookmark_is_read(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    (rows,) = deployed(host, 3)
    reader = serve(host)
    first = reader.run(catalog=select(**COLUMNS))
    rows.append(deployment(host, 2, id="DE_same_second"))
    reader.server.refresh()

    output = reader.run(first.state, catalog=select(**COLUMNS))

    assert ids(output) == ["DE_same_second"]


def test_an_unfinished_deployment_below_the_first_page_is_read_until_it_is_finished(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    yesterday = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    now = f"{yesterday:%Y-%m-%dT%H:%M:%SZ}"
    (rows,) = deployed(host, 1)
    rows[0].update(state="WAITING", createdAt=now, updatedAt=now)
    rows[0]["statuses"] = []
    reader = serve(host)
    first = reader.run(catalog=select(**COLUMNS))
    for n in range(1, 150):
        newer = f"{yesterday + timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ}"
        rows.append(deployment(host, n, createdAt=newer, updatedAt=newer))
    reader.server.refresh()
    second = reader.run(first.state, catalog=select(**COLUMNS))
    rows[0]["state"] = "ACTIVE"
    rows[0]["statuses"] = [status(host, 1, "SUCCESS")]  # long before the bookmark
    reader.server.refresh()

    third = reader.run(second.state, catalog=select(**COLUMNS))
    fourth = reader.run(third.state, catalog=select(**COLUMNS))

    assert len(ids(second)) >= 149
    assert ids(third) == ["DE_0_0"]
    assert ids(fourth) == []


def test_deleted_deployments_show_after_the_list_was_read_completely(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    rows, _ = deployed(host, 130, 5)
    reader = serve(host)
    first = reader.run(catalog=select(**COLUMNS))
    everything = set(ids(first))
    gone = rows.pop(7)["id"]
    rows.append(deployment(host, 700, id="DE_new"))  # as many as before
    reader.server.refresh()

    second = reader.run(first.state, catalog=select(**COLUMNS))
    third = reader.run(second.state, catalog=select(**COLUMNS))

    assert live(first) == everything
    assert live(first, second) == (everything - {gone}) | {"DE_new"}
    assert ids(third) == []


@pytest.mark.parametrize("die_at", [None, 20])
def test_a_full_refresh_brings_no_deleted_deployment_back_and_hides_no_other(
    die_at: int | None,
    host: Host,
    serve: Serve,
    select: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    minutes = itertools.count()
    monkeypatch.setattr(
        GitHub, "server_time", property(lambda _: 1.75e9 + 60 * next(minutes))
    )
    (rows,) = deployed(host, 30)
    reader = serve(host)
    catalog = select(**COLUMNS)
    first = reader.run(catalog=catalog)
    gone = rows.pop(29)["id"]  # the last row of the list, which completes a version
    reader.server.refresh()
    second = reader.run(first.state, catalog=catalog)
    also_gone = rows.pop(3)["id"]
    reader.server.refresh()
    outputs = [first, second]
    if die_at:
        outputs.append(reader.run(catalog=catalog, die_at=die_at))
        state = outputs[-1].state
        assert live(*outputs) == set(ids(first)) - {gone}
    else:
        state = None

    outputs.append(reader.run(state, catalog=catalog))

    assert live(*outputs) == set(ids(first)) - {gone, also_gone}


def test_killed_while_the_list_is_read_again_nothing_is_taken_for_deleted(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    (rows,) = deployed(host, 30)
    reader = serve(host)
    first = reader.run(catalog=select(**COLUMNS))
    gone = rows.pop(3)["id"]
    reader.server.refresh()

    killed = reader.run(first.state, catalog=select(**COLUMNS), die_at=20)
    resumed = reader.run(killed.state, catalog=select(**COLUMNS))

    assert 0 < len(ids(killed)) < 29
    assert live(first, killed) == set(ids(first))
    assert live(first, killed, resumed) == set(ids(first)) - {gone}


@pytest.mark.parametrize("die_at", range(4, 40, 5))
def test_killed_at_any_message_and_resumed_every_deployment_is_there(
    die_at: int, host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    deployed(host, 12, 12)
    reader = serve(host)
    whole = reader.run(catalog=select(**COLUMNS))

    killed = reader.run(catalog=select(**COLUMNS), die_at=die_at)
    state = killed.state if killed.states else None
    resumed = reader.run(state, catalog=select(**COLUMNS))

    assert {*ids(killed), *ids(resumed)} == set(ids(whole))


def test_the_bookmark_stops_before_a_deployment_that_is_refused(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    deployed(host, 20)
    reader = serve(host)
    reader.server.fault(
        "null-children", "github", field="statuses", match="Hydrate", code="FORBIDDEN"
    )

    output = reader.fail(
        "Not read: deployments of ada/repository-0", catalog=select(**COLUMNS)
    )
    reader.server.clear_faults()
    then = reader.run(output.state, catalog=select(**COLUMNS))

    assert {*ids(output), *ids(then)} == {f"DE_0_{n}" for n in range(20)}
    assert then.records["deployments"]


def test_more_statuses_than_a_page_are_all_read(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    (rows,) = deployed(host, 1)
    rows[0]["statuses"] = [
        {**status(host, n, "IN_PROGRESS"), "id": f"DES_{n}"} for n in range(130)
    ]
    reader = serve(host)

    output = reader.run(catalog=select(**COLUMNS))

    (row,) = output.records["deployments"]
    assert len(row["statuses"]) == 130
    assert reader.requests["MoreDeploymentStatuses"] == 2


def test_a_server_without_deployments_stops_only_this_stream(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    deployed(host, 3)
    reader = serve(host)
    reader.server.remove("Repository.deployments")

    output = reader.fail("stream deployments", catalog=select(**COLUMNS))

    assert output.records["repositories"]
    assert not output.records["deployments"]


def test_a_token_without_permission_for_deployments_ends_no_run(
    host: Host,
    serve: Serve,
    select: Callable[..., dict[str, Any]],
    caplog: Any,  # noqa: ANN401
) -> None:
    deployed(host, 3)
    reader = serve(host)
    reader.server.fault(
        "null-children",
        "github",
        field="deployments",
        match="Repositories",
        count=0,
        code="FORBIDDEN",
    )

    output = reader.run(catalog=select(**COLUMNS))
    reader.server.clear_faults()
    then = reader.run(output.state, catalog=select(**COLUMNS))

    assert "The deployments of ada/repository-0 are not read: FORBIDDEN" in caplog.text
    assert "deselect the stream deployments" in caplog.text
    assert len(ids(then)) == 3


@pytest.mark.parametrize("was_read", [False, True])
def test_a_refused_list_that_makes_its_repository_null_costs_only_the_stream(
    host: Host,
    serve: Serve,
    select: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    was_read: bool,
) -> None:
    deployed(host, 3)
    reader = serve(host)
    before = reader.run(catalog=select(**COLUMNS)).state if was_read else None
    schema = reader.server._sandbox.graphql.engine.schema
    field = schema.type_map["Repository"].fields["deployments"]

    def refuse(*_: object, **__: object) -> None:
        message = "Resource not accessible by personal access token"
        raise GraphQLError(message, extensions={"type": "FORBIDDEN"})

    monkeypatch.setattr(field, "resolve", refuse)
    if was_read:
        output = reader.fail(
            "Not read: deployments of ada/repository-0",
            before,
            catalog=select(**COLUMNS),
        )
    else:
        output = reader.run(catalog=select(**COLUMNS))
    monkeypatch.undo()
    then = reader.run(output.state, catalog=select(**COLUMNS))

    assert output.records["repositories"]
    assert not output.records["deployments"]
    assert len(ids(then)) == (0 if was_read else 3)


def test_a_start_date_leaves_older_deployments_out_until_it_is_moved(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    deployed(host, 10)
    reader = serve(host)

    output = reader.run(catalog=select(**COLUMNS), start_date=host.second(6))
    then = reader.run(output.state, catalog=select(**COLUMNS))

    assert sorted(ids(output)) == [f"DE_0_{n}" for n in (6, 7, 8, 9)]
    assert len(ids(then)) == 10


def test_a_release_that_is_published_later_is_read_again(
    host: Host, serve: Serve, select: Callable[..., dict[str, Any]]
) -> None:
    key = host.repository("one")
    repository = host.world.github.repositories[key]
    repository["commits"] = [
        {"id": f"C_{'d' * 40}", "oid": "d" * 40, "committedDate": host.second(1)}
    ]
    release = {
        "id": "RE_1",
        "databaseId": 1,
        "authorId": "U_1",
        "name": "One",
        "tagName": "v1",
        "tagCommitOid": "d" * 40,
        "isDraft": True,
        "createdAt": host.second(5),
        "updatedAt": host.second(5),
    }
    repository["releases"] = [release]
    reader = serve(host)
    first = reader.run(catalog=select(**COLUMNS))
    release |= {"isDraft": False, "publishedAt": host.second(9)}
    release["updatedAt"] = host.second(9)
    reader.server.refresh()

    second = reader.run(first.state, catalog=select(**COLUMNS))

    (before,), (after,) = first.records["releases"], second.records["releases"]
    assert (before["is_draft"], before["published_at"]) == (True, None)
    assert (after["is_draft"], after["author_login"]) == (False, "ada")
    assert after["tag_commit_oid"] == "d" * 40
    assert after["url"] == "https://github.com/ada/one/releases/tag/v1"
