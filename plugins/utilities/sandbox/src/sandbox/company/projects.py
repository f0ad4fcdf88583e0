"""Initiatives, their projects, and the projects' milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.discussion import comment
from sandbox.company.people import ORGANIZATION
from sandbox.company.planning import COLORS
from sandbox.company.rows import DAY, WEEK, Row, day_of, linear_time

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.kernel import Company
    from sandbox.company.model import Team

_INITIATIVES = (
    ("Reliability", "Active"),
    ("Expansion", "Active"),
    ("One day", "Planned"),
)
_PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")
_HEALTH = ("onTrack", "onTrack", "atRisk", "offTrack")
_QUARTER = 91 * DAY


def make_initiatives(sim: Company, start: int) -> list[Row]:
    """The company's initiatives; the last one is null where that is possible."""
    rows: list[Row] = []
    for name, status in _INITIATIVES:
        key = sim.ids.uuid()
        row: Row = {
            "id": key,
            "name": name,
            "status": status,
            "slugId": key[:8],
            "url": f"https://linear.app/{ORGANIZATION}/initiative/{key[:8]}",
            "sortOrder": float(len(rows)),
            "priority": len(rows),
            "prioritySortOrder": 0.0,
            "labelIds": [],
            "previousIdentifiers": [],
            "projectIds": [],
            "frequencyResolution": "weekly",
            "visibility": "public",
            "createdAt": linear_time(start - 60 * DAY),
            "updatedAt": linear_time(start - 20 * DAY),
        }
        if status == "Active":
            row["description"] = sim.texts.remark()
            row["ownerId"] = sim.pick(sim.people).linear_id
            row["creatorId"] = row["ownerId"]
            row["startedAt"] = row["updatedAt"]
            row["targetDate"] = day_of(start + 700 * DAY)
        sim.linear.initiatives[key] = row
        rows.append(row)
    return rows


def run(sim: Company, team: Team, initiatives: list[Row], first: int) -> Process:
    """Run the projects: begun, recorded every week, completed or canceled."""
    at = first
    while True:
        project = _begin(sim, team, sim.pick(initiatives[:2]), at)
        last = at + _QUARTER + sim.days(-20, 40)
        while at < last:
            at += WEEK
            yield at
            _record_week(sim, project, at)
        _end(sim, project, at)
        at += sim.days(0, 20)
        yield at


def _begin(sim: Company, team: Team, initiative: Row, at: int) -> Row:
    key = sim.ids.uuid()
    stamp = linear_time(at)
    priority = sim.pick((0, 1, 2, 3, 4))
    row: Row = {
        "id": key,
        "name": sim.texts.title(),
        "description": sim.texts.remark() if sim.chance(0.7) else "",
        "color": sim.pick(COLORS),
        "slugId": key[:8],
        "url": f"https://linear.app/{ORGANIZATION}/project/{key[:8]}",
        "teamIds": [team.row["id"]],
        "memberIds": [person.linear_id for person in team.people[:3]],
        "labelIds": [],
        "initiativeIds": [initiative["id"]],
        "priority": priority,
        "priorityLabel": _PRIORITIES[priority],
        "prioritySortOrder": 0.0,
        "sortOrder": float(len(sim.linear.projects)),
        "progress": 0.0,
        "scope": 0.0,
        "scopeHistory": [],
        "completedScopeHistory": [],
        "inProgressScopeHistory": [],
        "issueCountHistory": [],
        "completedIssueCountHistory": [],
        "frequencyResolution": "weekly",
        "state": "started",
        "startedAt": stamp,
        "createdAt": stamp,
        "updatedAt": stamp,
    }
    if len(sim.teams) > 1 and sim.chance(0.2):
        row["teamIds"].append(
            sim.pick([t for t in sim.teams if t is not team]).row["id"]
        )
    if sim.chance(0.8):
        row["startDate"] = day_of(at)
        row["targetDate"] = day_of(at + _QUARTER)
    lead = sim.colleague(team)
    if lead is not None and sim.chance(0.8):
        row["leadId"] = row["creatorId"] = lead.linear_id
        comment(sim, at, lead, projectId=key)
    sim.linear.projects[key] = row
    initiative["projectIds"].append(key)
    initiative["updatedAt"] = stamp
    team.projects.append((at, row))
    team.milestones[key] = [
        _milestone(sim, row, title, order, at)
        for order, title in enumerate(("Alpha", "Beta", "GA")[: sim.pick((0, 1, 2, 3))])
    ]
    return row


def _milestone(sim: Company, project: Row, title: str, order: int, at: int) -> str:
    key = sim.ids.uuid()
    row: Row = {
        "id": key,
        "name": title,
        "projectId": project["id"],
        "sortOrder": float(order),
        "progress": 0.0,
        "status": "unstarted" if order else "next",
        "createdAt": project["createdAt"],
        "updatedAt": project["createdAt"],
    }
    if sim.chance(0.7):
        row["targetDate"] = day_of(at + (order + 1) * _QUARTER // 3)
        row["description"] = sim.texts.remark()
    sim.linear.project_milestones[key] = row
    return key


def _record_week(sim: Company, project: Row, at: int) -> None:
    """Append one week to the project's history arrays."""
    scope = done = doing = 0.0
    count = count_done = 0.0
    for row in sim.issues_of_project.get(project["id"], {}).values():
        if row.get("projectId") != project["id"]:
            continue
        kind = sim.state_types[row["stateId"]]
        points = row.get("estimate", 1.0)
        if kind in {"canceled", "duplicate"}:
            continue
        scope += points
        count += 1
        if kind == "completed":
            done += points
            count_done += 1
        elif kind == "started":
            doing += points
    project["scope"] = scope
    project["scopeHistory"].append(scope)
    project["completedScopeHistory"].append(done)
    project["inProgressScopeHistory"].append(doing)
    project["issueCountHistory"].append(count)
    project["completedIssueCountHistory"].append(count_done)
    project["progress"] = round((done + doing / 4) / scope, 4) if scope else 0.0
    project["updatedAt"] = linear_time(at)
    if "leadId" in project and sim.chance(0.4):
        project["health"] = sim.pick(_HEALTH)
        project["healthUpdatedAt"] = project["updatedAt"]


def _end(sim: Company, project: Row, at: int) -> None:
    stamp = linear_time(at)
    sim.issues_of_project.pop(project["id"], None)
    if sim.chance(0.15):
        project.update(state="canceled", canceledAt=stamp, updatedAt=stamp)
    else:
        project.update(state="completed", completedAt=stamp, updatedAt=stamp)
    for row in sim.linear.project_milestones.values():
        if row["projectId"] == project["id"]:
            row.update(status="done", progress=1.0, updatedAt=stamp)
    sim.calendar.once(at + 120 * DAY, _archive, project, at + 120 * DAY)


def _archive(project: Row, at: int) -> None:
    project["archivedAt"] = project["autoArchivedAt"] = linear_time(at)
