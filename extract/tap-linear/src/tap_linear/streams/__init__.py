"""Streams of the tap, one module per family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_linear.streams import activity, customers, entities, issues, releases

if TYPE_CHECKING:
    from tap_linear.streams.base import LinearStream
    from tap_linear.streams.whole import WholeStream

# The first pages of the lists of a group are requested together, as many as one request
# holds. No stream of a group refers to another stream of it.
TOGETHER: tuple[tuple[type[WholeStream], ...], ...] = (
    (customers.CustomerNeeds, releases.IssueToReleases, activity.IssueRelations),
    (customers.Customers, releases.Releases),
    (
        releases.ReleaseStages,
        entities.Cycles,
        entities.ProjectMilestones,
        entities.InitiativeToProjects,
    ),
    (
        releases.ReleasePipelines,
        entities.Initiatives,
        entities.Projects,
        entities.IssueLabels,
        entities.WorkflowStates,
        entities.TeamMemberships,
    ),
    (entities.Organization, entities.Teams),
)
PAIRS, RELEASED, PLANNED, OF_TEAMS, WORKSPACE = TOGETHER

# A stream comes before the streams it refers to: what a row points at existed when the
# row was read, so it is there when its own stream is read, later in the same run.
STREAMS: tuple[type[LinearStream], ...] = (
    *PAIRS,
    *RELEASED,
    activity.AgentSessions,
    activity.Comments,
    activity.Attachments,
    activity.CycleUncompletedIssues,
    issues.Issues,
    issues.IssueHistory,
    issues.IssueStateSpans,
    entities.IssueIndex,
    *PLANNED,
    *OF_TEAMS,
    entities.Users,
    *reversed(WORKSPACE),
)
