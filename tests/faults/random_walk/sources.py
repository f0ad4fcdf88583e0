"""The five sources of a walk, and who reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from random_walk import choices, events, personal, truth
from sandbox.testing import ApiServer

if TYPE_CHECKING:
    from sandbox.company import World

Row = dict[str, Any]
Untold = tuple[str, str, truth.Key]
"""A difference that no log announces: stream, kind and key."""
Event = Callable[[Random, ApiServer, set[Untold]], "str | None"]
"""Lets something happen; returns what, and adds what no log will announce."""


def _of_company(
    choose: Callable[..., tuple[str, Row] | None],
) -> Event:
    """Return what lets a chosen event of the company happen."""

    def happen(random: Random, server: ApiServer, untold: set[Untold]) -> str | None:
        found = choose(random, server.world)
        if found is None:
            return None
        kind, arguments = found
        if kind == "delete-issue-comment":
            untold |= _comment(server.world, arguments["comment_id"])
        server.event(kind, **arguments)
        return f"{kind} {next(iter(arguments.values()))}"

    return happen


def _comment(world: World, node_id: str) -> set[tuple[str, str, truth.Key]]:
    """Return the differences that the deletion of a comment leaves.

    Each is a stream, a kind of difference and a key.
    """
    pull, comment = next(
        (pull, row)
        for pull in world.github.pull_requests.values()
        for row in pull["comments"]
        if row["id"] == node_id
    )
    return {
        ("pr_issue_comments", "extra", (int(comment["fullDatabaseId"]),)),
        ("pull_requests", "total_comments_count", (int(pull["fullDatabaseId"]),)),
    }


@dataclass(frozen=True)
class Source:
    """One side of the company, and who reads it.

    Attributes:
        api: Name of the source, such as `github`.
        tap: Name of the tap.
        access: Returns the settings with which the tap connects.
        settings: Makes settings for a step.
        event: Lets something happen; returns what, or nothing.
        last: The settings of the last runs, which see everything.
        streams: Those that every walk reads.
        optional: Those of which a walk reads three.
        keys: Returns the keys of the source's own rows, by stream.
        prepare: Makes the rows, if they are not the company's.
    """

    api: str
    tap: str
    access: Callable[[ApiServer], Row]
    settings: Callable[[Random, ApiServer], Row]
    event: Event
    last: Row
    streams: tuple[str, ...]
    optional: tuple[str, ...]
    keys: Callable[[ApiServer], dict[str, set[truth.Key]]]
    prepare: Callable[[Random, ApiServer], None] | None = None

    @property
    def is_of_company(self) -> bool:
        """Whether its rows are made again when the company is advanced."""
        return self.prepare is None


SOURCES = (
    Source(
        "github",
        "tap-github-prs",
        lambda server: {"auth_token": choices.TOKEN, "api_url": server.github_url},
        lambda random, server: choices.github_settings(random, server.world),
        _of_company(events.github_event),
        {"organizations": [events.ORGANIZATION]},
        ("repositories", "pull_requests", "pr_reviews", "pr_issue_comments"),
        ("users", "pr_comments", "pr_files", "pr_commits", "pr_events", "commits"),
        lambda server: truth.github_keys(server.world),
    ),
    Source(
        "linear",
        "tap-linear",
        lambda server: {"api_key": "lin_api_sandbox", "api_url": server.linear_url},
        lambda random, server: choices.linear_settings(random, server.world),
        _of_company(events.linear_event),
        {},
        ("issues", "issue_history", "issue_index", "comments"),
        (
            "issue_state_spans",
            "attachments",
            "cycle_uncompleted_issues",
            "cycles",
            "issue_relations",
            "projects",
            "project_milestones",
            "initiatives",
            "initiative_to_projects",
            "agent_sessions",
            "releases",
            "release_stages",
            "release_pipelines",
            "issue_to_releases",
            "customers",
            "customer_needs",
            "issue_labels",
            "workflow_states",
            "team_memberships",
            "teams",
            "users",
            "organization",
        ),
        lambda server: truth.linear_keys(server.world),
    ),
    Source(
        "hubspot",
        "tap-hubspot-crm",
        personal.hubspot_access,
        personal.hubspot_settings,
        personal.hubspot_event,
        {"mode": "full"},
        (
            "contacts",
            "companies",
            "deals",
            "meetings",
            "deal_property_history",
            "associations",
        ),
        ("properties", "owners", "pipelines", "pipeline_stages", "calls", "notes"),
        personal.hubspot_keys,
        personal.prepare_hubspot,
    ),
    Source(
        "google_health",
        "tap-google-health",
        personal.health_access,
        personal.health_settings,
        personal.health_event,
        {"lookback_days": 7},
        ("sleep_sessions", "sleep_stages", "daily_steps", "daily_resting_heart_rate"),
        (
            "users",
            "paired_devices",
            "exercises",
            "daily_total_calories",
            "daily_time_in_heart_rate_zone",
            "daily_heart_rate_variability",
            "weights",
        ),
        personal.health_keys,
        personal.prepare_health,
    ),
    Source(
        "notion",
        "tap-notion",
        personal.notion_access,
        personal.notion_settings,
        personal.notion_event,
        {"incremental": False},
        ("pages", "page_properties"),
        ("data_sources", "users", "page_index"),
        personal.notion_keys,
        personal.prepare_notion,
    ),
)
