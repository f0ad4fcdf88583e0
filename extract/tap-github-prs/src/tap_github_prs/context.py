"""The objects that the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_github_prs.common.context import Context
from tap_github_prs.transport.client import GitHub

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_github_prs.conditions import Condition
    from tap_github_prs.problems import Problems
    from tap_github_prs.schemas.rows import Node
    from tap_github_prs.state import FullTableState, ListLengths
    from tap_github_prs.streams.repository_list import RepositoryList


@dataclass
class RunContext(Context[GitHub]):
    """One run. The tap creates it; its streams use it.

    Attributes:
        faults: Collects what cannot be read.
        repository_list: Reads the list of repositories.
        full_table_state: Versions and IDs of the streams that are read whole.
        list_lengths: How long the nested lists are that were read.
        emit_accounts: Writes a row for each account in a part of a response that has
            no row yet.
    """

    faults: Problems
    repository_list: RepositoryList
    full_table_state: FullTableState
    list_lengths: ListLengths
    emit_accounts: Callable[[Any], None]

    def report(self, condition: Condition, **facts: object) -> None:
        """Log what has happened, and name it again at the end; see `Problems`."""
        self.faults.report(condition, **facts)

    @cached_property
    def repositories(self) -> list[Node]:
        """The repositories to read, each with the first page of its pull requests."""
        return list(self.repository_list.read())
