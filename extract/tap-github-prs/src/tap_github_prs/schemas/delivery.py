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
    "GitHub's numeric id; null where it does not fit in 32 bits",
    "databaseId",
)

LISTED = (
    given(
        "list_version",
        INTEGER,
        "How often the whole list of the repository was read again because rows were "
        "gone from it",
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
        column("environment", STRING, "Environment it was last deployed to"),
        column("original_environment", STRING, "Environment it was created for"),
        column("task", STRING, "What is done: deploy, deploy:migrations, ..."),
        column("description", STRING, "Description"),
        column(
            "state",
            STRING,
            "State when it was read: ACTIVE, INACTIVE, FAILURE, IN_PROGRESS, ...; the "
            "state of an old deployment may have become INACTIVE since",
        ),
        column("commit_oid", STRING, "Commit that is deployed"),
        column("ref_name", STRING, "Branch or tag; null if it is gone", "ref.name"),
        *actor("creator", "who deployed"),
        listing(
            "statuses",
            "statuses.nodes[]",
            "Every status it has had, in no particular order",
            column("node_id", STRING, "GraphQL's id", "id"),
            column("state", STRING, "QUEUED, IN_PROGRESS, SUCCESS, FAILURE, ..."),
            column("environment", STRING, "Environment at that time"),
            column("description", STRING, "Description"),
            column("log_url", STRING, "Address of the log"),
            column("creator_login", STRING, "Login of who set it", "creator.login"),
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
        *actor("author", "who wrote it"),
        column("is_draft", BOOLEAN, "Not yet published"),
        column("is_prerelease", BOOLEAN, "Not meant for everybody"),
        column("is_latest", BOOLEAN, "The latest release when it was read"),
        *LISTED,
        CREATED_AT,
        column("published_at", TIMESTAMP, "When it was published; null for a draft"),
        UPDATED_AT,
    ),
    keys=("node_id",),
    replication_key="updated_at",
)
