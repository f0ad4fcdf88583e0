"""repositories: those that were named, and all of the organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.batches import BatchSize, in_batches
from tap_github_prs.client import REPOSITORIES_AT_ONCE
from tap_github_prs.schemas import REPOSITORIES
from tap_github_prs.streams.base import TableStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk.helpers.types import Context

    from tap_github_prs.columns import Table
    from tap_github_prs.errors import Answer
    from tap_github_prs.rows import Node, Row

NAMED = "is named in the settings"
"""Mark on a node: beside GitHub's own fields, none of which has blanks."""


class Repositories(TableStream):
    """Read whole on every run; with ACTIVATE_VERSION, so that deletions show."""

    table: ClassVar[Table] = REPOSITORIES

    def get_records(self, context: Context | None) -> Iterable[Row]:  # noqa: ARG002
        """Yield a row per repository, then declare all others deleted.

        That includes one which an organisation has and GitHub blocks, until it shows
        it again; else a single blocked one would keep every deletion from showing.
        """
        self._stream_version = self.tap.next_version(self.name)
        yield from map(self.build, self.tap.repositories)
        if not self.tap.unreadable:
            # After the rows, where the SDK would write it before them: a run that
            # dies in between must not have deleted anything.
            self._write_activate_version_message(self._stream_version)

    def read(self) -> Iterator[Node]:
        """Ask GitHub for the repositories that the settings name.

        Yields:
            Each once, under its present name, with the first page of its list of
            pull requests.
        """
        seen: set[int] = set()
        for node in self._named_and_owned():
            if node["databaseId"] not in seen:
                seen.add(node["databaseId"])
                yield node

    def _named_and_owned(self) -> Iterator[Node]:
        yield from self._named(list(dict.fromkeys(self.config["repositories"])))
        for login in dict.fromkeys(self.config["organizations"]):
            yield from self._owned(login)

    def _named(self, names: list[str]) -> Iterator[Node]:
        size = BatchSize(REPOSITORIES_AT_ONCE)
        for asked, answer in in_batches(names, size, self._ask):
            for n, name in enumerate(asked):
                yield from self._checked(answer, f"r{n}", name)

    def _ask(self, names: Sequence[str]) -> Answer:
        variables: dict[str, str] = {}
        for n, name in enumerate(names):
            owner, _, short = name.partition("/")
            variables |= {f"owner{n}": owner, f"name{n}": short}
        return self.tap.github.graphql(
            "Repositories", variables, times=len(names), shrinkable=len(names) > 1
        )

    def _checked(self, answer: Answer, alias: str, name: str) -> Iterator[Node]:
        """Yield a repository that was named, or say why there is none."""
        node = answer.body["data"][alias]
        if node is None:
            said = [e["message"] for e in answer.errors if alias in e.get("path", [])]
            self.tap.cannot_read(f"repository {name}", *said[:1])
            return
        if node["nameWithOwner"].lower() != name.lower():
            self.logger.warning(
                "Repository %s is now %s: change the setting",
                name,
                node["nameWithOwner"],
            )
        yield {**node, NAMED: True}

    def _owned(self, login: str) -> Iterator[Node]:
        after: str | None = None
        while True:
            answer = self.tap.github.list_page(
                "OrganizationRepositories", {"login": login, "after": after}
            )
            organization = answer.body["data"]["organization"]
            if organization is None:
                said = [error["message"] for error in answer.errors]
                self.tap.cannot_read(f"organization {login}", *said[:1])
                return
            page: dict[str, Any] = organization["repositories"]
            if None in page["nodes"]:
                words = answer.message or "GitHub gives no reason"
                hidden = page["nodes"].count(None)
                self.logger.warning(
                    "%d repositories of %s cannot be read: %s", hidden, login, words
                )
            yield from (node for node in page["nodes"] if node)
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]
