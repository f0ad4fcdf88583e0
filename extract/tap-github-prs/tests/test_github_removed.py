"""Fields, types, roots and enum values that GitHub no longer has, or does not give."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, build_schema, visit

from tap_github_prs.common.graphql_ast import fields
from tap_github_prs.documents import definitions
from tap_github_prs.documents.documents import Documents
from tap_github_prs.documents.fragments import NESTED
from tap_github_prs.schemas import TABLES
from tap_github_prs.transport.errors import RefusedQueryError, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Reader
    from handmade import Host
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]

AT = "2024-05-05T00:00:00Z"
EVERYTHING = {table.name: [c.name for c in table.columns] for table in TABLES}


@pytest.fixture
def small(host: Host, serve: Serve) -> Reader:
    row = host.pull_request(
        host.repository("one"), AT, mergeCommit={"oid": "c" * 40}, milestone=None
    )
    row["reviews"] = [
        {**host.comment(row), "id": "PRR_1", "state": "APPROVED", "submittedAt": AT}
    ]
    row["comments"] = [host.comment(row)]
    row["timelineItems"] = [
        {
            "__typename": "MergedEvent",
            "id": "ME_1",
            "actorId": "U_1",
            "createdAt": AT,
            "commit": {"oid": "c" * 40},
        }
    ]
    return serve(host)


REMOVED = {
    "a field": ("PullRequest.mergeCommit", "pull_requests", {"merge_commit_oid"}),
    "a field of a child": ("PullRequestReview.submittedAt", "pr_reviews", {
        "submitted_at",
    }),
    "a type": ("Milestone", "pull_requests", {
        "milestone_node_id", "milestone_number", "milestone_title",
    }),
    "a list of names": ("PullRequest.labels", "pull_requests", {"labels"}),
    "an object of the repository": ("Repository.licenseInfo", "repositories", {
        "license_name",
    }),
    "a field of an account": ("User.company", "users", {"company"}),
    "a field that others share a name with": ("IssueComment.updatedAt",
        "pr_issue_comments", {"updated_at"}),
}  # fmt: skip


@pytest.mark.parametrize("what", REMOVED)
def test_a_removed_field_is_missing_only_in_its_own_stream(
    what: str, small: Reader, caplog: Log
) -> None:
    """An older server lacks one field, and the whole query fails.

    https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/21864
    """
    removed, stream, columns = REMOVED[what]
    whole = small.run()
    small.server.remove(removed)
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = small.run()

    for name, rows in whole.records.items():
        lost = columns if name == stream else set()
        expected = [{k: v for k, v in r.items() if k not in lost} for r in rows]
        assert output.records[name] == expected, name
    # The target keeps what it has: the schema does not speak of the column.
    *_, schema = [m for m in output.of("SCHEMA") if m["stream"] == stream]
    assert not columns & schema["schema"]["properties"].keys()
    (line,) = [r.getMessage() for r in caplog.records if "Left out" in r.getMessage()]
    assert "doesn't exist on type" in line or "No such type" in line


def test_updated_at_of_another_type_does_not_take_the_replication_key(
    small: Reader,
) -> None:
    small.server.remove("PullRequestReview.updatedAt", "IssueComment.updatedAt")

    output = small.run()

    assert [row["updated_at"] for row in output.records["pull_requests"]] == [
        AT.replace("Z", ".000Z")
    ]
    assert output.bookmark == AT.replace("Z", ".000Z")


@pytest.mark.parametrize(
    "removed", ["PullRequest.updatedAt", "PullRequest.fullDatabaseId", "Repository.id"]
)
def test_a_key_is_never_left_out_and_its_loss_is_one_line(
    removed: str, small: Reader, caplog: Log
) -> None:
    small.server.remove(removed)

    small.fail("Not read: ")

    said = [line for line in caplog.text.splitlines() if "cannot do without" in line]
    assert len(said) == 1
    assert removed.split(".")[1] in said[0]


LISTS = {
    "reviews": "pr_reviews",
    "comments": "pr_issue_comments",
    "timelineItems": "pr_events",
}


@pytest.mark.parametrize("field", LISTS)
def test_a_list_that_is_removed_empties_its_stream_and_is_read_again_once_it_is_back(
    field: str, small: Reader
) -> None:
    stream = LISTS[field]
    small.server.remove(f"PullRequest.{field}")

    output = small.fail(f"Not read: stream {stream}")
    assert not output.records[stream]
    assert output.records["pull_requests"][0]["is_incomplete"] is True
    again = small.fail(f"Not read: stream {stream}", output.state)
    assert not again.records[stream]
    small.server.remove()
    (row,) = small.server.world.github.pull_requests.values()
    row["updatedAt"] = "2024-05-06T00:00:00Z"
    small.server.refresh()
    seen = small.run(again.state)
    small.server.forget_stats()
    back = small.run(seen.state)

    assert seen.records[stream]
    assert back.records[stream]
    assert not small.run(back.state).records[stream]


def test_a_root_that_is_removed_is_one_line_and_an_empty_stream(
    small: Reader, caplog: Log
) -> None:
    small.server.remove("Query.node")
    row = small.server.world.github
    (repository,) = row.repositories.values()
    repository["commits"] = [commit()]
    small.server.refresh()

    output = small.fail("Not read: commits of ada/one")

    assert output.records["pull_requests"]
    assert "Traceback" not in caplog.text


def commit() -> dict[str, Any]:
    return {
        "id": "C_1",
        "oid": "1" * 40,
        "message": "one",
        "url": "https://github.com/ada/one/commit/1",
        "authoredDate": AT,
        "committedDate": AT,
    }


def test_what_is_left_of_the_budget_may_be_unknown(small: Reader) -> None:
    whole = small.run()
    small.server.remove("Query.rateLimit")

    assert small.run().rows == whole.rows


def test_an_enum_value_that_is_removed_costs_that_value(
    small: Reader, caplog: Log
) -> None:
    whole = small.run()
    small.server.remove("PullRequestTimelineItemsItemType.REOPENED_EVENT")
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = small.run()

    assert output.rows == whole.rows
    assert "Left out REOPENED_EVENT" in caplog.text


def test_a_type_of_account_that_is_removed_costs_only_that_type(
    small: Reader,
) -> None:
    whole = small.run()
    small.server.remove("Mannequin")

    assert small.run().rows == whole.rows


def test_several_things_that_are_removed_at_once_are_all_left_out(
    small: Reader,
) -> None:
    """An older GitHub Enterprise Server lacks several fields of a query.

    https://github.com/turbot/steampipe-plugin-github/issues/306
    """
    small.server.remove(
        "PullRequest.mergeCommit",
        "User.company",
        "Repository.diskUsage",
        "MergedEvent.commit",
    )

    output = small.run()

    (row,) = output.records["pull_requests"]
    assert "merge_commit_oid" not in row
    assert row["title"]
    (event,) = output.records["pr_events"]
    assert event["type"] == "MergedEvent"
    assert "commit_oid" not in event


# Vague places, and scopes


@pytest.mark.parametrize("value", [None, "moved"])
def test_a_refusal_without_a_useful_place_leaves_out_what_it_names_by_type(
    value: str | None, small: Reader
) -> None:
    whole = small.run()
    small.server.remove("PullRequestReview.updatedAt")
    small.server.fault("vague", "github", count=0, match="Hydrate", value=value)

    output = small.run()

    (review,) = output.records["pr_reviews"]
    assert "updated_at" not in review
    assert output.rows["pull_requests"] == whole.rows["pull_requests"]
    assert output.rows["pr_issue_comments"] == whole.rows["pr_issue_comments"]


@pytest.mark.parametrize("value", [None, "moved"])
def test_a_token_without_the_scope_for_emails_is_served_whatever_place_is_named(
    value: str | None, small: Reader, caplog: Log
) -> None:
    (repository,) = small.server.world.github.repositories.values()
    author = {"name": "Ada", "email": "ada@example.com"}
    repository["commits"] = [{**commit(), "author": author}]
    small.server.refresh()
    small.server.restrict(refused=["User.email"])
    small.server.fault("vague", "github", count=0, value=value)
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = small.run()

    assert len(output.records["pull_requests"]) == 1
    assert all("email" not in user for user in output.records["users"])
    assert [r["author_email"] for r in output.records["commits"]] == ["ada@example.com"]
    assert "Account.User.email (scope missing)" in caplog.text


REFUSALS = [
    ("Field 'company' doesn't exist on type 'User'", "Account.User.company"),
    ("Cannot query field 'company' on type 'User'.", "Account.User.company"),
    ('Cannot query field "company" on type "User".', "Account.User.company"),
    ("The 'email' field requires one of the following scopes", "Account.User.email"),
    ("No such type Mannequin, so it can't be a fragment condition", "Mannequin"),
    ('Unknown type "Mannequin".', "Mannequin"),
    ("Field 'labels' doesn't accept argument 'first'", "PullRequest.labels"),
]


@pytest.mark.parametrize(("message", "left_out"), REFUSALS)
def test_a_message_alone_says_which_field_to_drop(message: str, left_out: str) -> None:
    documents = Documents(EVERYTHING)
    answer = Response(200, body={"errors": [{"message": message}]})

    found = documents.drop(documents.text("HydratePullRequests"), answer, lambda _: ())

    assert found == [left_out]


def test_the_path_of_a_refusal_says_where_though_its_place_is_vague() -> None:
    documents = Documents(EVERYTHING)
    error = {
        "message": "no",
        "path": ["fragment Account", "... on Organization", "location"],
    }
    answer = Response(200, body={"errors": [error]})

    found = documents.drop(documents.text("Members"), answer, lambda _: ())

    assert found == ["Account.Organization.location"]


def test_a_refusal_that_names_no_field_drops_no_field() -> None:
    documents = Documents(EVERYTHING)
    answer = Response(200, body={"errors": [{"message": "Parse error"}]})

    with pytest.raises(RefusedQueryError, match="Parse error"):
        documents.drop(documents.text("Members"), answer, lambda _: ())


def test_a_name_alone_is_left_out_of_one_type_after_the_other() -> None:
    documents = Documents(EVERYTHING)
    message = "The 'email' field requires one of the following scopes"
    answer = Response(200, body={"errors": [{"message": message}]})

    def drop() -> list[str]:
        return documents.drop("query Q { id }", answer, lambda _: ())

    assert drop() == ["Account.User.email"]
    others = drop(), drop(), drop()
    assert all("Account.User.email" not in each for each in others)
    with pytest.raises(RefusedQueryError, match="cannot do without"):
        drop()


def test_the_types_that_the_tap_takes_fields_to_be_on_are_those_of_the_schema(
    contract: Path,
) -> None:
    schema = build_schema(contract.read_text("utf-8"), assume_valid_sdl=True)
    types: dict[tuple[str, int], str] = {}
    info = TypeInfo(schema)

    class Places(Visitor):
        name = ""

        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = info.get_parent_type()
            if parent and node.loc:
                types[self.name, node.loc.start] = parent.name

    visitor = Places()
    for name, definition in definitions.read().items():
        visitor.name = name
        visit(definition, TypeInfoVisitor(info, visitor))
    checked = 0
    for name, definition in definitions.read().items():
        for node, place in fields(definition.selection_set):
            taken = definitions.type_at(definition, place)
            if taken and node.loc and node.name.value != "__typename":
                assert types[name, node.loc.start] == taken, (name, place)
                checked += 1
    assert checked > len(NESTED)


# A field of one row


def test_a_field_that_is_refused_in_one_row_is_missing_in_that_row_alone(
    host: Host, serve: Serve, caplog: Log
) -> None:
    repository = host.repository("one")
    rows = [
        host.pull_request(repository, host.second(n), mergeCommit={"oid": "c" * 40})
        for n in range(3)
    ]
    reader = serve(host)
    reader.server.fault("not-in-plan", "github", match="mergeCommit", code="FORBIDDEN")
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = reader.run()

    found = {row["number"]: row for row in output.records["pull_requests"]}
    assert "merge_commit_oid" not in found[rows[0]["number"]]
    assert found[rows[1]["number"]]["merge_commit_oid"] == "c" * 40
    assert "Left out merge_commit_oid of pull_requests" in caplog.text
    schemas = [m for m in output.of("SCHEMA") if m["stream"] == "pull_requests"]
    lacking = ["merge_commit_oid" not in m["schema"]["properties"] for m in schemas]
    assert lacking == [False, True, False]
