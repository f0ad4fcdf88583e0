"""The documents: valid by the published schema, cheap, and no more than selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)

from tap_github_prs.common import graphql_ast
from tap_github_prs.documents.aliases import NESTED_PAGES
from tap_github_prs.documents.documents import Documents
from tap_github_prs.documents.fragments import SHAPES
from tap_github_prs.schemas import TABLES
from tap_github_prs.streams.nested import CONTINUATIONS
from tap_github_prs.transport.errors import RefusedQueryError, Response

if TYPE_CHECKING:
    from pathlib import Path

    from graphql import GraphQLSchema, SelectionSetNode

    from tap_github_prs.common.graphql_ast import Definition

EVERYTHING = {table.name: [c.name for c in table.columns] for table in TABLES}
OPERATIONS = {
    "repositories": ["OrganizationRepositories"],
    "users": ["Members", "Users"],
    "pull_requests": [
        "ListPullRequests",
        "PullRequestsOfComments",
        "HydratePullRequests",
        "PullRequests",
        "MoreLabels",
        "MoreAssignees",
        "MoreReviewRequests",
        "MoreClosingIssues",
    ],
    "pr_reviews": ["HydratePullRequests", "MoreReviews"],
    "pr_comments": ["HydratePullRequests", "MoreReviewThreads", "MoreReviewComments"],
    "pr_issue_comments": ["HydratePullRequests", "MoreIssueComments"],
    "pr_files": ["HydratePullRequests", "MoreFiles"],
    "pr_commits": ["HydratePullRequests", "MorePullRequestCommits"],
    "pr_events": ["HydratePullRequests", "MoreTimelineItems"],
    "commits": ["ListCommits", "OrganizationRepositories"],
    "deployments": [
        "OrganizationRepositories",
        "ListDeployments",
        "HydrateDeployments",
        "MoreDeploymentStatuses",
    ],
    "releases": ["OrganizationRepositories", "ListReleases", "HydrateReleases"],
    "check_suites": [
        "OrganizationRepositories",
        "ListPullRequests",
        "ListHeadCheckSuites",
        "ListBranchCheckSuites",
        "ListCheckSuites",
        "MoreCheckSuites",
        "HydrateCheckSuites",
        "MoreCheckRuns",
    ],
}


def test_a_fragment_is_cut_once_for_all_documents_and_again_after_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut: list[str] = []
    pruned = Documents._pruned

    def count(self: Documents, name: str) -> Definition:
        cut.append(name)
        return pruned(self, name)

    monkeypatch.setattr(Documents, "_pruned", count)
    documents = Documents(EVERYTHING)
    before = [documents.text(name) for name in OPERATIONS["pull_requests"]]
    assert len(cut) == len(set(cut)) > len(before)
    documents.drop_spread("Reviews")
    after = [documents.text(name) for name in OPERATIONS["pull_requests"]]
    assert len(cut) > len(set(cut))
    assert after != before


@pytest.fixture(scope="module")
def schema(contract: Path) -> GraphQLSchema:
    # docs/apis/github.md: the published schema defines two fields twice.
    published = build_schema(contract.read_text("utf-8"), assume_valid_sdl=True)
    published._validation_errors = []
    return published


def problems(schema: GraphQLSchema, text: str) -> list[str]:
    return [error.message for error in validate(schema, parse(text))]


def price(text: str, ids: int = 1, first: int = 20) -> tuple[int, int]:
    """GitHub's documented points and nodes of a document that asks for `ids` nodes.

    Page sizes that are variables are `first`.
    """
    definitions = parse(text).definitions
    fragments = {
        d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)
    }
    (root,) = (d for d in definitions if isinstance(d, OperationDefinitionNode))
    requests, nodes = 0, 0

    def count(selections: SelectionSetNode, parents: int) -> None:
        nonlocal requests, nodes
        for node in selections.selections:
            below = parents
            if isinstance(node, FragmentSpreadNode):
                count(fragments[node.name.value].selection_set, parents)
                continue
            selected = None
            if isinstance(node, FieldNode | InlineFragmentNode):
                selected = node.selection_set
            if isinstance(node, FieldNode):
                if node.name.value == "nodes" and node.arguments:
                    below = ids
                for argument in node.arguments or ():
                    if argument.name.value in {"first", "last"}:
                        size = argument.value
                        held = (
                            int(size.value) if isinstance(size, IntValueNode) else first
                        )
                        requests += parents
                        nodes += parents * held
                        below = parents * held
            if selected:
                count(selected, below)

    count(root.selection_set, 1)
    return max(1, round((1 + requests) / 100)), nodes


@pytest.mark.parametrize(
    ("stream", "operation"), [(s, o) for s, all_ in OPERATIONS.items() for o in all_]
)
def test_every_document_is_valid_by_the_published_schema(
    stream: str, operation: str, schema: GraphQLSchema
) -> None:
    alone = {stream: EVERYTHING[stream]}

    assert problems(schema, Documents(EVERYTHING).text(operation)) == []
    assert problems(schema, Documents(alone).text(operation)) == []


@pytest.mark.parametrize("times", [1, 20])
def test_repeated_repositories_are_valid_and_cost_a_point(
    times: int, schema: GraphQLSchema
) -> None:
    text = Documents(EVERYTHING).repeated("Repositories", times)

    assert problems(schema, text) == []
    assert price(text)[0] == 1


@pytest.mark.parametrize("stream", EVERYTHING)
def test_every_column_is_requested_alone_and_in_its_place(stream: str) -> None:
    (table,) = (table for table in TABLES if table.name == stream)
    shapes = {name: shape for name, shape in SHAPES.items() if shape.stream == stream}
    for column in table.columns:
        if not column.path or column.name == "memberships":  # of the edge, not the node
            continue
        documents = Documents({stream: [column.name]})
        held = {
            graphql_ast.strip_types(place)
            for fragment in shapes
            for _, place in graphql_ast.fields(documents._cut(fragment).selection_set)
        }
        always = {path for shape in shapes.values() for path in shape.paths(())}
        needed = {
            path
            for shape in shapes.values()
            for path in shape.paths([column.name])
            if path[0] != "thread"
        } - always
        for path in needed:
            assert any(path[: len(found)] == found for found in held), (column, path)


@pytest.mark.parametrize(("threads", "points"), [(1, 3), (5, 4), (20, 8), (50, 16)])
def test_what_a_batch_of_25_complete_pull_requests_costs_depends_on_its_threads(
    threads: int, points: int
) -> None:
    text = Documents(EVERYTHING).text("HydratePullRequests")

    cost, nodes = price(text, 25, threads)

    assert cost == points
    assert nodes < 500_000


def test_a_request_that_also_continues_lists_is_valid_and_costs_little_more(
    schema: GraphQLSchema,
) -> None:
    documents = Documents(EVERYTHING)
    pages = (*CONTINUATIONS.values(), "MoreReviewComments") * 2

    for operation in ("HydratePullRequests", NESTED_PAGES):
        assert problems(schema, documents.with_pages(operation, pages)) == []
    without = price(documents.text("HydratePullRequests"), 25, 5)[0]
    together = price(documents.with_pages("HydratePullRequests", pages), 25, 5)[0]
    assert together <= without + 1


def test_without_review_comments_a_batch_costs_three_points() -> None:
    selected = {name: of for name, of in EVERYTHING.items() if name != "pr_comments"}

    assert price(Documents(selected).text("HydratePullRequests"), 25)[0] == 3


def test_a_deselected_stream_is_not_requested() -> None:
    selected = {"pull_requests": EVERYTHING["pull_requests"], "pr_files": ["path"]}
    text = Documents(selected).text("HydratePullRequests")

    assert "files(" in text
    for absent in (
        "reviews(",
        "reviewThreads(",
        "comments(",
        "commits(",
        "...Timeline",
    ):
        assert absent not in text


def test_a_deselected_field_is_not_requested() -> None:
    text = Documents({"pull_requests": ["title"]}).text("HydratePullRequests")

    assert "title" in text
    for absent in ("body", "additions", "labels", "mergedBy", "email"):
        assert absent not in text


def test_profiles_are_requested_only_if_users_are_selected() -> None:
    without = {name: of for name, of in EVERYTHING.items() if name != "users"}

    assert "twitterUsername" in Documents(EVERYTHING).text("HydratePullRequests")
    assert "twitterUsername" not in Documents(without).text("HydratePullRequests")


def place_of(text: str, field: str, after: str = "query") -> tuple[int, int]:
    lines = text.splitlines()
    first = next(n for n, each in enumerate(lines) if each.startswith(after))
    line = next(
        n
        for n, each in enumerate(lines)
        if n > first and each.strip().startswith(field)
    )
    return line + 1, len(lines[line]) - len(lines[line].lstrip()) + 1


def refuse(documents: Documents, text: str, line: int, column: int) -> list[str] | None:
    """What is left out where GitHub refuses the field at a place."""
    error = {"message": "no", "locations": [{"line": line, "column": column}]}
    answer = Response(200, body={"errors": [error]})
    try:
        return documents.drop(text, answer, lambda _: ())
    except RefusedQueryError:
        return None


def test_a_refused_field_is_left_out_of_every_document(schema: GraphQLSchema) -> None:
    documents = Documents(EVERYTHING)
    text = documents.text("HydratePullRequests")

    assert refuse(documents, text, *place_of(text, "twitterUsername")) == [
        "Account.User.twitterUsername"
    ]
    organization = text.index("... on Organization")
    place = place_of(text[organization:], "twitterUsername", "... on")
    line = text[:organization].count("\n")
    refuse(documents, text, line + place[0], place[1])
    for operation in ("HydratePullRequests", "Members", "ListCommits"):
        rest = documents.text(operation)
        assert "  email" in rest
        assert problems(schema, rest) == []
        assert "twitterUsername" not in rest


def test_a_field_that_the_tap_lives_on_cannot_be_refused() -> None:
    documents = Documents(EVERYTHING)
    text = documents.text("HydratePullRequests")

    for field, after in (
        ("nodes(", "query"),
        ("fullDatabaseId", "fragment PullRequest on"),
        ("updatedAt", "fragment PullRequest on"),
        ("pageInfo", "fragment Reviews on"),
        ("nodes", "fragment Reviews on"),
        ("oid", "fragment PullRequestCommit on"),
    ):
        assert refuse(documents, text, *place_of(text, field, after)) is None
    assert refuse(documents, text, 999, 1) is None
    assert documents.text("HydratePullRequests") == text


def test_a_fragment_of_which_everything_is_refused_is_not_spread(
    schema: GraphQLSchema,
) -> None:
    documents = Documents(EVERYTHING)
    text = documents.text("Members")
    refuse(documents, text, *place_of(text, "samlIdentityProvider"))

    rest = documents.text("Members")
    assert "Identities" not in rest
    assert problems(schema, rest) == []
