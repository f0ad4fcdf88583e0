"""Issues: changes of a row, with the entries in its history and state spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.company.model import Work
from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import DAY, Row, day_of, linear_time, pack
from sandbox.company.texts import slug

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.company.kernel import Company
    from sandbox.company.model import Person, Team

PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")
NONE: list[str] = []
"""Shared by every row with an empty list of ids: replaced, never changed."""
NOTHING: Row = {}
GITHUB_BOT: Row = {"id": "github", "type": "github", "name": "GitHub"}
"""The ActorBot of Linear's GitHub integration."""
_LONG_ONE_IN = 600
"""One issue in this many has a very long description; every company has some.
"""
_HIDDEN = ("archivedAt", "autoArchivedAt", "trashed")
CLOSED = frozenset({"completed", "canceled", "duplicate"})

HISTORY_KEYS = {
    "stateId": ("fromStateId", "toStateId"),
    "assigneeId": ("fromAssigneeId", "toAssigneeId"),
    "cycleId": ("fromCycleId", "toCycleId"),
    "projectId": ("fromProjectId", "toProjectId"),
    "projectMilestoneId": ("fromProjectMilestoneId", "toProjectMilestoneId"),
    "teamId": ("fromTeamId", "toTeamId"),
    "parentId": ("fromParentId", "toParentId"),
    "priority": ("fromPriority", "toPriority"),
    "estimate": ("fromEstimate", "toEstimate"),
    "dueDate": ("fromDueDate", "toDueDate"),
    "title": ("fromTitle", "toTitle"),
}
"""The fields of Linear's IssueHistory for a change to each field."""


def create(sim: Company, team: Team, at: int, creator: Person | None) -> Work:
    """File an issue in the team's triage or backlog."""
    team.last_number += 2 if sim.chance(0.01) else 1  # a number that was deleted
    key = sim.ids.uuid()
    identifier = f"{team.row['key']}-{team.last_number}"
    title = sim.texts.title()
    stamp = linear_time(at)
    handle = creator.handle if creator else "dev"
    priority = sim.pick((0, 0, 1, 2, 2, 3, 3, 3, 4, 4))
    row: Row = {
        "id": key,
        "identifier": identifier,
        "number": float(team.last_number),
        "title": title,
        "priority": float(priority),
        "priorityLabel": PRIORITIES[priority],
        "prioritySortOrder": -float(team.last_number),
        "branchName": f"{handle}/{identifier.lower()}-{slug(title)}",
        "url": _url(identifier, title),
        "labelIds": NONE,
        "previousIdentifiers": NONE,
        "customerTicketCount": 0,
        "reactionData": NOTHING,
        "teamId": team.row["id"],
        "stateId": team.states["backlog"],
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    row["sortOrder"] = row["prioritySortOrder"]
    _describe(sim, row, creator)
    _plan(sim, team, row, at)
    if "triage" in team.states and (creator is None or sim.chance(0.3)):
        row["stateId"] = team.states["triage"]
        row["startedTriageAt"] = stamp
    work = Work(row, team, [], [])
    _enter(sim, work, stamp)
    sim.linear.issues[key] = row
    sim.works[key] = sim.remembered[key] = work
    _keep(sim, work)
    return work


def _url(identifier: str, title: str) -> str:
    return f"https://linear.app/{ORGANIZATION}/issue/{identifier}/{slug(title)}"


def _describe(sim: Company, row: Row, creator: Person | None) -> None:
    """Set the creator and the description of the issue."""
    if creator is not None:
        row["creatorId"] = creator.linear_id
    else:
        row["integrationSourceType"] = sim.pick(("slack", "sentry", "email"))
    if len(sim.linear.issues) % _LONG_ONE_IN == 0:
        row["description"] = sim.texts.long()
    elif sim.chance(0.85):
        row["description"] = sim.texts.paragraph()


def _plan(sim: Company, team: Team, row: Row, at: int) -> None:
    """Set labels, estimate, dates and project of the issue."""
    if sim.chance(0.5):
        row["labelIds"] = [sim.pick(team.labels)]
    if team.row["issueEstimationType"] != "notUsed" and sim.chance(0.7):
        row["estimate"] = sim.pick((1.0, 1.0, 2.0, 2.0, 3.0, 5.0, 8.0))
    if sim.chance(0.1):
        row["dueDate"] = day_of(at + sim.days(3, 60))
    if row["priority"] == 1 and sim.chance(0.4):
        row["slaType"] = "all"
        row["slaStartedAt"] = row["createdAt"]
        row["slaBreachesAt"] = linear_time(at + 2 * DAY)
    project = team.project_at(at)
    if project is not None and sim.chance(0.4):
        row["projectId"] = project["id"]
        row["addedToProjectAt"] = row["createdAt"]
        sim.issues_of_project.setdefault(project["id"], {})[row["id"]] = row
        milestones = team.milestones[project["id"]]
        if milestones and sim.chance(0.6):
            row["projectMilestoneId"] = sim.pick(milestones)
    if team.backlog and sim.chance(0.06):
        row["parentId"] = sim.pick(team.backlog).row["id"]
        row["subIssueSortOrder"] = 0.0


def change(
    sim: Company,
    work: Work,
    at: int,
    actor: Person | Row | None,
    **fields: object,
) -> None:
    """Change fields of an issue: one history entry, and all its effects.

    Args:
        sim: The company.
        work: The issue.
        at: When, ms.
        actor: A person, an ActorBot, or None for Linear itself.
        **fields: New values by the row's keys; None removes the key; an unchanged value
            is not a change.
    """
    row = work.row
    new = {name: value for name, value in fields.items() if row.get(name) != value}
    if not new:
        return
    stamp = linear_time(at)
    entry = _entry(sim, stamp, actor)
    for name, value in new.items():
        before = row.get(name)
        entry.update(_said(name, before, value))
        if value is None:
            row.pop(name, None)
        else:
            row[name] = value
        if name in _FOLLOWS:
            _FOLLOWS[name](sim, work, before, stamp)
    row["updatedAt"] = stamp
    _note(sim, work, entry)


def _said(name: str, before: Any, after: Any) -> Row:  # noqa: ANN401 - any field's value
    """The history's entry for one field."""
    if name == "labelIds":
        return {
            "addedLabelIds": [key for key in after if key not in before],
            "removedLabelIds": [key for key in before if key not in after],
        }
    if name == "description":
        return {"updatedDescription": True}
    pair = zip(HISTORY_KEYS[name], (before, after), strict=True)
    return {key: value for key, value in pair if value is not None}


def _entry(sim: Company, stamp: str, actor: Person | Row | None) -> Row:
    entry: Row = {"id": sim.ids.uuid(), "createdAt": stamp, "updatedAt": stamp}
    if isinstance(actor, dict):
        entry["botActor"] = actor
    elif actor is not None:
        entry["actorId"] = actor.linear_id
    return entry


def note(
    sim: Company, work: Work, at: int, actor: Person | None, **says: object
) -> None:
    """Add a history entry without a change of a field."""
    _note(sim, work, _entry(sim, linear_time(at), actor) | says)


def _note(sim: Company, work: Work, entry: Row) -> None:
    if sim.works.get(work.row["id"]) is not work:
        wake(sim, work)
        work.history.insert(0, entry)
        _sleep(sim, work)
    else:
        work.history.insert(0, entry)


def _enter(sim: Company, work: Work, stamp: str) -> None:
    """Begin a state span at the end of the last one."""
    if work.spans:
        work.spans[-1]["endedAt"] = stamp
    work.spans.append(
        {"id": sim.ids.uuid(), "stateId": work.row["stateId"], "startedAt": stamp}
    )


def _move(sim: Company, work: Work, before: str | None, stamp: str) -> None:
    """Set the issue's timestamps for a new state."""
    row = work.row
    _enter(sim, work, stamp)
    came = sim.state_types.get(before or "")
    went = sim.state_types[row["stateId"]]
    if came == "triage" and went != "triage":
        row["triagedAt"] = stamp
    elif went == "triage":
        row["startedTriageAt"] = stamp
    if went == "started":
        row.setdefault("startedAt", stamp)
    for name in ("completedAt", "canceledAt"):
        row.pop(name, None)
    if went == "completed":
        row["completedAt"] = stamp
    elif went in CLOSED:  # Linear's duplicates are canceled too
        row["canceledAt"] = stamp


def _switch_cycle(_: Company, work: Work, before: str | None, stamp: str) -> None:
    """Move it from one cycle to another."""
    row, team = work.row, work.team
    near = {cycle.row["id"]: cycle for cycle in team.cycles[max(0, team.active - 1) :]}
    if before in near:
        near[before].works.pop(row["id"], None)
    row.pop("addedToCycleAt", None)
    if (now := row.get("cycleId")) is not None:
        near[now].works[row["id"]] = work
        row["addedToCycleAt"] = stamp


def _join_project(sim: Company, work: Work, _: str | None, stamp: str) -> None:
    row = work.row
    row.pop("addedToProjectAt", None)
    if (project := row.get("projectId")) is not None:
        row["addedToProjectAt"] = stamp
        sim.issues_of_project.setdefault(project, {})[row["id"]] = row


def _name_priority(_: Company, work: Work, __: float, ___: str) -> None:
    work.row["priorityLabel"] = PRIORITIES[int(work.row["priority"])]


_FOLLOWS: dict[str, Callable[[Company, Work, Any, str], None]] = {
    "stateId": _move,
    "cycleId": _switch_cycle,
    "projectId": _join_project,
    "priority": _name_priority,
}
"""The effects of a change of a field; called with its old value and the time."""


def state(
    sim: Company, work: Work, at: int, actor: Person | Row | None, short: str
) -> None:
    """Move an open issue to the team's state of that short name."""
    if sim.works.get(work.row["id"]) is work:
        change(sim, work, at, actor, stateId=work.team.states[short])


def move_team(
    sim: Company, work: Work, at: int, actor: Person | None, team: Team
) -> None:
    """Move the issue to another team: a new identifier, the old one kept."""
    row = work.row
    before = row["identifier"]
    short = sim.state_shorts[row["stateId"]]
    if row.get("cycleId") is not None:
        change(sim, work, at, actor, cycleId=None)
    team.last_number += 1
    identifier = f"{team.row['key']}-{team.last_number}"
    work.team = team
    labels = [key for key in row["labelIds"] if key in team.labels]
    target = team.states.get(short) or team.states["backlog"]
    key = team.row["id"]
    change(sim, work, at, actor, teamId=key, stateId=target, labelIds=labels)
    row["identifier"] = identifier
    row["number"] = float(team.last_number)
    row["url"] = _url(identifier, row["title"])
    row["previousIdentifiers"] = [*row["previousIdentifiers"], before]
    row["addedToTeamAt"] = row["updatedAt"]


def rest(sim: Company, work: Work, at: int) -> None:
    """Compress the rows of a closed issue."""
    if sim.works.pop(work.row["id"], None) is not None:
        _sleep(sim, work)
        work.team.finished.append((at, work))


def _keep(sim: Company, work: Work) -> None:
    sim.linear.issue_history[work.row["id"]] = work.history
    sim.linear.issue_state_spans[work.row["id"]] = work.spans


def _sleep(sim: Company, work: Work) -> None:
    key = work.row["id"]
    lists = pack({"history": work.history, "spans": work.spans})
    sim.linear.issue_history[key] = lists["history"]
    sim.linear.issue_state_spans[key] = lists["spans"]
    work.history, work.spans = [], []


def wake(sim: Company, work: Work) -> None:
    """Decompress the rows of a closed issue, to change them."""
    key = work.row["id"]
    work.history = [dict(row) for row in sim.linear.issue_history[key]]
    work.spans = [dict(row) for row in sim.linear.issue_state_spans[key]]
    _keep(sim, work)


def reopen(sim: Company, work: Work, at: int, actor: Person | None, short: str) -> None:
    """Reopen a closed issue."""
    sim.works[work.row["id"]] = work
    wake(sim, work)
    state(sim, work, at, actor, short)


def archive(
    row: Row, at: int, *, by_itself: bool = False, trashed: bool = False
) -> None:
    """Archive an issue without changing `updatedAt` (docs/apis/linear.md)."""
    row["archivedAt"] = linear_time(at)
    if by_itself:
        row["autoArchivedAt"] = row["archivedAt"]
    if trashed:
        row["trashed"] = True


def bring_back(row: Row) -> None:
    """Restore an issue from the archive or the trash; `updatedAt` does not change."""
    for name in _HIDDEN:
        row.pop(name, None)


def freeze(sim: Company, work: Work) -> None:
    """Stop the processes of an issue that is archived or deleted."""
    key = work.row["id"]
    team = work.team
    work.gone = True
    if sim.works.pop(key, None) is not None:
        _sleep(sim, work)
    team.backlog = [one for one in team.backlog if one is not work]
    for cycle in team.cycles[max(0, team.active - 1) :]:
        cycle.works.pop(key, None)


def remove(sim: Company, work: Work) -> None:
    """Remove an issue permanently, without a trace."""
    freeze(sim, work)
    key = work.row["id"]
    del sim.linear.issues[key]
    del sim.linear.issue_history[key]
    del sim.linear.issue_state_spans[key]
    for rows in sim.issues_of_project.values():
        rows.pop(key, None)
