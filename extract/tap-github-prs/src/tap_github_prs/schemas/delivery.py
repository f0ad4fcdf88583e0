"""How work reaches users: deployments and releases."""

from __future__ import annotations

from tap_github_prs.schemas.columns import (
    BOOLEAN,
    INTEGER,
    STRING,
    TIMESTAMP,
    Table,
    actor,
    column,
    given,
    listing,
)
from tap_github_prs.schemas.shared import CREATED_AT, NODE_ID, UPDATED_AT, URL

_NUMERIC_ID = column(
    "id",
    INTEGER,
    "GitHub's numeric id; null if it does not fit in 32 bits",
    "databaseId",
)

LISTED = (
    given(
        "list_version",
        INTEGER,
        "Version of the list of the repository: higher after each time that the "
        "whole list was read again",
    ),
    given(
        "complete_list_version",
        INTEGER,
        "The last list_version that was read completely: rows of the repository with "
        "an earlier list_version are deleted",
    ),
)
"""How a deletion shows: GitHub says only how many rows there are."""

DEPLOYMENTS = Table(
    "deployments",
    (
        NODE_ID,
        _NUMERIC_ID,
        given("repository_id", INTEGER, "repositories.id"),
        column("environment", STRING, "Environment of the last deployment status"),
        column("original_environment", STRING, "Environment for which it was created"),
        column("task", STRING, "Task: deploy, deploy:migrations, ..."),
        column("description", STRING, "Description"),
        column(
            "state",
            STRING,
            "State when it was read: ACTIVE, INACTIVE, FAILURE, IN_PROGRESS, ...; the "
            "state of an old deployment may have become INACTIVE since",
        ),
        column("commit_oid", STRING, "Commit that is deployed"),
        column("ref_name", STRING, "Branch or tag; null if it was deleted", "ref.name"),
        *actor("creator", "the account that deployed"),
        listing(
            "statuses",
            "statuses.nodes[]",
            "All statuses, in no particular order",
            column("node_id", STRING, "GraphQL's id", "id"),
            column("state", STRING, "QUEUED, IN_PROGRESS, SUCCESS, FAILURE, ..."),
            column("environment", STRING, "Environment at that time"),
            column("description", STRING, "Description"),
            column("log_url", STRING, "Address of the log"),
            column(
                "creator_login",
                STRING,
                "Login of the account that set the status",
                "creator.login",
            ),
            CREATED_AT,
            UPDATED_AT,
        ),
        *LISTED,
        CREATED_AT,
        UPDATED_AT,
    ),
    keys=("node_id",),
    replication_key="updated_at",
)

RELEASES = Table(
    "releases",
    (
        NODE_ID,
        _NUMERIC_ID,
        given("repository_id", INTEGER, "repositories.id"),
        column("name", STRING, "Title"),
        column("tag_name", STRING, "Tag"),
        column(
            "tag_commit_oid",
            STRING,
            "Commit of the tag; null for a draft whose tag does not exist",
            "tagCommit.oid",
        ),
        column("description", STRING, "Notes, Markdown"),
        URL,
        *actor("author", "the author"),
        column("is_draft", BOOLEAN, "Not yet published"),
        column("is_prerelease", BOOLEAN, "Whether it is a prerelease"),
        column(
            "is_latest", BOOLEAN, "Whether it was the latest release when it was read"
        ),
        *LISTED,
        CREATED_AT,
        column("published_at", TIMESTAMP, "When it was published; null for a draft"),
        UPDATED_AT,
    ),
    keys=("node_id",),
    replication_key="updated_at",
)
