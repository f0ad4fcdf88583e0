"""Settings and streams of the tap."""

from __future__ import annotations

import copy
import sys
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import Stream, Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import (
    CapabilitiesEnum,
    PluginCapabilities,
    TapCapabilities,
)

from tap_linear import redaction
from tap_linear.client import LinearClient
from tap_linear.command import ended, json_object, one_line
from tap_linear.documents import PAGE_MAX, Document, timestamp
from tap_linear.errors import LinearError
from tap_linear.progress import Progress
from tap_linear.settings import CONFIG_JSONSCHEMA, SECRETS, problems
from tap_linear.streams import STREAMS
from tap_linear.variables import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from singer_sdk.helpers.types import TapState

    from tap_linear.streams.entities import Organization


class TapLinear(Tap):
    """Reads a Linear workspace."""

    name = "tap-linear"
    message_writer_class = MsgSpecWriter
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.DISCOVER,
        TapCapabilities.STATE,
        PluginCapabilities.ABOUT,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    config_jsonschema = CONFIG_JSONSCHEMA
    _checked = False

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings, and have their secrets hidden from now on.

        Args:
            raise_errors: False for --discover, which needs no credential.

        Returns:
            One text per problem.

        Raises:
            ConfigValidationError: With these texts, none of them a secret.
        """
        redaction.remember(*(self.config.get(name) for name in SECRETS))
        redaction.remember_address(self.config.get("api_url"))
        errors = problems(self.config, super()._validate_config(raise_errors=False))
        if errors and raise_errors:
            raise ConfigValidationError(errors[0], errors=errors)
        return errors

    @classmethod
    def invoke(
        cls,
        *,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        **options: Any,  # noqa: ANN401 - click's
    ) -> None:
        """Run the tap; what is wrong with its settings or files ends in one line."""
        with one_line():
            super().invoke(
                state=json_object(state, "--state"),
                catalog=json_object(catalog, "--catalog"),
                **options,
            )

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the SDK's signature
        """End as stopped: the SDK would end with 0, as if all had been read."""
        self.logger.warning("Stopped; the next run continues from the last state")
        sys.exit(128 + signum)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """Return the command; from here on, no log handler writes a secret."""
        redaction.install()
        return super().get_singer_command()

    @classmethod
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Run --test; wrong settings end in one line."""
        with one_line():
            super().cb_test(ctx, param, value)

    @classmethod
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> Any:  # noqa: ANN401 - the SDK's own
        """Read --config; a file that cannot be read ends in one line."""
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, TypeError, ValueError) as error:
            message = redaction.redact(f"cannot be read as a JSON object: {error}")
            raise click.BadParameter(message, ctx, param) from None

    @cached_property
    def client(self) -> LinearClient:
        """The client that all streams share: one session, one set of budgets."""
        return LinearClient(self.config, self.logger)

    @cached_property
    def progress(self) -> Progress:
        """Says how far the streams are."""
        return Progress(self.logger, self.client)

    @cached_property
    def teams(self) -> list[str]:
        """Keys of the teams to read, sorted; none for all."""
        return sorted({key.strip().upper() for key in self.config.get("teams") or []})

    @cached_property
    def start_date(self) -> str | None:
        """Where to begin without a bookmark, as UTC with milliseconds."""
        value = self.config.get("start_date")
        return timestamp(value) if value else None

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the state as it is, with what it holds beside the bookmarks."""
        # In place: the streams hold this object already.
        self._state.update(cast("TapState", copy.deepcopy(state)))

    def discover_streams(self) -> Sequence[Stream]:
        """Return every stream."""
        return [stream(self) for stream in STREAMS]

    @property
    def streams(self) -> dict[str, Stream]:
        """Streams by name in the order of STREAMS, where the SDK sorts by name."""
        found = super().streams
        return {stream.name: found[stream.name] for stream in STREAMS}

    @cached_property
    def version(self) -> int:
        """The version of the rows of every stream that is read whole.

        It is the moment of the run in milliseconds, but always more than that of the
        run before: a target takes only rows of lower versions as deleted, so after a
        run whose clock was ahead no deletion would show.
        """
        last = int(self._state_of_workspace().get("version") or 0)
        if last < self.initialized_at:
            return self.initialized_at
        self.logger.warning(
            "The clock of an earlier run was ahead of this one (version %d, now %d). "
            "Versions continue from there; deletions of rows with a later version, "
            "from a run that was killed, cannot be detected",
            last,
            self.initialized_at,
        )
        return last + 1

    def keep_version(self) -> None:
        """Keep the version in the state, for the next run to go beyond it."""
        self._state_of_workspace()["version"] = self.version

    def _state_of_workspace(self) -> dict[str, Any]:
        """Return what the state holds about the workspace, beside the bookmarks."""
        found: dict[str, Any] = cast("dict[str, Any]", self.state).setdefault(
            "workspace", {}
        )
        return found

    def sync_all(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Write the state that was given, check what can be wrong, then read.

        The state comes before any SCHEMA: from it the target sees that a bookmark is
        there for a table that is not.

        Raises:
            SystemExit: If a check fails, with the line that the user reads.
        """
        if self.state:
            self.state_writer.write_state(self.state)
        try:
            self.check()
        except LinearError as error:
            raise ended(str(error)) from None
        super().sync_all()

    def check(self) -> None:
        """Check the credential and the teams before the first row; once per run.

        The credential is checked by a request that the run needs anyway.

        Raises:
            LinearError: If the run cannot begin.
        """
        if self._checked:
            return
        self._checked = True
        self._check_teams()
        cast("Organization", self.streams["organization"]).prefetch()

    def _check_teams(self) -> None:
        if not self.teams:
            return
        document = Document("team_keys", {"properties": {}})
        wanted = {"first": PAGE_MAX, "filter": {"key": {"in": self.teams}}}
        data: dict[str, Any] = self.client.execute(
            document.text, wanted, document.cost()
        )
        found = {row["key"] for row in data["teams"]["nodes"]}
        if missing := sorted(set(self.teams) - found):
            message = (
                f"{shown('teams')}: there is no team {', '.join(missing)} that this "
                "credential can see; use the key before the number of an issue, such "
                "as ENG"
            )
            raise LinearError(message)
