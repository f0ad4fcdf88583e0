"""Every stream's columns, each with its place in GitHub's answer.

`id` is GitHub's numeric id (`fullDatabaseId`, what REST calls `id`), `node_id` the
GraphQL one. A row that hangs on a pull request carries the pull request's
`updated_at` at the time it was read: where the pull request itself shows a newer
one, GitHub no longer has the row (a file or commit that a force-push took away, a
deleted comment).
"""

from __future__ import annotations

from singer_sdk import typing as th

from tap_github_prs.columns import (
    BOOLEAN,
    INTEGER,
    STRING,
    TIMESTAMP,
    Column,
    Table,
    actor,
    column,
    given,
    listing,
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
    "pull_requests.updated_at when this row was read; older than the pull "
    "request's own: GitHub no longer has the row",
)
COMMENT = (
    *actor("author", "the author"),
    column("author_association", STRING, "What the author is to the repository"),
    column("body", STRING, "Text, Markdown"),
    URL,
)
MINIMIZED = (
    column("is_minimized", BOOLEAN, "Whether it is hidden"),
    column("minimized_reason", STRING, "Why it is hidden: spam, off-topic, ..."),
)
COMMENT_TIMES = (
    CREATED_AT,
    column("published_at", TIMESTAMP, "When it could first be seen"),
    column("last_edited_at", TIMESTAMP, "When its text last changed"),
    UPDATED_AT,
)

REPOSITORIES = Table(
    "repositories",
    (
        column("id", INTEGER, "GitHub's numeric id", "databaseId"),
        NODE_ID,
        column("name", STRING, "Name without its owner"),
        column("name_with_owner", STRING, "owner/name as it is now"),
        column("owner_id", INTEGER, "Numeric id of the owner", "owner.databaseId"),
        column("owner_login", STRING, "Login of the owner", "owner.login"),
        column("owner_type", STRING, "User or Organization", "owner.__typename"),
        column("description", STRING, "What it is for"),
        URL,
        column("homepage_url", STRING, "Its home page"),
        column("visibility", STRING, "PUBLIC, PRIVATE or INTERNAL"),
        column(
            "default_branch_name", STRING, "Default branch", "defaultBranchRef.name"
        ),
        column("primary_language", STRING, "Main language", "primaryLanguage.name"),
        column("license_name", STRING, "Licence", "licenseInfo.name"),
        column("topics", STRING, "Its topics", "repositoryTopics.nodes[].topic.name"),
        column("stargazer_count", INTEGER, "People who starred it"),
        column("fork_count", INTEGER, "Forks"),
        column("disk_usage", INTEGER, "Size in KB"),
        column("is_archived", BOOLEAN, "Read only for good"),
        column("is_disabled", BOOLEAN, "Switched off by GitHub"),
        column("is_empty", BOOLEAN, "Without a commit"),
        column("is_fork", BOOLEAN, "A fork of another repository"),
        column("is_private", BOOLEAN, "Private or internal"),
        column("is_template", BOOLEAN, "A template for others"),
        CREATED_AT,
        UPDATED_AT,
        column("pushed_at", TIMESTAMP, "Last push to any branch"),
        column("archived_at", TIMESTAMP, "When it was archived"),
    ),
)

USERS = Table(
    "users",
    (
        column("id", INTEGER, "GitHub's numeric id", "databaseId"),
        NODE_ID,
        column("login", STRING, "Login; a bot's is without [bot]"),
        column("type", STRING, "User, Bot, Mannequin or Organization", "__typename"),
        column("name", STRING, "Name on the profile"),
        column("email", STRING, "Public e-mail of the profile", "email|otherEmail"),
        given(
            "emails",
            th.ArrayType(STRING),
            "Every e-mail that GitHub gives, lower case: profile, verified "
            "domains of the organisation, SAML",
        ),
        listing(
            "memberships",
            "memberships[]",
            "Organisations that the account is a member of, among those read; "
            "empty for one who left",
            column("organization", STRING, "Login of the organisation"),
            column("role", STRING, "ADMIN or MEMBER"),
        ),
        column(
            "claimant_id", INTEGER, "users.id behind a mannequin", "claimant.databaseId"
        ),
        column("company", STRING, "Company on the profile"),
        column("location", STRING, "Place on the profile"),
        column("website_url", STRING, "Web site on the profile"),
        column("twitter_username", STRING, "Twitter name on the profile"),
        URL,
        column("avatar_url", STRING, "Picture"),
        CREATED_AT,
        UPDATED_AT,
    ),
)

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
        *actor("author", "who opened it"),
        column("author_association", STRING, "What the author is to the repository"),
        column(
            "merged_by_id", INTEGER, "users.id of who merged", "mergedBy.databaseId"
        ),
        column("merged_by_login", STRING, "Login of who merged", "mergedBy.login"),
        column("merged_by_type", STRING, "Type of who merged", "mergedBy.__typename"),
        column("review_decision", STRING, "APPROVED, CHANGES_REQUESTED, ..."),
        column("base_ref_name", STRING, "Branch that it goes into"),
        column("base_ref_oid", STRING, "Commit of that branch"),
        column("head_ref_name", STRING, "Branch that it comes from"),
        column("head_ref_oid", STRING, "Last commit of that branch"),
        column(
            "head_repository_id",
            INTEGER,
            "Repository that it comes from; null once that is gone",
            "headRepository.databaseId",
        ),
        column(
            "head_repository_name",
            STRING,
            "owner/name that it comes from",
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
            "Reviews asked for and not yet given",
            column("id", INTEGER, "users.id or team", "requestedReviewer.databaseId"),
            column(
                "login", STRING, "Login, team's slug", "requestedReviewer.login|slug"
            ),
            column(
                "type", STRING, "User, Team, Bot, ...", "requestedReviewer.__typename"
            ),
            column("as_code_owner", BOOLEAN, "Asked as an owner of the code"),
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
        column("total_comments_count", INTEGER, "Comments, of both kinds"),
        column("closed", BOOLEAN, "Closed or merged"),
        column("merged", BOOLEAN, "Merged"),
        column("is_draft", BOOLEAN, "A draft now"),
        column("is_cross_repository", BOOLEAN, "From a fork"),
        column("locked", BOOLEAN, "Conversation locked"),
        column("maintainer_can_modify", BOOLEAN, "Maintainers may push to its branch"),
        CREATED_AT,
        column("published_at", TIMESTAMP, "When it could first be seen"),
        column("last_edited_at", TIMESTAMP, "When its description last changed"),
        column(
            "ready_for_review_at",
            TIMESTAMP,
            "When it last stopped being a draft; null if it never was one",
            "ready.nodes[-1].createdAt",
        ),
        column(
            "converted_to_draft_at",
            TIMESTAMP,
            "When it last became a draft after it was opened",
            "drafted.nodes[-1].createdAt",
        ),
        column("closed_at", TIMESTAMP, "When it was closed or merged"),
        column("merged_at", TIMESTAMP, "When it was merged"),
        UPDATED_AT,
    ),
    replication_key="updated_at",
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
            "users.id of who resolved the thread",
            "thread.resolvedBy.databaseId",
        ),
        column(
            "resolved_by_login",
            STRING,
            "Login of who resolved the thread",
            "thread.resolvedBy.login",
        ),
        column("state", STRING, "SUBMITTED or PENDING"),
        column("path", STRING, "File"),
        column("diff_hunk", STRING, "The lines that it stands under"),
        column("subject_type", STRING, "LINE or FILE"),
        column("diff_side", STRING, "LEFT or RIGHT", "thread.diffSide"),
        column("start_diff_side", STRING, "LEFT or RIGHT", "thread.startDiffSide"),
        column("commit_oid", STRING, "Commit that it stands on", "commit.oid"),
        column(
            "original_commit_oid",
            STRING,
            "Commit that it was written on",
            "originalCommit.oid",
        ),
        column("line", INTEGER, "Line; null once outdated"),
        column("start_line", INTEGER, "First line of several"),
        column("original_line", INTEGER, "Line when it was written"),
        column("original_start_line", INTEGER, "First line when it was written"),
        column("outdated", BOOLEAN, "Whether the line has changed since"),
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
        *actor("actor", "who did it"),
        column(
            "requested_reviewer_id",
            INTEGER,
            "users.id or team",
            "requestedReviewer.databaseId",
        ),
        column(
            "requested_reviewer_login",
            STRING,
            "Login, team's slug",
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
        column("previous_ref_name", STRING, "Base branch before"),
        column("current_ref_name", STRING, "Base branch after"),
        column("created_at", TIMESTAMP, "When it happened"),
        READ_WITH,
    ),
    keys=("node_id",),
    replication_key="pull_request_updated_at",
)


def _commit(at: str = "") -> tuple[Column, ...]:
    """Return the columns of a commit that lies at the path `at`."""
    people = [
        made
        for person in ("author", "committer")
        for made in (
            column(
                f"{person}_name", STRING, f"Name of the {person}", f"{at}{person}.name"
            ),
            column(
                f"{person}_email",
                STRING,
                f"E-mail of the {person}",
                f"{at}{person}.email",
            ),
            column(
                f"{person}_id",
                INTEGER,
                f"users.id of the {person}; null where the e-mail is nobody's",
                f"{at}{person}.user.databaseId",
            ),
            column(
                f"{person}_login",
                STRING,
                f"Login of the {person}",
                f"{at}{person}.user.login",
            ),
        )
    ]
    return (
        column("node_id", STRING, "GraphQL's id", f"{at}id"),
        column("message", STRING, "Message, whole", f"{at}message"),
        column("url", STRING, "Address of the page", f"{at}url"),
        *people,
        column("additions", INTEGER, "Lines added", f"{at}additions"),
        column("deletions", INTEGER, "Lines deleted", f"{at}deletions"),
        column(
            "changed_files",
            INTEGER,
            "Files changed; null where GitHub gave up counting",
            f"{at}changedFilesIfAvailable",
        ),
        column("authored_at", TIMESTAMP, "When it was written", f"{at}authoredDate"),
        column(
            "committed_at", TIMESTAMP, "When it was committed", f"{at}committedDate"
        ),
    )


PR_COMMITS = Table(
    "pr_commits",
    (
        *OF_PULL_REQUEST,
        column("oid", STRING, "SHA", "commit.oid"),
        *_commit("commit."),
        READ_WITH,
    ),
    # The same commit sits in several pull requests. FACTS: the best-known tap
    # overwrites one with the other.
    keys=("pull_request_id", "oid"),
    replication_key="pull_request_updated_at",
)

COMMITS = Table(
    "commits",
    (
        given("repository_id", INTEGER, "repositories.id"),
        column("oid", STRING, "SHA"),
        column("parent_oids", STRING, "SHAs of its parents", "parents.nodes[].oid"),
        *_commit(),
    ),
    keys=("repository_id", "oid"),
    replication_key="committed_at",
)

TABLES = (
    REPOSITORIES,
    USERS,
    PR_REVIEWS,
    PR_COMMENTS,
    PR_ISSUE_COMMENTS,
    PR_FILES,
    PR_COMMITS,
    PR_EVENTS,
    PULL_REQUESTS,
    COMMITS,
)
