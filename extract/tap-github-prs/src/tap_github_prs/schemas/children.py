"""The children of a pull request, except its commits."""

from __future__ import annotations

from tap_github_prs.schemas.columns import (
    BOOLEAN,
    INTEGER,
    STRING,
    TIMESTAMP,
    Table,
    actor,
    column,
)
from tap_github_prs.schemas.shared import (
    COMMENT,
    COMMENT_TIMES,
    ID,
    MINIMIZED,
    NODE_ID,
    OF_PULL_REQUEST,
    READ_WITH,
)

PR_REVIEWS = Table(
    "pr_reviews",
    (
        ID,
        NODE_ID,
        *OF_PULL_REQUEST,
        *COMMENT,
        column(
            "state",
            STRING,
            "APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING",
        ),
        column("commit_oid", STRING, "Commit that was reviewed", "commit.oid"),
        *MINIMIZED,
        column("submitted_at", TIMESTAMP, "When it was submitted"),
        *COMMENT_TIMES,
        READ_WITH,
    ),
    replication_key="pull_request_updated_at",
)

PR_COMMENTS = Table(
    "pr_comments",
    (
        ID,
        NODE_ID,
        *OF_PULL_REQUEST,
        column(
            "pull_request_review_id",
            INTEGER,
            "pr_reviews.id",
            "pullRequestReview.fullDatabaseId",
        ),
        column("reply_to_id", INTEGER, "pr_comments.id", "replyTo.fullDatabaseId"),
        column("thread_node_id", STRING, "GraphQL's id of the thread", "thread.id"),
        *COMMENT,
        column(
            "resolved_by_id",
            INTEGER,
            "users.id of the account that resolved the thread",
            "thread.resolvedBy.databaseId",
        ),
        column(
            "resolved_by_login",
            STRING,
            "Login of the account that resolved the thread",
            "thread.resolvedBy.login",
        ),
        column("state", STRING, "SUBMITTED or PENDING"),
        column("path", STRING, "File"),
        column("diff_hunk", STRING, "Diff hunk that the comment refers to"),
        column("subject_type", STRING, "LINE or FILE"),
        column("diff_side", STRING, "LEFT or RIGHT", "thread.diffSide"),
        column("start_diff_side", STRING, "LEFT or RIGHT", "thread.startDiffSide"),
        column("commit_oid", STRING, "Commit that the comment refers to", "commit.oid"),
        column(
            "original_commit_oid",
            STRING,
            "Commit that the comment referred to when it was written",
            "originalCommit.oid",
        ),
        column("line", INTEGER, "Line; null if the comment is outdated"),
        column("start_line", INTEGER, "First line of several"),
        column("original_line", INTEGER, "Line when it was written"),
        column("original_start_line", INTEGER, "First line when it was written"),
        column("outdated", BOOLEAN, "Whether the line has changed after the comment"),
        column(
            "is_resolved",
            BOOLEAN,
            "Whether its thread is resolved",
            "thread.isResolved",
        ),
        *MINIMIZED,
        *COMMENT_TIMES,
        READ_WITH,
    ),
    replication_key="pull_request_updated_at",
)

PR_ISSUE_COMMENTS = Table(
    "pr_issue_comments",
    (ID, NODE_ID, *OF_PULL_REQUEST, *COMMENT, *MINIMIZED, *COMMENT_TIMES, READ_WITH),
    replication_key="pull_request_updated_at",
)

PR_FILES = Table(
    "pr_files",
    (
        *OF_PULL_REQUEST,
        column("path", STRING, "Path of the file"),
        column("change_type", STRING, "ADDED, MODIFIED, DELETED, RENAMED, ..."),
        column("additions", INTEGER, "Lines added"),
        column("deletions", INTEGER, "Lines deleted"),
        READ_WITH,
    ),
    keys=("pull_request_id", "path"),
    replication_key="pull_request_updated_at",
)

PR_EVENTS = Table(
    "pr_events",
    (
        NODE_ID,
        *OF_PULL_REQUEST,
        column("type", STRING, "What happened: ReadyForReviewEvent, ...", "__typename"),
        *actor("actor", "the account that caused the event"),
        column(
            "requested_reviewer_id",
            INTEGER,
            "users.id, or ID of a team",
            "requestedReviewer.databaseId",
        ),
        column(
            "requested_reviewer_login",
            STRING,
            "Login, or slug of a team",
            "requestedReviewer.login|slug",
        ),
        column(
            "requested_reviewer_type",
            STRING,
            "User, Team, Bot, ...",
            "requestedReviewer.__typename",
        ),
        column("review_id", INTEGER, "pr_reviews.id", "review.fullDatabaseId"),
        column("previous_review_state", STRING, "State of the review it dismissed"),
        column("dismissal_message", STRING, "Why the review was dismissed"),
        column("commit_oid", STRING, "Commit of the merge", "commit.oid"),
        column("before_commit_oid", STRING, "Head before", "beforeCommit.oid"),
        column("after_commit_oid", STRING, "Head after", "afterCommit.oid"),
        column("previous_title", STRING, "Title before"),
        column("current_title", STRING, "Title after"),
        column(
            "previous_ref_name",
            STRING,
            "Base branch before",
            "previousRefName|oldBase",
        ),
        column(
            "current_ref_name", STRING, "Base branch after", "currentRefName|newBase"
        ),
        column(
            "deployed_ref_name",
            STRING,
            "Branch that was deployed; null if it was deleted",
            "ref.name",
        ),
        column("created_at", TIMESTAMP, "When it happened"),
        READ_WITH,
    ),
    keys=("node_id",),
    replication_key="pull_request_updated_at",
)
