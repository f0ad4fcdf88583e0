"""check_suites of the heads of pull requests, and of the default branch.

GitHub lists check suites by commit only, and a check changes neither its commit nor its
pull request. So the tap looks at three kinds of commits:

1. those that it watches: their checks were not finished, have failed or could not be
   read completely. The head of the default branch is one of them; its list comes with
   the repository, without a request.
2. the heads of pull requests that have changed since the bookmark.
3. the commits that the default branch did not have before.

It lists the suites of each commit, and reads all suites of a commit if one of them is
new or has changed. The state is written after each batch.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.timestamps import FIRST, from_epoch, minus_seconds, timestamp
from tap_github_prs.conditions import HIDDEN_PULL_REQUEST, NO_HISTORY, UNREAD_HISTORY
from tap_github_prs.schemas import CHECK_SUITES
from tap_github_prs.schemas.rows import settled
from tap_github_prs.streams.branches import BranchStream
from tap_github_prs.streams.by_id import read_by_id
from tap_github_prs.streams.checked_commits import (
    CheckPlan,
    Commit,
    Suite,
    Wanted,
    head_of,
)
from tap_github_prs.streams.listing import Span, find
from tap_github_prs.streams.nested import Nested
from tap_github_prs.streams.plans import move_bookmark
from tap_github_prs.transport.errors import GoneError
from tap_github_prs.transport.partial import expecting, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_github_prs.schemas.columns import Table
    from tap_github_prs.schemas.rows import Node, Row

Checked = tuple[CheckPlan, Commit]


class CheckSuites(BranchStream):
    """Incremental by the commits that were checked, with a bookmark per repository."""

    table: ClassVar[Table] = CHECK_SUITES
    selected_by_default = False  # the README has its price
    list_operation = "ListBranchCheckSuites"
    things = "check suites"

    def rows(self) -> Iterable[Row]:
        """Yield a row for each check suite of a commit that is new or has changed.

        Raises:
            UnreadableError: If GitHub does not have the check suites of a commit.
        """
        if not self.run.client.documents.is_spread("CheckListing"):
            message = "GitHub no longer has the check suites of a commit"
            raise UnreadableError(message)
        self._now = self.run.client.server_time
        self._settled_at = settled(self._now)
        self._listed_at = from_epoch(self._now)
        plans = [plan for each in self.run.repositories if (plan := self._plan(each))]
        self._plans = {plan.repository["id"]: plan for plan in plans}
        yield from self._of_watched(plans)
        yield from self._of_heads(plans)
        for plan in plans:
            yield from self._of_branch(plan)
            self._settle(plan)
        self.flush()

    # What to read

    def _plan(self, repository: Node) -> CheckPlan | None:
        """List the pull requests of a repository; None if it has no checks to read."""
        branch = repository.get("defaultBranchRef") or {}
        target = branch.get("target") or {}
        words = (
            why(repository, "defaultBranchRef")
            or why(branch, "target")
            or why(target, "checkSuites")
        )
        if words:
            state = self.partition(repository_id=repository["databaseId"])
            self._report(repository, words, was_read="started_at" in state)
            return None
        if not target:
            name = repository["nameWithOwner"]
            self.logger.info("Repository %s is empty: it has no checks", name)
            return None
        state = self._partition(repository)
        state.setdefault("started_at", self._beginning)
        found = find(self.run.client, repository, self._span(state))
        plan = CheckPlan(repository, state, found)
        plan.watched = {each["oid"]: each for each in state.get("watched", ())}
        if found.failed:
            plan.lack(found.failed)
            plan.is_stopped = True
        return plan

    def _span(self, state: dict[str, Any]) -> Span:
        """Return the time from which pull requests are listed."""
        bookmark = state.get("replication_key_value", FIRST)
        if bookmark != FIRST and (lookback := self.config["lookback_seconds"]):
            bookmark = minus_seconds(bookmark, lookback)
        start = max(timestamp(bookmark), self._beginning)
        at_bookmark = start == state.get("replication_key_value")
        return Span(
            start,
            earliest=start,
            read_from=FIRST,
            known=frozenset(state.get("read_at_bookmark", ()) if at_bookmark else ()),
            hidden=tuple(
                (each["from"], each["to"]) for each in state.get("hidden", ())
            ),
        )

    # Three kinds of commits

    def _of_watched(self, plans: list[CheckPlan]) -> Iterator[Row]:
        """Yield the rows of the commits that may have changed."""
        wanted: list[Wanted] = []
        for plan in plans:
            yield from self._of_branch_head(plan)
            wanted += [
                Wanted(plan, one["node_id"])
                for oid, one in plan.watched.items()
                if oid not in plan.read
            ]
        for batch in read_by_id(self.run.client, "ListCheckSuites", wanted):
            checked: list[Checked] = []
            for entry, node in batch:
                plan = entry.plan
                try:
                    commit = self._listed(plan, node)
                except GoneError:  # no branch has it any more, and Git has removed it
                    del plan.watched[plan.watched_by_id(entry.node_id)]
                except UnreadableError as error:
                    plan.lack(str(error))
                    plan.watch(entry.node_id, plan.watched_by_id(entry.node_id))
                else:
                    if commit and self._must_read(plan, commit):
                        checked.append((plan, commit))
            yield from self._hydrate(checked)
            self._keep(batch)

    def _of_branch_head(self, plan: CheckPlan) -> Iterator[Row]:
        """Yield the rows of the head of a default branch, if it was read before."""
        target = plan.repository["defaultBranchRef"]["target"]
        if plan.state.get("head_oid") != target["oid"]:
            return
        try:
            commit = self._listed(plan, target)
        except UnreadableError as error:
            plan.lack(str(error))
            plan.watch(target["id"], target["oid"])
            return
        if commit and self._must_read(plan, commit):
            yield from self._hydrate([(plan, commit)])

    def _of_heads(self, plans: list[CheckPlan]) -> Iterator[Row]:
        """Yield the rows of the heads of pull requests that have changed."""
        wanted = [
            Wanted(plan, each.node_id, each.updated_at)
            for plan in plans
            for each in (*plan.found.again, *plan.found.new)
        ]
        for batch in read_by_id(self.run.client, "ListHeadCheckSuites", wanted):
            checked: list[Checked] = []
            gaps: dict[str, str] = {}
            for entry, node in batch:
                try:
                    head = _head_of(node)
                    commit = head and self._listed(entry.plan, head)
                except UnreadableError as error:
                    gaps[entry.node_id] = str(error)
                else:
                    if commit:
                        checked.append((entry.plan, commit))
            yield from self._hydrate(checked)
            # The rows above are written by now: the generator was resumed.
            for entry, _ in batch:
                self._move_bookmark(entry, gaps.get(entry.node_id, ""))
            self._keep(batch)

    def _move_bookmark(self, entry: Wanted, gap: str) -> None:
        """Move the bookmark to a pull request, or stop it there permanently."""
        plan = entry.plan
        if gap:
            plan.lack(gap)
            plan.is_stopped = True
        if entry.changed_at and not plan.is_stopped and not plan.is_full:
            move_bookmark(plan.state, entry.changed_at, entry.node_id, self._settled_at)

    def _of_branch(self, plan: CheckPlan) -> Iterator[Row]:
        """Yield the rows of the commits that a default branch did not have before."""
        head = plan.repository["defaultBranchRef"]["target"]["oid"]
        try:
            with expecting():
                yield from self._read(plan.repository, head, plan.state)
        except UnreadableError as error:
            plan.lack(str(error))

    def _rows_of(self, repository: Node, commits: list[Node]) -> Iterator[Row]:
        """Yield the rows of some commits of a default branch.

        Raises:
            UnreadableError: If too much is missing: then the branch is read again.
        """
        plan = self._plans[repository["id"]]
        listed = [
            (plan, commit) for node in commits if (commit := self._listed(plan, node))
        ]
        yield from self._hydrate(listed)
        plan.keep()
        if plan.is_full:
            raise UnreadableError(plan.gap)

    # Reading

    def _listed(self, plan: CheckPlan, node: Node | UnreadableError) -> Commit | None:
        """Return a commit with its list; None if this run has looked at it before.

        Raises:
            UnreadableError: If GitHub does not give the commit.
        """
        if isinstance(node, UnreadableError):
            raise node
        with expecting():
            if node["oid"] in plan.read:
                return None
            commit = Commit.read(self.run.client, node)
        plan.read.add(commit.oid)
        return commit

    def _must_read(self, plan: CheckPlan, commit: Commit) -> bool:
        """Whether a commit that was read before has changed since."""
        held = plan.watched.get(commit.oid)
        suites = held["suites"] if held else len(commit.suites)
        if commit.has_changed(suites, plan.state.get("read_at", FIRST), self._now):
            return True
        plan.settle(commit, commit.suites, self._now)
        return False

    def _hydrate(self, checked: list[Checked]) -> Iterator[Row]:
        """Yield the rows of commits, those of each commit together."""
        wanted = [
            Suite(suite["id"]) for _, commit in checked for suite in commit.suites
        ]
        batches = read_by_id(self.run.client, "HydrateCheckSuites", wanted)
        nodes: dict[str, Node | UnreadableError] = {}
        waiting = deque(checked)
        for batch in itertools.chain([()], batches):
            nodes |= {suite.node_id: node for suite, node in batch}
            while waiting and waiting[0][1].is_in(nodes):
                yield from self._rows_of_commit(*waiting.popleft(), nodes)

    def _rows_of_commit(
        self,
        plan: CheckPlan,
        commit: Commit,
        nodes: Mapping[str, Node | UnreadableError],
    ) -> Iterator[Row]:
        """Yield the rows of a commit, and note what of it is missing."""
        found: list[Node] = []
        for suite in commit.suites:
            node = nodes[suite["id"]]
            try:
                if isinstance(node, UnreadableError):
                    raise node
                with expecting():
                    found.append(self._whole(node))
            except GoneError:
                continue  # it was deleted after it was listed
            except UnreadableError as error:
                commit.gap = commit.gap or str(error)
        yield from self._built(plan, commit, found)
        plan.settle(commit, found, self._now)

    def _whole(self, node: Node) -> Node:
        """Return a suite with all of its runs.

        Raises:
            UnreadableError: If GitHub does not give all of them.
        """
        if (held := node.get("checkRuns")) is not None:
            nested = Nested(node["id"], "checkRuns", "MoreCheckRuns", held)
            if gap := nested.read(self.run.client, None):
                message = f"checkRuns: {gap}"
                raise UnreadableError(message)
        return node

    def _built(
        self, plan: CheckPlan, commit: Commit, nodes: list[Node]
    ) -> Iterator[Row]:
        """Yield the rows of a commit; the last one says that they are all."""
        rows: list[Row] = []
        for node in nodes:
            try:
                with expecting():
                    row = self.build(
                        node,
                        repository_id=plan.repository["databaseId"],
                        commit_oid=commit.oid,
                        listed_at=self._listed_at,
                    )
            except UnreadableError as error:
                commit.gap = commit.gap or str(error)
                continue
            self.run.emit_accounts(node)
            rows.append(row)
        if rows and not commit.gap and "complete_listed_at" in rows[-1]:
            rows[-1]["complete_listed_at"] = self._listed_at
        yield from rows

    # State

    def _keep(self, batch: Iterable[tuple[Wanted, object]]) -> None:
        """Write the state after a batch."""
        for plan in {entry.plan for entry, _ in batch}:
            plan.keep()
        self.flush()

    def _settle(self, plan: CheckPlan) -> None:
        """Note what a repository has shown, now that all of it was read."""
        state, found = plan.state, plan.found
        if plan.gap:
            self._report(plan.repository, plan.gap, was_read=True)
        if not found.failed:
            state.pop("hidden", None)
        if found.hidden:
            state["hidden"] = [
                {"from": low, "to": high, "since": self._listed_at}
                for low, high in found.hidden[:10]
            ]
            reason = "GitHub lists it and does not show it"
            name = plan.repository["nameWithOwner"]
            self.run.report(HIDDEN_PULL_REQUEST, repository=name, reason=reason)
        plan.keep()
        if not state["watched"]:
            del state["watched"]
        state["read_at"] = self._settled_at
        self.flush()

    def _report(self, repository: Node, words: str, *, was_read: bool) -> None:
        """Say what could not be read of a repository."""
        is_refused = words.startswith("FORBIDDEN") and not was_read
        self.run.report(
            NO_HISTORY if is_refused else UNREAD_HISTORY,
            things=self.name if is_refused else self.things,
            repository=repository["nameWithOwner"],
            reason=words,
        )


def _head_of(node: Node | UnreadableError) -> Node | None:
    """Return the node of the head of a pull request that was requested.

    Raises:
        UnreadableError: If GitHub does not give it.
    """
    if isinstance(node, UnreadableError):
        raise node
    with expecting():
        return head_of(node)
