"""Streams of a repository's lists that GitHub orders by creation, not by change.

1. The first page of each list comes with the repository, without a request. It is
   read further down to the newest row that the last run listed, or to its end.
2. What changed at or after the bookmark is hydrated by ID, in batches, in the order
   of the changes: the bookmark moves with each batch, up to the first gap.
3. Rows that were not finished when they were read, and are below what was listed, are
   hydrated too.

GitHub says how many rows a list has. If rows are gone, the whole list is read under
the next `list_version`. The last row of it names that version as complete: only then
are rows of an earlier version deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.common.backfill import last_moment
from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.timestamps import (
    FIRST,
    LAST,
    from_epoch,
    minus_seconds,
    timestamp,
)
from tap_github_prs.common.variables import setting_name
from tap_github_prs.conditions import NO_HISTORY, START_DATE, UNREAD_HISTORY
from tap_github_prs.schemas.rows import settled
from tap_github_prs.streams.base import TableStream
from tap_github_prs.streams.by_id import read_by_id
from tap_github_prs.streams.nested import Nested
from tap_github_prs.streams.plans import Entry, Plan, changed_at, move_bookmark
from tap_github_prs.streams.refusal import NO_REASON
from tap_github_prs.transport.errors import GoneError
from tap_github_prs.transport.partial import expecting, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_github_prs.schemas.rows import Node, Row
    from tap_github_prs.transport.errors import Response

DAY_SECONDS = 86_400
MOST_DAYS = 30
"""How long an unfinished row is requested again (GitHub abandons a deployment that
waits for an approval after 30 days)."""


class HistoryStream(TableStream):
    """Incremental by the time of change, with a bookmark per repository."""

    has_range = True
    connection: ClassVar[str]
    """Field of Repository that holds the list; also its name in messages."""
    listing: ClassVar[str]
    """Fragment that holds the first page of the list."""
    list_operation: ClassVar[str]
    hydrate_operation: ClassVar[str]
    nested: ClassVar[dict[str, str]] = {}
    """Nested lists of a row, and the operation that continues each."""
    unfinished: ClassVar[frozenset[str]] = frozenset()
    """States that a row will leave."""

    def rows(self) -> Iterable[Row]:
        """Yield a row for each entry that is new or has changed.

        Raises:
            UnreadableError: If GitHub does not have the list.
        """
        if self.listing in self.run.client.documents.denied:
            self._report_denied()
            return
        if not self.run.client.documents.is_spread(self.listing):
            message = f"GitHub no longer has the {self.connection} of a repository"
            raise UnreadableError(message)
        self._settled_at = settled(self.run.client.server_time)
        plans = [plan for each in self.run.repositories if (plan := self._plan(each))]
        entries = [entry for plan in plans for entry in plan.entries]
        for batch in read_by_id(self.run.client, self.hydrate_operation, entries):
            for entry, node in batch:
                yield from self._row(entry, node)
            # The rows above are written by now: the generator was resumed.
            self._move_bookmarks([entry for entry, _ in batch])
        for plan in plans:
            self._settle(plan)
        self.flush()

    # What to read

    @property
    def _beginning(self) -> str:
        given = self.config.get("start_date")
        return timestamp(given) if given else FIRST

    def _plan(self, repository: Node) -> Plan | None:
        """List a repository; None if that is not possible."""
        state = self.partition(repository_id=repository["databaseId"])
        self._start_again(repository, state)
        plan = Plan(repository, state, version=state.get("list_version", 0))
        try:
            with expecting():
                self._list(plan)
                plan.entries = self._changed(plan)
        except UnreadableError as error:
            plan.gap = str(error)
            self._report(plan)
            return None
        return plan

    def _start_again(self, repository: Node, state: dict[str, Any]) -> None:
        """Forget what was read if everything, or more than before, is to be read."""
        before = state.get("started_at", self._beginning)
        is_earlier = self._beginning < before
        if is_earlier:
            name = repository["nameWithOwner"]
            self.run.report(
                START_DATE,
                setting=setting_name("start_date"),
                before=before,
                now=self._beginning,
                repository=f"the {self.connection} of {name}",
            )
        if is_earlier or self.is_full_table:
            kept = {
                name: state[name]
                for name in ("context", "list_version")
                if name in state
            }
            state.clear()
            state.update(kept)

    def _list(self, plan: Plan) -> None:
        """Read a list down to what the last run has listed, or to its end.

        Raises:
            UnreadableError: If it cannot be read that far.
        """
        state = plan.state
        newest_before = state.get("created_at")
        # That of the first page: what is created meanwhile is not on the others.
        plan.total = (plan.repository.get(self.connection) or {}).get("totalCount", 0)
        for page in self._pages(plan.repository):
            if None in page["nodes"] or why(page, "nodes"):
                raise UnreadableError(why(page, "nodes") or NO_REASON)
            plan.nodes += page["nodes"]
            if not page["nodes"]:
                continue
            oldest = timestamp(page["nodes"][-1]["createdAt"])
            if newest_before and oldest < newest_before:
                expected = state["total"] + self._count_new(plan)
                if plan.total == expected:
                    return
                newest_before = None  # rows are gone: read the whole list
            if oldest < self._beginning:
                break
        if "created_at" in state:
            plan.is_renewed = plan.total < state["total"] + self._count_new(plan)
            plan.version += plan.is_renewed
        elif self._beginning == FIRST and not self.is_backfill:
            plan.is_first = True
            if "replication_key_value" not in state:
                # The table may have rows of versions that the state does not know,
                # because a full refresh has removed its bookmarks.
                now = int(self.run.client.server_time * 1000)
                plan.version = max(plan.version + 1, now)

    def _count_new(self, plan: Plan) -> int:
        """Return how many of the listed rows the last run has not listed."""
        newest = plan.state["created_at"]
        known = plan.state.get("newest", ())
        return sum(
            at > newest or (at == newest and node["id"] not in known)
            for node in plan.nodes
            if (at := timestamp(node["createdAt"]))
        )

    def _pages(self, repository: Node) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list, newest first.

        Raises:
            UnreadableError: If one cannot be read.
        """
        first = repository.get(self.connection)
        if first is None:
            raise UnreadableError(why(repository, self.connection) or NO_REASON)
        yield first
        info = first["pageInfo"]
        if not info["hasNextPage"]:
            return

        def find(response: Response) -> dict[str, Any]:
            node = response.body["data"]["node"] or {}
            if node.get(self.connection) is None:
                words = why(node, self.connection) or response.message or NO_REASON
                raise UnreadableError(words)
            found: dict[str, Any] = node[self.connection]
            return found

        variables = {"id": repository["id"]}
        after = info["endCursor"]
        pages = self.run.client.pages(self.list_operation, variables, find, after)
        yield from (page for page, _ in pages)

    def _changed(self, plan: Plan) -> list[Entry]:
        """Return what to hydrate, in the order of the changes."""
        state = plan.state
        bookmark = FIRST if plan.is_renewed else state.get("replication_key_value")
        known: Sequence[str] = ()
        if bookmark is None:
            bookmark = FIRST
        elif lookback := self.config["lookback_seconds"]:
            bookmark = minus_seconds(bookmark, lookback)
        elif not plan.is_renewed:
            known = state.get("read_at_bookmark", ())
        found = []
        last = last_moment(self.config) or LAST
        for node in plan.nodes:
            at = changed_at(node)
            is_read = at == bookmark and node["id"] in known
            if (
                timestamp(node["createdAt"]) >= self._beginning
                and bookmark <= at <= last
                and not is_read
            ):
                found.append(Entry(plan, node["id"], at))
        found.sort(key=lambda entry: entry.changed_at)
        listed = {node["id"] for node in plan.nodes}
        changed = {entry.node_id for entry in found}
        remembered = state.get("unfinished", ())
        plan.unfinished = [key for key in remembered if key in listed - changed]
        waiting = [Entry(plan, key) for key in remembered if key not in listed]
        return [*waiting, *found]

    # Rows

    def _row(self, entry: Entry, node: Node | UnreadableError) -> Iterator[Row]:
        """Yield the row of an entry; without one, note why."""
        plan = entry.plan
        try:
            if isinstance(node, UnreadableError):
                raise node
            with expecting():
                row = self._built(entry, node)
        except GoneError as error:
            # An unfinished row that was not listed is gone; one that was listed may
            # not be found for a moment (docs/apis/github.md).
            if entry.changed_at:
                plan.gap = plan.gap or str(error)
            return
        except UnreadableError as error:
            plan.gap = plan.gap or str(error)
            if not entry.changed_at:
                plan.unfinished.append(entry.node_id)
            return
        yield row

    def _built(self, entry: Entry, node: Node) -> Row:
        """Return the row of a node, with its nested lists read to their ends.

        Raises:
            UnreadableError: If GitHub does not give all of it.
        """
        plan = entry.plan
        for name, operation in self.nested.items():
            if (held := node.get(name)) is not None:
                gap = Nested(node["id"], name, operation, held).read(
                    self.run.client, None
                )
                if gap:
                    message = f"{name}: {gap}"
                    raise UnreadableError(message)
        if self._will_change(node):
            plan.unfinished.append(node["id"])
        row = self.build(
            node,
            repository_id=plan.repository["databaseId"],
            list_version=plan.version,
            complete_list_version=self._complete_version(entry),
        )
        self.run.emit_accounts(node)
        return row

    def _complete_version(self, entry: Entry) -> int:
        """Return the last version that is complete once the row of an entry is there.

        A backfill does not know whether the version of its rows was completed.
        """
        plan = entry.plan
        is_last = entry is plan.entries[-1] and not plan.gap
        if self.is_backfill or (plan.is_first and not is_last):
            return 0
        return plan.version - (plan.is_renewed and not is_last)

    def _will_change(self, node: Node) -> bool:
        """Whether a row is not finished, and young enough to be finished some day."""
        if node.get("state") not in self.unfinished:
            return False
        now = self.run.client.server_time
        return timestamp(node["createdAt"]) > from_epoch(now - MOST_DAYS * DAY_SECONDS)

    # State

    def _move_bookmarks(self, entries: list[Entry]) -> None:
        """Move each repository's bookmark to the last complete row of a batch."""
        for entry in entries:
            plan, state = entry.plan, entry.plan.state
            # A list under a new version is read in one run, or again in the next one.
            if plan.gap or plan.is_renewed or not entry.changed_at:
                continue
            move_bookmark(state, entry.changed_at, entry.node_id, self._settled_at)
            if plan.version:
                state["list_version"] = plan.version
        self.flush()

    def _settle(self, plan: Plan) -> None:
        """Note what the list has shown, now that all of it was read."""
        state = plan.state
        if plan.unfinished or "unfinished" in state:
            state["unfinished"] = plan.unfinished
        if plan.gap:
            self._report(plan)
            return
        state["started_at"] = min(
            self._beginning, state.get("started_at", self._beginning)
        )
        if plan.is_renewed and plan.entries:
            plan.is_renewed = False
            self._move_bookmarks(plan.entries)
        state["total"] = plan.total
        if plan.version:
            state["list_version"] = plan.version
        newest = max((timestamp(node["createdAt"]) for node in plan.nodes), default="")
        if newest >= state.get("created_at", FIRST):
            state["created_at"] = newest
            state["newest"] = [
                node["id"]
                for node in plan.nodes
                if timestamp(node["createdAt"]) == newest
            ]

    def _report_denied(self) -> None:
        """Say that the token has no permission for the lists."""
        for repository in self.run.repositories:
            state = self.partition(repository_id=repository["databaseId"])
            plan = Plan(repository, state, gap="FORBIDDEN: the token has no permission")
            self._report(plan)

    def _report(self, plan: Plan) -> None:
        """Say what could not be read of a repository."""
        was_read = "replication_key_value" in plan.state
        is_refused = plan.gap.startswith("FORBIDDEN") and not was_read
        self.run.report(
            NO_HISTORY if is_refused else UNREAD_HISTORY,
            things=self.connection,
            repository=plan.repository["nameWithOwner"],
            reason=plan.gap,
        )
