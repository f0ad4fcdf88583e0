"""Every stream's columns, each with its place in GitHub's response.

`id` is GitHub's numeric id (`fullDatabaseId`, what REST calls `id`), `node_id` the
GraphQL one. A row of a pull request's children carries the pull request's
`updated_at` at the time it was read: where the pull request itself shows a newer
one, GitHub no longer has the row (a file or commit that a force-push took away, a
deleted comment).
"""

from __future__ import annotations

from tap_github_prs.schemas.checks import CHECK_SUITES
from tap_github_prs.schemas.children import (
    PR_COMMENTS,
    PR_EVENTS,
    PR_FILES,
    PR_ISSUE_COMMENTS,
    PR_REVIEWS,
)
from tap_github_prs.schemas.commits import COMMITS, PR_COMMITS
from tap_github_prs.schemas.delivery import DEPLOYMENTS, RELEASES
from tap_github_prs.schemas.pull_requests import PULL_REQUESTS
from tap_github_prs.schemas.repositories import REPOSITORIES, USERS

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
    DEPLOYMENTS,
    RELEASES,
    CHECK_SUITES,
)

__all__ = [
    "CHECK_SUITES",
    "COMMITS",
    "DEPLOYMENTS",
    "PR_COMMENTS",
    "PR_COMMITS",
    "PR_EVENTS",
    "PR_FILES",
    "PR_ISSUE_COMMENTS",
    "PR_REVIEWS",
    "PULL_REQUESTS",
    "RELEASES",
    "REPOSITORIES",
    "TABLES",
    "USERS",
]
