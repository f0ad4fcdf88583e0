"""How often the odd cases come, against the rates that were measured on real data."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Packed, World, generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    Rows = list[dict[str, Any]]

UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
NESTED = ("reviews", "comments", "commits", "timelineItems", "reviewThreads")


@pytest.fixture(scope="module", params=[7, 8])
def world(request: pytest.FixtureRequest) -> World:
    """Two companies: a rate must not depend on one seed."""
    return generate(seed=request.param, until=UNTIL)


@pytest.fixture(scope="module")
def pulls(world: World) -> Rows:
    return [
        {key: list(one) if isinstance(one, Packed) else one for key, one in row.items()}
        for row in world.github.pull_requests.values()
    ]


@pytest.fixture(scope="module")
def remarks(pulls: Rows) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each review comment with its review."""
    reviews = {row["id"]: row for pull in pulls for row in pull["reviews"]}
    return [
        (one, reviews[one["pullRequestReviewId"]])
        for pull in pulls
        for thread in pull["reviewThreads"]
        for one in thread["comments"]
    ]


def at(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def events(pulls: Rows, *kinds: str) -> Iterator[tuple[Any, Any]]:
    for pull in pulls:
        for row in pull["timelineItems"]:
            if row["__typename"] in kinds:
                yield pull, row


# Time ------------------------------------------------------------------------------


def test_github_cuts_off_fractions_of_seconds(world: World, pulls: Rows) -> None:
    """Linear finishes an issue as it is merged: GitHub's stamp is not after it."""
    merges = Counter(pull["mergedAt"] for pull in pulls if pull["merged"])
    finished = [
        row["completedAt"]
        for row in world.linear.issues.values()
        if f"{row.get('completedAt', '')[:19]}Z" in merges
    ]
    assert len(finished) > 300
    fractions = Counter(stamp[20:23] for stamp in finished)
    assert len(fractions) > 200


def test_review_comments_are_drafted_as_long_before_their_review_as_real_ones(
    remarks: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    """Of 8,095 real ones 2,349 more than a minute, 84 of these more than a day."""
    waits = [
        at(review["submittedAt"]) - at(one["createdAt"]) for one, review in remarks
    ]
    assert min(waits) >= timedelta()
    minutes = sum(wait > timedelta(minutes=1) for wait in waits) / len(waits)
    days = sum(wait > timedelta(days=1) for wait in waits) / len(waits)
    assert minutes == pytest.approx(2_349 / 8_095, rel=0.1)
    assert days == pytest.approx(84 / 8_095, rel=0.35)
    for one, review in remarks:
        assert one["draftedAt"] == one["createdAt"]
        assert one["publishedAt"] == review["submittedAt"] <= one["updatedAt"]


def test_no_comment_is_drafted_before_its_pull_request_or_what_it_answers(
    pulls: Rows,
) -> None:
    for pull in pulls:
        for thread in pull["reviewThreads"]:
            seen = pull["createdAt"]
            for one in thread["comments"]:
                assert one["createdAt"] >= seen
                seen = one["publishedAt"]


def test_one_commit_is_dated_far_in_the_future_on_an_open_pull_request(
    pulls: Rows,
) -> None:
    dated = [
        pull
        for pull in pulls
        for entry in pull["commits"]
        if entry["commit"]["committedDate"] > "2090"
    ]
    assert len(dated) == 1
    assert dated[0]["state"] == "OPEN"
    assert not dated[0]["isDraft"]


def test_cycles_roll_over_some_seconds_after_the_next_one_starts(world: World) -> None:
    closed = [row for row in world.linear.cycles.values() if row["isPast"]]
    waits = [at(row["completedAt"]) - at(row["endsAt"]) for row in closed]
    assert min(waits) >= timedelta(seconds=4)
    assert max(waits) <= timedelta(seconds=90)
    assert len(set(waits)) > len(waits) / 2
    ends = {row["id"]: row["completedAt"] for row in closed}
    rolled = [
        row
        for rows in world.linear.issue_history.values()
        for row in rows
        if row.get("fromCycleId") in ends
        and "toCycleId" in row
        and "actorId" not in row
    ]
    assert len(rolled) > 100
    assert {row["createdAt"] == ends[row["fromCycleId"]] for row in rolled} == {True}


# People ----------------------------------------------------------------------------


def test_as_many_authors_as_in_real_data_have_deleted_their_accounts(
    world: World, pulls: Rows
) -> None:
    """16 of 1,894."""
    gone = [pull for pull in pulls if "authorId" not in pull]
    assert len(gone) == pytest.approx(len(pulls) * 16 / 1_894, abs=2)
    private = {
        world.github.repositories[pull["repositoryId"]]["isPrivate"] for pull in gone
    }
    assert private == {True, False}


@pytest.mark.parametrize("what", ["reviews", "comments"])
def test_ghosts_speak_on_pull_requests_of_people_and_of_ghosts(
    pulls: Rows, what: str
) -> None:
    spoke = Counter(
        "authorId" in pull
        for pull in pulls
        for row in pull[what]
        if "authorId" not in row
    )
    assert min(spoke[True], spoke[False]) >= 3
    said = sum(len(pull[what]) for pull in pulls if "authorId" in pull)
    assert spoke[True] / said == pytest.approx(0.01, abs=0.005)


# Reviews ---------------------------------------------------------------------------


def test_a_quarter_of_the_reviews_only_answers_in_threads(pulls: Rows) -> None:
    """24 % of real ones."""
    comments: dict[str, list[bool]] = {}
    for pull in pulls:
        for thread in pull["reviewThreads"]:
            for one in thread["comments"]:
                answers = comments.setdefault(one["pullRequestReviewId"], [])
                answers.append("replyToId" in one)
    reviews = [row for pull in pulls for row in pull["reviews"]]
    only = [
        row
        for row in reviews
        if row["state"] == "COMMENTED"
        and not row["body"]
        and comments.get(row["id"])
        and all(comments[row["id"]])
    ]
    assert len(only) / len(reviews) == pytest.approx(0.24, abs=0.03)


def test_a_review_that_only_comments_says_something(pulls: Rows) -> None:
    """GitHub refuses one without a body and without comments."""
    said = {
        one["pullRequestReviewId"]
        for pull in pulls
        for thread in pull["reviewThreads"]
        for one in thread["comments"]
    }
    for pull in pulls:
        for row in pull["reviews"]:
            assert row["state"] != "COMMENTED" or row["body"] or row["id"] in said


def test_some_reviews_come_after_the_merge_and_some_comments_while_it_is_closed(
    pulls: Rows,
) -> None:
    late = sum(
        row["submittedAt"] > pull["mergedAt"]
        for pull in pulls
        if pull["merged"]
        for row in pull["reviews"]
    )
    assert late >= 5
    reopened = [
        (pull, row["createdAt"]) for pull, row in events(pulls, "ReopenedEvent")
    ]
    meanwhile = 0
    for pull, until in reopened:
        (since, *_) = [
            row["createdAt"]
            for row in pull["timelineItems"]
            if row["__typename"] == "ClosedEvent"
        ]
        meanwhile += any(since < one["createdAt"] < until for one in pull["comments"])
    assert meanwhile >= len(reopened) / 3 > 1


def test_review_requests_are_withdrawn_swapped_in_one_second_and_repeated(
    pulls: Rows,
) -> None:
    found: Counter[str] = Counter()
    for pull in pulls:
        asked: dict[str, str] = {}
        answered = {row.get("authorId") for row in pull["reviews"]}
        for row in pull["timelineItems"]:
            key, now = row.get("requestedReviewerId"), row["createdAt"]
            if row["__typename"] == "ReviewRequestRemovedEvent":
                asked[key] = now
            elif row["__typename"] == "ReviewRequestedEvent":
                if key in asked:
                    found["repeated" if not asked[key] else "swapped"] += asked[
                        key
                    ] in ("", now)
                asked[key] = ""
        found["withdrawn"] += sum(
            bool(removed) and key not in answered for key, removed in asked.items()
        )
    assert all(found[name] >= 5 for name in ("withdrawn", "swapped", "repeated")), found


def test_a_team_is_asked_whose_number_is_also_a_person_s(
    world: World, pulls: Rows
) -> None:
    (team,) = world.github.teams.values()
    namesakes = [
        row
        for row in world.github.actors.values()
        if row["databaseId"] == team["databaseId"]
    ]
    assert [row["__typename"] for row in namesakes] == ["User"]
    asked = [
        pull
        for pull, row in events(pulls, "ReviewRequestedEvent")
        if row["requestedReviewerId"] == team["id"]
    ]
    assert len(asked) > 20
    waits = [pull for pull in pulls if team["id"] in pull["requestedReviewerIds"]]
    assert len(waits) < len(asked)
    assert {pull["state"] for pull in waits} <= {"OPEN", "CLOSED"}


# Commits ---------------------------------------------------------------------------


def test_merge_commits_have_two_parents_on_both_kinds_of_branches(
    world: World, pulls: Rows
) -> None:
    for commits in (
        [entry["commit"] for pull in pulls for entry in pull["commits"]],
        [one for row in world.github.repositories.values() for one in row["commits"]],
    ):
        kinds = Counter(len(one["parents"]) for one in commits)
        assert set(kinds) - {0} == {1, 2}
        assert kinds[2] > 30
        assert sum(one["additions"] for one in commits if len(one["parents"]) == 2) > 0


def test_bots_push_to_pull_requests_that_nobody_works_on(
    world: World, pulls: Rows
) -> None:
    bot = next(
        row for row in world.github.actors.values() if row["login"] == "lantern-updater"
    )
    email = f"{bot['databaseId']}+lantern-updater[bot]@users.noreply.github.com"
    stale = 0
    for pull in pulls:
        written = {
            entry["commit"]["committedDate"]
            for entry in pull["commits"]
            if entry["commit"]["author"]["email"] == email
        }
        if not written:
            continue
        by_people = [row["createdAt"] for row in pull["comments"]] + [
            row["submittedAt"] for row in pull["reviews"]
        ]
        last = max(by_people, default=pull["createdAt"])
        stale += pull["state"] == "OPEN" and at(max(written)) - at(last) > timedelta(14)
        assert pull["updatedAt"] >= max(written)
    assert stale >= 5


# Links and issues ------------------------------------------------------------------


def test_older_attachments_name_a_repository_as_it_was_called_then(
    world: World,
) -> None:
    renamed = next(
        row
        for row in world.github.repositories.values()
        if row["previousNames"] == ["lanternworks/lantern-dashboard"]
    )
    links = [
        row
        for row in world.linear.attachments.values()
        if row["metadata"].get("repoId") == str(renamed["databaseId"])
    ]
    names = Counter(row["metadata"]["repoName"] for row in links)
    assert set(names) == {"lantern-dashboard", renamed["name"]}
    assert min(names.values()) > 20
    old = [row for row in links if "/lantern-dashboard/pull/" in row["url"]]
    new = [row for row in links if row not in old]
    assert max(row["createdAt"] for row in old) < min(row["createdAt"] for row in new)


def test_branches_name_issues_with_underscores_around(pulls: Rows) -> None:
    assert sum("_fix" in pull["headRefName"] for pull in pulls) > 10


def test_some_issues_are_restored_from_the_trash_and_some_from_the_archive(
    world: World,
) -> None:
    restored = unarchived = in_a_cycle = 0
    for key, issue in world.linear.issues.items():
        rows = world.linear.issue_history[key][::-1]
        trash = [row["trashed"] for row in rows if "trashed" in row]
        if trash == [True, False]:
            restored += 1
            assert "trashed" not in issue
            in_a_cycle += "cycleId" in issue
        if [row for row in rows if row.get("archived") is False]:
            unarchived += 1
            note = max(row["createdAt"] for row in rows if row.get("archived") is False)
            assert issue.get("archivedAt", "9") > note  # or archived again since
    assert restored / len(world.linear.issues) == pytest.approx(0.015, abs=0.01)
    assert in_a_cycle >= 3
    assert unarchived >= 5
