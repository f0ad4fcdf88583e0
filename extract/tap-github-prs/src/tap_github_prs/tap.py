"""tap-github-prs: its settings and its streams."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from contextlib import contextmanager
from functools import cached_property
from math import isfinite
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities

from tap_github_prs import redaction, settings
from tap_github_prs.access import compare_tokens
from tap_github_prs.auth import Clock
from tap_github_prs.client import GitHub
from tap_github_prs.conditions import CLOCK
from tap_github_prs.documents import Documents
from tap_github_prs.errors import SettingsError, TapError
from tap_github_prs.rows import moment
from tap_github_prs.state import SEEN, VERSIONS, check
from tap_github_prs.streams import STREAMS
from tap_github_prs.variables import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from singer_sdk import Stream
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput

    from tap_github_prs.conditions import Condition
    from tap_github_prs.rows import Node
    from tap_github_prs.streams.base import TableStream
    from tap_github_prs.streams.repositories import Repositories
    from tap_github_prs.streams.users import Users

PROGRESS_SECONDS = 10

MOST_NAMED = 10
"""Things that the last line of a run names at most."""


class TapGitHubPRs(Tap):
    """Pull requests of GitHub and all that hangs on them."""

    name = "tap-github-prs"
    package_name = "tap-github-prs"
    message_writer_class = MsgSpecWriter
    # Without BATCH: a batch of one stream says nothing of the rows of the others.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        each for each in Tap.capabilities if each is not PluginCapabilities.BATCH
    ]
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
                errors.append(f"{shown(name)} {error}")
        found = [] if errors else super()._validate_config(raise_errors=False)
        errors += map(settings.in_words, found)
        if errors and raise_errors:
            raise SettingsError(errors)
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
            raise SettingsError(lines)
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
            then, now = moment(last / 1000), moment(self.initialized_at / 1000)
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

    # The command line

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        """Run the tap; an error is one line and a non-zero exit.

        Args:
            about: Show the settings and end.
            about_format: How to show them.
            config: Settings from the command line.
            state: Open file with the state to go on from.
            catalog: Open file with what to read.
        """
        super(Tap, cls).invoke(about=about, about_format=about_format)
        with _one_line(cls.logger):
            tap = cls(
                config=config.config if config else {},
                state=_object(state, "bookmarks"),
                catalog=_object(catalog, "streams"),
                parse_env_config=bool(config and config.parse_env),
            )
            tap.run()

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the SDK's signature
        """End as stopped: the SDK would end with 0, as if all had been read."""
        self.logger.warning("Stopped; the next run continues from the last state")
        sys.exit(128 + signum)

    @classmethod
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read `--config`; a file that is not there or not JSON is one line."""
        redaction.install()
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, TypeError, ValueError) as error:
            message = f"{' '.join(value)}: {error}"
            raise click.BadParameter(message, ctx, param) from None

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Run `--test`; an error is one line and a non-zero exit."""
        with _one_line(cls.logger):
            super().cb_test(ctx, param, value)


@contextmanager
def _one_line(logger: logging.Logger) -> Iterator[None]:
    """End the process with one line for each error that a user can cause.

    Raises:
        SystemExit: With 1, after such an error.
    """
    try:
        yield
    except SettingsError as error:
        lines = error.lines
    except TapError as error:
        lines = [str(error)]
    except json.JSONDecodeError as error:
        lines = [f"The file of --state or --catalog is not JSON: {error}"]
    except BrokenPipeError:
        # What is still in the buffer has no reader either.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - until the end
        message = (
            "The target has stopped reading: its own log says why. The next run "
            "continues from the last state that it has kept"
        )
        lines = [message]
    else:
        return
    for line in lines:
        logger.error("%s", line)
    raise SystemExit(1)


def _object(file: IO[str] | None, key: str) -> dict[str, Any] | None:
    """Return the JSON object in a file.

    Args:
        file: The file; None if it was not given.
        key: What a file of its kind holds, unless it is empty.

    Raises:
        json.JSONDecodeError: If it holds no JSON.
        TapError: If it holds something else.
    """
    if file is None:
        return None
    found = json.load(file)
    if not isinstance(found, dict) or (found and key not in found):
        message = f"{file.name} holds no JSON object with {key}: is it the right file?"
        raise TapError(message)
    return found
