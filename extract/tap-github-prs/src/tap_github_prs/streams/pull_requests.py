"""pull_requests, and the reading of all that hangs on them.

1. List ids and `updatedAt`, newest first, down to the bookmark.
2. Hydrate them oldest first, in batches, children nested in the same request.
3. Batch by batch: accounts, children, pull requests, then STATE.

What changes between 1 and 2 comes back newer in 2, is listed again by the next
run, and does not move this run's bookmark.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.edits import Edits
from tap_github_prs.errors import UnreadableError
from tap_github_prs.hydrate import Listed, hydrate
from tap_github_prs.rows import moment, settled, timestamp
from tap_github_prs.schemas import PULL_REQUESTS
from tap_github_prs.streams.base import TableStream
from tap_github_prs.streams.repositories import NAMED

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
        self._stopped: set[int] = set()
        repositories = {node["databaseId"]: node for node in self.tap.repositories}
        self._settled_at = settled(self.tap.github.server_time)
        listed = {number: self._try(node) for number, node in repositories.items()}
        edits = Edits(self.tap, self._children())
        edited = edits.find(repositories, listed)
        total = len(edited) + sum(len(each) for each in listed.values())
        done = 0
        for batch in self._hydrate(edited, repositories):
            yield from self._rows(batch)
            done += len(batch)
            self.tap.progress(self.name, done, total)
        edits.settle(except_for=self._stopped)
        self._flush()
        everything = [each for found in listed.values() for each in found]
        for batch in self._hydrate(everything, repositories):
            yield from self._rows(batch)
            # Everything above is written by now: the generator was resumed.
            self._move_bookmarks(batch)
            done += len(batch)
            self.tap.progress(self.name, done, total)

    def _hydrate(
        self, listed: list[Listed], repositories: dict[int, Node]
    ) -> Iterator[Batch]:
        """Read pull requests; stop at one that is refused, in its repository."""

        def refuse(one: Listed, reason: str) -> None:
            self._stopped.add(one.repository_id)
            name = repositories[one.repository_id]["nameWithOwner"]
            # Also where only an organisation is named: GitHub has shown that the
            # row is there, so an end with zero would say that it has been read.
            self.tap.cannot_read(
                f"pull request {one.number} of {name} and what changed after it",
                reason,
            )

        ids = {number: node["id"] for number, node in repositories.items()}
        at_once = self.config["page_size"]
        return hydrate(self.tap.github, listed, at_once, ids, refuse)

    def _children(self) -> list[PullRequestChild]:
        children: list[Any] = self.child_streams
        return [child for child in children if child.selected]

    @property
    def _reads(self) -> list[str]:
        """Names of the selected streams that a bookmark vouches for."""
        return sorted(s.name for s in (self, *self._children()) if s.selected)

    # Listing

    def _try(self, repository: Node) -> list[Listed]:
        """List a repository; nothing, and say so, if it cannot be read."""
        try:
            return self._list(repository)
        except UnreadableError as error:
            name = repository["nameWithOwner"]
            self.tap.cannot_read(
                f"pull requests of {name}", str(error), named=NAMED in repository
            )
            return []

    def _list(self, repository: Node) -> list[Listed]:
        """Return a repository's pull requests from the bookmark on, oldest first."""
        start = self._start(repository)
        number = repository["databaseId"]
        known = self._known(number, start)
        found: list[Listed] = []
        hidden = False
        for node in self._listing(repository):
            if node is None:
                # When it changed is not known: what changed after it has to wait.
                found.clear()
                hidden = True
                continue
            updated_at = timestamp(node["updatedAt"])
            # Ties are common (FACTS: 34 on one second): >=, never >.
            if updated_at < start:
                break
            if updated_at > start or node["id"] not in known:
                found.append(Listed(number, node["id"], updated_at, node["number"]))
        if hidden:
            name = repository["nameWithOwner"]
            self.tap.cannot_read(
                f"a pull request of {name} and what changed after it",
                "GitHub lists it and does not show it",
            )
        return found[::-1]

    def _listing(self, repository: Node) -> Iterator[Node | None]:
        """Yield a repository's pull requests, newest first; None for one not shown."""
        page = repository["pullRequests"]
        while True:
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            answer = self.tap.github.list_page(
                "ListPullRequests",
                {"id": repository["id"], "after": page["pageInfo"]["endCursor"]},
            )
            if answer.body["data"]["node"] is None:
                name = repository["nameWithOwner"]
                message = f"GitHub stopped listing {name}: {answer.message}"
                raise UnreadableError(message)
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
            bookmark = moment(datetime.fromisoformat(bookmark).timestamp() - lookback)
        return max(timestamp(bookmark), beginning)

    def _known(self, repository_id: int, start: str) -> set[str]:
        """Return the node ids of what has been read of the second of the bookmark."""
        state = self._bookmark(repository_id)
        at_bookmark = start == state.get("replication_key_value")
        return set(state.get("read_at_bookmark", ())) if at_bookmark else set()

    # State

    def _bookmark(self, repository_id: int) -> dict[str, Any]:
        return self.partition(repository_id=repository_id)

    def _move_bookmarks(self, batch: Batch) -> None:
        """Move each repository's bookmark to the last of it in a batch.

        Beside it stand the pull requests that were read of that second, so that the
        next run reads only those that were not. One that may still change within
        its second, without a new `updatedAt`, is not among them.
        """
        for listed, _ in batch:
            state = self._bookmark(listed.repository_id)
            same = state.get("replication_key_value") == listed.updated_at
            read = state.get("read_at_bookmark", []) if same else []
            if listed.updated_at < self._settled_at and listed.node_id not in read:
                read = [*read, listed.node_id]
            state.update(
                replication_key=self.replication_key,
                replication_key_value=listed.updated_at,
                read_at_bookmark=read,
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
                self.logger.warning(
                    "Pull request %d of repository %d is gone",
                    listed.number,
                    listed.repository_id,
                )
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
