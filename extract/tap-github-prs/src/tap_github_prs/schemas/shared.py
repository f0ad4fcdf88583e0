"""Columns that several streams have."""

from __future__ import annotations

from tap_github_prs.schemas.columns import (
    BOOLEAN,
    INTEGER,
    STRING,
    TIMESTAMP,
    actor,
    column,
    given,
)

ID = column("id", INTEGER, "GitHub's numeric id", "fullDatabaseId")
NODE_ID = column("node_id", STRING, "GraphQL's id", "id")
URL = column("url", STRING, "Address of the page")
CREATED_AT = column("created_at", TIMESTAMP, "When it was created")
UPDATED_AT = column("updated_at", TIMESTAMP, "When it last changed")

OF_PULL_REQUEST = (
    given("pull_request_id", INTEGER, "pull_requests.id"),
    given("repository_id", INTEGER, "repositories.id"),
)

READ_WITH = given(
    "pull_request_updated_at",
    TIMESTAMP,
    "pull_requests.updated_at when this row was read. If the pull request has a "
    "newer one, GitHub no longer has the row",
)

COMMENT = (
    *actor("author", "the author"),
    column("author_association", STRING, "Author's association with the repository"),
    column("body", STRING, "Text, Markdown"),
    URL,
)

MINIMIZED = (
    column("is_minimized", BOOLEAN, "Whether it is hidden"),
    column("minimized_reason", STRING, "Why it is hidden: spam, off-topic, ..."),
)

COMMENT_TIMES = (
    CREATED_AT,
    column("published_at", TIMESTAMP, "When it became visible"),
    column("last_edited_at", TIMESTAMP, "When its text last changed"),
    UPDATED_AT,
)
