"""commits of the default branch.

The state is the commit at the head when the branch was last read. As long as it
is still the head, nothing is asked. Else the history is walked from the new head,
newest first, until everything that is not an ancestor of the old head has come:
a merge brings commits that are older than the last ones read, and a date as a
bookmark would miss them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.errors import TapError, UnreadableError
from tap_github_prs.rows import timestamp
from tap_github_prs.schemas import COMMITS
from tap_github_prs.streams.base import TableStream
from tap_github_prs.streams.repositories import NAMED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk.helpers.types import Context

    from tap_github_prs.columns import Table
    from tap_github_prs.rows import Node, Row


class Commits(TableStream):
    """Incremental by the head of the default branch of each repository."""

    table: ClassVar[Table] = COMMITS

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Yield a row per commit that the branch did not have before."""
        for repository in self.tap.repositories:
            branch = repository["defaultBranchRef"]
            # Both may be null by the schema: no branch, or none of its commits shown.
            if branch is None or branch["target"] is None:
                name = repository["nameWithOwner"]
                self.logger.info("Repository %s is empty: it has no commits", name)
                continue
            state = self.partition(repository_id=repository["databaseId"])
            if self.is_full_table:
                state.clear()
            try:
                yield from self._read(repository, branch["target"]["oid"], state)
            except UnreadableError as error:
                self.tap.cannot_read(
                    f"commits of {repository['nameWithOwner']}",
                    str(error),
                    named=NAMED in repository,
                )

    def _read(
        self, repository: Node, head: str, state: dict[str, Any]
    ) -> Iterator[Row]:
        """Yield the rows of a branch, and keep its state."""
        old = state.get("head_oid")
        if old == head:
            return
        if old:
            pages = self._since(repository, old, head)
        else:
            pages = self._first_load(repository, head, state)
        for nodes in pages:
            for node in nodes:
                self.tap.users.note(node)
                yield self.build(node, repository_id=repository["databaseId"])
        state["head_oid"] = state.pop("reading", {}).get("head_oid", head)
        self._flush()
        # A first load that was resumed has read up to the head of back then.
        yield from self._read(repository, head, state)

    def _first_load(
        self, repository: Node, head: str, state: dict[str, Any]
    ) -> Iterator[list[Node]]:
        """Yield all pages of a branch, from where a killed run stopped.

        Where the branch was rewritten since, GitHub no longer knows the cursor.
        """
        resumed = "reading" in state
        reading = state.setdefault("reading", {"head_oid": head, "after": None})
        while True:
            try:
                page = self._page(repository, reading["after"])
            except TapError:
                if not resumed or reading["head_oid"] == head:
                    raise
                reading |= {"head_oid": head, "after": None}
                continue
            yield page["nodes"]
            reading["after"] = page["pageInfo"]["endCursor"]
            self._flush()
            if not page["pageInfo"]["hasNextPage"]:
                return

    def _since(self, repository: Node, old: str, head: str) -> Iterator[list[Node]]:
        """Yield the commits that can be reached from `head` and not from `old`."""
        after: str | None = None
        new, known, seen = {head}, {old}, set[str]()
        while new:
            page = self._page(repository, after)
            fresh: list[Node] = []
            for node in page["nodes"]:
                oid = node["oid"]
                parents = {parent["oid"] for parent in node["parents"]["nodes"]}
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
            yield fresh
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    def _page(self, repository: Node, after: str | None) -> dict[str, Any]:
        start_date = self.config.get("start_date")
        variables = {
            "id": repository["id"],
            "after": after,
            "since": timestamp(start_date) if start_date else None,
        }
        answer = self.tap.github.list_page("ListCommits", variables)
        branch = (answer.body["data"]["node"] or {}).get("defaultBranchRef")
        if branch is None:
            message = f"GitHub does not show its default branch: {answer.message}"
            raise UnreadableError(message)
        history: dict[str, Any] = branch["target"]["history"]
        if None in history["nodes"]:
            self.tap.github.say_once(
                f"Commits of {repository['nameWithOwner']} are missing: "
                f"{answer.message or 'GitHub gives no reason'}"
            )
            history["nodes"] = [node for node in history["nodes"] if node]
        return history

    def _flush(self) -> None:
        self.state_manager.is_flushed = False
        self._write_state_message()
