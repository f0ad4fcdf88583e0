"""Columns of every stream: name, type, meaning.

The names are those of the documents in queries/ in snake_case, so a column and the
line that asks for it read alike. Only the key is required: plans, scopes and archived
rows leave nearly everything else empty in some workspace. A list is never null.
"""

from __future__ import annotations

from tap_linear.schemas.columns import Schema
from tap_linear.schemas.issues import (
    ATTACHMENTS,
    COMMENTS,
    ISSUE_HISTORY,
    ISSUE_INDEX,
    ISSUE_RELATIONS,
    ISSUE_STATE_SPANS,
    ISSUES,
)
from tap_linear.schemas.planning import (
    CYCLE_UNCOMPLETED_ISSUES,
    CYCLES,
    INITIATIVE_TO_PROJECTS,
    INITIATIVES,
    PROJECT_MILESTONES,
    PROJECTS,
)
from tap_linear.schemas.workspace import (
    ISSUE_LABELS,
    ORGANIZATION,
    TEAM_MEMBERSHIPS,
    TEAMS,
    USERS,
    WORKFLOW_STATES,
)

__all__ = [
    "ATTACHMENTS",
    "COMMENTS",
    "CYCLES",
    "CYCLE_UNCOMPLETED_ISSUES",
    "INITIATIVES",
    "INITIATIVE_TO_PROJECTS",
    "ISSUES",
    "ISSUE_HISTORY",
    "ISSUE_INDEX",
    "ISSUE_LABELS",
    "ISSUE_RELATIONS",
    "ISSUE_STATE_SPANS",
    "ORGANIZATION",
    "PROJECTS",
    "PROJECT_MILESTONES",
    "TEAMS",
    "TEAM_MEMBERSHIPS",
    "USERS",
    "WORKFLOW_STATES",
    "Schema",
]
