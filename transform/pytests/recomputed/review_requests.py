"""Review requests from the raw tables, without SQL."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from recomputed.pull_requests import GitHub, Row, hours_between

if TYPE_CHECKING:
    from datetime import datetime

Target = tuple[str, int | None]


def in_order(events: list[Row]) -> list[Row]:
    """Put one target's events in order, also those of the same second.

    GitHub's times are whole seconds: who waited before is removed first, and who
    did not is requested first.
    """
    ordered: list[Row] = []
    waits = False
    for _, group in groupby(
        sorted(events, key=lambda event: event["created_at"]),
        key=lambda event: event["created_at"],
    ):
        requests_first = not waits
        same = sorted(
            group,
            key=lambda e: (e["type"] == "ReviewRequestRemovedEvent") == requests_first,
        )
        ordered += same
        waits = same[-1]["type"] == "ReviewRequestedEvent"
    return ordered


def answers_of(github: GitHub, pull_request: Row, target: Target) -> list[datetime]:
    """When what was asked of a person or a team was answered: replies count."""
    kind, number = target
    submitted = [
        row
        for row in github.children["pr_reviews"][pull_request["id"]]
        if row["submitted_at"] and row["state"] != "PENDING"
    ]
    if kind != "Team":
        return sorted(r["submitted_at"] for r in submitted if r["author_id"] == number)
    listed = {
        (reviewer["type"], reviewer["id"])
        for reviewer in pull_request["requested_reviewers"]
    }
    if target in listed:
        return []
    return sorted(
        row["submitted_at"]
        for row in submitted
        if row["author_id"] != pull_request["author_id"] and not github.is_bot(row)
    )


def request_figures(github: GitHub, pull_request: Row) -> list[Row]:
    """Recompute the rows of fct_review_requests of one pull request."""
    events: dict[Target, list[Row]] = defaultdict(list)
    # Reopened, it lists the same reviewers again: only the last closing ends them.
    closed = pull_request["closed_at"]
    for event in github.children["pr_events"][pull_request["id"]]:
        if event["type"] in {"ReviewRequestedEvent", "ReviewRequestRemovedEvent"}:
            target = (event["requested_reviewer_type"], event["requested_reviewer_id"])
            events[target].append(event)
    found = []
    for target, of_target in events.items():
        ordered = in_order(of_target)
        answers = answers_of(github, pull_request, target)
        for place, event in enumerate(ordered):
            if event["type"] != "ReviewRequestedEvent":
                continue
            asked = event["created_at"]
            ends = [
                ("answered", next((at for at in answers if at >= asked), None)),
                *(
                    (
                        "removed"
                        if later["type"] == "ReviewRequestRemovedEvent"
                        else "requested_again",
                        later["created_at"],
                    )
                    for later in ordered[place + 1 : place + 2]
                ),
                ("closed", max(closed, asked) if closed else None),
            ]
            outcome, ended = min(
                ((name, at) for name, at in ends if at),
                key=lambda end: end[1],
                default=("waiting", None),
            )
            found.append(
                {
                    "review_request_id": event["node_id"],
                    "outcome": outcome,
                    "is_open": ended is None,
                    "ended_at": ended,
                    "waiting_hours": hours_between(asked, ended or github.now),
                }
            )
    return found
