"""Settings and streams of the tap."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.helpers._classproperty import classproperty

from tap_linear import conditions
from tap_linear.check import check
from tap_linear.common import redaction
from tap_linear.common.cli import CommandLineTap
from tap_linear.common.errors import SettingsError, TapError
from tap_linear.common.faults import SHOWN, Faults
from tap_linear.common.lists import as_list, from_environment
from tap_linear.common.variables import setting_name
from tap_linear.context import RunContext
from tap_linear.settings import CONFIG_JSONSCHEMA, SECRETS, problems
from tap_linear.state import problems as problems_of_state
from tap_linear.streams import STREAMS, TOGETHER
from tap_linear.streams.first_pages import FirstPages
from tap_linear.streams.incremental import IncrementalStream
from tap_linear.transport.client import LinearClient

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk import Stream
    from singer_sdk.helpers.types import TapState

    from tap_linear.common.progress import Usage
    from tap_linear.streams.base import LinearStream
    from tap_linear.streams.entities import AheadStream
    from tap_linear.streams.whole import WholeStream


class TapLinear(CommandLineTap):
    """Reads a Linear workspace."""

    name = "tap-linear"
    config_jsonschema = CONFIG_JSONSCHEMA
    _checked = False

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings, and hide their secrets in the log from now on.

        `teams` is a list afterwards.

        Args:
            raise_errors: False for --discover, which needs no credential.

        Returns:
            One text per problem.

        Raises:
            SettingsError: With these texts, which contain no secret.
        """
        redaction.remember(*(self.config.get(name) for name in SECRETS))
        redaction.remember_address(self.config.get("api_url"))
        errors = []
        if self._config.get("teams") is not None:
            try:
                self._config["teams"] = as_list(self._config["teams"])
            except ValueError as error:
                errors.append(f"{setting_name('teams')} {error}")
        if not errors:
            errors = problems(self.config, super()._validate_config(raise_errors=False))
        if errors and raise_errors:
            raise SettingsError(*errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """Settings from environment variables, `teams` as text."""
        cls.append_builtin_config(cls.config_jsonschema)
        return from_environment(cls._env_var_prefix, cls.config_jsonschema, {"teams"})

    def write_schemas(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Write the SCHEMA message of every stream."""
        for stream in self.streams.values():
            stream.selected = True
            cast("LinearStream", stream).write_schema()

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the state, with what it contains besides the bookmarks."""
        # In place: the streams hold this object already.
        self._state.update(cast("TapState", copy.deepcopy(state)))

    def discover_streams(self) -> Sequence[Stream]:
        """Return every stream."""
        return [stream(self) for stream in STREAMS]

    @property
    def usage(self) -> Usage | None:
        """The client, once it exists."""
        return self.context.client if "context" in self.__dict__ else None

    @property
    def streams(self) -> dict[str, Stream]:
        """Streams by name in the order of STREAMS, where the SDK sorts by name."""
        found = super().streams
        return {stream.name: found[stream.name] for stream in STREAMS}

    @cached_property
    def first_pages(self) -> FirstPages:
        """Requests the first pages of small lists together."""
        streams = self.streams
        return FirstPages(
            [
                [cast("WholeStream", streams[one.name]) for one in group]
                for group in TOGETHER
            ],
            self.context.client,
            self.logger,
        )

    @cached_property
    def context(self) -> RunContext:
        """What the streams of this run share."""
        faults = Faults(self.logger)
        client = LinearClient(self.config, faults, self.logger)
        teams = sorted({key.strip().upper() for key in self.config.get("teams") or []})
        state = cast("dict[str, Any]", self.state)
        return RunContext(
            self.config,
            self.logger,
            client,
            faults,
            state,
            self.initialized_at,
            teams,
            self.check,
            self.read_arrived,
        )

    def sync_all(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Write the state that was given, check what can be wrong, then read.

        The state comes before any SCHEMA: from it the target sees that a bookmark is
        there for a table that is not.

        Raises:
            SystemExit: If something could not be read, with one line per problem.
        """
        if self.state:
            self.state_writer.write_state(self.state)
        try:
            self.check()
        except TapError as error:
            raise TapError(*self.context.faults.lines(), *error.lines) from None
        super().sync_all()
        for stream in self._of_issues:
            if stream.has_arrivals:
                stream.sync()
        self.state_writer.write_state(self.state)
        self.finish()

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see `check`."""
        return check(self.context)

    @property
    def _of_issues(self) -> list[IncrementalStream]:
        """Streams whose rows move with their issue, and are narrowed by its team."""
        names = ("comments", "attachments", "agent_sessions")
        found = (self.streams[name] for name in names)
        return [cast("IncrementalStream", stream) for stream in found]

    def read_arrived(self, issues: dict[str, str]) -> None:
        """Have read what belongs to issues that came into the teams of the setting.

        Args:
            issues: Their IDs, with when each was created.
        """
        if issues:
            names = ", ".join(sorted(issues)[:SHOWN])
            self.context.faults.add(
                conditions.ISSUES_ARRIVED, count=f"{len(issues):,}", names=names
            )
        for stream in self._of_issues:
            stream.read_arrived(issues)

    def finish(self) -> None:
        """End the run with exit code 1 if something could not be read.

        Raises:
            SystemExit: With one line per problem.
        """
        if lines := self.context.faults.lines():
            raise TapError(*lines)

    def check(self) -> None:
        """Check the state, the credential and the teams; once per run.

        The credential is checked by requests that the run needs anyway: the
        organization and the teams are read ahead, and not read again at their turn.

        Raises:
            TapError: If the run cannot begin.
        """
        if self._checked:
            return
        self._checked = True
        self._check_state()
        organization = cast("AheadStream", self.streams["organization"]).read_ahead()
        for row in organization or []:
            self.context.workspace.check_organization(row)
        teams = cast("AheadStream", self.streams["teams"])
        rows = teams.read_ahead()
        if rows is not None:
            self.context.workspace.check_teams(rows, self._open_gap)
        elif teams.is_needed:
            self.context.workspace.keep_rows_of_teams()
            if not teams.selected:
                self.context.faults.add(conditions.TEAMS_NOT_READ, message=teams.error)

    def _open_gap(self, gap: dict[str, Any], began: str) -> bool:
        """Give every incremental stream a gap; return whether any of them needs it."""
        opened = [
            stream.open_gap(gap, began)
            for stream in self.streams.values()
            if isinstance(stream, IncrementalStream)
        ]
        return any(opened)

    def _check_state(self) -> None:
        incremental = [
            name
            for name, stream in self.streams.items()
            if isinstance(stream, IncrementalStream)
        ]
        state = cast("dict[str, Any]", self.state)
        found = [
            Faults.line(conditions.STATE_DAMAGED, stream=name, message=problem)
            for name, problem in problems_of_state(state, incremental)
        ]
        if found:
            raise TapError(*found)
