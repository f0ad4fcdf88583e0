"""Which fragment of queries/ holds which stream's columns, and what must stay in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_github_prs.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_github_prs.common.graphql_ast import Path
    from tap_github_prs.schemas.columns import Column, Table

TABLES_BY_NAME = {table.name: table for table in TABLES}
PULL_REQUEST_STREAMS = {"pull_requests"} | {
    name for name in TABLES_BY_NAME if name.startswith("pr_")
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a fragment is needed, whatever is selected.

    Attributes:
        stream: Stream whose columns lie in the fragment.
        always: Fields that the tap itself reads.
        below: Where in the fragment the columns' first name lies:
            `("thread", "nodes")` puts the column of `thread.id` at `nodes.id`.
    """

    stream: str
    always: tuple[str, ...] = ()
    below: tuple[str, str] | None = None

    @property
    def table(self) -> Table:
        """The stream's table."""
        return TABLES_BY_NAME[self.stream]

    def paths(self, columns: Collection[str]) -> Iterator[Path]:
        """Yield the paths of the required fields in the fragment.

        Args:
            columns: Names of the selected columns, besides the key.
        """
        yield from (tuple(path.split(".")) for path in self.always)
        for name in {*columns, *self.table.keys} & self.table.by_name.keys():
            yield from self.paths_of(name)

    def paths_of(self, column: str) -> Iterator[Path]:
        """Yield the paths of a column in the fragment."""
        for path in self.table.by_name[column].paths:
            first, *rest = path
            if self.below is None:
                *above, last = path
                yield from ((*above, each) for each in last.split("|"))
            elif first == self.below[0]:
                yield (self.below[1], *rest)

    def loses(self, column: Column, path: Path) -> bool:
        """Whether a column cannot be read without the field at a path.

        A list of objects can be read without one of their fields.
        """
        paths = list(self.paths_of(column.name))
        lost = [each for each in paths if each[: len(path)] == path]
        return bool(lost) and (not column.members or len(lost) == len(paths))


SHAPES = {
    "Repository": Shape(
        "repositories",
        ("id", "databaseId", "nameWithOwner", "owner", "isDisabled", "isEmpty"),
    ),
    "Account": Shape("users", ("id", "databaseId", "login")),
    "PullRequest": Shape(
        "pull_requests", ("id", "fullDatabaseId", "updatedAt", "repository.databaseId")
    ),
    "Review": Shape("pr_reviews"),
    "ReviewThreads": Shape(
        "pr_comments", ("nodes.id", "nodes.comments"), ("thread", "nodes")
    ),
    "ReviewComment": Shape("pr_comments"),
    "IssueComment": Shape("pr_issue_comments"),
    "File": Shape("pr_files"),
    "PullRequestCommit": Shape("pr_commits"),
    "TimelineItem": Shape("pr_events"),
    "Commit": Shape("commits", ("oid", "parents")),
    "Deployment": Shape("deployments", ("id", "state", "createdAt")),
    "Release": Shape("releases", ("id",)),
    "CheckSuite": Shape("check_suites", ("id", "status", "conclusion", "createdAt")),
}
"""Fragments that contain a stream's columns."""

SPREADS: dict[str, Collection[str]] = {
    "Listing": PULL_REQUEST_STREAMS | {"check_suites"},
    "Head": {"commits", "check_suites"},
    "CheckListing": {"check_suites"},
    "DeploymentListing": {"deployments"},
    "ReleaseListing": {"releases"},
    "VerifiedEmails": {"users.emails"},
    "Identities": {"users.emails"},
    "Reviews": {"pr_reviews"},
    "ReviewThreads": {"pr_comments"},
    "IssueComments": {"pr_issue_comments"},
    "Files": {"pr_files"},
    "PullRequestCommits": {"pr_commits"},
    "TimelineItems": {"pr_events"},
}
"""Fragments that are spread only where one of these is selected."""

STRUCTURAL = frozenset({"__typename", "pageInfo"})
INDISPENSABLE = STRUCTURAL | {"hasNextPage", "endCursor", "nodes", "edges"}

SPARED_WHOLE = frozenset({("Account", "...Organization")})
"""Types that can be dropped in a fragment: an account without an id has no row.

To a token without `read:org` GitHub refuses every field `... on Organization`, and
with them the document, although an organization is hardly ever a pull request's author.
"""


HYDRATE = "HydratePullRequests"

LIES_IN: dict[str, tuple[str, Path]] = {
    "Labels": ("PullRequest", ("labels",)),
    "Assignees": ("PullRequest", ("assignees",)),
    "ReviewRequests": ("PullRequest", ("reviewRequests",)),
    "ClosingIssues": ("PullRequest", ("closingIssuesReferences",)),
    "Owner": ("Repository", ("owner",)),
    "DeploymentStatuses": ("Deployment", ("statuses",)),
    "CheckRuns": ("CheckSuite", ("checkRuns",)),
}
"""Fragments that are a part of another: which, and where in it."""

LISTED = "ListedPullRequests"
_HISTORY: set[Path] = {
    ("totalCount",),
    ("nodes", "id"),
    ("nodes", "createdAt"),
    ("nodes", "updatedAt"),
}
NEEDED: dict[str, set[Path]] = {
    LISTED: {("nodes", "id"), ("nodes", "number"), ("nodes", "updatedAt")},
    "ListedDeployments": _HISTORY,
    "ListedReleases": _HISTORY,
    "CheckedCommit": {("id",), ("oid",), ("checkSuites",)},
    "ListedCheckSuites": {
        ("nodes", name)
        for name in ("id", "status", "conclusion", "createdAt", "updatedAt")
    },
}
"""Fields that the tap itself reads of fragments without columns."""

NESTED = {
    "app": "App",
    "author": "GitActor",
    "afterCommit": "Commit",
    "beforeCommit": "Commit",
    "branch": "Ref",
    "commit": "Commit",
    "committer": "GitActor",
    "defaultBranchRef": "Ref",
    "headRepository": "Repository",
    "latestStatus": "DeploymentStatus",
    "licenseInfo": "License",
    "mergeCommit": "Commit",
    "milestone": "Milestone",
    "originalCommit": "Commit",
    "pageInfo": "PageInfo",
    "primaryLanguage": "Language",
    "pullRequestReview": "PullRequestReview",
    "ref": "Ref",
    "replyTo": "PullRequestReviewComment",
    "repository": "Repository",
    "review": "PullRequestReview",
    "tagCommit": "Commit",
    "topic": "Topic",
    "workflow": "Workflow",
    "workflowRun": "WorkflowRun",
}
"""Types of the objects whose fields are requested without a condition."""
