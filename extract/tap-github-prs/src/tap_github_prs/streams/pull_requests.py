"""pull_requests, and the reading of everything below them.

1. Request again what the state lists as unread.
2. List ids and `updatedAt`, newest first, down to the bookmark.
3. Hydrate them oldest first, in batches, children nested in the same request.
4. Batch by batch: accounts, children, pull requests, then STATE.
5. Request again what was missing, with the token that listed it.

What changes between 2 and 3 is returned newer in 3, is listed again by the next run,
and does not move this run's bookmark.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

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
from tap_github_prs.conditions import (
    HIDDEN_PULL_REQUEST,
    LIST_REFUSED,
    LISTING,
    PULL_REQUEST,
    PULL_REQUEST_GONE,
    REPOSITORY_LOST,
    START_DATE,
)
from tap_github_prs.schemas import PULL_REQUESTS
from tap_github_prs.schemas.rows import settled
from tap_github_prs.streams.base import TableStream
from tap_github_prs.streams.details import THREADS, Listed
from tap_github_prs.streams.edited_comments import Edits
from tap_github_prs.streams.hydrate import Hydrated, Hydrator
from tap_github_prs.streams.listing import Found, Span, find
from tap_github_prs.streams.nested import CHILD_LISTS
from tap_github_prs.streams.unread import MOST_DAYS, Unread
from tap_github_prs.transport.partial import expecting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from singer_sdk.helpers.types import Context

    from tap_github_prs.schemas.columns import Table
    from tap_github_prs.schemas.rows import Node, Row
    from tap_github_prs.streams.child import PullRequestChild
    from tap_github_prs.streams.commits import Commits
    from tap_github_prs.streams.hydrate import Batch
    from tap_github_prs.transport.auth import Token

LAG_SECONDS = 5.0
"""Pause before a listed pull request that was not found is requested again: GitHub's
replication lag."""


class PullRequests(TableStream):
    """Incremental by `updated_at`, with a bookmark per repository."""

    table: ClassVar[Table] = PULL_REQUESTS
    has_range = True

    def rows(self) -> Iterable[Row]:
        """Yield a row per pull request; write its children before it."""
        for child in self._children():
            child.write([])  # SCHEMA
        github = self.run.client
        self._repositories = {
            node["databaseId"]: node for node in self.run.repositories
        }
        self._now = from_epoch(github.server_time)
        self._settled_at = settled(github.server_time)
        self._done = self._total = 0
        # Repositories that go back before their bookmark, and what then holds.
        self._restarts: dict[int, dict[str, Any]] = {}
        # Streams that were refused before, and of which the older rows are not read.
        self._held_back: dict[int, set[str]] = {}
        # What was not read in this run, and why.
        self._missing: dict[str, tuple[Listed, str]] = {}
        ids = {number: node["id"] for number, node in self._repositories.items()}
        threads = self.run.list_lengths.of("reviewThreads", THREADS)
        self._hydrator = Hydrator(github, self.config["page_size"], ids, threads)

        remembered = [one for unread in self._unread.values() for one in unread]
        self._total = len(remembered)
        for batch in self._read(remembered):
            yield from self._rows_of(batch)
        self.flush()
        spans = {n: self._span(node) for n, node in self._repositories.items()}
        listed = {
            n: find(github, node, spans[n]) for n, node in self._repositories.items()
        }
        edits = Edits(self.run, self._children())
        edited = edits.find(self._repositories, {n: f.new for n, f in listed.items()})
        self._total += len(edited) + sum(map(len, listed.values()))
        again = [one for found in listed.values() for one in found.again]
        for batch in self._read([*edited, *again, *self._probes()]):
            yield from self._rows_of(batch)
        edits.settle(except_for=self._hydrator.lost)
        self.flush()
        older = [one for found in listed.values() for one in found.older]
        for batch in self._read(older):
            yield from self._rows_of(batch)
            self._move_beginnings(batch)
        new = [one for found in listed.values() for one in found.new]
        commits = cast("Commits", self.tap.streams["commits"])
        for batch in self._read(new, idle=commits.begin):
            yield from self._rows_of(batch)
            # Everything above is written by now: the generator was resumed.
            self._move_bookmarks(batch)
        yield from self._last_attempt()
        self._settle(listed)

    def _children(self) -> list[PullRequestChild]:
        children: list[Any] = self.child_streams
        return [child for child in children if child.selected]

    @property
    def _selected(self) -> set[str]:
        return {s.name for s in (self, *self._children()) if s.selected}

    @property
    def _refused(self) -> set[str]:
        """Names of the selected streams whose list GitHub no longer has."""
        documents = self.run.client.documents
        return {
            child.name
            for child in self._children()
            if not documents.asks_for(child.connection, CHILD_LISTS[child.connection])
        }

    def _name(self, repository_id: int) -> str:
        name: str = self._repositories[repository_id]["nameWithOwner"]
        return name

    # Where reading starts

    @property
    def _beginning(self) -> str:
        given = self.config.get("start_date")
        return timestamp(given) if given else FIRST

    def _span(self, repository: Node) -> Span:
        """Return the time from which a repository is read."""
        number = repository["databaseId"]
        state = self._bookmark(number)
        beginning = self._beginning
        bookmark = state.get("replication_key_value")
        if bookmark is None or self.is_full_table or self._is_new(repository, state):
            self._restarts[number] = {"started_at": beginning}
            last = last_moment(self.config) or LAST
            return Span(beginning, beginning, FIRST, last=last)
        self._held_back[number] = set(state.get("refused", ()))
        if "unread_from" in state and "unread" not in state:
            # What it names was read by now: continue with the rest.
            bookmark = min(bookmark, state["unread_from"])
            self._restarts[number] = {}
        if lookback := self.config["lookback_seconds"]:
            bookmark = minus_seconds(bookmark, lookback)
        bookmark = timestamp(bookmark)
        read_from = timestamp(state.setdefault("started_at", beginning))
        if bookmark < beginning:  # what lies between them is left out for now
            state["started_at"] = read_from = beginning
        if beginning < read_from:
            self.run.report(
                START_DATE,
                setting=setting_name("start_date"),
                before=read_from,
                now=beginning,
                repository=repository["nameWithOwner"],
            )
        start = max(bookmark, beginning)
        at_bookmark = start == state.get("replication_key_value")
        return Span(
            start,
            earliest=min(beginning, read_from) if beginning < read_from else start,
            read_from=read_from if beginning < read_from else FIRST,
            known=frozenset(state.get("read_at_bookmark", ()) if at_bookmark else ()),
            hidden=tuple(
                (each["from"], each["to"]) for each in state.get("hidden", ())
            ),
        )

    def _probes(self) -> Iterator[Listed]:
        """Yield a pull request of each repository of which a list was refused before.

        It shows whether it still is, also where nothing has changed.
        """
        for number, held_back in self._held_back.items():
            read = self._bookmark(number).get("read_at_bookmark", ())
            if held_back & self._selected:
                yield from (Listed(number, node_id) for node_id in read[-1:])

    def _is_new(self, repository: Node, state: dict[str, Any]) -> bool:
        """Whether a selected stream was not read up to the bookmark."""
        known = {*state.get("streams", self._selected), *state.get("refused", ())}
        new = self._selected - known
        if new:
            self.logger.info(
                "Reading all of %s again: %s is newly selected",
                repository["nameWithOwner"],
                ", ".join(sorted(new)),
            )
            # These are read from the beginning.
            state["streams"] = sorted(self._selected & known)
        return bool(new)

    # State

    @property
    def _unread(self) -> dict[int, Unread]:
        return {
            number: Unread(self._bookmark(number), number, self._now)
            for number in self._repositories
        }

    def _bookmark(self, repository_id: int) -> dict[str, Any]:
        return self.partition(repository_id=repository_id)

    def flush(self) -> None:
        """Write the state as it is now, and what was learned about nested lists."""
        self.run.list_lengths.keep()
        super().flush()

    def _move_bookmarks(self, batch: Batch) -> None:
        """Move each repository's bookmark to the last of it in a batch.

        It contains also the pull requests that were read of that second, so that the
        next run reads only those that were not. One that may still change within
        its second, without a new `updatedAt`, is not among them.
        """
        for each in batch:
            listed = each.listed
            state = self._bookmark(listed.repository_id)
            same = state.get("replication_key_value") == listed.updated_at
            read = state.get("read_at_bookmark", []) if same else []
            if listed.updated_at < self._settled_at and listed.node_id not in read:
                read = [*read, listed.node_id]
            if (restart := self._restarts.pop(listed.repository_id, None)) is not None:
                state.pop("unread_from", None)
                state.update(restart)
            held_back = self._held_back.get(listed.repository_id, set())
            state.update(
                replication_key=self.replication_key,
                replication_key_value=listed.updated_at,
                read_at_bookmark=read,
                streams=sorted(self._selected - self._refused - held_back),
                refused=sorted(self._refused),
            )
            if not state["refused"]:
                del state["refused"]
        self.flush()

    def _move_beginnings(self, batch: Batch) -> None:
        """Note how far back the repositories of a batch are read by now."""
        for each in batch:
            state = self._bookmark(each.listed.repository_id)
            # Of that second more may come.
            at = minus_seconds(each.listed.updated_at, -1)
            state["started_at"] = min(state["started_at"], at)
        self.flush()

    def _settle(self, listed: dict[int, Found]) -> None:
        """Note what the lists contain, after everything was requested."""
        for number, found in listed.items():
            if number in self._hydrator.lost:
                words = self._hydrator.lost[number]
                name = self._name(number)
                self.run.report(REPOSITORY_LOST, repository=name, reason=words)
            else:
                self._settle_one(number, found)
        for child in self._children():
            if child.name in self._refused:
                self.run.report(LIST_REFUSED, stream=child.name, field=child.connection)
        self.flush()

    def _settle_one(self, number: int, found: Found) -> None:
        """Note what the list of one repository contains."""
        name = self._name(number)
        if found.failed:
            self.run.report(LISTING, repository=name, reason=found.failed)
            return
        state = self._bookmark(number)
        restart = self._restarts.pop(number, None)
        if restart is not None and "replication_key_value" in state:
            state.pop("unread_from", None)
            state.update(restart)
        if state.get("started_at", "") > self._beginning:
            state["started_at"] = self._beginning
        held_back = self._held_back.get(number)
        if held_back and not held_back & self._refused:
            state.pop("refused", None)
        state.pop("hidden", None)
        if found.hidden:
            state["hidden"] = [
                {"from": low, "to": high, "since": self._now}
                for low, high in found.hidden[:10]
            ]
            reason = "GitHub lists it and does not show it"
            self.run.report(HIDDEN_PULL_REQUEST, repository=name, reason=reason)

    # Reading

    def _read(
        self,
        listed: list[Listed],
        token: Token | None = None,
        idle: Callable[[], None] | None = None,
    ) -> Iterator[Batch]:
        """Read pull requests, and log the progress of the stream."""
        for batch in self._hydrator.read(listed, token, idle):
            yield batch
            self._done += len(batch)
            self.run.progress.log(self.name, self._done, self._total)

    def _rows_of(self, batch: Batch) -> Iterator[Row]:
        """Write a batch's accounts and children, then yield its pull requests."""
        found: list[Row] = []
        for each in batch:
            gaps = each.gaps
            if each.node is not None:
                try:
                    with expecting():
                        found.append(self._write_below(each))
                except UnreadableError as error:
                    gaps = (*gaps, str(error))
            self._note(each, gaps)
        yield from found

    def _write_below(self, each: Hydrated) -> Row:
        """Write the accounts and children of a pull request; return its own row."""
        listed, node = each.listed, each.node
        if node is None:
            raise TypeError(node)
        parents = {
            "pull_request_id": int(node["fullDatabaseId"]),
            "repository_id": listed.repository_id,
            "pull_request_updated_at": timestamp(node["updatedAt"]),
        }
        children = self._children()
        rows = [
            [child.build(below, **parents) for below in child.nodes(node)]
            for child in children
        ]
        row = self.build(
            node,
            repository_id=listed.repository_id,
            is_incomplete=bool(each.gaps or self._refused),
        )
        self.run.emit_accounts(node)
        for child, of_child in zip(children, rows, strict=True):
            child.write(of_child)
        return row

    def _note(self, each: Hydrated, gaps: tuple[str, ...]) -> None:
        """Remember a pull request with a gap, and forget one without."""
        listed = each.listed
        unread = Unread(
            self._bookmark(listed.repository_id), listed.repository_id, self._now
        )
        if not gaps:
            unread.forget(listed)
            self._missing.pop(listed.node_id, None)
            return
        unread.remember(listed)
        if listed.node_id not in self._missing:
            self.logger.warning(
                "Pull request %d of %s is missing (%s): requesting it again at the end",
                listed.number,
                self._name(listed.repository_id),
                gaps[0],
            )
        self._missing[listed.node_id] = listed, gaps[0]

    def _last_attempt(self) -> Iterator[Row]:
        """Request again what was missing, with the token that listed it."""
        if not self._missing:
            return
        by_token: dict[int, list[Listed]] = defaultdict(list)
        for listed, _ in self._missing.values():
            by_token[id(listed.token)].append(replace(listed, updated_at=""))
        what = f"{len(self._missing):,} pull requests were not given"
        self.run.client.sender.pause(LAG_SECONDS, what)
        self._total += len(self._missing)
        for waiting in by_token.values():
            for batch in self._read(waiting, waiting[0].token):
                yield from self._rows_of(batch)
        self.flush()
        for listed, words in self._missing.values():
            if listed.repository_id not in self._hydrator.lost:
                self._report(listed, words)

    def _report(self, listed: Listed, words: str) -> None:
        """Report a pull request that could not be read, or stop requesting it."""
        name = self._name(listed.repository_id)
        unread = self._unread[listed.repository_id]
        facts = {"number": listed.number, "repository": name}
        if words.startswith("NOT_FOUND") and unread.days(listed) >= MOST_DAYS:
            self.run.report(PULL_REQUEST_GONE, days=unread.days(listed), **facts)
            unread.forget(listed)
        else:
            self.run.report(PULL_REQUEST, reason=words, **facts)

    def _sync_children(self, child_context: Context | None) -> None:
        """Do nothing: the children are written with their batch."""

    def get_child_context(self, record: Row, context: Context | None) -> Context:  # noqa: ARG002
        """Return no context: the children have none of their own."""
        return {}
