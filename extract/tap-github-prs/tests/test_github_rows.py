"""Rows, people and commits: which are the same, and which are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_github_prs.streams.users import Membership

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host

    Serve = Callable[[Host], Reader]


def test_a_row_deleted_from_a_pull_request_can_be_recognized(
    host: Host, serve: Serve
) -> None:
    row = host.pull_request(host.repository("one"), host.second(1))
    row["files"] = [
        {"path": path, "changeType": "ADDED", "additions": 1, "deletions": 0}
        for path in ("kept", "gone")
    ]
    reader = serve(host)
    first = reader.run()
    row["files"] = row["files"][:1]
    row["updatedAt"] = host.second(2)
    reader.server.refresh()
    then = reader.run(first.state)

    files = first.keyed("pr_files") | then.keyed("pr_files")
    (pull_request,) = then.records["pull_requests"]
    live = [
        each["path"]
        for each in files.values()
        if each["pull_request_updated_at"] >= pull_request["updated_at"]
    ]
    assert sorted(each["path"] for each in files.values()) == ["gone", "kept"]
    assert live == ["kept"]


def test_the_same_commit_in_two_pull_requests_is_two_rows(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    commit = {
        "id": "C_1",
        "oid": "1" * 40,
        "message": "One",
        "url": "https://github.com/ada/one/commit/1",
        "authoredDate": "2024-01-01T10:00:00+02:00",
        "committedDate": "2024-01-01T08:00:00Z",
        "author": {"name": "Ada", "email": "ada@example.com", "userId": "U_1"},
    }
    for n in range(2):
        row = host.pull_request(repository, host.second(n))
        row["commits"] = [{"id": f"PRC_{n}", "commit": commit}]

    output = serve(host).run()

    assert len(output.keyed("pr_commits")) == 2
    for each in output.records["pr_commits"]:
        assert each["authored_at"] == "2024-01-01T08:00:00.000Z"
        assert each["author_id"] == 1


def test_a_ghost_has_no_id_and_says_so(host: Host, serve: Serve) -> None:
    row = host.pull_request(host.repository("one"), host.second(1))
    del row["authorId"]

    (found,) = serve(host).run().records["pull_requests"]

    assert (found["author_id"], found["author_login"]) == (None, None)
    assert found["author_type"] == "Ghost"
    assert found["merged_by_type"] is None


def test_the_type_column_distinguishes_people_bots_and_mannequins(
    reader: Reader,
) -> None:
    output = reader.run()
    actors = reader.server.world.github.actors.values()
    types = {actor["databaseId"]: actor["__typename"] for actor in actors}

    users = output.records["users"]
    assert {user["id"]: user["type"] for user in users}.items() <= types.items()
    assert {"User", "Bot"} <= {user["type"] for user in users}
    assert len({user["id"] for user in users}) == len(users)
    assert not [user for user in users if user["login"].endswith("[bot]")]


def test_members_have_their_role_and_other_users_have_no_role(reader: Reader) -> None:
    output = reader.run()
    (organization,) = reader.server.world.github.organizations.values()
    actors = reader.server.world.github.actors
    members = {
        actors[member]["databaseId"]: role for member, role in organization["members"]
    }

    for user in output.records["users"]:
        roles = [each["role"] for each in user["memberships"]]
        assert roles == ([members[user["id"]]] if user["id"] in members else [])
    assert members.keys() <= {user["id"] for user in output.records["users"]}


def test_every_e_mail_that_github_gives_is_listed(reader: Reader) -> None:
    (organization,) = reader.server.world.github.organizations.values()
    member = reader.server.world.github.actors[organization["members"][0][0]]
    before = dict(member)
    member["email"] = "Public@example.com"
    member["organizationVerifiedDomainEmails"] = ["verified@example.com"]
    saml = {"nameId": "Saml@example.com", "emails": []}
    organization["samlIdentityProvider"] = {
        "externalIdentities": {
            "pageInfo": {"hasNextPage": False},
            "nodes": [{"user": member, "samlIdentity": saml}],
        }
    }
    reader.server.refresh()
    output = reader.run()
    del organization["samlIdentityProvider"]
    member.clear()
    member.update(before)
    reader.server.refresh()

    users = {user["id"]: user for user in output.records["users"]}
    user = users[member["databaseId"]]
    assert user["email"] == "Public@example.com"
    assert user["emails"] == [
        "public@example.com",
        "saml@example.com",
        "verified@example.com",
    ]


def test_saml_names_are_e_mails_where_they_look_like_one() -> None:
    found = Membership("acme")
    for name, emails in (("ada@example.com", []), ("ada", ["Ada@corp.example"])):
        saml = {"nameId": name, "emails": [{"value": each} for each in emails]}
        found.add_identity({"user": {"databaseId": 1}, "samlIdentity": saml})
    found.add_identity({"user": None, "samlIdentity": None})
    found.add_identity(None)

    assert found.identities == {1: {"ada@example.com", "Ada@corp.example"}}


def test_a_member_who_left_is_written_once_more_without_membership(
    reader: Reader,
) -> None:
    first = reader.run()
    (organization,) = reader.server.world.github.organizations.values()
    left, role = organization["members"].pop()
    reader.server.refresh()
    try:
        second_run = reader.run(first.state)
        third = reader.run(second_run.state)
    finally:
        organization["members"].append((left, role))
        reader.server.refresh()

    number = reader.server.world.github.actors[left]["databaseId"]
    rows = {user["id"]: user for user in second_run.records["users"]}
    assert rows[number]["memberships"] == []
    assert number not in {user["id"] for user in third.records["users"]}


def commit(oid: str, parents: list[str], day: int) -> dict[str, Any]:
    at = f"2024-06-{day:02d}T00:00:00Z"
    return {
        "id": f"C_{oid}",
        "oid": oid,
        "parents": parents,
        "message": oid,
        "url": f"https://github.com/ada/one/commit/{oid}",
        "authoredDate": at,
        "committedDate": at,
        "additions": 1,
        "deletions": 0,
        "author": {"name": "Ada", "email": "ada@example.com"},
    }


def test_a_merge_brings_commits_that_are_older_than_the_last_ones_read(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    commits = host.world.github.repositories[repository]["commits"]
    commits[:] = [commit("c", ["a"], 20), commit("a", [], 1)]
    reader = serve(host)
    first = reader.run()
    commits.insert(0, commit("m", ["c", "b"], 25))
    commits.insert(2, commit("b", ["a"], 5))  # a branch from long ago
    reader.server.refresh()

    then = reader.run(first.state)
    after = reader.run(then.state)

    assert sorted(row["oid"] for row in first.records["commits"]) == ["a", "c"]
    assert sorted(row["oid"] for row in then.records["commits"]) == ["b", "m"]
    assert not after.records["commits"]


def test_a_merge_of_a_dozen_branches_brings_the_commits_of_each(
    host: Host, serve: Serve
) -> None:
    repository = host.repository("one")
    commits = host.world.github.repositories[repository]["commits"]
    commits[:] = [commit("a", [], 1)]
    reader = serve(host)
    first = reader.run()
    branches = [f"b{n:02d}" for n in range(12)]
    commits[:0] = [
        commit("m", ["a", *branches], 25),
        *(commit(name, ["a"], 20) for name in branches),
    ]
    reader.server.refresh()

    then = reader.run(first.state)

    found = {row["oid"]: row for row in then.records["commits"]}
    assert sorted(found) == [*branches, "m"]
    assert found["m"]["parent_oids"] == ["a", *branches]


def test_an_unchanged_branch_is_not_requested(host: Host, serve: Serve) -> None:
    repository = host.repository("one")
    host.world.github.repositories[repository]["commits"] = [commit("a", [], 1)]
    reader = serve(host)
    first = reader.run()
    reader.server.forget_stats()
    reader.run(first.state)

    assert reader.requests["ListCommits"] == 0


def test_a_branch_that_was_rewritten_is_read_whole(host: Host, serve: Serve) -> None:
    repository = host.repository("one")
    commits = host.world.github.repositories[repository]["commits"]
    commits[:] = [commit("b", ["a"], 2), commit("a", [], 1)]
    reader = serve(host)
    first = reader.run()
    commits[:] = [commit("x", ["w"], 2), commit("w", [], 1)]
    reader.server.refresh()

    then = reader.run(first.state)

    assert sorted(row["oid"] for row in then.records["commits"]) == ["w", "x"]
