"""tap-github-prs: its settings and its streams."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from tap_github_prs import settings
from tap_github_prs.access import compare_tokens
from tap_github_prs.check import check as check_access
from tap_github_prs.common.errors import TapError
from tap_github_prs.common.tap import ApiTap
from tap_github_prs.context import RunContext
from tap_github_prs.documents.documents import Documents
from tap_github_prs.problems import Problems
from tap_github_prs.state import STATE, FullTableState, ListLengths, list_versions
from tap_github_prs.streams import STREAMS
from tap_github_prs.streams.repository_list import RepositoryList
from tap_github_prs.transport.auth import Clock
from tap_github_prs.transport.client import GitHub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_github_prs.streams.base import TableStream
    from tap_github_prs.streams.users import Users


class TapGitHubPRs(ApiTap):
    """Reads GitHub's pull requests with their reviews, comments, files and commits."""

    name = "tap-github-prs"
    clock = Clock()
    config_jsonschema: ClassVar[dict[str, Any]] = settings.JSON_SCHEMA
    secrets = settings.SECRETS
    lists = settings.LISTS
    stream_types = STREAMS
    state_shape = STATE

    def problems(self, schema_errors: Sequence[str]) -> list[str]:
        """Return what is wrong with the settings; see `settings.problems`."""
        return settings.problems(self.config, schema_errors)

    @property
    def stream_order(self) -> list[str]:
        """Names of the streams, in the order in which they are read."""
        return [stream.table.name for stream in STREAMS]

    @cached_property
    def faults(self) -> Problems:
        """Collects what the run cannot read."""
        return Problems(self.logger)

    @cached_property
    def client(self) -> GitHub:
        """The client.

        Raises:
            SettingsError: If the settings are not enough to send a request.
        """
        self._validate_config()
        streams = cast("Iterable[TableStream]", self.streams.values())
        selected = {s.name: s.selected_columns for s in streams if s.selected}
        return GitHub(self.config, Documents(selected), self.logger, self.clock)

    @cached_property
    def context(self) -> RunContext:
        """What the streams of this run share."""
        state = cast("dict[str, Any]", self.state)
        return RunContext(
            self.config,
            self.logger,
            self.client,
            self.faults,
            state,
            self.initialized_at,
            RepositoryList(self.config, self.client, self.faults, self.logger),
            FullTableState(state, self.initialized_at, self.faults),
            ListLengths(state),
            cast("Users", self.streams["users"]).emit_accounts,
        )

    def begin_with(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return what the run continues from; a backfill keeps the lists' versions.

        Args:
            state: The state that the last run saved.
        """
        found = super().begin_with(state)
        if found and self.config.get("end_date"):
            found["bookmarks"] = list_versions(state)
        return found

    def check(self) -> None:
        """Compare the tokens, and read the list of repositories.

        Raises:
            TapError: If no repository can be read.
        """
        compare_tokens(self.context)
        self.faults.anything_read = bool(self.context.repositories)
        if not self.faults.anything_read and self.faults.lines():
            raise TapError  # with the lines of the faults

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see check.py."""
        return check_access(self.context)
