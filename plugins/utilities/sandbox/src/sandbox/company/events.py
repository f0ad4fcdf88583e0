"""Single events, for tests and readers.

Every event takes one second of the world's time, so that what it changes is newer than
everything before it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.company import discussion, issues, repositories
from sandbox.company.model import Work
from sandbox.company.rows import github_time, linear_time, milliseconds, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.company.kernel import Company
    from sandbox.company.model import Team
    from sandbox.company.rows import Row
    from sandbox.company.tables import LinearWorkspace
    from sandbox.company.world import World

_HANGING = (
    "comments",
    "attachments",
    "agent_sessions",
    "issue_to_releases",
    "customer_needs",
)


class NotFoundError(ValueError):
    """The event refers to something that does not exist."""

    def __init__(self, what: str, name: str) -> None:
        """Describe in one line what was not found."""
        super().__init__(f"There is no {what} {name!r} in this world.")


def _tick(world: World) -> int:
    """Advance by one second; return the new instant, ms."""
    world.now += timedelta(seconds=1)
    now = milliseconds(world.now)
    if world.simulation is not None:
        world.simulation.run(now)
    return now


def _issue(world: World, identifier: str) -> Row:
    wanted = identifier.upper()
    for row in world.linear.issues.values():
        if row["identifier"] == wanted:
            return row
    what = "issue"
    raise NotFoundError(what, identifier)


def _company(world: World) -> Company:
    if world.simulation is None:
        message = "Recordings have no issues to work on: serve the company instead."
        raise ValueError(message)
    return world.simulation


def _work(world: World, row: Row) -> Work:
    """Return the issue that the company's processes use."""
    sim = _company(world)
    work = sim.remembered.get(row["id"])
    if work is None:  # nothing more happens to it
        team = next(team for team in sim.teams if team.row["id"] == row["teamId"])
        work = Work(row, team, [], [])
    return work


# Linear -----------------------------------------------------------------------


def archive_issue(world: World, identifier: str) -> None:
    """Archive an issue. Its `updatedAt` stays (docs/apis/linear.md: what hides).

    Raises:
        NotFoundError: If there is no such issue.
    """
    row = _issue(world, identifier)
    _hide(world, row, _tick(world))


def unarchive_issue(world: World, identifier: str) -> None:
    """Take an issue out of the archive, or out of the trash.

    Raises:
        NotFoundError: If there is no such issue.
    """
    row = _issue(world, identifier)
    _tick(world)
    issues.bring_back(row)


def trash_issue(world: World, identifier: str) -> None:
    """Delete an issue as the application does: hidden, and `trashed`.

    Raises:
        NotFoundError: If there is no such issue.
    """
    row = _issue(world, identifier)
    _hide(world, row, _tick(world), trashed=True)


def _hide(world: World, row: Row, at: int, *, trashed: bool = False) -> None:
    issues.freeze(_company(world), _work(world, row))
    issues.archive(row, at, trashed=trashed)


def delete_issue(world: World, identifier: str) -> None:
    """Delete an issue permanently, with its comments, history and attachments.

    Raises:
        NotFoundError: If there is no such issue.
    """
    row = _issue(world, identifier)
    issues.remove(_company(world), _work(world, row))
    _sweep(world.linear, row["id"])
    _tick(world)


def _sweep(linear: LinearWorkspace, key: str) -> None:
    for name in _HANGING:
        table: dict[str, Row] = getattr(linear, name)
        for child in [one["id"] for one in table.values() if one.get("issueId") == key]:
            del table[child]
    ends = ("issueId", "relatedIssueId")
    relations = linear.issue_relations
    for relation in [
        one["id"] for one in relations.values() if key in map(one.get, ends)
    ]:
        del relations[relation]
    for row in linear.issues.values():
        if row.get("parentId") == key:
            del row["parentId"]
    for cycle in linear.cycles.values():
        if key in cycle["uncompletedIssuesUponCloseIds"]:
            cycle["uncompletedIssuesUponCloseIds"].remove(key)


def move_issue(world: World, identifier: str, team_key: str) -> str:
    """Move an issue to another team; return its new identifier.

    Raises:
        NotFoundError: If there is no such issue or team.
    """
    row = _issue(world, identifier)
    sim = _company(world)
    team = _team(sim, team_key)
    at = _tick(world)
    work = _work(world, row)
    closed = row["id"] not in sim.works
    if closed:
        sim.works[row["id"]] = work
        issues.wake(sim, work)
    else:
        work.team.backlog = [one for one in work.team.backlog if one is not work]
    issues.move_team(sim, work, at, None, team)
    if closed:
        issues.rest(sim, work, at)
    return str(row["identifier"])


def _team(sim: Company, key: str) -> Team:
    for team in sim.teams:
        if team.row["key"] == key.upper():
            return team
    what = "team"
    raise NotFoundError(what, key)


def reopen_issue(world: World, identifier: str) -> None:
    """Reopen a closed issue and restore it from the archive; it stays in progress.

    Raises:
        NotFoundError: If there is no such issue.
        ValueError: If the issue is open.
    """
    row = _issue(world, identifier)
    sim = _company(world)
    if row["id"] in sim.works:
        message = f"{identifier} is open: only a closed issue can be reopened."
        raise ValueError(message)
    at = _tick(world)
    issues.bring_back(row)
    issues.reopen(sim, _work(world, row), at, None, "progress")


def edit_comment(world: World, comment_id: str, body: str) -> None:
    """Edit a comment on Linear.

    Raises:
        NotFoundError: If there is no such comment.
    """
    row = world.linear.comments.get(comment_id)
    if row is None:
        what = "comment"
        raise NotFoundError(what, comment_id)
    discussion.edit(row, body, _tick(world))


def delete_comment(world: World, comment_id: str) -> None:
    """Delete a comment on Linear permanently.

    Raises:
        NotFoundError: If there is no such comment.
    """
    if world.linear.comments.pop(comment_id, None) is None:
        what = "comment"
        raise NotFoundError(what, comment_id)
    _tick(world)


def suspend_user(world: World, email: str) -> None:
    """Suspend a user of Linear: hidden unless requested.

    Raises:
        NotFoundError: If there is no such user.
    """
    for row in world.linear.users.values():
        if row["email"] == email:
            row["active"] = False
            row["updatedAt"] = linear_time(_tick(world))
            return
    what = "user"
    raise NotFoundError(what, email)


# GitHub -----------------------------------------------------------------------


def edit_review_comment(world: World, comment_id: str, body: str) -> None:
    """Edit a review comment without changing the pull request's `updatedAt`.

    GitHub does the same: docs/apis/github.md.

    Raises:
        NotFoundError: If there is no such comment.
    """
    for pull in world.github.pull_requests.values():
        for comment in _review_comments(pull):
            if comment["id"] == comment_id:
                _repack(pull)
                _edit(pull, comment_id, body, github_time(_tick(world)))
                return
    what = "review comment"
    raise NotFoundError(what, comment_id)


def _review_comments(pull: Row) -> Iterator[Row]:
    for thread in pull["reviewThreads"]:
        yield from thread["comments"]


def _repack(pull: Row) -> None:
    """Copy the pull request's threads, so that they can be changed."""
    pull["reviewThreads"] = [
        thread | {"comments": [dict(comment) for comment in thread["comments"]]}
        for thread in pull["reviewThreads"]
    ]


def _edit(pull: Row, comment_id: str, body: str, stamp: str) -> None:
    for comment in _review_comments(pull):
        if comment["id"] == comment_id:
            comment["body"] = body
            comment["lastEditedAt"] = comment["updatedAt"] = stamp
    if pull["state"] != "OPEN":
        pull.update(pack({"reviewThreads": pull["reviewThreads"]}))


def delete_issue_comment(world: World, comment_id: str) -> None:
    """Delete a comment of a pull request's conversation.

    It leaves no trace: docs/apis/github.md.

    Raises:
        NotFoundError: If there is no such comment.
    """
    for pull in world.github.pull_requests.values():
        kept = [one for one in pull["comments"] if one["id"] != comment_id]
        if len(kept) < len(pull["comments"]):
            pull["comments"] = kept
            _tick(world)
            return
    what = "comment"
    raise NotFoundError(what, comment_id)


def rename_repository(world: World, name_with_owner: str, name: str) -> None:
    """Rename a repository: the old name redirects from now on.

    Raises:
        NotFoundError: If there is no such repository.
    """
    for row in world.github.repositories.values():
        if row["nameWithOwner"] == name_with_owner:
            repositories.rename(row, name, _tick(world))
            return
    what = "repository"
    raise NotFoundError(what, name_with_owner)


EVENTS: dict[str, Callable[..., object]] = {
    act.__name__.replace("_", "-"): act
    for act in (
        archive_issue,
        unarchive_issue,
        trash_issue,
        delete_issue,
        move_issue,
        reopen_issue,
        edit_comment,
        delete_comment,
        suspend_user,
        edit_review_comment,
        delete_issue_comment,
        rename_repository,
    )
}
"""Every event by its name on the command line."""
