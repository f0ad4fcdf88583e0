"""Settings and streams of the tap."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.helpers._classproperty import classproperty

from tap_notion import conditions
from tap_notion.check import check
from tap_notion.common import redaction
from tap_notion.common import settings as common
from tap_notion.common.cli import CommandLineTap
from tap_notion.common.errors import SettingsError, TapError
from tap_notion.common.faults import Faults
from tap_notion.common.lists import COMMAS_OR_LINES, as_list, from_environment
from tap_notion.common.timestamps import timestamp
from tap_notion.common.variables import setting_name
from tap_notion.context import RunContext
from tap_notion.settings import CONFIG_JSONSCHEMA, SECRETS, problems
from tap_notion.streams import STREAMS
from tap_notion.transport.client import NotionClient
from tap_notion.versions import problems as problems_of_versions
from tap_notion.workspace import check_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk import Stream
    from singer_sdk.helpers.types import TapState

    from tap_notion.common.progress import Usage
    from tap_notion.streams.base import NotionStream

LISTS = ("data_sources",)


class TapNotion(CommandLineTap):
    """Reads the databases of a Notion workspace."""

    name = "tap-notion"
    config_jsonschema = copy.deepcopy(CONFIG_JSONSCHEMA)  # the SDK adds its own

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings, and have their secrets hidden from now on.

        Args:
            raise_errors: False for --discover, which needs no credential.

        Returns:
            One text per problem.

        Raises:
            SettingsError: With these texts, none of them a secret.
        """
        redaction.remember(*(self._config.get(name) for name in SECRETS))
        redaction.remember_address(self._config.get("api_url"))
        common.drop_empty(cast("dict[str, Any]", self._config), LISTS)
        errors = []
        for name in LISTS:
            given = self._config.get(name) or []
            try:
                self._config[name] = as_list(given, COMMAS_OR_LINES)
            except ValueError as error:
                errors.append(f"{setting_name(name)} {error}")
        if not errors:
            found = super()._validate_config(raise_errors=False)
            errors = problems(self.config, found)
        if errors and raise_errors:
            raise SettingsError(*errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """Settings from environment variables, the lists among them as text."""
        cls.append_builtin_config(cls.config_jsonschema)
        return from_environment(cls._env_var_prefix, cls.config_jsonschema, LISTS)

    def write_schemas(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Write the SCHEMA message of every stream."""
        for stream in self.streams.values():
            stream.selected = True
            cast("NotionStream", stream)._write_schema_message()  # noqa: SLF001 - ours

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the state as it is, with what it contains beside the bookmarks."""
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
    def context(self) -> RunContext:
        """What the streams of this run share."""
        faults = Faults(self.logger)
        return RunContext(
            self.config,
            self.logger,
            NotionClient(self.config, faults, self.logger),
            faults,
            cast("dict[str, Any]", self.state),
            self.initialized_at,
        )

    def sync_all(self) -> None:  # type: ignore[misc] # final in the SDK's typing only
        """Write the state that was given, check what can be wrong, then read.

        The state comes before any SCHEMA: from it the target sees that there is a
        bookmark for a table that does not exist.

        Raises:
            TapError: If something could not be read, with one line per problem.
        """
        self._check_state()
        has_state = bool(self.state)
        check_workspace(self.context)
        if has_state:
            self.state_writer.write_state(self.state)
        super().sync_all()
        self.state_writer.write_state(self.state)
        self.finish()

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see `check`."""
        return check(self.context)

    def finish(self) -> None:
        """End the run with exit code 1 if something could not be read.

        Raises:
            TapError: With one line per problem.
        """
        if lines := self.context.faults.lines():
            raise TapError(*lines)

    def _check_state(self) -> None:
        """Check the state.

        Raises:
            TapError: If it cannot be understood.
        """
        state = cast("dict[str, Any]", self.state)
        found = [("workspace", text) for text in problems_of_versions(state)]
        pages = (state.get("bookmarks") or {}).get("pages") or {}
        known = pages.get("data_sources") or {}
        try:
            for moment in known.values():
                timestamp(moment)
        except (AttributeError, TypeError, ValueError):
            found.append(("pages", "its data_sources has an invalid time"))
        if found:
            raise TapError(
                *(
                    Faults.line(conditions.STATE_DAMAGED, stream=name, message=text)
                    for name, text in found
                )
            )
