"""commits of the default branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.common.concurrency import Ahead
from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.conditions import COMMITS as UNREAD_COMMITS
from tap_github_prs.schemas import COMMITS
from tap_github_prs.streams.branches import BranchStream
from tap_github_prs.transport.partial import expecting, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_github_prs.schemas.columns import Table
    from tap_github_prs.schemas.rows import Node, Row
    from tap_github_prs.transport.errors import Response

    Pages = Iterator[tuple[dict[str, Any], Response]]

PAGES_AHEAD = 20
"""Pages that are kept before the stream writes them: 2,000 commits, about 5 MB."""


class Commits(BranchStream):
    """A row per commit of the default branch of each repository."""

    table: ClassVar[Table] = COMMITS
    list_operation = "ListCommits"
    things = "commits"
    has_range = True  # by the date of the commit
    _begun: tuple[Node, Ahead[tuple[dict[str, Any], Response]]] | None = None
    """The repository whose commits are being read ahead, and their pages."""

    def begin(self) -> None:
        """Request the commits of the first repository, if none were read before.

        The pages of a branch are a chain, one request after the other. The chain may
        begin before it is the stream's turn, while other requests leave slots free.
        """
        is_read_before = "commits" in self.tap.state.get("bookmarks", {})
        if not self.selected or is_read_before or self._begun:
            return
        if not self.run.client.documents.is_spread("Head"):
            return
        for repository in self.run.repositories:
            if (repository.get("defaultBranchRef") or {}).get("target"):
                pages = super()._pages(repository, None)
                self._begun = repository, Ahead(pages, PAGES_AHEAD)
                return

    def _pages(self, repository: Node, after: str | None) -> Pages:
        """Yield the pages of a branch, first those that were read ahead."""
        begun, self._begun = self._begun, None
        if begun is not None and begun[0] is repository and after is None:
            return iter(begun[1])
        return super()._pages(repository, after)

    def rows(self) -> Iterable[Row]:
        """Yield a row per commit that the branch did not have before.

        Raises:
            UnreadableError: If GitHub does not have what shows the head of a branch.
        """
        if not self.run.client.documents.is_spread("Head"):
            message = "GitHub no longer has the head of a default branch"
            raise UnreadableError(message)
        for repository in self.run.repositories:
            branch = repository.get("defaultBranchRef")
            name = repository["nameWithOwner"]
            words = why(repository, "defaultBranchRef") or why(branch or {}, "target")
            if words:
                self.run.report(UNREAD_COMMITS, repository=name, reason=words)
                continue
            # Both may be null by the schema: no branch, or none of its commits shown.
            if branch is None or branch.get("target") is None:
                self.logger.info("Repository %s is empty: it has no commits", name)
                continue
            state = self._partition(repository)
            try:
                with expecting():
                    yield from self._read(repository, branch["target"]["oid"], state)
            except UnreadableError as error:
                self.run.report(UNREAD_COMMITS, repository=name, reason=str(error))

    def _rows_of(self, repository: Node, commits: list[Node]) -> Iterator[Row]:
        """Yield a row per commit."""
        for node in commits:
            self.run.emit_accounts(node)
            yield self.build(node, repository_id=repository["databaseId"])
