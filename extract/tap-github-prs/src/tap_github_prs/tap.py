"""tap-github-prs: its settings and its streams."""

from __future__ import annotations

import json
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
from tap_github_prs.auth import Clock
from tap_github_prs.client import GitHub
from tap_github_prs.documents import Documents
from tap_github_prs.errors import SettingsError, TapError
from tap_github_prs.rows import moment
from tap_github_prs.streams import STREAMS
from tap_github_prs.variables import shown, with_names

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from singer_sdk import Stream
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput

    from tap_github_prs.rows import Node
    from tap_github_prs.streams.base import TableStream
    from tap_github_prs.streams.repositories import Repositories
    from tap_github_prs.streams.users import Users

PROGRESS_SECONDS = 10

VERSIONS = "versions"
"""Key of the state, beside the bookmarks: the last version of each full-table stream.

It is no bookmark: a target loads such a stream whole, whatever became of its table.
"""


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
        errors = errors or list(settings.problems(self._config))
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
    def unreadable(self) -> list[str]:
        """What is named in the settings and could not be read."""
        return []

    @cached_property
    def github(self) -> GitHub:
        """The client, with the documents cut down to what is selected."""
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
        versions = self._versions.setdefault(VERSIONS, {})
        last = versions.get(stream, 0)
        version = self.initialized_at
        if version <= last:
            version = last + 1
            self.logger.warning(
                "The clock of an earlier run was ahead of this one's (%s, now %s): "
                "deletions in %s cannot be detected by the time, so its versions are "
                "counted on; check the clock",
                moment(last / 1000),
                moment(self.initialized_at / 1000),
                stream,
            )
        versions[stream] = version
        return version

    @property
    def _versions(self) -> dict[str, Any]:
        """The state, as what it is: the SDK knows of no key but `bookmarks`."""
        return cast("dict[str, Any]", self.state)

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the state to continue from; the SDK takes only its bookmarks.

        Args:
            state: The state that the last run has left.
        """
        super().load_state(state)
        if versions := state.get(VERSIONS):
            self._versions[VERSIONS] = dict(versions)

    def cannot_read(
        self,
        thing: str,
        reason: str = "GitHub does not show it",
        *,
        named: bool = True,
    ) -> None:
        """Say that something cannot be read, and go on with the others.

        Args:
            thing: What it is, with its name.
            reason: Why, in GitHub's words.
            named: Whether the settings name it: then the run ends as failed.
        """
        if named:
            self.unreadable.append(thing)
        self.logger.error("Cannot read %s: %s", thing, reason)

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
        if not self.repositories:
            self.finish()
        self.sync_all()
        self.finish()

    def finish(self) -> None:
        """End the run.

        Raises:
            TapError: If something named in the settings could not be read at all.
        """
        if self.unreadable:
            what = ", ".join(self.unreadable)
            message = with_names(
                f"Not read: {what}: check the name in {{repositories}} or "
                "{organizations}, and that {auth_token} has access to it"
            )
            if self.repositories:
                message += "; everything else was read"
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
                state=_object(state),
                catalog=_object(catalog),
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


def _object(file: IO[str] | None) -> dict[str, Any] | None:
    """Return the JSON object in a file.

    Raises:
        json.JSONDecodeError: If it holds no JSON.
        TapError: If it holds something else.
    """
    if file is None:
        return None
    found = json.load(file)
    if not isinstance(found, dict):
        message = f"{file.name} holds no JSON object: is it a state or catalog?"
        raise TapError(message)
    bookmarks = found.get("bookmarks", {})
    if not (
        isinstance(bookmarks, dict)
        and all(isinstance(each, dict) for each in bookmarks.values())
    ):
        message = f"bookmarks in {file.name} is not an object of objects"
        raise TapError(message)
    return found
