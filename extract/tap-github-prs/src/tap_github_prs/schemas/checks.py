"""Check suites: what the checks of a commit found."""

from __future__ import annotations

from tap_github_prs.schemas.columns import (
    INTEGER,
    STRING,
    TIMESTAMP,
    Table,
    column,
    given,
    listing,
)
from tap_github_prs.schemas.shared import CREATED_AT, NODE_ID, UPDATED_AT, URL

STATUS = "QUEUED, REQUESTED, WAITING, PENDING, IN_PROGRESS, COMPLETED"
CONCLUSION = (
    "SUCCESS, FAILURE, NEUTRAL, SKIPPED, CANCELLED, TIMED_OUT, ACTION_REQUIRED, "
    "STARTUP_FAILURE, STALE; null until it is completed"
)

CHECK_SUITES = Table(
    "check_suites",
    (
        NODE_ID,
        given("repository_id", INTEGER, "repositories.id"),
        given("commit_oid", STRING, "Commit that was checked"),
        column("branch_name", STRING, "Branch; null if it was deleted", "branch.name"),
        column(
            "app_id", INTEGER, "Id of the app that ran the checks", "app.databaseId"
        ),
        column("app_name", STRING, "Name of the app: GitHub Actions, ...", "app.name"),
        column("app_slug", STRING, "Name of the app in addresses", "app.slug"),
        column(
            "creator_id",
            INTEGER,
            "users.id of the account that caused the checks",
            "creator.databaseId",
        ),
        column(
            "creator_login",
            STRING,
            "Login of the account that caused the checks",
            "creator.login",
        ),
        column(
            "workflow_id",
            INTEGER,
            "Id of the workflow; null if it is not one of GitHub Actions",
            "workflowRun.workflow.databaseId",
        ),
        column(
            "workflow_name",
            STRING,
            "Name of the workflow",
            "workflowRun.workflow.name",
        ),
        column(
            "workflow_run_number",
            INTEGER,
            "Number of the run within its workflow",
            "workflowRun.runNumber",
        ),
        column(
            "workflow_run_url",
            STRING,
            "Address of the page of the workflow run",
            "workflowRun.url",
        ),
        column(
            "event",
            STRING,
            "What started the workflow: push, pull_request, schedule, ...",
            "workflowRun.event",
        ),
        column("status", STRING, STATUS),
        column("conclusion", STRING, CONCLUSION),
        URL,
        listing(
            "runs",
            "checkRuns.nodes[]",
            "All runs, in no particular order. A re-run adds a run of the same name",
            column("node_id", STRING, "GraphQL's id", "id"),
            column("name", STRING, "Name of the check"),
            column("status", STRING, STATUS),
            column("conclusion", STRING, CONCLUSION),
            column("started_at", TIMESTAMP, "When it started"),
            column("completed_at", TIMESTAMP, "When it was completed"),
        ),
        given(
            "listed_at", TIMESTAMP, "When the check suites of the commit were listed"
        ),
        given(
            "complete_listed_at",
            TIMESTAMP,
            "The listed_at of the check suites of the commit that were all read; null "
            "in all rows but the last: GitHub no longer has rows of the commit with an "
            "earlier listed_at",
        ),
        CREATED_AT,
        UPDATED_AT,
    ),
    keys=("node_id",),
    replication_key="updated_at",
)
