"""pull_requests, and the reading of all that hangs on them.

1. List ids and `updatedAt`, newest first, down to the bookmark.
2. Hydrate them oldest first, in batches, children nested in the same request.
3. Batch by batch: accounts, children, pull requests, then STATE.

What changes between 1 and 2 comes back newer in 2, is listed again by the next
run, and does not move this run's bookmark.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.edits import Edits
from tap_github_prs.hydrate import Listed, hydrate
from tap_github_prs.rows import timestamp
from tap_github_prs.schemas import PULL_REQUESTS
from tap_github_prs.streams.base import TableStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context

    from tap_github_prs.columns import Table
    from tap_github_prs.hydrate import Batch
    from tap_github_prs.rows import Node, Row
    from tap_github_prs.streams.children import PullRequestChild


class PullRequests(TableStream):
    """Incremental by `updated_at`, with a bookmark per repository."""

    table: ClassVar[Table] = PULL_REQUESTS

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Yield a row per pull request; write its children before it."""
        for child in self._children():
            child.write([])  # SCHEMA
        repositories = {node["databaseId"]: node for node in self.tap.repositories}
        listed = {number: self._list(node) for number, node in repositories.items()}
        edits = Edits(self.tap, self._children())
        edited = edits.find(repositories, listed)
        total = len(edited) + sum(len(each) for each in listed.values())
        done = 0
        for batch in self._hydrate(edited):
            yield from self._rows(batch)
            done += len(batch)
            self.tap.progress(self.name, done, total)
        edits.settle()
        self._flush()
        everything = [each for found in listed.values() for each in found]
        for batch in self._hydrate(everything):
            yield from self._rows(batch)
            # Everything above is written by now: the generator was resumed.
            self._move_bookmarks(batch)
            done += len(batch)
            self.tap.progress(self.name, done, total)
        for number in repositories:
            self._bookmark(number).setdefault("streams", self._reads)

    def _hydrate(self, listed: list[Listed]) -> Iterator[Batch]:
        return hydrate(self.tap.github, listed, self.config["page_size"])

    def _children(self) -> list[PullRequestChild]:
        children: list[Any] = self.child_streams
        return [child for child in children if child.selected]

    @property
    def _reads(self) -> list[str]:
        """Names of the selected streams that a bookmark vouches for."""
        return sorted(s.name for s in (self, *self._children()) if s.selected)

    # Listing

    def _list(self, repository: Node) -> list[Listed]:
        """Return a repository's pull requests from the bookmark on, oldest first."""
        start = self._start(repository)
        number = repository["databaseId"]
        found: list[Listed] = []
        page = repository["pullRequests"]
        while True:
            for node in page["nodes"]:
                updated_at = timestamp(node["updatedAt"])
                # Ties are common (FACTS: 34 on one second): >=, never >.
                if updated_at < start:
                    return found[::-1]
                found.append(Listed(number, node["id"], updated_at, node["number"]))
            if not page["pageInfo"]["hasNextPage"]:
                return found[::-1]
            answer = self.tap.github.graphql(
                "ListPullRequests",
                {"id": repository["id"], "after": page["pageInfo"]["endCursor"]},
            )
            page = answer.body["data"]["node"]["pullRequests"]

    def _start(self, repository: Node) -> str:
        """Return the moment from which to read a repository."""
        beginning = timestamp(self.config.get("start_date") or "0001-01-01T00:00:00Z")
        state = self._bookmark(repository["databaseId"])
        bookmark = state.get("replication_key_value")
        if bookmark is None or self.is_full_table:
            return beginning
        new = set(self._reads) - set(state.get("streams", self._reads))
        if new:
            self.logger.info(
                "Reading all of %s again: %s is newly selected",
                repository["nameWithOwner"],
                ", ".join(sorted(new)),
            )
            return beginning
        if lookback := self.config["lookback_seconds"]:
            moment = datetime.fromisoformat(bookmark) - timedelta(seconds=lookback)
            bookmark = timestamp(moment.isoformat())
        return max(timestamp(bookmark), beginning)

    # State

    def _bookmark(self, repository_id: int) -> dict[str, Any]:
        return self.partition(repository_id=repository_id)

    def _move_bookmarks(self, batch: Batch) -> None:
        """Move each repository's bookmark to the last of it in a batch."""
        for listed, _ in batch:
            self._bookmark(listed.repository_id).update(
                replication_key=self.replication_key,
                replication_key_value=listed.updated_at,
                streams=self._reads,
            )
        self._flush()

    def _flush(self) -> None:
        self.state_manager.is_flushed = False
        self._write_state_message()

    # Writing

    def _rows(self, batch: Batch) -> Iterator[Row]:
        """Write a batch's accounts and children, then yield its pull requests."""
        for listed, node in batch:
            if node is None:
                self.logger.warning("Pull request %s is gone", listed.node_id)
                continue
            self.tap.users.note(node)
            parents = {
                "pull_request_id": int(node["fullDatabaseId"]),
                "repository_id": listed.repository_id,
                "pull_request_updated_at": timestamp(node["updatedAt"]),
            }
            for child in self._children():
                child.write(child.build(each, **parents) for each in child.nodes(node))
        for listed, node in batch:
            if node is not None:
                yield self.build(node, repository_id=listed.repository_id)

    def _sync_children(self, child_context: Context | None) -> None:
        """Do nothing: the children are written with their batch."""

    def get_child_context(self, record: Row, context: Context | None) -> Context:  # noqa: ARG002
        """Return no context: the children have none of their own."""
        return {}
