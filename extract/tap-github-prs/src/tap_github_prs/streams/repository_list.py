"""Which repositories to read: those in the settings, and all of the organizations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.errors import UnreadableError
from tap_github_prs.common.variables import setting_name
from tap_github_prs.conditions import (
    BLOCKED_REPOSITORIES,
    EMPTY,
    ORGANIZATION,
    REFUSED_REPOSITORIES,
    REPOSITORY,
    REPOSITORY_FAILED,
)
from tap_github_prs.streams.listing import LISTED_TO
from tap_github_prs.streams.refusal import NO_REASON
from tap_github_prs.transport.batches import BatchSize, in_batches
from tap_github_prs.transport.client import REPOSITORIES_AT_ONCE
from tap_github_prs.transport.errors import FailedError, TooHeavyError
from tap_github_prs.transport.partial import expecting, reason, why

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_github_prs.conditions import Condition
    from tap_github_prs.problems import Problems
    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.transport.client import GitHub
    from tap_github_prs.transport.errors import Response

MOST_FAILING_PAGES = 10
"""Repositories of one organization that fail in succession."""

BLOCKED = r"access blocked|disabled|dmca|taken down|legal"
"""What GitHub says about a repository that it has blocked for everybody."""


class RepositoryList:
    """Reads the list of repositories.

    Args:
        config: The settings.
        github: The client.
        problems: Collects what cannot be read.
        logger: Where a renamed repository is logged.

    Attributes:
        is_complete: Whether every list was read to its end, and nothing in it was
            refused.
        any_blocked: Whether GitHub has blocked a repository for everybody.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        github: GitHub,
        problems: Problems,
        logger: logging.Logger,
    ) -> None:
        """Send nothing yet."""
        self._config = config
        self._github = github
        self._problems = problems
        self._logger = logger
        self.is_complete = True
        self.any_blocked = False

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
        names = {name.lower(): name for name in self._config["repositories"]}
        yield from self._named(list(names.values()))
        logins = {login.lower(): login for login in self._config["organizations"]}
        for login in logins.values():
            try:
                with expecting():
                    yield from self._owned(login)
            except UnreadableError as error:
                self._refuse(ORGANIZATION, organization=login, reason=str(error))

    def _refuse(self, condition: Condition, **facts: object) -> None:
        """Report what keeps the list from being complete."""
        self.is_complete = False
        setting = "repositories" if "repository" in facts else "organizations"
        facts |= {"setting": setting_name(setting), "token": setting_name("auth_token")}
        self._problems.report(condition, **facts)

    def _named(
        self, names: list[str], condition: Condition = REPOSITORY
    ) -> Iterator[Node]:
        size = BatchSize(REPOSITORIES_AT_ONCE)
        waiting = names
        while waiting:
            try:
                for asked, response in in_batches(waiting, size, self._ask):
                    for n, name in enumerate(asked):
                        yield from self._checked(response, f"r{n}", name)
                    waiting = waiting[len(asked) :]
            except (TooHeavyError, UnreadableError) as error:
                # It is the first of them: in the end they were requested one by one.
                name, *waiting = waiting
                self._refuse(condition, repository=name, reason=str(error))

    def _ask(self, names: Sequence[str]) -> Response:
        variables: dict[str, str] = {}
        for n, name in enumerate(names):
            owner, _, short = name.partition("/")
            variables |= {f"owner{n}": owner, f"name{n}": short}
        try:
            return self._github.graphql(
                "Repositories", variables, times=len(names), shrinkable=len(names) > 1
            )
        except UnreadableError as error:
            if len(names) == 1:
                raise
            raise TooHeavyError(str(error)) from None

    def _checked(self, response: Response, alias: str, name: str) -> Iterator[Node]:
        """Yield a repository of the settings, or report why there is none."""
        data = response.body["data"]
        node = data.get(alias)
        if node is None:
            words = why(data, alias) or why(data, "") or "GitHub does not show it"
            self._refuse(REPOSITORY, repository=name, reason=words)
            return
        if node["nameWithOwner"].lower() != name.lower():
            self._logger.warning(
                "Repository %s is now %s: change the setting",
                name,
                node["nameWithOwner"],
            )
        yield {**node, LISTED_TO: response.token}

    def _owned(self, login: str) -> Iterator[Node]:
        """Yield the repositories of an organization.

        Raises:
            UnreadableError: If the organization is not shown.
        """

        def lies_in(response: Response) -> dict[str, Any]:
            data = response.body["data"]
            organization = data.get("organization")
            if organization is None:
                words = why(data, "organization") or why(data, "")
                raise UnreadableError(words or "GitHub does not show it")
            found: dict[str, Any] | None = organization.get("repositories")
            if found is None:
                raise UnreadableError(why(organization, "repositories") or NO_REASON)
            return found

        any_shown = False
        for page, response in self._pages(login, lies_in):
            if response is None:  # a single repository that fails in its page
                any_shown = True
                names = [node["nameWithOwner"] for node in filter(None, page["nodes"])]
                yield from self._named(names, REPOSITORY_FAILED)
                continue
            self._count_refused(login, page, response.errors)
            for node in filter(None, page["nodes"]):
                any_shown = True
                yield {**node, LISTED_TO: response.token}
        if not any_shown:
            words = "it shows no repository"
            self._refuse(EMPTY, organization=login, reason=words)

    def _pages(
        self, login: str, find: Callable[[Response], dict[str, Any]]
    ) -> Iterator[tuple[dict[str, Any], Response | None]]:
        """Yield the pages of an organization's list, around those that fail.

        If a page of one repository fails in every attempt, a page that holds only
        names says which repository it is and where the list continues.

        Args:
            login: The organization.
            find: Returns the list in a response.

        Yields:
            A page with its response; None for a page that holds only names.

        Raises:
            UnreadableError: If the list cannot be read, or too many pages fail.
        """
        github = self._github
        after: str | None = None
        failures = 0
        while True:
            variables = {"login": login}
            pages = github.pages("OrganizationRepositories", variables, find, after)
            try:
                for page, response in pages:
                    failures = 0
                    yield page, response
                    after = page["pageInfo"]["endCursor"]
            except FailedError:
                failures += 1
                if failures > MOST_FAILING_PAGES:
                    raise
            else:
                return
            one = {**variables, "first": 1, "after": after}
            page = find(github.graphql("OrganizationRepositoryNames", one))
            yield page, None
            info = page["pageInfo"]
            if not info["hasNextPage"] or info["endCursor"] in {None, after}:
                return
            after = info["endCursor"]

    def _count_refused(
        self, login: str, page: dict[str, Any], errors: Sequence[dict[str, Any]]
    ) -> None:
        """Report the repositories of a page that are null.

        Args:
            login: The organization.
            page: The page.
            errors: What the response says of it.
        """
        hidden = page["nodes"].count(None)
        words = why(page, "nodes")
        facts = {"organization": login, "reason": words or NO_REASON}
        blocked = [one for one in errors if re.search(BLOCKED, reason(one).lower())]
        if hidden and len(blocked) == len(errors) == hidden:
            self.any_blocked = True
            self._problems.report(BLOCKED_REPOSITORIES, number=hidden, **facts)
        elif hidden or words:
            self._refuse(REFUSED_REPOSITORIES, number=max(hidden, 1), **facts)
