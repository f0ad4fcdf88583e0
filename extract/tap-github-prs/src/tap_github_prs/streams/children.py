"""What hangs on a pull request: each stream says where its nodes lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tap_github_prs import schemas
from tap_github_prs.streams.base import TableStream
from tap_github_prs.streams.pull_requests import PullRequests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context

    from tap_github_prs.columns import Table
    from tap_github_prs.rows import Node, Row


class PullRequestChild(TableStream):
    """Rows come with their pull request, in the same request, and before it."""

    parent_stream_type = PullRequests
    connection: ClassVar[str]
    """Field of the pull request that holds the nodes."""

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Yield nothing: PullRequests writes the rows."""
        return ()

    def nodes(self, pull_request: Node) -> Iterator[Node]:
        """Yield the nodes of a hydrated pull request."""
        held = pull_request.get(self.connection) or {"nodes": []}
        return (node for node in held["nodes"] if node is not None)


class Reviews(PullRequestChild):
    """pr_reviews."""

    table: ClassVar[Table] = schemas.PR_REVIEWS
    connection = "reviews"


class ReviewComments(PullRequestChild):
    """pr_comments: by thread, which alone knows whether it is resolved."""

    table: ClassVar[Table] = schemas.PR_COMMENTS
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
    connection = "comments"


class Files(PullRequestChild):
    """pr_files."""

    table: ClassVar[Table] = schemas.PR_FILES
    connection = "files"


class PullRequestCommits(PullRequestChild):
    """pr_commits."""

    table: ClassVar[Table] = schemas.PR_COMMITS
    connection = "commits"


class Events(PullRequestChild):
    """pr_events."""

    table: ClassVar[Table] = schemas.PR_EVENTS
    connection = "timelineItems"


CHILDREN = (
    Reviews,
    ReviewComments,
    IssueComments,
    Files,
    PullRequestCommits,
    Events,
)
