"""Settings and streams of the tap."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.helpers._classproperty import classproperty

from tap_google_health import conditions
from tap_google_health.account import Account
from tap_google_health.check import check
from tap_google_health.common import redaction
from tap_google_health.common import settings as common
from tap_google_health.common.cli import CommandLineTap
from tap_google_health.common.errors import SettingsError, TapError
from tap_google_health.common.faults import Faults
from tap_google_health.common.lists import as_list, from_environment
from tap_google_health.common.variables import setting_name
from tap_google_health.context import RunContext
from tap_google_health.settings import CONFIG_JSONSCHEMA, LISTS, SECRETS, problems
from tap_google_health.state import problems as problems_of_state
from tap_google_health.streams import STREAMS
from tap_google_health.streams.windows import WindowStream
from tap_google_health.transport.client import HealthClient

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk import Stream
    from singer_sdk.helpers.types import TapState

    from tap_google_health.common.progress import Usage
    from tap_google_health.streams.base import HealthStream

USER = "health_user_id"
"""Key of the state: whose rows the bookmarks describe."""


class TapGoogleHealth(CommandLineTap):
    """Reads the Google Health API."""

    name = "tap-google-health"
    config_jsonschema = CONFIG_JSONSCHEMA
    _is_checked = False

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings; from here on, the log hides their secrets.

        Args:
            raise_errors: False for --discover, which needs no credential.

        Returns:
            One text per problem.

        Raises:
            SettingsError: With these texts, without a secret.
        """
        redaction.remember(*(self.config.get(name) for name in SECRETS))
        for name in ("api_url", "token_url"):
            redaction.remember_address(self.config.get(name))
        config = cast("dict[str, Any]", self.config)
        common.drop_empty(cast("dict[str, Any]", self._config), LISTS)
        errors = []
        try:
            self._config["intraday"] = as_list(config.get("intraday") or [])
        except ValueError as error:
            errors.append(f"{setting_name('intraday')} {error}")
        errors += problems(self.config, super()._validate_config(raise_errors=False))
        if errors and raise_errors:
            raise SettingsError(*errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """Settings from environment variables, the lists among them as text."""
        cls.append_builtin_config(cls.config_jsonschema)
        return from_environment(cls._env_var_prefix, CONFIG_JSONSCHEMA, LISTS)

    def load_state(self, state: dict[str, Any]) -> None:
        """Keep the state as it is, with what it contains besides the bookmarks."""
        # In place: the streams already refer to this object.
        self._state.update(cast("TapState", copy.deepcopy(state)))

    def write_schemas(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Write the SCHEMA message of every stream."""
        for stream in self.streams.values():
            stream.selected = True
            cast("HealthStream", stream).declare()

    def discover_streams(self) -> Sequence[Stream]:
        """Return every stream."""
        return [stream(self) for stream in STREAMS]

    @property
    def streams(self) -> dict[str, Stream]:
        """Streams by name, in the order of STREAMS; the SDK sorts by name."""
        found = super().streams
        return {stream.name: found[stream.name] for stream in STREAMS}

    @property
    def usage(self) -> Usage | None:
        """The client, once it exists."""
        return self.context.client if "context" in self.__dict__ else None

    @cached_property
    def context(self) -> RunContext:
        """What the streams of this run share."""
        faults = Faults(self.logger)
        client = HealthClient(self.config, faults, self.logger)
        started_at = datetime.fromtimestamp(self.initialized_at / 1000, UTC)
        return RunContext(
            self.config, self.logger, client, faults, Account(client), started_at
        )

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see `check`."""
        return check(self.context)

    def sync_all(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Write the state that was given, check what can be wrong, then read.

        The state comes before any SCHEMA: from it, the target recognizes a bookmark
        whose table does not exist.

        Raises:
            TapError: If something could not be read, with one line per problem.
        """
        if self.state:
            self.state_writer.write_state(self.state)
        self.check()
        super().sync_all()
        self.state_writer.write_state(self.state)
        self.finish()

    def finish(self) -> None:
        """End the run with exit code 1 if something could not be read.

        Raises:
            TapError: With one line per problem.
        """
        if lines := self.context.faults.lines():
            raise TapError(*lines)

    def check(self) -> None:
        """Check the state and the credential, once per run.

        Raises:
            TapError: If the run cannot begin.
        """
        if self._is_checked:
            return
        self._is_checked = True
        state = cast("dict[str, Any]", self.state)
        names = [
            name
            for name, stream in self.streams.items()
            if isinstance(stream, WindowStream)
        ]
        damaged = [
            Faults.line(conditions.STATE_DAMAGED, stream=name, message=problem)
            for name, problem in problems_of_state(state, names)
        ]
        if damaged:
            raise TapError(*damaged)
        found = self.context.account.part("identity").get("healthUserId")
        known = state.get(USER)
        if known and found and known != found:
            line = Faults.line(conditions.OTHER_ACCOUNT, found=found, known=known)
            raise TapError(line)
        if found:
            state[USER] = found
