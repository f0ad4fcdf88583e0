"""The mess of real companies in GitHub, its people and its links to Linear."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.company import World

    Rows = list[dict[str, Any]]
    Check = Callable[[str, Rows, tuple[str, ...]], None]

IDENTIFIER = re.compile(r"[A-Z]{3}-\d+")


@pytest.fixture(scope="module")
def pulls(world: World) -> Rows:
    """The pull requests, unpacked once for all tests."""
    return [
        {key: list(one) if isinstance(one, Packed) else one for key, one in row.items()}
        for row in world.github.pull_requests.values()
    ]


def test_what_github_s_schema_allows_to_be_null_is_null_somewhere_and_set_elsewhere(
    world: World, pulls: Rows, assert_sometimes_null: Check
) -> None:
    threads = [thread for pull in pulls for thread in pull["reviewThreads"]]
    users = [a for a in world.github.actors.values() if a["__typename"] == "User"]
    nullable: dict[str, tuple[Rows, tuple[str, ...]]] = {
        "PullRequest": (
            pulls,
            ("authorId", "closedAt", "mergedAt", "mergedById", "mergeCommit",
             "headRepositoryId", "reviewDecision", "lastEditedAt", "databaseId",
             "activeLockReason", "editorId"),
        ),
        "PullRequestReview": (
            [row for pull in pulls for row in pull["reviews"]],
            ("authorId", "commit", "databaseId"),
        ),
        "PullRequestReviewThread": (threads, ("line", "startLine", "resolvedById")),
        "PullRequestReviewComment": (
            [row for thread in threads for row in thread["comments"]],
            ("line", "originalLine", "position", "startLine", "replyToId"),
        ),
        "IssueComment": (
            [row for pull in pulls for row in pull["comments"]],
            ("authorId", "editorId", "lastEditedAt", "minimizedReason"),
        ),
        "Commit": (
            [row["commit"] for pull in pulls for row in pull["commits"]],
            ("changedFilesIfAvailable",),
        ),
        "User": (users, ("name", "company", "location")),
        "Repository": (
            list(world.github.repositories.values()),
            ("primaryLanguage", "pushedAt", "archivedAt", "description"),
        ),
    }  # fmt: skip
    for name, (rows, keys) in nullable.items():
        assert_sometimes_null(name, rows, keys)


# People ----------------------------------------------------------------------------


def test_people_join_and_leave(world: World) -> None:
    users = [row for row in world.linear.users.values() if not row["app"]]
    gone = [row for row in users if not row["active"]]
    assert gone
    assert any(row["createdAt"] > "2025-01" for row in users)
    members = {key for key, _ in world.github.organizations["lanternworks"]["members"]}
    by_number = {
        str(row["databaseId"]): key for key, row in world.github.actors.items()
    }
    left = [by_number[row["gitHubUserId"]] for row in gone if "gitHubUserId" in row]
    assert members.isdisjoint(left)


def test_each_rule_of_identity_has_its_people_and_so_has_none(world: World) -> None:
    users = list(world.linear.users.values())
    actors = [
        row for row in world.github.actors.values() if row["__typename"] == "User"
    ]
    emails = {row["email"] for row in users}
    by_number = {str(row["databaseId"]) for row in actors}
    assert any(row.get("gitHubUserId") in by_number for row in users)
    assert any(row["email"] in emails for row in actors)
    assert any(
        row["email"].lower() in emails and row["email"] not in emails for row in actors
    )
    assert any(
        set(row.get("organizationVerifiedDomainEmails", ())) & emails for row in actors
    )
    assert any(
        row["login"].startswith("night-owl") and not row["email"] for row in actors
    )
    names = Counter(row["name"] for row in actors if row.get("name"))
    assert max(names.values()) == 2


def test_commits_are_signed_with_all_kinds_of_e_mail(pulls: Rows) -> None:
    authors = [row["commit"]["author"] for pull in pulls for row in pull["commits"]]
    emails = {author["email"] for author in authors}
    assert any(
        re.fullmatch(r"\d+\+.+@users\.noreply\.github\.com", email) for email in emails
    )
    assert any(email.endswith("@lanternworks.example") for email in emails)
    assert any(email.endswith("@laptop.local") for email in emails)
    assert any("userId" not in author for author in authors)


def test_some_people_review_everything_and_nobody_reviews_others(
    world: World, pulls: Rows
) -> None:
    people = {
        key for key, row in world.github.actors.items() if row["__typename"] == "User"
    }
    reviewers = Counter(
        review["authorId"]
        for pull in pulls
        for review in pull["reviews"]
        if review.get("authorId") in people
        and review["authorId"] != pull.get("authorId")
    )
    total = sum(reviewers.values())
    assert reviewers.most_common(1)[0][1] > 0.15 * total
    written = Counter(
        pull["authorId"] for pull in pulls if pull.get("authorId") in people
    )
    reviewed = {
        pull["authorId"]
        for pull in pulls
        if pull.get("authorId")
        and any(
            review.get("authorId") in people - {pull["authorId"]}
            for review in pull["reviews"]
        )
    }
    assert any(
        count > 20 and author not in reviewed for author, count in written.items()
    )
    assert any(
        count > 20 and reviewers[author] < 0.01 * total
        for author, count in written.items()
    )


# Pull requests ---------------------------------------------------------------------


def test_authors_are_people_bots_mannequins_and_ghosts(
    world: World, pulls: Rows
) -> None:
    kinds = Counter(
        world.github.actors[pull["authorId"]]["__typename"]
        if "authorId" in pull
        else "ghost"
        for pull in pulls
    )
    assert set(kinds) == {"User", "Bot", "Mannequin", "ghost"}
    assert kinds["User"] > 0.8 * len(pulls)
    assert any("headRepositoryId" not in pull for pull in pulls)
    assert any(pull["merged"] and "mergedById" not in pull for pull in pulls)


def first_review(pull: dict[str, Any]) -> dict[str, Any] | None:
    return min(pull["reviews"], key=lambda row: row["submittedAt"], default=None)


def test_bots_review_first_and_authors_answer_themselves(
    world: World, pulls: Rows
) -> None:
    bots = {
        key for key, row in world.github.actors.items() if row["__typename"] == "Bot"
    }
    firsts = [review for pull in pulls if (review := first_review(pull))]
    assert any(review.get("authorId") in bots for review in firsts)
    only_bots = [
        pull
        for pull in pulls
        if pull["reviews"]
        and all(row.get("authorId") in bots for row in pull["reviews"])
    ]
    assert only_bots
    only_author = [
        pull
        for pull in pulls
        if pull["reviews"]
        and all(
            row.get("authorId", "") == pull.get("authorId") for row in pull["reviews"]
        )
    ]
    assert only_author


def test_some_pull_requests_are_merged_unreviewed_and_some_closed_unreviewed(
    pulls: Rows,
) -> None:
    bare = Counter(pull["state"] for pull in pulls if not pull["reviews"])
    assert bare["MERGED"] > 20
    assert bare["CLOSED"] > 20
    assert any(
        pull["merged"] and pull.get("mergedById") == pull.get("authorId")
        for pull in pulls
    )


def test_some_pull_requests_bounce(pulls: Rows) -> None:
    """Changes requested, then new commits, then approval."""

    def bounced(pull: dict[str, Any]) -> bool:
        asked = [
            row["submittedAt"]
            for row in pull["reviews"]
            if row["state"] == "CHANGES_REQUESTED"
        ]
        approved = [
            row["submittedAt"] for row in pull["reviews"] if row["state"] == "APPROVED"
        ]
        written = [row["commit"]["committedDate"] for row in pull["commits"]]
        return any(a < w < b for a in asked[:1] for w in written for b in approved[-1:])

    assert sum(map(bounced, pulls)) > 20


def test_some_approvals_are_dismissed_after_a_change(pulls: Rows) -> None:
    dismissed = {
        row["id"]
        for pull in pulls
        for row in pull["reviews"]
        if row["state"] == "DISMISSED"
    }
    events = [
        row
        for pull in pulls
        for row in pull["timelineItems"]
        if row["__typename"] == "ReviewDismissedEvent"
    ]
    assert dismissed == {row["reviewId"] for row in events}
    assert {row["previousReviewState"] for row in events} == {"APPROVED"}


def test_some_pull_requests_are_drafts_for_a_month_and_some_wait_for_weeks(
    pulls: Rows,
) -> None:
    def waited(pull: dict[str, Any], until: str | None) -> timedelta:
        opened = datetime.fromisoformat(pull["createdAt"])
        return datetime.fromisoformat(until) - opened if until else timedelta()

    ready = [
        waited(pull, row["createdAt"])
        for pull in pulls
        for row in pull["timelineItems"]
        if row["__typename"] == "ReadyForReviewEvent"
    ]
    assert max(ready) > timedelta(days=25)
    assert any(pull["isDraft"] for pull in pulls)
    reviewed = [
        waited(pull, review["submittedAt"])
        for pull in pulls
        if (review := first_review(pull))
    ]
    assert max(reviewed) > timedelta(days=7)
    stale = (datetime(2026, 3, 31, tzinfo=UTC) - timedelta(days=30)).isoformat()
    assert any(pull["state"] == "OPEN" and pull["updatedAt"] < stale for pull in pulls)


def test_some_pull_requests_are_reverted_and_some_reopened(pulls: Rows) -> None:
    assert any(
        pull["title"].startswith('Revert "') and pull["merged"] for pull in pulls
    )
    events = {row["__typename"] for pull in pulls for row in pull["timelineItems"]}
    assert events == {
        "AssignedEvent", "ClosedEvent", "HeadRefDeletedEvent",
        "HeadRefForcePushedEvent", "LabeledEvent", "MergedEvent",
        "ReadyForReviewEvent", "RenamedTitleEvent",
        "ReopenedEvent", "ReviewDismissedEvent", "ReviewRequestRemovedEvent",
        "ReviewRequestedEvent",
    }  # fmt: skip


def test_most_review_comments_have_lost_their_line(pulls: Rows) -> None:
    said = [
        one
        for pull in pulls
        for thread in pull["reviewThreads"]
        for one in thread["comments"]
    ]
    lost = sum("line" not in one for one in said)
    assert 0.3 < lost / len(said) < 0.9


def test_34_pull_requests_were_touched_on_one_second(pulls: Rows) -> None:
    labeled = Counter(
        row["createdAt"]
        for pull in pulls
        for row in pull["timelineItems"]
        if row["__typename"] == "LabeledEvent"
    )
    assert max(labeled.values()) == 34


def test_every_size_from_xs_to_xl_exists(pulls: Rows) -> None:
    sizes = [pull["additions"] + pull["deletions"] for pull in pulls]
    edges = [0, 11, 51, 251, 1_001, 10**9]
    for low, high in pairwise(edges):
        assert sum(low <= size < high for size in sizes) > 10


# What links the two ----------------------------------------------------------------


def test_pull_requests_name_issues_in_every_way_and_some_wrongly(
    issues: Rows, pulls: Rows
) -> None:
    real = {issue["identifier"] for issue in issues}
    real |= {old for issue in issues for old in issue["previousIdentifiers"]}
    old = {one for issue in issues for one in issue["previousIdentifiers"]}

    def named(text: str) -> set[str]:
        return set(IDENTIFIER.findall(text))

    for key in ("title", "body", "headRefName"):
        assert any(named(pull[key]) & real for pull in pulls), key
        assert any(
            named(pull[key].upper()) & real - named(pull[key]) for pull in pulls
        ), key
    assert any(named(pull["headRefName"].upper()) - real for pull in pulls)
    assert any(
        named(pull["headRefName"].upper() + pull["title"]) & old for pull in pulls
    )
    messages = [row["commit"]["message"] for pull in pulls for row in pull["commits"]]
    assert any(named(message) & real for message in messages)
    unnamed = [
        pull
        for pull in pulls
        if not named(f"{pull['title']} {pull['body']} {pull['headRefName']}".upper())
        & real
    ]
    assert 0.05 < len(unnamed) / len(pulls) < 0.5
    assert any("UTF-8" in pull["title"] for pull in pulls)
    assert any("SHA-256" in pull["title"] for pull in pulls)


def test_linear_links_some_pull_requests_and_follows_what_becomes_of_them(
    world: World, pulls: Rows
) -> None:
    by_number = {
        (
            world.github.repositories[pull["repositoryId"]]["databaseId"],
            pull["number"],
        ): (pull)
        for pull in pulls
    }
    linked = [
        row
        for row in world.linear.attachments.values()
        if row.get("sourceType") == "github"
    ]
    assert 0.2 < len(linked) / len(pulls) < 0.8
    for row in linked:
        about = row["metadata"]
        pull = by_number[int(about["repoId"]), about["number"]]
        assert row["url"].endswith(f"/{about['repoName']}/pull/{pull['number']}")
        status = (
            "draft"
            if pull["isDraft"] and pull["state"] == "OPEN"
            else pull["state"].lower()
        )
        assert row["metadata"]["status"] == status


def test_an_issue_can_have_several_pull_requests(world: World) -> None:
    linked = Counter(
        row["issueId"]
        for row in world.linear.attachments.values()
        if row.get("sourceType") == "github"
    )
    assert max(linked.values()) >= 2


# Repositories ----------------------------------------------------------------------


def test_odd_repositories_exist(world: World) -> None:
    rows = list(world.github.repositories.values())
    for key in ("isEmpty", "isDisabled", "isArchived", "previousNames"):
        assert any(row[key] for row in rows), key
    assert {row["visibility"] for row in rows} == {"PRIVATE", "PUBLIC"}


def test_commits_arrive_late_on_the_default_branch(world: World) -> None:
    late = 0
    for row in world.github.repositories.values():
        dates = [commit["committedDate"] for commit in row["commits"]]
        late += sum(newer < older for newer, older in pairwise(dates))
    assert late > 20
