"""The commits that a default branch did not have before.

The state is the commit at the head when the branch was last read. As long as it is
still the head, the tap sends no request. If it is not, the tap reads the history from
the new head, newest first, until it has every commit that is not an ancestor of the old
head: a merge adds commits that are older than the last ones read, and a date as a
bookmark would miss them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.common.backfill import last_moment
from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.timestamps import FIRST, timestamp
from tap_github_prs.common.variables import setting_name
from tap_github_prs.conditions import START_DATE
from tap_github_prs.streams.base import TableStream
from tap_github_prs.streams.refusal import NO_REASON
from tap_github_prs.transport.partial import why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.schemas.rows import Node, Row
    from tap_github_prs.transport.errors import Response


SECONDS = len("2026-01-31T00:00:00")


class BranchStream(TableStream):
    """Incremental by the head of the default branch of each repository."""

    list_operation: ClassVar[str]
    """Reads a page of the history."""
    things: ClassVar[str]
    """What is read of a branch, for messages."""

    def _rows_of(self, repository: Node, commits: list[Node]) -> Iterator[Row]:
        """Yield the rows of some commits; see each stream."""
        raise NotImplementedError

    @property
    def _beginning(self) -> str:
        given = self.config.get("start_date")
        return timestamp(given) if given else FIRST

    def _partition(self, repository: Node) -> dict[str, Any]:
        """Return the state of a repository; empty if everything is to be read."""
        state = self.partition(repository_id=repository["databaseId"])
        if self.is_full_table or self._reaches_further_back(repository, state):
            state.clear()
            state["context"] = {"repository_id": repository["databaseId"]}
        return state

    def _reaches_further_back(self, repository: Node, state: dict[str, Any]) -> bool:
        """Whether start_date was moved before what has been read of a branch."""
        before = state.get("started_at", self._beginning)
        if self._beginning >= before:
            return False
        self.run.report(
            START_DATE,
            setting=setting_name("start_date"),
            before=before,
            now=self._beginning,
            repository=f"the {self.things} of {repository['nameWithOwner']}",
        )
        return True

    def _read(
        self, repository: Node, head: str, state: dict[str, Any]
    ) -> Iterator[Row]:
        """Yield the rows of a branch, and keep its state.

        If GitHub returns null instead of a commit, the state stays as it is: the
        missing commit is unknown, so the next run reads everything since then again.

        Raises:
            UnreadableError: If something is missing in the end.
        """
        old = state.get("head_oid")
        if old == head:
            return
        gap = ""
        if old:
            pages = self._since(repository, old, head)
        else:
            pages = self._first_load(repository, head, state)
        for nodes, words in pages:
            gap = gap or words
            yield from self._rows_of(repository, nodes)
        reading = state.pop("reading", {})
        if gap or reading.get("is_incomplete"):
            self.flush()
            raise UnreadableError(gap or NO_REASON)
        state["head_oid"] = reading.get("head_oid", head)
        state.setdefault("started_at", self._beginning)
        self.flush()
        # A first load that was resumed has read up to the head of back then.
        yield from self._read(repository, head, state)

    def _first_load(
        self, repository: Node, head: str, state: dict[str, Any]
    ) -> Iterator[tuple[list[Node], str]]:
        """Yield all pages of a branch, from where a killed run stopped.

        Where the branch was rewritten since, GitHub no longer knows the cursor.
        """
        resumed = "reading" in state
        reading = state.setdefault("reading", {"head_oid": head, "after": None})
        while True:
            try:
                for page, response in self._pages(repository, reading["after"]):
                    resumed = False
                    gap = _hole(page, response)
                    if gap:
                        reading["is_incomplete"] = True
                    yield [node for node in page["nodes"] if node], gap
                    reading["after"] = page["pageInfo"]["endCursor"]
                    self.flush()
            except UnreadableError:
                if not resumed or reading["head_oid"] == head:
                    raise
                reading |= {"head_oid": head, "after": None}
                resumed = False
                continue
            return

    def _since(
        self, repository: Node, old: str, head: str
    ) -> Iterator[tuple[list[Node], str]]:
        """Yield the commits that can be reached from `head` and not from `old`."""
        new, known, seen = {head}, {old}, set[str]()
        for page, response in self._pages(repository, None):
            fresh: list[Node] = []
            for node in filter(None, page["nodes"]):
                oid = node["oid"]
                above = node["parents"]["nodes"]
                parents = {parent["oid"] for parent in above if parent}
                seen.add(oid)
                if oid in known:
                    known |= parents
                    new -= parents
                else:
                    fresh.append(node)
                    new |= parents - known - seen
                new.discard(oid)
                if not new:
                    break
            yield fresh, _hole(page, response)
            if not new:
                return

    def _pages(
        self, repository: Node, after: str | None
    ) -> Iterator[tuple[dict[str, Any], Response]]:
        """Yield the pages of a branch's history, newest first.

        Raises:
            UnreadableError: If a page cannot be read.
        """

        def lies_in(response: Response) -> dict[str, Any]:
            node = response.body["data"]["node"] or {}
            branch = node.get("defaultBranchRef") or {}
            target = branch.get("target") or {}
            if target.get("history") is None:
                words = why(target, "history") or response.message or NO_REASON
                message = f"GitHub does not show its history: {words}"
                raise UnreadableError(message)
            found: dict[str, Any] = target["history"]
            return found

        start_date = self.config.get("start_date")
        variables = {
            "id": repository["id"],
            "since": timestamp(start_date) if start_date else None,
        }
        if last := last_moment(self.config):
            # Git compares whole seconds, and includes both ends.
            variables["until"] = f"{last[:SECONDS]}Z"
        return self.run.client.pages(self.list_operation, variables, lies_in, after)


def _hole(page: dict[str, Any], response: Response) -> str:
    """Return why a page has null in place of a commit, "" if it has none."""
    words = why(page, "nodes")
    if words or None in page["nodes"]:
        return words or response.message or NO_REASON
    for node in page["nodes"]:
        parents = node["parents"]
        if None in parents["nodes"]:
            return why(parents, "nodes") or NO_REASON
    return ""
