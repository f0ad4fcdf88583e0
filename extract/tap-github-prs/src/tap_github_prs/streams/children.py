"""The children of a pull request: each stream names the list of its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_github_prs import schemas
from tap_github_prs.streams.child import PullRequestChild
from tap_github_prs.streams.pull_requests import PullRequests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.schemas.columns import Table
    from tap_github_prs.schemas.rows import Node


class Reviews(PullRequestChild):
    """pr_reviews."""

    table: ClassVar[Table] = schemas.PR_REVIEWS
    parent_stream_type = PullRequests
    connection = "reviews"


class ReviewComments(PullRequestChild):
    """pr_comments: by thread, which alone knows whether it is resolved."""

    table: ClassVar[Table] = schemas.PR_COMMENTS
    parent_stream_type = PullRequests
    connection = "reviewThreads"

    def nodes(self, pull_request: Node) -> Iterator[Node]:
        """Yield the comments of all threads, each with its `thread`."""
        for thread in super().nodes(pull_request):
            for comment in thread["comments"]["nodes"]:
                if comment is not None:
                    yield {**comment, "thread": thread}


class IssueComments(PullRequestChild):
    """pr_issue_comments: the conversation."""

    table: ClassVar[Table] = schemas.PR_ISSUE_COMMENTS
    parent_stream_type = PullRequests
    connection = "comments"


class Files(PullRequestChild):
    """pr_files."""

    table: ClassVar[Table] = schemas.PR_FILES
    parent_stream_type = PullRequests
    connection = "files"


class PullRequestCommits(PullRequestChild):
    """pr_commits."""

    table: ClassVar[Table] = schemas.PR_COMMITS
    parent_stream_type = PullRequests
    connection = "commits"


class Events(PullRequestChild):
    """pr_events."""

    table: ClassVar[Table] = schemas.PR_EVENTS
    parent_stream_type = PullRequests
    connection = "timelineItems"


CHILDREN = (
    Reviews,
    ReviewComments,
    IssueComments,
    Files,
    PullRequestCommits,
    Events,
)
