"""The base class of a tap: its settings, its state and its streams."""

from __future__ import annotations

import abc
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.helpers._classproperty import classproperty

from . import redaction
from .cli import CommandLineTap
from .conditions import STATE_DAMAGED
from .errors import SettingsError, TapError
from .faults import Faults
from .lists import BLANKS_OR_COMMAS, as_list, from_environment
from .settings import drop_empty
from .variables import setting_name

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Sequence

    from singer_sdk import Stream
    from singer_sdk.helpers.types import TapState

    from .progress import Usage
    from .state_shape import Keys
    from .stream import ApiStream


class ApiTap(CommandLineTap):
    """A tap that declares its settings, its streams and the shape of its state.

    Subclasses set the attributes, the SDK's `name` and `config_jsonschema`, and a
    `client`.

    Attributes:
        secrets: Settings that the log hides.
        addresses: Settings that are addresses; the log hides the password in them.
        lists: Settings that are lists and may be written as text.
        separator: What separates the entries of such a text.
        stream_types: The streams, in the order in which they are read.
        state_shape: What the tap writes into the state.
    """

    secrets: ClassVar[Collection[str]]
    addresses: ClassVar[Collection[str]] = ("api_url",)
    lists: ClassVar[Collection[str]] = ()
    separator: ClassVar[re.Pattern[str]] = BLANKS_OR_COMMAS
    stream_types: ClassVar[Sequence[Any]]
    state_shape: ClassVar[Keys]

    # --- settings ------------------------------------------------------------------

    @abc.abstractmethod
    def problems(self, schema_errors: Sequence[str]) -> list[str]:
        """Return what is wrong with the settings, one text per problem.

        Args:
            schema_errors: Errors of the SDK's check against the JSON schema.

        Returns:
            Texts that name the setting as the user knows it and contain no secret.
        """

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings, and hide their secrets in the log from now on.

        Settings that are lists are lists afterwards, empty without value and default.

        Args:
            raise_errors: False for --discover, which needs no credential.

        Returns:
            One text per problem.

        Raises:
            SettingsError: With these texts.
        """
        redaction.remember(*(self._config.get(name) for name in self.secrets))
        for name in self.addresses:
            redaction.remember_address(self._config.get(name))
        drop_empty(cast("dict[str, Any]", self._config), self.lists)
        errors = []
        for name in self.lists:
            if self._config.get(name) is None:
                continue  # the default applies
            try:
                self._config[name] = as_list(self._config[name], self.separator)
            except ValueError as error:
                errors.append(f"{setting_name(name)} {error}")
        if not errors:
            schema_errors = super()._validate_config(raise_errors=False)
            for name in self.lists:  # without a default of its own
                self._config.setdefault(name, [])
            errors = self.problems(schema_errors)
        if errors and raise_errors:
            raise SettingsError(*errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """Settings from environment variables, the lists among them as text."""
        cls.append_builtin_config(cls.config_jsonschema)
        return from_environment(cls._env_var_prefix, cls.config_jsonschema, cls.lists)

    # --- state and streams ---------------------------------------------------------

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the state, with what it contains besides the bookmarks.

        Args:
            state: The state that the last run saved.

        Raises:
            SettingsError: If it is damaged.
        """
        lines = [
            Faults.line(STATE_DAMAGED, **damage._asdict())
            for damage in self.state_shape.damages(state)
        ]
        if lines:
            raise SettingsError(*lines)
        # In place: the streams already refer to this object.
        self._state.update(cast("TapState", self.begin_with(state)))

    def discover_streams(self) -> Sequence[Stream]:
        """Return every stream."""
        return [stream(self) for stream in self.stream_types]

    @property
    def stream_order(self) -> Sequence[str]:
        """Names of the streams, in the order in which they are read."""
        return [stream.name for stream in self.stream_types]

    @property
    def streams(self) -> dict[str, Stream]:
        """Streams by name, in the order in which they are read; the SDK sorts them."""
        found = super().streams
        return {name: found[name] for name in self.stream_order}

    def write_schemas(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Write the SCHEMA message of every stream."""
        for stream in self.streams.values():
            stream.selected = True
            cast("ApiStream", stream).write_schema()

    # --- the run -------------------------------------------------------------------

    @cached_property
    def faults(self) -> Faults:
        """Collects what the run cannot read."""
        return Faults(self.logger)

    @property
    def usage(self) -> Usage | None:
        """The client, once it exists."""
        return cast("Usage | None", self.__dict__.get("client"))

    def check(self) -> None:
        """Check, before the first message, that the run can begin.

        Raises:
            TapError: If it cannot.
        """

    def sync_rest(self) -> None:
        """Read what only the streams of this run found to be needed."""

    def sync_all(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Read everything that is selected.

        The first message is the state that the tap was given: from it, the target
        recognizes a bookmark whose table does not exist. The last one is the state
        after the run.

        Raises:
            TapError: If something could not be read, with one line per problem.
        """
        try:
            self.check()
        except TapError as error:
            raise TapError(*self.faults.lines(), *error.lines) from None
        super().sync_all()
        self.sync_rest()
        self.state_writer.write_state(self.state)
        self.finish()

    def finish(self) -> None:
        """End the run with exit code 1 if something could not be read.

        Raises:
            TapError: With one line per problem.
        """
        if lines := self.faults.lines():
            raise TapError(*lines)
