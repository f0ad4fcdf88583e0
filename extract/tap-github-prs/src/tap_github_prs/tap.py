"""tap-github-prs: its settings and its streams."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.helpers._classproperty import classproperty

from tap_github_prs import settings
from tap_github_prs.access import compare_tokens
from tap_github_prs.check import check as check_access
from tap_github_prs.common import redaction
from tap_github_prs.common.cli import CommandLineTap
from tap_github_prs.common.errors import SettingsError
from tap_github_prs.common.lists import as_list, from_environment
from tap_github_prs.common.settings import in_words
from tap_github_prs.common.variables import setting_name
from tap_github_prs.context import RunContext
from tap_github_prs.documents.documents import Documents
from tap_github_prs.problems import Problems
from tap_github_prs.state import (
    LENGTHS,
    SEEN,
    VERSIONS,
    FullTableState,
    ListLengths,
    check,
)
from tap_github_prs.streams import STREAMS
from tap_github_prs.streams.repository_list import RepositoryList
from tap_github_prs.transport.auth import Clock
from tap_github_prs.transport.client import GitHub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk import Stream

    from tap_github_prs.common.progress import Usage
    from tap_github_prs.streams.base import TableStream
    from tap_github_prs.streams.users import Users


class TapGitHubPRs(CommandLineTap):
    """Reads GitHub's pull requests with their reviews, comments, files and commits."""

    name = "tap-github-prs"
    clock = Clock()
    config_jsonschema: ClassVar[dict[str, Any]] = settings.JSON_SCHEMA

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings; the lists among them are lists afterwards.

        Raises:
            SettingsError: With one line per mistake, and no secret in any.
        """
        redaction.remember(*(self._config.get(name) for name in settings.SECRETS))
        redaction.remember_address(self._config.get("api_url"))
        errors = []
        for name in settings.LISTS:
            try:
                self._config[name] = as_list(self._config.get(name) or [])
            except ValueError as error:
                errors.append(f"{setting_name(name)} {error}")
        found = [] if errors else super()._validate_config(raise_errors=False)
        errors += [in_words(error, settings.SECRETS) for error in found]
        if errors and raise_errors:
            raise SettingsError(*errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """Settings from environment variables, the lists among them as text.

        The SDK would take them for JSON, and warn that text is deprecated.
        """
        cls.append_builtin_config(cls.config_jsonschema)
        return from_environment(
            cls._env_var_prefix, settings.JSON_SCHEMA, settings.LISTS
        )

    def discover_streams(self) -> list[Stream]:
        """Return all streams."""
        return [stream(self) for stream in STREAMS]

    @property
    def usage(self) -> Usage | None:
        """The client, once it exists."""
        return self.context.github if "context" in self.__dict__ else None

    @property
    def streams(self) -> dict[str, Stream]:
        """The streams by name, in the order in which they are read."""
        streams = super().streams
        return {stream.table.name: streams[stream.table.name] for stream in STREAMS}

    @cached_property
    def context(self) -> RunContext:
        """What the streams of this run share.

        Raises:
            SettingsError: If the settings do not suffice to send a request.
        """
        if lines := list(settings.problems(self.config)):
            raise SettingsError(*lines)
        streams = cast("Iterable[TableStream]", self.streams.values())
        selected = {s.name: s.selected_columns for s in streams if s.selected}
        github = GitHub(self.config, Documents(selected), self.logger, self.clock)
        problems = Problems(self.logger)
        state = cast("dict[str, Any]", self.state)
        return RunContext(
            self.config,
            self.logger,
            github,
            problems,
            RepositoryList(self.config, github, problems, self.logger),
            FullTableState(state, self.initialized_at, problems),
            ListLengths(state),
            cast("Users", self.streams["users"]).emit_accounts,
        )

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the state to continue from; the SDK takes only its bookmarks.

        Args:
            state: The state that the last run has left.

        Raises:
            SettingsError: If it is damaged.
        """
        check(state)
        super().load_state(state)
        for key in (VERSIONS, SEEN, LENGTHS):
            if held := state.get(key):
                cast("dict[str, Any]", self.state)[key] = dict(held)

    def run(self) -> None:
        """Read everything that is selected, after checking that it can be read.

        The first message is the state that the tap was given (sync_all), so that the
        target can see which bookmarks precede which tables.

        Raises:
            TapError: If something could not be read.
        """
        compare_tokens(self.context)
        if not self.context.repositories:
            self.finish()
        self.sync_all()
        self.finish()

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see check.py."""
        return check_access(self.context)

    def finish(self) -> None:
        """End the run.

        Raises:
            TapError: If something could not be read.
        """
        anything_read = bool(self.context.repositories)
        self.context.problems.finish(anything_read=anything_read)
