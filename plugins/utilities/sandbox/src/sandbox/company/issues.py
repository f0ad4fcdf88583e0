"""Issues: how a row changes, and what its history and state spans then say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import Row, linear_time, packed
from sandbox.company.texts import slug

if TYPE_CHECKING:
    from sandbox.company.people import Person
    from sandbox.company.planning import Cycle, Team
    from sandbox.company.simulation import Simulation

PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")
NONE: list[str] = []
"""Shared by every row with an empty list of ids: replaced, never changed."""
NOTHING: Row = {}

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
"""What Linear's IssueHistory says of a change to each field."""


@dataclass(slots=True, eq=False)
class Work:
    """An issue at work."""

    row: Row
    team: Team
    history: list[Row]
    spans: list[Row]
    gone: bool = False
    open_pull_requests: int = 0
    started: bool = False


def create(sim: Simulation, team: Team, at: int, creator: Person | None) -> Work:
    """File an issue in the team's triage or backlog."""
    team.last_number += 1
    key = sim.ids.uuid()
    identifier = f"{team.row['key']}-{team.last_number}"
    title = sim.texts.title()
    stamp = linear_time(at)
    state = team.states.get("triage") if creator is None or sim.chance(0.3) else None
    words = slug(title)
    priority = sim.pick((0, 0, 1, 2, 2, 3, 3, 3, 4, 4))
    row: Row = {
        "id": key,
        "identifier": identifier,
        "number": float(team.last_number),
        "title": title,
        "priority": float(priority),
        "priorityLabel": PRIORITIES[priority],
        "prioritySortOrder": -float(team.last_number),
        "sortOrder": -float(team.last_number),
        "branchName": f"{slug(creator.name) if creator else 'dev'}/{identifier.lower()}-{words}",
        "url": f"https://linear.app/{ORGANIZATION}/issue/{identifier}/{words}",
        "labelIds": NONE,
        "previousIdentifiers": NONE,
        "customerTicketCount": 0,
        "reactionData": NOTHING,
        "inheritsSharedAccess": False,
        "teamId": team.row["id"],
        "stateId": state or team.states["backlog"],
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    _describe(sim, team, row, creator)
    if state:
        row["startedTriageAt"] = stamp
    work = Work(row, team, [], [])
    _enter(sim, work, stamp)
    linear = sim.linear
    linear.issues[key] = row
    linear.issue_history[key] = work.history
    linear.issue_state_spans[key] = work.spans
    return work


def _describe(sim: Simulation, team: Team, row: Row, creator: Person | None) -> None:
    if creator is not None:
        row["creatorId"] = creator.linear_id
    else:
        row["integrationSourceType"] = "slack"
    if sim.chance(0.85):
        row["description"] = sim.texts.long() if sim.chance(0.001) else sim.texts.paragraph()
    if sim.chance(0.5):
        row["labelIds"] = [sim.pick(team.labels)]
    if team.row["issueEstimationType"] != "notUsed" and sim.chance(0.7):
        row["estimate"] = sim.pick((1.0, 1.0, 2.0, 2.0, 3.0, 5.0, 8.0))
    if team.projects and sim.chance(0.4):
        project = team.projects[-1]
        row["projectId"] = project["id"]
        if "projectMilestoneIds" in project:
            row["projectMilestoneId"] = sim.pick(project["projectMilestoneIds"])


def _enter(sim: Simulation, work: Work, stamp: str) -> None:
    if work.spans:
        work.spans[-1]["endedAt"] = stamp
    span = {"id": sim.ids.uuid(), "stateId": work.row["stateId"], "startedAt": stamp}
    work.spans.append(span)


def change(sim: Simulation, work: Work, at: int, actor: Person | None, **fields: Any) -> None:  # noqa: ANN401 - any field of the row
    """Change fields of an issue: one history entry, and everything that follows.

    Args:
        sim: The company.
        work: The issue.
        at: When, ms.
        actor: Who; None is Linear itself or an integration.
        **fields: New values by the row's keys; None takes the key away.
    """
    row = work.row
    stamp = linear_time(at)
    entry: Row = {"id": sim.ids.uuid(), "createdAt": stamp, "updatedAt": stamp}
    if actor is not None:
        entry["actorId"] = actor.linear_id
    for name, value in fields.items():
        before = row.get(name)
        if name == "labelIds":
            entry["addedLabelIds"] = [key for key in value if key not in before]
            entry["removedLabelIds"] = [key for key in before if key not in value]
        elif name in HISTORY_KEYS:
            source, target = HISTORY_KEYS[name]
            if before is not None:
                entry[source] = before
            if value is not None:
                entry[target] = value
        if value is None:
            row.pop(name, None)
        else:
            row[name] = value
        if name == "stateId":
            _move(sim, work, str(before), stamp)
        elif name == "cycleId":
            _switch_cycle(sim, work, before, stamp)
    if "priority" in fields:
        row["priorityLabel"] = PRIORITIES[int(row["priority"])]
    row["updatedAt"] = stamp
    work.history.insert(0, entry)


def _move(sim: Simulation, work: Work, before: str, stamp: str) -> None:
    """What a new state means for the issue's timestamps."""
    row = work.row
    _enter(sim, work, stamp)
    kinds = sim.state_types
    came, went = kinds[before], kinds[row["stateId"]]
    if came == "triage" and went != "triage":
        row["triagedAt"] = stamp
    if went == "started":
        row.setdefault("startedAt", stamp)
    for kind, name in (("completed", "completedAt"), ("canceled", "canceledAt")):
        if went == kind:
            row[name] = stamp
        elif name in row:
            del row[name]
    if went == "duplicate":
        row["canceledAt"] = stamp


def _switch_cycle(sim: Simulation, work: Work, before: str | None, stamp: str) -> None:
    row = work.row
    cycles = {cycle.row["id"]: cycle for cycle in work.team.cycles[max(0, work.team.active - 1) :]}
    if before in cycles:
        cycles[before].works.pop(row["id"], None)
    now = row.get("cycleId")
    if now is None:
        row.pop("addedToCycleAt", None)
    elif now in cycles:
        cycles[now].works[row["id"]] = work
        row["addedToCycleAt"] = stamp


def state(sim: Simulation, work: Work, at: int, actor: Person | None, short: str) -> None:
    """Move the issue to the team's state of that short name, unless it is there."""
    target = work.team.states[short]
    if work.row["stateId"] != target:
        change(sim, work, at, actor, stateId=target)


def rest(sim: Simulation, work: Work) -> None:
    """Pack what a finished issue has gathered."""
    key = work.row["id"]
    if key in sim.linear.issues:
        sim.linear.issue_history[key] = packed(work.history)
        sim.linear.issue_state_spans[key] = packed(work.spans)


def wake(sim: Simulation, work: Work) -> None:
    """Unpack a finished issue for further changes."""
    key = work.row["id"]
    work.history = list(sim.linear.issue_history[key])
    work.spans = list(sim.linear.issue_state_spans[key])
    sim.linear.issue_history[key] = work.history
    sim.linear.issue_state_spans[key] = work.spans


def comment(sim: Simulation, work: Work, at: int, author: Person | None) -> None:
    """Say something on an issue."""
    key = sim.ids.uuid()
    stamp = linear_time(at)
    row: Row = {
        "id": key,
        "issueId": work.row["id"],
        "body": sim.texts.remark(),
        "url": f"{work.row['url']}#comment-{key[:8]}",
        "hideInLinear": False,
        "reactionData": NOTHING,
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    if author is not None:
        row["userId"] = author.linear_id
    sim.linear.comments[key] = row


def relate(sim: Simulation, issue: Row, other: Row, kind: str, at: int) -> None:
    """Relate two issues: `blocks`, `duplicate`, `related` or `similar`."""
    key = sim.ids.uuid()
    stamp = linear_time(at)
    sim.linear.issue_relations[key] = {
        "id": key,
        "type": kind,
        "issueId": issue["id"],
        "relatedIssueId": other["id"],
        "createdAt": stamp,
        "updatedAt": stamp,
    }


def join_cycle(sim: Simulation, work: Work, cycle: Cycle, at: int, actor: Person | None) -> None:
    """Put the issue into a cycle, out of the one that it is in."""
    change(sim, work, at, actor, cycleId=cycle.row["id"])
