"""tap-github-prs: its settings and its streams."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from functools import cached_property
from math import isfinite
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import PluginCapabilities

from tap_github_prs.auth import Clock
from tap_github_prs.client import GitHub
from tap_github_prs.documents import Documents
from tap_github_prs.errors import TapError
from tap_github_prs.rows import timestamp
from tap_github_prs.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from singer_sdk import Stream
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput

    from tap_github_prs.rows import Node
    from tap_github_prs.streams.base import TableStream
    from tap_github_prs.streams.repositories import Repositories
    from tap_github_prs.streams.users import Users

PROGRESS_SECONDS = 10


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

    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "auth_token",
            th.StringType,
            secret=True,
            title="Token",
            description="Personal access token, or any other that GitHub takes as a "
            "bearer",
        ),
        th.Property(
            "additional_auth_tokens",
            th.ArrayType(th.StringType),
            secret=True,
            default=[],
            title="More tokens",
            description="Used in turn with the first: each has limits of its own if "
            "it is another account's",
        ),
        th.Property(
            "app_id",
            th.StringType,
            title="App id",
            description="GitHub App in place of, or beside, a token: its id",
        ),
        th.Property(
            "app_private_key",
            th.StringType,
            secret=True,
            title="App private key",
            description="The App's private key, PEM; line breaks may be written \\n",
        ),
        th.Property(
            "app_installation_id",
            th.StringType,
            secret=True,
            title="App installation id",
            description="The App's installation in the organisation",
        ),
        th.Property(
            "api_url",
            th.StringType,
            default="https://api.github.com",
            title="API address",
            description="REST address; of a GitHub Enterprise Server: "
            "https://HOST/api/v3",
        ),
        th.Property(
            "repositories",
            th.ArrayType(th.StringType),
            default=[],
            title="Repositories",
            description="Repositories to read, as owner/name",
        ),
        th.Property(
            "organizations",
            th.ArrayType(th.StringType),
            default=[],
            title="Organisations",
            description="Organisations of which to read all repositories",
        ),
        th.Property(
            "start_date",
            th.DateTimeType,
            title="Start date",
            description="Leave out what has not changed since then; all, if not set",
        ),
        th.Property(
            "page_size",
            th.IntegerType(minimum=1, maximum=100),
            default=25,
            title="Page size",
            description="Pull requests in a request, at most; halved by itself when "
            "GitHub refuses",
        ),
        th.Property(
            "lookback_seconds",
            th.IntegerType(minimum=0),
            default=0,
            title="Lookback",
            description="Read again what changed so many seconds before the bookmark",
        ),
        th.Property(
            "request_timeout",
            th.IntegerType(minimum=1),
            default=60,
            title="Request timeout",
            description="Seconds to wait for an answer",
        ),
        th.Property(
            "max_wait_seconds",
            th.IntegerType(minimum=0),
            default=3900,
            title="Longest wait",
            description="Seconds to wait, for one request, for a limit or a failure "
            "to pass",
        ),
        th.Property(
            "user_agent",
            th.StringType,
            title="User agent",
            description="User-Agent header; the tap's name and version if absent",
        ),
    ).to_dict()

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings.

        Raises:
            ConfigValidationError: With one line per mistake, and no secret in any.
        """
        found = super()._validate_config(raise_errors=False)
        settings = self.config_jsonschema["properties"]
        secrets = [name for name, each in settings.items() if each.get("secret")]
        errors = []
        for error in found:
            held = [name for name in secrets if f"config['{name}']" in error]
            # The validator's own words would show the value.
            errors += [f"{name} is of the wrong type" for name in held] or [error]
        try:
            timestamp(self.config.get("start_date") or "2000-01-01")
        except (TypeError, ValueError):
            errors.append("start_date is not a date or time, such as 2026-01-31")
        agent = str(self.config.get("user_agent") or "")
        if not (agent.isascii() and agent.isprintable()):
            errors.append("user_agent holds a character that no header can")
        if errors and raise_errors:
            raise ConfigValidationError(errors[0], errors=errors)
        return errors

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
        names = self.config["repositories"] or ()
        owners = self.config["organizations"] or ()
        wrong = [n for n in names if not re.fullmatch(r"[\w.-]+/[\w.-]+", n)]
        if wrong:
            message = f"repositories: {', '.join(wrong)} is not of the form owner/name"
            raise TapError(message)
        if not names and not owners:
            message = "Nothing to read: set repositories (owner/name) or organizations"
            raise TapError(message)
        return list(cast("Repositories", self.streams["repositories"]).read())

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

    def finish(self) -> None:
        """End the run.

        Raises:
            TapError: If something named in the settings could not be read at all.
        """
        if self.unreadable:
            message = (
                f"Everything else is read, but not {', '.join(self.unreadable)}: check "
                "the name, and that the token has access to it"
            )
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
        try:
            tap = cls(
                config=config.config if config else {},
                state=_object(state),
                catalog=_object(catalog),
                parse_env_config=bool(config and config.parse_env),
            )
            tap.sync_all()
            tap.finish()
        except TapError as error:
            cls.logger.error("%s", error)  # noqa: TRY400 - one line is the contract
            raise SystemExit(1) from None
        except json.JSONDecodeError as error:
            message = "The file of --state or --catalog is not JSON: %s"
            cls.logger.error(message, error)  # noqa: TRY400 - one line is the contract
            raise SystemExit(1) from None
        except BrokenPipeError:
            # What is still in the buffer has no reader either.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - until the end
            cls.logger.error(  # noqa: TRY400 - one line is the contract
                "The target has stopped reading: its own log says why. The next run "
                "goes on from the last state that it has kept"
            )
            raise SystemExit(1) from None

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the SDK's signature
        """End as stopped: the SDK would end with 0, as if all had been read."""
        self.logger.warning("Stopped; the next run goes on from the last state")
        sys.exit(128 + signum)

    @classmethod
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read `--config`; a file that is not there or not JSON is one line."""
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, TypeError, ValueError) as error:
            message = f"{' '.join(value)}: {error}"
            raise click.BadParameter(message, ctx, param) from None

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Run `--test`; an error is one line and a non-zero exit."""
        try:
            super().cb_test(ctx, param, value)
        except TapError as error:
            cls.logger.error("%s", error)  # noqa: TRY400 - one line is the contract
            ctx.exit(1)


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
