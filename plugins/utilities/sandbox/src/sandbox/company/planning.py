"""What work is planned in: teams, states, labels, projects, milestones, initiatives, cycles."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.company.people import ORGANIZATION, Person
from sandbox.company.rows import DAY, WEEK, Row, day_of, linear_time

if TYPE_CHECKING:
    from sandbox.company.clock import Process
    from sandbox.company.issues import Work
    from sandbox.company.simulation import Simulation

THEMES = (
    ("PLA", "Platform"), ("MOB", "Mobile"), ("PAY", "Payments"), ("GRO", "Growth"),
    ("DAT", "Data"), ("SUP", "Support tools"), ("SEC", "Security"), ("WEB", "Web"),
)  # fmt: skip
STATES = (
    ("triage", "Triage", "triage"),
    ("backlog", "Backlog", "backlog"),
    ("todo", "Todo", "unstarted"),
    ("progress", "In Progress", "started"),
    ("review", "In Review", "started"),
    ("done", "Done", "completed"),
    ("canceled", "Canceled", "canceled"),
    ("duplicate", "Duplicate", "duplicate"),
)
LABELS = ("Bug", "Feature", "Improvement", "Chore", "Customer", "Tech debt", "🔥 Incident")
_COLORS = ("#eb5757", "#5e6ad2", "#4cb782", "#bec2c8", "#f2c94c", "#95a2b3", "#26b5ce")
_CYCLE = 2 * WEEK
_CYCLE_DAYS = 14


@dataclass(slots=True, eq=False)
class Cycle:
    """A cycle at work: its row and what is in it now."""

    row: Row
    works: dict[str, Work] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Team:
    """A team at work."""

    row: Row
    states: dict[str, str] = field(default_factory=dict)
    """State id by the short name in STATES."""
    people: list[Person] = field(default_factory=list)
    backlog: list[Work] = field(default_factory=list)
    finished: deque[tuple[int, Work]] = field(default_factory=deque)
    projects: list[Row] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    cycles: list[Cycle] = field(default_factory=list)
    """Past ones first, then the active one at `active`, then the upcoming ones."""
    active: int = -1
    last_number: int = 0

    @property
    def cycle(self) -> Cycle | None:
        """The active cycle."""
        return self.cycles[self.active] if self.active >= 0 else None


def _project_status(number: int, name: str, kind: str, made: str) -> Row:
    return {
        "id": f"5d0c8a4e-77b1-4c39-a001-00000000000{number}",
        "name": name,
        "type": kind,
        "color": _COLORS[number],
        "position": float(number),
        "indefinite": False,
        "createdAt": made,
        "updatedAt": made,
    }


def organization(start: int, end: int) -> Row:
    """Linear's Organization row."""
    statuses = (("Backlog", "backlog"), ("In Progress", "started"), ("Completed", "completed"))
    return {
        "projectStatuses": [
            _project_status(number, name, kind, linear_time(start - 400 * DAY))
            for number, (name, kind) in enumerate(statuses)
        ],
        "id": "b9f5c1d2-6a0e-4d67-a3c4-0d5e7b1f9a20",
        "name": "Lanternworks",
        "urlKey": ORGANIZATION,
        "createdAt": linear_time(start - 400 * DAY),
        "updatedAt": linear_time(end - 10 * DAY),
        "userCount": 0,
        "createdIssueCount": 0,
        "previousUrlKeys": ["lantern"],
        "periodUploadVolume": 12.5,
        "gitBranchFormat": "{username}/{issueIdentifier}-{issueTitle}",
        "gitLinkbackMessagesEnabled": True,
        "gitLinkbackDescriptionsEnabled": True,
        "gitPublicLinkbackMessagesEnabled": False,
        "fiscalYearStartMonth": 0.0,
        "workingDays": [1.0, 2.0, 3.0, 4.0, 5.0],
        "samlEnabled": False,
        "scimEnabled": False,
        "releaseChannel": "public",
        "projectUpdateRemindersDay": "Friday",
        "projectUpdateRemindersHour": 14.0,
        "customerCount": 0,
        "customersEnabled": False,
    }


def make_team(sim: Simulation, number: int, start: int) -> Team:
    """Found team `number` with its states and labels."""
    key, name = THEMES[number % len(THEMES)]
    series = number // len(THEMES)
    suffix = str(series + 1) if series else ""
    made = linear_time(start - 300 * DAY)
    row: Row = {
        "id": sim.ids.uuid(),
        "key": f"{key}{suffix}",
        "name": f"{name} {suffix}".strip(),
        "displayName": f"{name} {suffix}".strip(),
        "createdAt": made,
        "updatedAt": made,
        "timezone": "Europe/Berlin",
        "visibility": "public",
        "color": _COLORS[number % len(_COLORS)],
        "cyclesEnabled": number % 4 != 3,  # noqa: PLR2004 - one in four works without
        "cycleDuration": 2.0,
        "cycleStartDay": 1.0,
        "cycleCooldownTime": 0.0,
        "cycleCalenderUrl": f"https://api.linear.app/cycles/{key}{suffix}.ics",
        "cycleIssueAutoAssignCompleted": False,
        "cycleIssueAutoAssignStarted": True,
        "cycleLockToActive": False,
        "upcomingCycleCount": 2.0,
        "triageEnabled": number % 4 != 2,  # noqa: PLR2004 - one in four goes without
        "requirePriorityToLeaveTriage": False,
        "autoArchivePeriod": 3.0,
        "autoClosePeriod": 6.0,
        "defaultIssueEstimate": 1.0,
        "issueEstimationType": "fibonacci" if number % 2 == 0 else "notUsed",
        "issueEstimationAllowZero": False,
        "issueEstimationExtended": False,
        "inheritIssueEstimation": False,
        "inheritWorkflowStatuses": False,
        "initiativesEnabled": True,
        "groupIssueHistory": True,
        "scimManaged": False,
        "setIssueSortOrderOnStateChange": "first",
        "issueCount": 0,
        "ledInitiativeCount": 0,
    }
    if number % 2 == 0:
        row["description"] = f"Everything about {name.lower()}"
    team = Team(row)
    sim.linear.teams[row["id"]] = row
    for position, (short, title, kind) in enumerate(STATES):
        if short == "triage" and not row["triageEnabled"]:
            continue
        state = sim.ids.uuid()
        team.states[short] = state
        sim.state_types[state] = kind
        sim.linear.workflow_states[state] = {
            "id": state,
            "name": "Shipped" if short == "done" and number % 4 == 1 else title,
            "type": kind,
            "color": _COLORS[position % len(_COLORS)],
            "position": float(position),
            "teamId": row["id"],
            "createdAt": made,
            "updatedAt": made,
        }
    row["defaultIssueStateId"] = team.states["backlog"]
    if "triage" in team.states:
        row["triageIssueStateId"] = team.states["triage"]
    team.labels = [*sim.labels, make_label(sim, f"{name} area {suffix}".strip(), start, row["id"])]
    return team


def make_label(sim: Simulation, name: str, start: int, team_id: str | None = None) -> str:
    """Register an issue label and give its id; without a team it is the workspace's."""
    key = sim.ids.uuid()
    row: Row = {
        "id": key,
        "name": name,
        "color": sim.pick(_COLORS),
        "isGroup": False,
        "createdAt": linear_time(start - 200 * DAY),
        "updatedAt": linear_time(start - 200 * DAY),
    }
    if team_id is not None:
        row["teamId"] = team_id
    sim.linear.issue_labels[key] = row
    return key


def make_projects(sim: Simulation, start: int, end: int) -> None:
    """Initiatives, their projects and the projects' milestones."""
    initiatives = [_initiative(sim, name, start) for name in ("Reliability", "Expansion")]
    quarter = 91 * DAY
    for number, team in enumerate(sim.teams):
        begins = start - 30 * DAY
        while begins < end:
            _project(sim, team, sim.pick(initiatives), begins, quarter, end)
            begins += sim.days(60, 150)
        if number == 0:  # a project of two teams
            team.projects[-1]["teamIds"] = [t.row["id"] for t in sim.teams[:2]]


def _initiative(sim: Simulation, name: str, start: int) -> Row:
    key = sim.ids.uuid()
    row: Row = {
        "id": key,
        "name": name,
        "status": "Active",
        "slugId": key[:12].replace("-", ""),
        "url": f"https://linear.app/{ORGANIZATION}/initiative/{name.lower()}",
        "sortOrder": float(len(sim.linear.initiatives)),
        "priority": 0,
        "prioritySortOrder": 0.0,
        "labelIds": [],
        "previousIdentifiers": [],
        "frequencyResolution": "weekly",
        "visibility": "public",
        "createdAt": linear_time(start - 60 * DAY),
        "updatedAt": linear_time(start - 20 * DAY),
        "projectIds": [],
    }
    sim.linear.initiatives[key] = row
    return row


def _project(sim: Simulation, team: Team, initiative: Row, begins: int, span: int, end: int) -> None:
    key = sim.ids.uuid()
    name = sim.texts.title()
    finishes = begins + span
    row: Row = {
        "id": key,
        "name": name,
        "description": sim.texts.remark(),
        "color": sim.pick(_COLORS),
        "slugId": key[:8],
        "url": f"https://linear.app/{ORGANIZATION}/project/{key[:8]}",
        "teamIds": [team.row["id"]],
        "memberIds": [],
        "labelIds": [],
        "initiativeIds": [initiative["id"]],
        "priority": sim.pick((0, 1, 2, 3, 4)),
        "priorityLabel": "No priority",
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
        "startDate": day_of(begins),
        "targetDate": day_of(finishes),
        "createdAt": linear_time(begins - 14 * DAY),
        "updatedAt": linear_time(min(finishes, end)),
        "startedAt": linear_time(begins),
        "state": "started",
        "status": sim.linear.organization["projectStatuses"][1],
    }
    if finishes < end:
        row["completedAt"] = linear_time(finishes)
        row["state"] = "completed"
        row["status"] = sim.linear.organization["projectStatuses"][2]
        row["progress"] = 1.0
    row["priorityLabel"] = ("No priority", "Urgent", "High", "Medium", "Low")[row["priority"]]
    sim.linear.projects[key] = row
    initiative["projectIds"].append(key)
    team.projects.append(row)
    for order, title in enumerate(("Alpha", "Beta", "GA")[: sim.pick((0, 1, 2, 3))]):
        milestone = sim.ids.uuid()
        sim.linear.project_milestones[milestone] = {
            "id": milestone,
            "name": title,
            "projectId": key,
            "sortOrder": float(order),
            "progress": row["progress"],
            "status": "done" if "completedAt" in row else "next",
            "targetDate": day_of(begins + (order + 1) * span // 3),
            "createdAt": row["createdAt"],
            "updatedAt": row["updatedAt"],
        }
        row.setdefault("projectMilestoneIds", []).append(milestone)


def add_cycle(sim: Simulation, team: Team, starts: int) -> Cycle:
    """Schedule a future cycle of `team`."""
    key = sim.ids.uuid()
    stamp = linear_time(starts - 2 * _CYCLE)
    row: Row = {
        "id": key,
        "teamId": team.row["id"],
        "number": float(len(team.cycles) + 1),
        "startsAt": linear_time(starts),
        "endsAt": linear_time(starts + _CYCLE),
        "createdAt": stamp,
        "updatedAt": stamp,
        "progress": 0.0,
        "isActive": False,
        "isFuture": True,
        "isNext": False,
        "isPast": False,
        "isPrevious": False,
        "scopeHistory": [],
        "completedScopeHistory": [],
        "inProgressScopeHistory": [],
        "issueCountHistory": [],
        "completedIssueCountHistory": [],
        "uncompletedIssuesUponCloseIds": [],
    }
    if len(team.cycles) % 6 == 2:  # noqa: PLR2004 - some cycles have a name
        row["name"] = f"Push {len(team.cycles) + 1}"
    sim.linear.cycles[key] = row
    cycle = Cycle(row)
    team.cycles.append(cycle)
    return cycle


def run_cycles(sim: Simulation, team: Team, first: int) -> Process:
    """Cycle after cycle: plan, count every day, close, carry over."""
    at = first
    for ahead in range(3):
        add_cycle(sim, team, first + ahead * _CYCLE)
    while True:
        yield at
        cycle = _activate(sim, team, at)
        sim.plan(team, cycle, at)
        for _ in range(_CYCLE_DAYS):
            at += DAY
            yield at - 1
            record_day(sim, cycle, at - 1)
        close_cycle(sim, team, cycle, at)


def _activate(sim: Simulation, team: Team, at: int) -> Cycle:
    team.active += 1
    cycle = team.cycles[team.active]
    cycle.row.update(isActive=True, isFuture=False, isNext=False, updatedAt=linear_time(at))
    following = team.cycles[team.active + 1].row
    following.update(isNext=True, updatedAt=linear_time(at))
    add_cycle(sim, team, at + 3 * _CYCLE)
    team.row["activeCycleId"] = cycle.row["id"]
    return cycle


def record_day(sim: Simulation, cycle: Cycle, at: int) -> None:
    """Append one day to each of the cycle's history arrays (points and counts)."""
    scope = done = doing = 0.0
    count_done = 0
    for work in cycle.works.values():
        points = work.row.get("estimate") or 1.0
        kind = sim.state_types[work.row["stateId"]]
        if kind in {"canceled", "duplicate"}:
            continue
        scope += points
        if kind == "completed":
            done += points
            count_done += 1
        elif kind == "started":
            doing += points
    row = cycle.row
    row["scopeHistory"].append(scope)
    row["completedScopeHistory"].append(done)
    row["inProgressScopeHistory"].append(doing)
    row["issueCountHistory"].append(float(len(cycle.works)))
    row["completedIssueCountHistory"].append(float(count_done))
    row["progress"] = round((done + doing / 4) / scope, 4) if scope else 0.0
    row["updatedAt"] = linear_time(at)


def close_cycle(sim: Simulation, team: Team, cycle: Cycle, at: int) -> None:
    """End the cycle; what is not finished moves on to the next one."""
    stamp = linear_time(at)
    row = cycle.row
    row.update(isActive=False, isPast=True, isPrevious=True, completedAt=stamp, updatedAt=stamp)
    if team.active:
        before = team.cycles[team.active - 1].row
        before.update(isPrevious=False, updatedAt=stamp)
    following = team.cycles[team.active + 1]
    closed = {"completed", "canceled", "duplicate"}
    left = [
        work
        for work in cycle.works.values()
        if sim.state_types[work.row["stateId"]] not in closed and not work.gone
    ]
    row["uncompletedIssuesUponCloseIds"] = [work.row["id"] for work in left]
    for work in left:
        sim.carry_over(work, following, at)
    cycle.works.clear()
