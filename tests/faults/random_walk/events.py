"""What may happen to the rows of Linear and GitHub between two steps of a walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from sandbox.company import World

Row = dict[str, Any]

ORGANIZATION = "lanternworks"
TEAMS = ("PLA", "MOB")


def pick(random: Random, rows: Iterable[Row]) -> Row | None:
    """Choose a row; None if there is none."""
    found = list(rows)
    return random.choice(found) if found else None


def linear_event(random: Random, world: World) -> tuple[str, Row] | None:
    """Choose something that happens to an issue or a comment of Linear."""
    linear = world.linear
    kind = random.choice(
        ["archive-issue", "unarchive-issue", "trash-issue", "delete-issue",
         "move-issue", "reopen-issue", "edit-comment", "delete-comment"]
    )  # fmt: skip
    if kind.endswith("comment"):
        comment = pick(random, linear.comments.values())
        if comment is None:
            return None
        body = {"body": f"edited {random.random()}"} if kind == "edit-comment" else {}
        return kind, {"comment_id": comment["id"], **body}
    closed = kind == "reopen-issue"
    archived = kind == "unarchive-issue"
    issue = pick(
        random,
        (
            row
            for row in linear.issues.values()
            if bool(row.get("archivedAt")) == archived
            and (not closed or row.get("completedAt"))
        ),
    )
    if issue is None:
        return None
    arguments = {"identifier": issue["identifier"]}
    if kind == "move-issue":
        key = linear.teams[issue["teamId"]]["key"]
        arguments["team_key"] = random.choice([one for one in TEAMS if one != key])
    return kind, arguments


def github_event(random: Random, world: World) -> tuple[str, Row] | None:
    """Choose something that happens to a comment or a repository of GitHub."""
    pull_requests = list(world.github.pull_requests.values())
    kind = random.choice(
        ["edit-review-comment", "delete-issue-comment", "rename-repository"]
    )
    if kind == "rename-repository":
        name = f"{ORGANIZATION}/prototype-2019"
        found = pick(
            random,
            (
                r
                for r in world.github.repositories.values()
                if r["nameWithOwner"] == name
            ),
        )
        if found is None:
            return None
        return kind, {"name_with_owner": name, "name": "prototype"}
    if kind == "edit-review-comment":
        comment = pick(
            random,
            (
                one
                for row in pull_requests
                for thread in row["reviewThreads"]
                for one in thread["comments"]
            ),
        )
        if comment is None:
            return None
        return kind, {"comment_id": comment["id"], "body": f"edited {random.random()}"}
    comment = pick(random, (one for row in pull_requests for one in row["comments"]))
    return (kind, {"comment_id": comment["id"]}) if comment else None
