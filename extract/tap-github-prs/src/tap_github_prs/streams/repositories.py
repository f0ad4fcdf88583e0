"""repositories: those that were named, and all of the organizations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from tap_github_prs.batches import BatchSize, in_batches
from tap_github_prs.client import REPOSITORIES_AT_ONCE
from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.variables import setting_name
from tap_github_prs.conditions import (
    BLOCKED_REPOSITORIES,
    BLOCKED_SINCE,
    EMPTY,
    FEWER_REPOSITORIES,
    ORGANIZATION,
    REFUSED_REPOSITORIES,
    REPOSITORY,
)
from tap_github_prs.errors import RefusedError, TooHeavyError
from tap_github_prs.hydrate import NO_REASON
from tap_github_prs.listing import LISTED_TO
from tap_github_prs.partial import expecting, reason, why
from tap_github_prs.schemas import REPOSITORIES
from tap_github_prs.streams.base import TableStream, is_suspicious

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_github_prs.columns import Table
    from tap_github_prs.conditions import Condition
    from tap_github_prs.errors import Answer
    from tap_github_prs.rows import Node, Row

BLOCKED = r"access blocked|disabled|dmca|taken down|legal"
"""What GitHub says of a repository that it has blocked for everybody."""


class Repositories(TableStream):
    """Read whole on every run; with ACTIVATE_VERSION, so that deletions show."""

    table: ClassVar[Table] = REPOSITORIES
    _any_blocked = False

    def rows(self) -> Iterable[Row]:
        """Yield a row per repository, then declare all others deleted.

        That is declared only where every list was read to its end and nothing in it
        was refused: what cannot be seen is not deleted. A blocked repository has no
        row to keep unless an earlier run has read it, so it hides no deletion.
        """
        repositories = self.tap.repositories
        self._stream_version = self.tap.next_version(self.name)
        yield from map(self.build, repositories)
        found = {node["databaseId"] for node in repositories}
        before = set(self.tap.seen(self.name))
        missing = before - found
        blocked = sorted(filter(self._is_there, missing)) if self._any_blocked else []
        if is_suspicious(len(missing), len(before)):
            self.tap.report(
                FEWER_REPOSITORIES,
                now=len(before - missing),
                before=len(before),
                missing=len(missing),
            )
        elif blocked:
            self.tap.report(BLOCKED_SINCE, ids=", ".join(map(str, blocked)))
        elif self.tap.repositories_are_complete:
            # After the rows, where the SDK would write it before them: a run that
            # dies in between must not have deleted anything.
            self._write_activate_version_message(self._stream_version)
            before = set()
        # Without a version, the rows of earlier runs are in the table too.
        self.tap.note_seen(self.name, before | found)

    def _is_there(self, number: int) -> bool:
        """Whether GitHub still has a repository that it does not list.

        It answers 451 for a blocked one, and 404 for one that was deleted.

        Args:
            number: Its id.
        """
        try:
            self.tap.github.page(f"/repositories/{number}/pulls", {"per_page": 1})
        except RefusedError as error:
            return not error.is_absent
        except UnreadableError:
            return True
        return True

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
        names = {name.lower(): name for name in self.config["repositories"]}
        yield from self._named(list(names.values()))
        logins = {login.lower(): login for login in self.config["organizations"]}
        for login in logins.values():
            try:
                with expecting():
                    yield from self._owned(login)
            except UnreadableError as error:
                self._refuse(ORGANIZATION, organization=login, reason=str(error))

    def _refuse(self, condition: Condition, **facts: object) -> None:
        """Report what keeps the list from being complete."""
        self.tap.repositories_are_complete = False
        setting = "repositories" if "repository" in facts else "organizations"
        facts |= {"setting": setting_name(setting), "token": setting_name("auth_token")}
        self.tap.report(condition, **facts)

    def _named(self, names: list[str]) -> Iterator[Node]:
        size = BatchSize(REPOSITORIES_AT_ONCE)
        waiting = names
        while waiting:
            try:
                for asked, answer in in_batches(waiting, size, self._ask):
                    for n, name in enumerate(asked):
                        yield from self._checked(answer, f"r{n}", name)
                    waiting = waiting[len(asked) :]
            except (TooHeavyError, UnreadableError) as error:
                # It is the first of them: they were asked for one by one in the end.
                name, *waiting = waiting
                self._refuse(REPOSITORY, repository=name, reason=str(error))

    def _ask(self, names: Sequence[str]) -> Answer:
        variables: dict[str, str] = {}
        for n, name in enumerate(names):
            owner, _, short = name.partition("/")
            variables |= {f"owner{n}": owner, f"name{n}": short}
        try:
            return self.tap.github.graphql(
                "Repositories", variables, times=len(names), shrinkable=len(names) > 1
            )
        except UnreadableError as error:
            if len(names) == 1:
                raise
            raise TooHeavyError(str(error)) from None

    def _checked(self, answer: Answer, alias: str, name: str) -> Iterator[Node]:
        """Yield a repository that was named, or say why there is none."""
        data = answer.body["data"]
        node = data.get(alias)
        if node is None:
            words = why(data, alias) or why(data, "") or "GitHub does not show it"
            self._refuse(REPOSITORY, repository=name, reason=words)
            return
        if node["nameWithOwner"].lower() != name.lower():
            self.logger.warning(
                "Repository %s is now %s: change the setting",
                name,
                node["nameWithOwner"],
            )
        yield {**node, LISTED_TO: answer.token}

    def _owned(self, login: str) -> Iterator[Node]:
        """Yield the repositories of an organization.

        Raises:
            UnreadableError: If the organization is not shown.
        """

        def lies_in(answer: Answer) -> dict[str, Any]:
            data = answer.body["data"]
            organization = data.get("organization")
            if organization is None:
                words = why(data, "organization") or why(data, "")
                raise UnreadableError(words or "GitHub does not show it")
            found: dict[str, Any] | None = organization.get("repositories")
            if found is None:
                raise UnreadableError(why(organization, "repositories") or NO_REASON)
            return found

        any_shown = False
        variables = {"login": login}
        pages = self.tap.github.pages("OrganizationRepositories", variables, lies_in)
        for page, answer in pages:
            self._count_refused(login, page, answer.errors)
            for node in filter(None, page["nodes"]):
                any_shown = True
                yield {**node, LISTED_TO: answer.token}
        if not any_shown:
            words = "it shows no repository"
            self._refuse(EMPTY, organization=login, reason=words)

    def _count_refused(
        self, login: str, page: dict[str, Any], errors: Sequence[dict[str, Any]]
    ) -> None:
        """Report the repositories of a page that are null.

        Args:
            login: The organization.
            page: The page.
            errors: What the answer says of it.
        """
        hidden = page["nodes"].count(None)
        words = why(page, "nodes")
        facts = {"organization": login, "reason": words or NO_REASON}
        blocked = [one for one in errors if re.search(BLOCKED, reason(one).lower())]
        if hidden and len(blocked) == len(errors) == hidden:
            self._any_blocked = True
            self.tap.report(BLOCKED_REPOSITORIES, number=hidden, **facts)
        elif hidden or words:
            self._refuse(REFUSED_REPOSITORIES, number=max(hidden, 1), **facts)
