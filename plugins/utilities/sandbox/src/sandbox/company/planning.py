"""The organization on Linear: teams with their workflow states and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.model import Team
from sandbox.company.people import ORGANIZATION
from sandbox.company.rows import DAY, Row, linear_time

if TYPE_CHECKING:
    from sandbox.company.kernel import Company

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
LABELS = (
    "Bug",
    "Feature",
    "Improvement",
    "Chore",
    "Customer",
    "Tech debt",
    "🔥 Incident",
)
COLORS = ("#eb5757", "#5e6ad2", "#4cb782", "#bec2c8", "#f2c94c", "#95a2b3", "#26b5ce")


def organization(start: int) -> Row:
    """Linear's Organization row."""
    return {
        "id": "b9f5c1d2-6a0e-4d67-a3c4-0d5e7b1f9a20",
        "name": "Lanternworks",
        "urlKey": ORGANIZATION,
        "createdAt": linear_time(start - 400 * DAY),
        "updatedAt": linear_time(start - 10 * DAY),
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


def make_team(sim: Company, number: int, start: int) -> Team:
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
        "private": False,
        "color": COLORS[number % len(COLORS)],
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
        "autoArchivePeriod": 6.0,
        "autoClosePeriod": 4.0,
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
        row["icon"] = "Rocket"
        row["description"] = f"Everything about {name.lower()}"
    team = Team(row)
    sim.linear.teams[row["id"]] = row
    for position, (short, title, kind) in enumerate(STATES):
        if short == "triage" and not row["triageEnabled"]:
            continue
        state = sim.ids.uuid()
        team.states[short] = state
        sim.state_types[state] = kind
        sim.state_shorts[state] = short
        sim.linear.workflow_states[state] = {
            "id": state,
            "name": "Shipped" if short == "done" and number % 4 == 1 else title,
            "type": kind,
            "color": COLORS[position % len(COLORS)],
            "position": float(position),
            "teamId": row["id"],
            "createdAt": made,
            "updatedAt": made,
        }
    waiting = sim.linear.workflow_states[team.states["backlog"]]
    waiting["description"] = "Nobody works on it yet"
    row["defaultIssueStateId"] = team.states["backlog"]
    if "triage" in team.states:
        row["triageIssueStateId"] = team.states["triage"]
    team.labels = [
        *sim.labels,
        make_label(sim, f"{name} area {suffix}".strip(), start, row["id"]),
    ]
    return team


def make_labels(sim: Company, start: int) -> list[str]:
    """The workspace's labels, two of them in a group, one of them retired."""
    kinds = [make_label(sim, name, start) for name in LABELS]
    group = make_label(sim, "Source", start)
    sim.linear.issue_labels[group]["isGroup"] = True
    for name in ("Support", "Sales"):
        child = make_label(sim, name, start)
        sim.linear.issue_labels[child]["parentId"] = group
        kinds.append(child)
    retired = sim.linear.issue_labels[make_label(sim, "Old", start)]
    retired["archivedAt"] = retired["retiredAt"] = linear_time(start - 100 * DAY)
    return kinds


def make_label(sim: Company, name: str, start: int, team_id: str | None = None) -> str:
    """Register an issue label, of the workspace if without a team; return its id."""
    key = sim.ids.uuid()
    row: Row = {
        "id": key,
        "name": name,
        "color": sim.pick(COLORS),
        "isGroup": False,
        "createdAt": linear_time(start - 200 * DAY),
        "updatedAt": linear_time(start - 200 * DAY),
    }
    if team_id is not None:
        row["teamId"] = team_id
    sim.linear.issue_labels[key] = row
    return key
