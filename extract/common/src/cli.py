"""The command line of every tap: each error ends in one line, without a secret."""

from __future__ import annotations

import copy
import json
import os
import sys
from contextlib import contextmanager, nullcontext
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import Tap
from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.plugin_base import _ConfigInput
from singer_sdk.tap_base import CliTestOptionValue

from . import redaction
from .backfill import GivenState
from .concurrency import share_memory
from .errors import UNEXPECTED, TapError, unexpected
from .output import AheadWriter
from .package import version_of
from .progress import total

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from types import FrameType

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.helpers.types import TapState

    from .progress import Usage

TARGET_STOPPED = (
    "the target has stopped reading: see its log. The next run continues from the last "
    "state that the target saved"
)
REMEDY = (
    "correct it, or read everything again without it (meltano state clear, or "
    "--full-refresh)"
)
BRIEF = 60  # characters of a wrong value that a message shows


class CommandLineTap(Tap):
    """A tap whose command ends each error in one line.

    Subclasses may replace `run`, `finish` and `usage`.
    """

    message_writer_class = AheadWriter
    # Without BATCH: a batch file of one stream would pass the rows of the others.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        each for each in Tap.capabilities if each is not PluginCapabilities.BATCH
    ]
    _exit_code = 0  # after a signal, 128 + the signal

    @classmethod
    def get_plugin_version(cls) -> str:
        """Return the version of the tap's package.

        Returns:
            The version, as `--version` and `--about` print it.
        """
        return version_of(cls.name)

    def begin_with(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return a copy of the part of a state that the run continues from.

        With `end_date`, that is everything except the bookmarks, and STATE messages
        contain the given state.

        Args:
            state: The state that the last run saved.
        """
        found = copy.deepcopy(state)
        if self.config.get("end_date"):
            given = cast("TapState", copy.deepcopy(state))
            self._state_writer = GivenState(self.message_writer, given)
            if found:  # not empty, so that STATE is the first message, as always
                found["bookmarks"] = {}
        return found

    def run(self) -> None:
        """Read everything that is selected.

        Raises:
            TapError: If something could not be read.
        """
        self.sync_all()

    def finish(self) -> None:
        """End the run or the connection test.

        Raises:
            TapError: If something could not be read.
        """

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints: whose credential it is, and what it can see.

        Yields:
            One line for each fact.

        Raises:
            TapError: If a setting or a credential is wrong.
        """
        raise NotImplementedError

    @property
    def usage(self) -> Usage | None:
        """The client that counts requests and points; None if it sent none."""
        return None

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the command; from here on, no log handler writes a secret."""
        redaction.install()
        command = super().get_singer_command()
        check = click.Option(
            ["--check"],
            is_flag=True,
            expose_value=False,
            callback=cls.cb_check,
            help="Check the settings and the credential with a few requests, and exit.",
        )
        command.params.append(check)
        return command

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
        """Run the tap.

        Args:
            about: Show the settings and end.
            about_format: Format of that.
            config: Settings from the command line.
            state: File with the state of the previous run.
            catalog: File that selects streams and columns.

        Raises:
            SystemExit: With one line per error.
        """
        super(Tap, cls).invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        share_memory()
        config = config or _ConfigInput()
        with one_line_per_error():
            tap = cls(
                config=config.config,
                state=json_object(state, "--state", "bookmarks"),
                catalog=json_object(catalog, "--catalog", "streams"),
                parse_env_config=config.parse_env,
                validate_config=True,
            )
            try:
                with tap._written_ahead():
                    tap.run()
            finally:
                if tap._exit_code:
                    line = "Stopped; the next run continues from the last state"
                    cls.logger.warning(line)
                if tap.usage is not None:
                    cls.logger.info(total(tap.usage))
            # A library can catch what the signal raised, and the run continues.
            if tap._exit_code:
                sys.exit(tap._exit_code)

    def _written_ahead(self) -> AbstractContextManager[None]:
        """Let messages wait in memory while the target is busy."""
        writer = self.message_writer
        return writer.ahead() if isinstance(writer, AheadWriter) else nullcontext()

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the SDK's signature
        """End with 128 + the signal; the SDK would end with 0, as if all were read.

        `invoke` logs it: the signal can interrupt the writing of another log line.
        """
        self._exit_code = 128 + signum
        sys.exit(self._exit_code)

    @classmethod
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read `--config`.

        Raises:
            BadParameter: If a file is missing or is not a JSON object.
        """
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, TypeError, ValueError) as error:
            files = " ".join(value)
            message = redaction.redact(
                f"{files} cannot be read as a JSON object: {error}"
            )
            raise click.BadParameter(message, ctx, param) from None

    @classmethod
    def cb_test(
        cls,
        ctx: click.Context,
        param: click.Option,  # noqa: ARG003 - click's signature
        value: str,
    ) -> None:
        """Run `--test`.

        Raises:
            SystemExit: With one line per error.
        """
        if value == CliTestOptionValue.Disabled.value:
            return
        config: _ConfigInput = ctx.params.get("config") or _ConfigInput()
        with one_line_per_error():
            tap = cls(
                config=config.config,
                parse_env_config=config.parse_env,
                validate_config=True,
            )
            if value == CliTestOptionValue.Schema.value:
                tap.write_schemas()
            else:
                tap.run_connection_test()
            tap.finish()
        ctx.exit()

    @classmethod
    def cb_check(
        cls,
        ctx: click.Context,
        param: click.Option,  # noqa: ARG003 - click's signature
        value: bool,  # noqa: FBT001 - click's signature
    ) -> None:
        """Run `--check`.

        Raises:
            SystemExit: With one line per error.
        """
        if not value:
            return
        config: _ConfigInput = ctx.params.get("config") or _ConfigInput()
        with one_line_per_error():
            tap = cls(
                config=config.config,
                parse_env_config=config.parse_env,
                validate_config=True,
            )
            try:
                for fact in tap.facts():
                    click.echo(redaction.redact(fact))
            except UNEXPECTED as error:
                raise unexpected(error) from None
        ctx.exit()

    @classmethod
    def cb_discover(
        cls,
        ctx: click.Context,
        param: click.Option,
        value: bool,  # noqa: FBT001 - click's signature
    ) -> None:
        """Run `--discover`.

        Raises:
            SystemExit: With one line per error.
        """
        with one_line_per_error():
            super().cb_discover(ctx, param, value)


def failure(*lines: str) -> SystemExit:
    """Return the exception that ends the process with exit code 1.

    For any other exception, the SDK logs a traceback.

    Args:
        lines: What the user reads, one line per error; secrets are removed.
    """
    return SystemExit("\n".join(f"Error: {redaction.redact(line)}" for line in lines))


@contextmanager
def one_line_per_error() -> Iterator[None]:
    """End the process with one line for each error that a user can cause.

    Raises:
        SystemExit: With lines that begin with `Error: `, and exit code 1.
    """
    try:
        yield
    except TapError as error:
        raise failure(*error.lines) from None
    except BrokenPipeError:
        # Discard buffered output: nothing reads it any more.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the end
        raise failure(TARGET_STOPPED) from None


def json_object(file: IO[str] | None, option: str, key: str) -> dict[str, Any] | None:
    """Return the JSON object in a file.

    Args:
        file: The file; None if the option was not given.
        option: The option, `--state` or `--catalog`.
        key: What such a file contains unless it is empty, `bookmarks` or `streams`.

    Raises:
        TapError: If the file contains something else.
    """
    if file is None:
        return None
    try:
        found = json.load(file)
    except ValueError as error:
        message = f"{option}: {file.name} is not JSON: {error}"
        raise TapError(message) from None
    if not isinstance(found, dict) or (found and key not in found):
        message = (
            f"{option}: {file.name} contains no JSON object with {key}: is it the "
            "right file?"
        )
        raise TapError(message)
    bookmarks = found.get("bookmarks", {})
    places = {"bookmarks": bookmarks}
    if isinstance(bookmarks, dict):
        places = {f"bookmarks.{name}": value for name, value in bookmarks.items()}
    for place, value in places.items():
        if not isinstance(value, dict):
            message = (
                f"{option}: {file.name} is damaged: {place} is {repr(value)[:BRIEF]}, "
                f"not an object; {REMEDY}"
            )
            raise TapError(message)
    return found
