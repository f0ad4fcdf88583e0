"""tap-github-prs: its settings and its streams."""

from __future__ import annotations

import logging
import time
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.helpers._classproperty import classproperty

from tap_github_prs import settings
from tap_github_prs.access import compare_tokens
from tap_github_prs.auth import Clock
from tap_github_prs.client import GitHub
from tap_github_prs.common import redaction
from tap_github_prs.common.cli import CommandLineTap
from tap_github_prs.common.errors import SettingsError, TapError
from tap_github_prs.common.timestamps import from_epoch
from tap_github_prs.common.variables import setting_name
from tap_github_prs.conditions import CLOCK
from tap_github_prs.documents import Documents
from tap_github_prs.state import SEEN, VERSIONS, check
from tap_github_prs.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk import Stream

    from tap_github_prs.conditions import Condition
    from tap_github_prs.rows import Node
    from tap_github_prs.streams.base import TableStream
    from tap_github_prs.streams.repositories import Repositories
    from tap_github_prs.streams.users import Users

PROGRESS_SECONDS = 10

MOST_NAMED = 10
"""Things that the last line of a run names at most."""


class TapGitHubPRs(CommandLineTap):
    """Pull requests of GitHub and all that hangs on them."""

    name = "tap-github-prs"
    package_name = "tap-github-prs"
    clock = Clock()
    repositories_are_complete = True
    """Whether every list of repositories was read to its end, with nothing refused."""
    _quiet_until = 0.0

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
                self._config[name] = settings.as_list(self._config.get(name) or [])
            except ValueError as error:
                errors.append(f"{setting_name(name)} {error}")
        found = [] if errors else super()._validate_config(raise_errors=False)
        errors += map(settings.in_words, found)
        if errors and raise_errors:
            raise SettingsError(*errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """Settings from environment variables, the lists among them as text.

        The SDK would take them for JSON, and warn that text is deprecated.
        """
        cls.append_builtin_config(cls.config_jsonschema)
        return settings.from_environment(cls._env_var_prefix)

    def discover_streams(self) -> list[Stream]:
        """Return all streams."""
        return [stream(self) for stream in STREAMS]

    @property
    def streams(self) -> dict[str, Stream]:
        """The streams by name, in the order in which they are read."""
        streams = super().streams
        return {stream.table.name: streams[stream.table.name] for stream in STREAMS}

    # What the streams share

    @property
    def users(self) -> Users:
        """The stream of accounts, to which the others hand whom they meet."""
        return cast("Users", self.streams["users"])

    @cached_property
    def _said(self) -> set[tuple[str, str]]:
        return set()

    @cached_property
    def unreadable(self) -> list[str]:
        """What could not be read in this run."""
        return []

    @cached_property
    def github(self) -> GitHub:
        """The client, with the documents cut down to what is selected.

        Raises:
            SettingsError: If the settings do not suffice to ask GitHub for anything.
        """
        if lines := list(settings.problems(self.config)):
            raise SettingsError(*lines)
        streams = cast("Iterable[TableStream]", self.streams.values())
        selected = {s.name: s.selected_columns for s in streams if s.selected}
        return GitHub(self.config, Documents(selected), self.logger, self.clock)

    @cached_property
    def repositories(self) -> list[Node]:
        """The repositories to read, each with the first page of its listing."""
        return list(cast("Repositories", self.streams["repositories"]).read())

    def next_version(self, stream: str) -> int:
        """Return a version for a stream that is read whole, and keep it in the state.

        It is the time in milliseconds, or follows the last version where the clock of
        an earlier run was ahead: to the target, a lower version deletes nothing.

        Args:
            stream: Name of the stream.
        """
        versions = self._whole_state.setdefault(VERSIONS, {})
        last = versions.get(stream, 0)
        version = self.initialized_at
        if version <= last:
            version = last + 1
            then, now = from_epoch(last / 1000), from_epoch(self.initialized_at / 1000)
            self.report(CLOCK, then=then, now=now, stream=stream)
        versions[stream] = version
        return version

    def seen(self, stream: str) -> list[int]:
        """Return the ids that the last complete run has seen of a stream."""
        found: list[int] = self._whole_state.get(SEEN, {}).get(stream, [])
        return found

    def note_seen(self, stream: str, ids: Iterable[int]) -> None:
        """Keep the ids that a complete run has seen of a stream."""
        self._whole_state.setdefault(SEEN, {})[stream] = sorted(ids)

    @property
    def _whole_state(self) -> dict[str, Any]:
        """The state, as what it is: the SDK knows of no key but `bookmarks`."""
        return cast("dict[str, Any]", self.state)

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the state to continue from; the SDK takes only its bookmarks.

        Args:
            state: The state that the last run has left.

        Raises:
            SettingsError: If it is damaged.
        """
        check(state)
        super().load_state(state)
        for key in (VERSIONS, SEEN):
            if held := state.get(key):
                self._whole_state[key] = dict(held)

    def report(self, condition: Condition, **facts: Any) -> None:  # noqa: ANN401 - any
        """Say what has happened, and go on.

        A reason that was given before is not given again: the last line of the run
        names everything that was not read.

        Args:
            condition: A row of conditions.py.
            facts: What its texts name.
        """
        if condition.thing:
            self.unreadable.append(condition.thing.format(**facts))
        said = (condition.line, facts.get("reason", str(facts)))
        if said not in self._said:
            self._said.add(said)
            level = logging.ERROR if condition.thing else logging.WARNING
            self.logger.log(level, "%s", condition.line.format(**facts))

    def progress(self, stream: str, done: int, total: int) -> None:
        """Say how far a stream has come, at most every ten seconds and at its end."""
        now = time.monotonic()
        if done < total and now < self._quiet_until:
            return
        self._quiet_until = now + PROGRESS_SECONDS
        left = self.github.tokens.left("graphql")
        self.logger.info(
            "%s: %s of %s · %s requests · %s",
            stream,
            f"{done:,}",
            f"{total:,}",
            f"{self.github.requests:,}",
            f"{left:,.0f} points left" if isfinite(left) else "no limit known",
        )

    def run(self) -> None:
        """Read everything that is selected, after checking that it can be read.

        The first message is the state that the tap was given (sync_all), so that the
        target can see which bookmarks precede which tables.

        Raises:
            TapError: If something could not be read.
        """
        compare_tokens(self)
        if not self.repositories:
            self.finish()
        self.sync_all()
        self.finish()

    def finish(self) -> None:
        """End the run.

        Raises:
            TapError: If something could not be read.
        """
        if self.unreadable:
            found = list(dict.fromkeys(self.unreadable))
            what = ", ".join(found[:MOST_NAMED])
            if len(found) > MOST_NAMED:
                what += f", and {len(found) - MOST_NAMED:,} more"
            rest = "; everything else was read" if self.repositories else ""
            message = f"Not read: {what} (the lines before say why){rest}"
            raise TapError(message)
