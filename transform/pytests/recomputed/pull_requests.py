"""Pull requests from the raw tables, without SQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]
SIZES = ((10, "XS"), (50, "S"), (250, "M"), (1000, "L"))
STALE = timedelta(days=14)
TOLERANCE = timedelta(seconds=60)


def hours_between(start: datetime | None, end: datetime | None) -> float | None:
    """Hours of a step; 0 if it runs backwards by up to a minute, else null."""
    if start is None or end is None or end - start < -TOLERANCE:
        return None
    return max((end - start).total_seconds(), 0) / 3600


def newest(rows: list[Row], *key: str) -> list[Row]:
    """Keep the newest row of each key that is not marked as deleted."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda r: (r["_sdc_batched_at"], r["_sdc_sequence"])):
        found[tuple(row[name] for name in key)] = row
    return [row for row in found.values() if row["_sdc_deleted_at"] is None]


@dataclass
class GitHub:
    """The raw rows of GitHub, by pull request.

    Attributes:
        raw: rows by stream.
        now: the point in time that the marts describe.
        pull_requests: by ID.
        children: by stream, then by pull request; only what GitHub still has.
        bots: IDs of the accounts that are bots.
    """

    raw: dict[str, list[Row]]
    now: datetime
    pull_requests: dict[int, Row] = field(init=False)
    children: dict[str, dict[int, list[Row]]] = field(init=False)
    bots: set[int] = field(init=False)

    def __post_init__(self) -> None:
        """Index the rows."""
        self.pull_requests = {
            row["id"]: row for row in newest(self.raw["pull_requests"], "id")
        }
        keys = {
            "pr_reviews": ["id"],
            "pr_comments": ["id"],
            "pr_issue_comments": ["id"],
            "pr_events": ["node_id"],
            "pr_commits": ["pull_request_id", "oid"],
        }
        self.children = {stream: defaultdict(list) for stream in keys}
        for stream, key in keys.items():
            for row in newest(self.raw[stream], *key):
                parent = self.pull_requests.get(row["pull_request_id"])
                # An event is never taken back.
                if parent and (
                    stream == "pr_events"
                    or parent["is_incomplete"]
                    or row["pull_request_updated_at"] >= parent["updated_at"]
                ):
                    self.children[stream][parent["id"]].append(row)
        self.bots = {
            row["id"]
            for row in self.raw["users"]
            if row["type"] == "Bot" or row["login"].lower().endswith("[bot]")
        }

    def is_bot(self, row: Row, who: str = "author") -> bool:
        """Tell whether a row's account is a bot's."""
        login = row[f"{who}_login"] or ""
        return (
            row[f"{who}_id"] in self.bots
            or row.get(f"{who}_type") == "Bot"
            or login.lower().endswith("[bot]")
        )

    def of_others(self, stream: str, pull_request: Row) -> list[Row]:
        """Rows of people other than the author; every ghost is the same account."""
        return [
            row
            for row in self.children[stream][pull_request["id"]]
            if row["author_id"] != pull_request["author_id"] and not self.is_bot(row)
        ]


@dataclass
class Review:
    """A submitted review by another person."""

    row: Row
    at: datetime
    state: str
    is_reply: bool


def reviews_of(github: GitHub, pull_request: Row) -> list[Review]:
    """Submitted reviews by other people, replies among them, in order."""
    threads = {
        comment["pull_request_review_id"]
        for comment in github.children["pr_comments"][pull_request["id"]]
        if comment["reply_to_id"] is None
    }
    before = {
        event["review_id"]: event["previous_review_state"]
        for event in sorted(
            github.children["pr_events"][pull_request["id"]],
            key=lambda event: event["created_at"],
            reverse=True,
        )
        if event["type"] == "ReviewDismissedEvent"
    }
    found = []
    for row in github.of_others("pr_reviews", pull_request):
        if row["submitted_at"] is None or row["state"] == "PENDING":
            continue
        state = (
            before.get(row["id"]) if row["state"] == "DISMISSED" else row["state"]
        ) or ""
        is_reply = (
            row["state"] == "COMMENTED"
            and not (row["body"] or "").strip()
            and row["id"] not in threads
        )
        found.append(Review(row, row["submitted_at"], state.lower(), is_reply))
    return sorted(found, key=lambda review: review.at)


def comments_of(github: GitHub, pull_request: Row) -> list[datetime]:
    """When each comment of another person could be seen."""
    submitted = {
        row["id"]: row["submitted_at"]
        for row in github.raw["pr_reviews"]
        if row["submitted_at"]
    }
    seen = [
        max(
            row["created_at"],
            submitted.get(row["pull_request_review_id"])
            or row["published_at"]
            or row["created_at"],
        )
        for row in github.of_others("pr_comments", pull_request)
        if row["state"] != "PENDING"
    ]
    return seen + [
        row["created_at"] for row in github.of_others("pr_issue_comments", pull_request)
    ]


def switched(
    start: tuple[datetime, bool], changes: list[tuple[datetime, bool]], at: datetime
) -> tuple[datetime, bool]:
    """Tell how a switch stood at a moment, and since when."""
    stood = start
    for moment, on in sorted(changes):
        if moment <= at and on != stood[1]:
            stood = (moment, on)
    return stood


def draft_changes(github: GitHub, pull_request: Row) -> list[tuple[datetime, bool]]:
    """When it became ready (true) or a draft (false)."""
    kinds = {"ReadyForReviewEvent": True, "ConvertToDraftEvent": False}
    return [
        (event["created_at"], kinds[event["type"]])
        for event in github.children["pr_events"][pull_request["id"]]
        if event["type"] in kinds
    ]


def opened_ready(github: GitHub, pull_request: Row) -> bool:
    """Tell whether it was opened ready for review."""
    changes = sorted(draft_changes(github, pull_request))
    return not changes[0][1] if changes else not pull_request["is_draft"]


def ready_since(github: GitHub, pull_request: Row, at: datetime) -> datetime | None:
    """Since when it was ready for review at a moment; null if it was a draft."""
    opened = (pull_request["created_at"], opened_ready(github, pull_request))
    since, ready = switched(opened, draft_changes(github, pull_request), at)
    return since if ready else None


def is_open_at(github: GitHub, pull_request: Row, at: datetime) -> bool:
    """Tell whether it was open at a moment."""
    kinds = {"ClosedEvent": False, "MergedEvent": False, "ReopenedEvent": True}
    changes = [
        (event["created_at"], kinds[event["type"]])
        for event in github.children["pr_events"][pull_request["id"]]
        if event["type"] in kinds
    ]
    if pull_request["closed_at"]:
        changes.append((pull_request["closed_at"], False))
    return switched((pull_request["created_at"], True), changes, at)[1]


def pushes_of(github: GitHub, pull_request: Row) -> list[datetime]:
    """When new code came: commits and force-pushes, none of the future."""
    moments = [
        commit["committed_at"]
        for commit in github.children["pr_commits"][pull_request["id"]]
    ]
    moments += [
        event["created_at"]
        for event in github.children["pr_events"][pull_request["id"]]
        if event["type"] == "HeadRefForcePushedEvent"
    ]
    return sorted(moment for moment in moments if moment <= github.now)


def last_activity(github: GitHub, pull_request: Row) -> datetime:
    """When a person last did anything with it."""
    number = pull_request["id"]
    acts = [
        event["created_at"]
        for event in github.children["pr_events"][number]
        if not github.is_bot(event, "actor")
    ]
    for commit in github.children["pr_commits"][number]:
        by_bot = github.is_bot(commit) or (
            commit["author_name"] or ""
        ).lower().endswith("[bot]")
        if not by_bot:
            rebased = github.is_bot(commit, "committer")
            if commit["committed_at"] <= github.now:
                acts.append(commit["authored_at" if rebased else "committed_at"])
    acts += [review.at for review in reviews_of(github, pull_request)]
    acts += comments_of(github, pull_request)
    # What the author wrote is activity too.
    author = pull_request["author_id"]
    for stream, moment in (
        ("pr_reviews", "submitted_at"),
        ("pr_comments", "created_at"),
        ("pr_issue_comments", "created_at"),
    ):
        acts += [
            row[moment]
            for row in github.children[stream][number]
            if row["author_id"] == author
            and not github.is_bot(row)
            and row[moment]
            and row["state" if stream != "pr_issue_comments" else "id"] != "PENDING"
        ]
    last: datetime = max(
        [pull_request["created_at"], *(a for a in acts if a <= github.now)]
    )
    return last


def changes_waited(
    github: GitHub, pull_request: Row, reviews: list[Review]
) -> tuple[float | None, float | None]:
    """Hours that the author, then the reviewers took after requested changes."""
    closed = pull_request["closed_at"]
    end = closed or datetime.max.replace(tzinfo=github.now.tzinfo)
    moves = sorted(
        pushes_of(github, pull_request)
        + [
            event["created_at"]
            for event in github.children["pr_events"][pull_request["id"]]
            if event["type"] == "ReviewRequestedEvent"
            and event["actor_id"] == pull_request["author_id"]
            and event["actor_id"] is not None
        ]
    )
    spans: dict[datetime | None, datetime] = {}
    for review in reviews:
        if review.state == "changes_requested" and review.at < end:
            moved = next((m for m in moves if review.at < m < end), None)
            spans.setdefault(moved, review.at)
    author = [hours_between(start, moved or closed) for moved, start in spans.items()]
    reviewers = [
        hours_between(
            moved,
            next(
                (r.at for r in reviews if not r.is_reply and moved < r.at < end), closed
            ),
        )
        for moved in spans
        if moved
    ]
    return total(author), total(reviewers)


def total(values: list[float | None]) -> float | None:
    """Sum what is known; null if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def pull_request_figures(github: GitHub, pull_request: Row) -> Row:
    """Recompute the row of fct_pull_requests: the columns that METRICS defines."""
    merged, opened = pull_request["merged_at"], pull_request["created_at"]
    everything = reviews_of(github, pull_request)
    reviews = [review for review in everything if not review.is_reply]
    comments = comments_of(github, pull_request)
    # Events after the merge are not steps toward it.
    before = [review for review in reviews if merged is None or review.at <= merged]
    words = [review.at for review in everything] + comments
    response = min(
        (
            at
            for at in words
            if at >= opened
            and ready_since(github, pull_request, at)
            and is_open_at(github, pull_request, at)
        ),
        default=None,
    )
    # Only approvals before a merge count; a dismissed one does not.
    approval = max(
        (
            review.at
            for review in before
            if merged and review.row["state"] == "APPROVED"
        ),
        default=None,
    )
    ready = ready_since(github, pull_request, response) if response else None
    commits = github.children["pr_commits"][pull_request["id"]]
    first_commit = min((commit["authored_at"] for commit in commits), default=None)
    answered = {
        next(
            (push for push in pushes_of(github, pull_request) if push > review.at), None
        )
        for review in reviews
        if review.state == "changes_requested"
    } - {None}
    lines = pull_request["additions"] + pull_request["deletions"]
    author_wait, reviewer_wait = changes_waited(github, pull_request, reviews)
    activity = last_activity(github, pull_request)
    return {
        "pull_request_id": pull_request["id"],
        "review_count": len(reviews),
        "reviewer_count": len({review.row["author_id"] for review in reviews}),
        "comment_count": len(comments),
        "commit_count": len(commits),
        "review_rounds": 1 + len(answered) if reviews else 0,
        "size_bucket": next((name for most, name in SIZES if lines <= most), "XL"),
        "is_by_bot": github.is_bot(pull_request),
        "is_self_merged": merged is not None
        and pull_request["merged_by_id"] == pull_request["author_id"],
        "is_merged_without_review": merged is not None
        and not any(review.at <= merged for review in reviews),
        "is_merged_without_word": merged is not None
        and not any(at <= merged for at in words),
        "is_stale": pull_request["state"] == "OPEN"
        and not pull_request["is_draft"]
        and github.now - activity > STALE,
        "first_commit_at": first_commit,
        "first_response_at": response,
        "first_review_at": min((review.at for review in before), default=None),
        "last_approval_at": approval,
        "last_activity_at": activity,
        "coding_time_hours": hours_between(first_commit, opened),
        "pickup_time_hours": hours_between(ready, response),
        "review_time_hours": hours_between(response, approval),
        "approval_to_merge_hours": hours_between(approval, merged),
        "open_to_merge_hours": hours_between(opened, merged),
        "open_to_close_hours": None
        if merged
        else hours_between(opened, pull_request["closed_at"]),
        "author_wait_hours": author_wait,
        "reviewer_wait_hours": reviewer_wait,
    }
