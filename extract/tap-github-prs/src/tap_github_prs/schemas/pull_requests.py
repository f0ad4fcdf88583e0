"""Pull requests."""

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
from tap_github_prs.schemas.shared import CREATED_AT, ID, NODE_ID, UPDATED_AT, URL

PULL_REQUESTS = Table(
    "pull_requests",
    (
        ID,
        NODE_ID,
        given("repository_id", INTEGER, "repositories.id"),
        column("repository_name", STRING, "owner/name", "repository.nameWithOwner"),
        column("number", INTEGER, "Number within the repository"),
        column("title", STRING, "Title"),
        column("body", STRING, "Description, Markdown"),
        URL,
        column("state", STRING, "OPEN, CLOSED or MERGED"),
        *actor("author", "the author"),
        column(
            "author_association", STRING, "Author's association with the repository"
        ),
        column(
            "merged_by_id",
            INTEGER,
            "users.id of the account that merged it",
            "mergedBy.databaseId",
        ),
        column(
            "merged_by_login",
            STRING,
            "Login of the account that merged it",
            "mergedBy.login",
        ),
        column(
            "merged_by_type",
            STRING,
            "Type of the account that merged it",
            "mergedBy.__typename",
        ),
        column("review_decision", STRING, "APPROVED, CHANGES_REQUESTED, ..."),
        column("base_ref_name", STRING, "Base branch"),
        column("base_ref_oid", STRING, "Commit of the base branch"),
        column("head_ref_name", STRING, "Head branch"),
        column("head_ref_oid", STRING, "Last commit of the head branch"),
        column(
            "head_repository_id",
            INTEGER,
            "Repository of the head branch; null if it was deleted",
            "headRepository.databaseId",
        ),
        column(
            "head_repository_name",
            STRING,
            "owner/name of the head branch's repository",
            "headRepository.nameWithOwner",
        ),
        column("merge_commit_oid", STRING, "Commit of the merge", "mergeCommit.oid"),
        column("milestone_node_id", STRING, "GraphQL's id", "milestone.id"),
        column("milestone_number", INTEGER, "Milestone", "milestone.number"),
        column("milestone_title", STRING, "Milestone", "milestone.title"),
        column("active_lock_reason", STRING, "Why its conversation is locked"),
        column("labels", STRING, "Names of its labels", "labels.nodes[].name"),
        listing(
            "assignees",
            "assignees.nodes[]",
            "People it is assigned to",
            column("id", INTEGER, "users.id", "databaseId"),
            column("login", STRING, "Login"),
        ),
        listing(
            "requested_reviewers",
            "reviewRequests.nodes[]",
            "Reviews that are requested and not submitted yet",
            column(
                "id",
                INTEGER,
                "users.id, or ID of a team",
                "requestedReviewer.databaseId",
            ),
            column(
                "login",
                STRING,
                "Login, or slug of a team",
                "requestedReviewer.login|slug",
            ),
            column(
                "type", STRING, "User, Team, Bot, ...", "requestedReviewer.__typename"
            ),
            column(
                "as_code_owner",
                BOOLEAN,
                "Whether the review is requested from a code owner",
            ),
        ),
        listing(
            "closing_issues",
            "closingIssuesReferences.nodes[]",
            "Issues that its merge closes",
            column("id", INTEGER, "GitHub's numeric id", "fullDatabaseId"),
            column("number", INTEGER, "Number within its repository"),
            column("repository_name", STRING, "owner/name", "repository.nameWithOwner"),
        ),
        column("additions", INTEGER, "Lines added"),
        column("deletions", INTEGER, "Lines deleted"),
        column("changed_files", INTEGER, "Files changed"),
        column(
            "total_comments_count", INTEGER, "Number of comments and review comments"
        ),
        column("closed", BOOLEAN, "Closed or merged"),
        column("merged", BOOLEAN, "Merged"),
        column("is_draft", BOOLEAN, "A draft now"),
        given(
            "is_incomplete",
            BOOLEAN,
            "Something below it could not be read with this row: older rows below it "
            "are not deleted for that",
        ),
        column("is_cross_repository", BOOLEAN, "From a fork"),
        column("locked", BOOLEAN, "Conversation locked"),
        column(
            "maintainer_can_modify",
            BOOLEAN,
            "Whether maintainers can push to its branch",
        ),
        CREATED_AT,
        column("published_at", TIMESTAMP, "When it became visible"),
        column("last_edited_at", TIMESTAMP, "When its description last changed"),
        column(
            "ready_for_review_at",
            TIMESTAMP,
            "When it was last marked as ready for review; null if it never was a draft",
            "ready.nodes[-1].createdAt",
        ),
        column(
            "converted_to_draft_at",
            TIMESTAMP,
            "When it was last converted to a draft",
            "drafted.nodes[-1].createdAt",
        ),
        column("closed_at", TIMESTAMP, "When it was closed or merged"),
        column("merged_at", TIMESTAMP, "When it was merged"),
        UPDATED_AT,
    ),
    replication_key="updated_at",
)
