"""What a token cannot see is not deleted: organizations, single sign-on, two tokens."""

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
SSO = f"https://github.com/orgs/{ACME}/sso?authorization_request="


@pytest.fixture
def shown(reader: Reader) -> Iterator[Reader]:
    """A company none of whose repositories is blocked."""
    rows = reader.server.world.github.repositories.values()
    blocked = [row for row in rows if row.pop("isDisabled", None)]
    reader.server.refresh()
    yield reader
    for row in blocked:
        row["isDisabled"] = True
    reader.server.refresh()


def names(reader: Reader) -> list[str]:
    rows = reader.server.world.github.repositories.values()
    return sorted(row["nameWithOwner"] for row in rows)


# Empty is not deleted


def test_a_list_that_was_read_completely_activates_its_version(shown: Reader) -> None:
    assert shown.run().of("ACTIVATE_VERSION")


def test_an_organization_that_suddenly_shows_nothing_deletes_nothing_and_fails(
    shown: Reader, caplog: Log
) -> None:
    """A run with errors and without a row is reported as successful.

    https://github.com/airbytehq/airbyte/issues/1856
    """
    first = shown.run()
    shown.server.restrict("sandbox-token", hidden=names(shown))

    output = shown.fail(rf"Not read: organization {ACME} \(no repository\)")
    then = shown.fail("no repository", first.state)

    assert not output.of("ACTIVATE_VERSION")
    assert not then.of("ACTIVATE_VERSION")
    assert f"Cannot read organization {ACME}: it shows no repository" in caplog.text


def test_most_repositories_gone_at_once_are_no_deletion_and_fail(shown: Reader) -> None:
    first = shown.run()
    hidden = names(shown)[1:]
    shown.server.restrict("sandbox-token", hidden=hidden)

    output = shown.fail("repositories of the last run", first.state)

    assert not output.of("ACTIVATE_VERSION")
    shown.server.restrict("sandbox-token")
    assert shown.run(output.state).of("ACTIVATE_VERSION")


def test_one_repository_that_is_gone_is_deleted(shown: Reader) -> None:
    first = shown.run()
    gone = next(iter(shown.server.world.github.repositories.values()))
    shown.server.restrict("sandbox-token", hidden=[gone["nameWithOwner"]])

    output = shown.run(first.state)

    assert output.of("ACTIVATE_VERSION")
    assert gone["databaseId"] not in [r["id"] for r in output.records["repositories"]]


def test_a_repository_that_was_always_blocked_hides_no_deletion_of_another(
    reader: Reader, caplog: Log
) -> None:
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        first = reader.run()
    gone = next(iter(reader.server.world.github.repositories.values()))
    reader.server.restrict("sandbox-token", hidden=[gone["nameWithOwner"]])
    output = reader.run(first.state)

    assert first.of("ACTIVATE_VERSION")
    assert output.of("ACTIVATE_VERSION")
    assert gone["databaseId"] not in [r["id"] for r in output.records["repositories"]]
    assert "FORBIDDEN: Repository access blocked" in caplog.text


def test_a_repository_that_becomes_blocked_is_never_taken_for_deleted(
    shown: Reader, caplog: Log
) -> None:
    first = shown.run()
    blocked, gone, *_ = shown.server.world.github.repositories.values()
    blocked["isDisabled"] = True
    shown.server.restrict("sandbox-token", hidden=[gone["nameWithOwner"]])
    shown.server.refresh()

    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = shown.run(first.state)
    still = shown.run(output.state)
    del blocked["isDisabled"]
    shown.server.refresh()
    then = shown.run(still.state)

    assert not output.of("ACTIVATE_VERSION")
    assert not still.of("ACTIVATE_VERSION")
    assert f"are blocked (ID {blocked['databaseId']})" in caplog.text
    assert then.of("ACTIVATE_VERSION")
    ids = [row["id"] for row in then.records["repositories"]]
    assert blocked["databaseId"] in ids
    assert gone["databaseId"] not in ids


def test_repositories_that_are_refused_delete_nothing_and_fail_with_one_line(
    shown: Reader, caplog: Log
) -> None:
    shown.server.fault(
        "null-children", "github", field="repositories", every=3, count=0
    )

    output = shown.fail(r"Not read: \d+ of the repositories of")

    assert not output.of("ACTIVATE_VERSION")
    said = [line for line in caplog.text.splitlines() if "Cannot read" in line]
    assert len(said) == 1
    assert "FORBIDDEN: Resource not accessible" in said[0]


def test_repositories_hidden_without_a_word_delete_nothing_and_fail(
    shown: Reader,
) -> None:
    shown.server.fault(
        "null-children", "github", field="repositories", every=3, code="none", count=0
    )

    output = shown.fail(r"Not read: \d+ of the repositories of")

    assert not output.of("ACTIVATE_VERSION")


def test_a_list_without_an_end_deletes_nothing(shown: Reader) -> None:
    shown.server.fault(
        "repeated-cursor", "github", field="repositories", count=0, value="null"
    )

    output = shown.fail("Not read: organization")

    assert not output.of("ACTIVATE_VERSION")
    assert output.records["repositories"]


# Single sign-on


def test_an_organization_behind_single_sign_on_is_named_with_the_page_to_open(
    shown: Reader, caplog: Log
) -> None:
    """An organization with SAML fails every other one.

    https://github.com/RayLabsHQ/gitea-mirror/issues/217
    """
    first = shown.run()
    shown.server.restrict(saml=[ACME])

    output = shown.fail(f"Not read: organization {ACME}", first.state)

    assert not output.of("ACTIVATE_VERSION")
    assert not output.records["repositories"]
    assert f"authorize the token for single sign-on at {SSO}" in caplog.text


def test_a_named_repository_behind_single_sign_on_is_named_with_the_page_to_open(
    shown: Reader, caplog: Log
) -> None:
    name = names(shown)[0]
    shown.server.restrict(saml=[ACME])

    shown.fail(f"Not read: repository {name}", organizations=[], repositories=[name])

    assert SSO in caplog.text


def test_comments_behind_single_sign_on_are_named_with_the_page_to_open(
    shown: Reader, caplog: Log
) -> None:
    first = shown.run()

    def protect(message: dict[str, Any]) -> None:
        if message["type"] == "RECORD":
            shown.server.restrict(saml=[ACME])

    shown.fail("Not read", first.state, watch=protect)

    assert f"Cannot read edited comments of {ACME}/" in caplog.text
    assert "single sign-on required (403" in caplog.text
    assert SSO in caplog.text


# Members


def test_a_member_who_is_hidden_is_not_taken_for_departed(reader: Reader) -> None:
    first = reader.run()
    reader.server.fault(
        "null-children", "github", field="membersWithRole", match="query Members"
    )

    output = reader.fail("Not read: members of", first.state)
    then = reader.run(output.state)

    left = [u for u in output.records["users"] if u.get("memberships") == []]
    members = {u["id"] for u in first.records["users"] if u["memberships"]}
    assert not members & {u["id"] for u in left}
    assert {u["id"] for u in then.records["users"] if u["memberships"]} == members


def test_members_who_are_all_gone_at_once_are_not_taken_for_departed(
    reader: Reader,
) -> None:
    first = reader.run()
    (organization,) = reader.server.world.github.organizations.values()
    members = organization["members"]
    organization["members"] = members[:1]
    reader.server.refresh()
    try:
        output = reader.fail("Not read: [0-9]+ members of", first.state)
    finally:
        organization["members"] = members
        reader.server.refresh()

    assert not [u for u in output.records["users"] if u.get("memberships") == []]
    ids = {u["id"] for u in first.records["users"] if u["memberships"]}
    then = reader.run(output.state)
    assert {u["id"] for u in then.records["users"] if u["memberships"]} == ids


def test_a_member_who_is_hidden_and_acts_is_not_taken_for_departed(
    reader: Reader,
) -> None:
    users = {"users": reader.run().state["bookmarks"]["users"]}
    reader.server.fault(
        "null-children", "github", field="membersWithRole", match="query Members"
    )

    output = reader.fail("Not read: members of", {"bookmarks": users})

    assert not [u for u in output.records["users"] if u.get("memberships") == []]


def test_members_who_are_all_gone_and_act_are_not_taken_for_departed(
    reader: Reader,
) -> None:
    users = {"users": reader.run().state["bookmarks"]["users"]}
    (organization,) = reader.server.world.github.organizations.values()
    members = organization["members"]
    organization["members"] = members[:1]
    reader.server.refresh()
    try:
        output = reader.fail("Not read: [0-9]+ members of", {"bookmarks": users})
    finally:
        organization["members"] = members
        reader.server.refresh()

    assert not [u for u in output.records["users"] if u.get("memberships") == []]


@pytest.mark.parametrize(
    "refused", ["User.email", "User.organizationVerifiedDomainEmails"]
)
def test_emails_that_were_read_stay_when_the_scope_for_one_kind_is_lost(
    reader: Reader, refused: str
) -> None:
    users = {"users": reader.run().state["bookmarks"]["users"]}
    reader.server.restrict("sandbox-token", refused=[refused])

    output = reader.run({"bookmarks": users})
    reader.server.restrict("sandbox-token")
    then = reader.run(output.state)

    assert output.records["users"]
    assert not [u for u in output.records["users"] if "emails" in u]
    assert all("emails" in u for u in then.records["users"])


# Several tokens


def test_a_token_that_sees_less_is_found_before_the_first_row_and_not_used(
    shown: Reader, caplog: Log
) -> None:
    whole = shown.run()
    hidden = names(shown)[:3]
    shown.server.restrict("sandbox-token-2", hidden=hidden)
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = shown.run(additional_auth_tokens=["sandbox-token-2"])

    assert output.rows == whole.rows
    assert (
        f"token 1 of additional_auth_tokens does not see all repositories of {ACME}, "
        "which auth_token sees: it is not used"
    ) in caplog.text


def test_the_first_token_may_be_the_one_that_sees_less(
    shown: Reader, caplog: Log
) -> None:
    whole = shown.run()
    name = names(shown)[0]
    settings: dict[str, Any] = {"repositories": names(shown), "organizations": []}
    shown.server.restrict("sandbox-token", hidden=[name])
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = shown.run(additional_auth_tokens="sandbox-token-2", **settings)

    assert output.rows["pull_requests"] == whole.rows["pull_requests"]
    assert f"auth_token does not see repository {name}, which token 1" in caplog.text


def test_tokens_that_each_see_something_else_delete_nothing_and_fail(
    shown: Reader,
) -> None:
    first, second, *_ = names(shown)
    shown.server.restrict("sandbox-token", hidden=[first])
    shown.server.restrict("sandbox-token-2", hidden=[second])
    settings: dict[str, Any] = {"repositories": names(shown), "organizations": []}

    output = shown.fail(
        "Not read: repository", additional_auth_tokens="sandbox-token-2", **settings
    )

    assert not output.of("ACTIVATE_VERSION")
    assert output.records["pull_requests"]


def test_one_token_alone_costs_no_request_to_compare(shown: Reader) -> None:
    shown.server.forget_stats()
    shown.run()

    asked = shown.requests
    assert asked["SeenRepositories"] == asked["SeenOrganizations"] == 0


@pytest.mark.parametrize("tokens", [1, 2])
def test_to_compare_tokens_costs_one_request_each(tokens: int, shown: Reader) -> None:
    shown.server.forget_stats()
    more = [f"sandbox-token-{n + 2}" for n in range(tokens)]
    shown.run(additional_auth_tokens=more)

    assert shown.requests["SeenOrganizations"] == tokens + 1
