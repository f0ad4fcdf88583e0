"""The two vendors' tables at one instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.company.rows import Row, Rows


@dataclass(slots=True)
class LinearWorkspace:
    """Linear's side: each table maps a row's `id` to the row."""

    organization: Row
    teams: dict[str, Row] = field(default_factory=dict)
    users: dict[str, Row] = field(default_factory=dict)
    team_memberships: dict[str, Row] = field(default_factory=dict)
    workflow_states: dict[str, Row] = field(default_factory=dict)
    issue_labels: dict[str, Row] = field(default_factory=dict)
    projects: dict[str, Row] = field(default_factory=dict)
    project_milestones: dict[str, Row] = field(default_factory=dict)
    initiatives: dict[str, Row] = field(default_factory=dict)
    cycles: dict[str, Row] = field(default_factory=dict)
    issues: dict[str, Row] = field(default_factory=dict)
    comments: dict[str, Row] = field(default_factory=dict)
    attachments: dict[str, Row] = field(default_factory=dict)
    issue_relations: dict[str, Row] = field(default_factory=dict)
    agent_sessions: dict[str, Row] = field(default_factory=dict)
    release_pipelines: dict[str, Row] = field(default_factory=dict)
    release_stages: dict[str, Row] = field(default_factory=dict)
    releases: dict[str, Row] = field(default_factory=dict)
    issue_to_releases: dict[str, Row] = field(default_factory=dict)
    customers: dict[str, Row] = field(default_factory=dict)
    customer_needs: dict[str, Row] = field(default_factory=dict)
    customer_statuses: dict[str, Row] = field(default_factory=dict)
    customer_tiers: dict[str, Row] = field(default_factory=dict)
    issue_history: dict[str, Rows] = field(default_factory=dict)
    """By issue id, newest first as the API lists it."""
    issue_state_spans: dict[str, Rows] = field(default_factory=dict)
    """By issue id, oldest first."""


@dataclass(slots=True)
class GitHubHost:
    """GitHub's side: rows by node id, children nested on their pull request."""

    actors: dict[str, Row] = field(default_factory=dict)
    organizations: dict[str, Row] = field(default_factory=dict)
    """By login; `members` is a list of (actor id, role)."""
    teams: dict[str, Row] = field(default_factory=dict)
    repositories: dict[str, Row] = field(default_factory=dict)
    pull_requests: dict[str, Row] = field(default_factory=dict)
