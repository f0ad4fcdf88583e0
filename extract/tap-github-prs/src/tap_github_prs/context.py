"""The objects that the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.progress import Progress

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

    from tap_github_prs.conditions import Condition
    from tap_github_prs.problems import Problems
    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.state import FullTableState, ListLengths
    from tap_github_prs.streams.repository_list import RepositoryList
    from tap_github_prs.transport.client import GitHub


@dataclass
class RunContext:
    """One run. The tap creates it; its streams use it.

    Attributes:
        config: The settings.
        logger: The log of the tap.
        github: The client.
        problems: Collects what cannot be read.
        repository_list: Reads the list of repositories.
        full_table_state: Versions and IDs of the streams that are read whole.
        list_lengths: How long the nested lists are that were read.
        emit_accounts: Writes a row for each account in a part of a response that has
            no row yet.
    """

    config: Mapping[str, Any]
    logger: logging.Logger
    github: GitHub
    problems: Problems
    repository_list: RepositoryList
    full_table_state: FullTableState
    list_lengths: ListLengths
    emit_accounts: Callable[[Any], None]

    def report(self, condition: Condition, **facts: object) -> None:
        """Log what has happened, and name it again at the end; see `Problems`."""
        self.problems.report(condition, **facts)

    @cached_property
    def repositories(self) -> list[Node]:
        """The repositories to read, each with the first page of its pull requests."""
        return list(self.repository_list.read())

    @cached_property
    def progress(self) -> Progress:
        """Logs how far the streams have come."""
        return Progress(self.logger, self.github)
