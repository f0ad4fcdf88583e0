"""tap-hubspot-crm: its settings and its streams."""

from __future__ import annotations

import copy
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk.helpers._classproperty import classproperty

from tap_hubspot_crm import conditions, schemas, settings
from tap_hubspot_crm.account import check_account
from tap_hubspot_crm.check import check
from tap_hubspot_crm.common import lists, redaction
from tap_hubspot_crm.common import settings as common
from tap_hubspot_crm.common.cli import CommandLineTap
from tap_hubspot_crm.common.errors import SettingsError, TapError
from tap_hubspot_crm.common.faults import Faults
from tap_hubspot_crm.common.variables import setting_name
from tap_hubspot_crm.context import RunContext
from tap_hubspot_crm.properties import with_chosen
from tap_hubspot_crm.state import problems as problems_of_state
from tap_hubspot_crm.streams.associations import Associations
from tap_hubspot_crm.streams.definitions import (
    WITH_PIPELINES,
    Owners,
    Pipelines,
    PipelineStages,
    Properties,
    pipelines,
)
from tap_hubspot_crm.streams.reading import RecordReader
from tap_hubspot_crm.streams.records import (
    DealPropertyHistory,
    Deals,
    RecordIndex,
    RecordStream,
)
from tap_hubspot_crm.transport.client import HubSpotClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk import Stream
    from singer_sdk.helpers.types import TapState

    from tap_hubspot_crm.common.progress import Usage
    from tap_hubspot_crm.schemas.columns import Table
    from tap_hubspot_crm.schemas.rows import Json
    from tap_hubspot_crm.streams.base import HubSpotStream

FIRST = (Properties, Owners, Pipelines, PipelineStages)
LAST = (DealPropertyHistory, RecordIndex, Associations)
"""Streams before and after the records, in the order in which they are read."""


class TapHubSpotCrm(CommandLineTap):
    """Reads HubSpot's contacts, companies, deals, engagements and associations."""

    name = "tap-hubspot-crm"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.CONFIG_JSONSCHEMA

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check the settings; the lists among them are lists afterwards.

        Args:
            raise_errors: False for `--discover`, which needs no credential.

        Returns:
            One text per problem.

        Raises:
            SettingsError: With these texts, none of them a secret.
        """
        redaction.remember(*(self._config.get(name) for name in settings.SECRETS))
        redaction.remember_address(self._config.get("api_url"))
        common.drop_empty(cast("dict[str, Any]", self._config), settings.LISTS)
        errors = []
        for name in settings.LISTS:
            if self._config.get(name) is None:
                continue  # the default applies
            try:
                self._config[name] = lists.as_list(self._config[name])
            except ValueError as error:
                errors.append(f"{setting_name(name)} {error}")
        if not errors:
            found = super()._validate_config(raise_errors=False)
            errors = settings.problems(self.config, found)
        if errors and raise_errors:
            raise SettingsError(*errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        """Settings from environment variables, the lists among them as text."""
        cls.append_builtin_config(cls.config_jsonschema)
        return lists.from_environment(
            cls._env_var_prefix, cls.config_jsonschema, settings.LISTS
        )

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the state with what it holds beside the bookmarks.

        Args:
            state: The state that the last run has left.

        Raises:
            SettingsError: If it is damaged.
        """
        found = [
            Faults.line(conditions.STATE_DAMAGED, stream=name, message=problem)
            for name, problem in problems_of_state(state)
        ]
        if found:
            raise SettingsError(*found)
        # In place: the streams hold this object already.
        self._state.update(cast("TapState", copy.deepcopy(state)))

    # --- streams -------------------------------------------------------------------

    def discover_streams(self) -> list[Stream]:
        """Return the streams; one request for each type in `properties`."""
        records = [
            (Deals if name == "deals" else RecordStream)(self, table)
            for name, table in self.record_tables.items()
        ]
        before = [stream(self) for stream in FIRST]
        after = [stream(self) for stream in LAST]
        return [*before, *records, *after]

    @property
    def streams(self) -> dict[str, Stream]:
        """The streams by name, in the order in which they are read."""
        found = super().streams
        order = [
            *(stream.table.name for stream in FIRST),
            *self.record_tables,
            *(stream.table.name for stream in LAST),
        ]
        return {name: found[name] for name in order}

    @cached_property
    def record_tables(self) -> dict[str, Table]:
        """The columns of each object type that is read."""
        chosen = self.config.get("properties") or {}
        return {
            table.name: table
            if table.name not in chosen
            else with_chosen(
                self.client,
                table,
                chosen[table.name],
                [given for name, given in self.pipelines if name == table.name]
                if table.name in WITH_PIPELINES
                else [],
            )
            for table in schemas.RECORDS
            if table.name in self.config["objects"]
        }

    @property
    def has_records(self) -> bool:
        """Whether a stream of records is selected."""
        return any(self.streams[name].selected for name in self.record_tables)

    def reader(self, object_type: str) -> RecordReader:
        """Return the requests of an object type."""
        if object_type not in self._readers:
            table = self.record_tables[object_type]
            self._readers[object_type] = RecordReader(
                self.client, table, self.config["page_size"]
            )
        return self._readers[object_type]

    @cached_property
    def _readers(self) -> dict[str, RecordReader]:
        return {}

    @cached_property
    def pipelines(self) -> list[tuple[str, Json]]:
        """Pipelines with their object type: one request."""
        return pipelines(self.client, self.config["objects"])

    @staticmethod
    def sleep(seconds: float) -> None:
        """Wait for limits and retries; a test replaces it."""
        time.sleep(seconds)

    # --- the run -------------------------------------------------------------------

    @cached_property
    def faults(self) -> Faults:
        """Collects what cannot be read."""
        return Faults(self.logger)

    @cached_property
    def client(self) -> HubSpotClient:
        """The client.

        Raises:
            SettingsError: If the settings are not enough to send a request.
        """
        self._validate_config()
        return HubSpotClient(self.config, self.faults, self.logger, self.sleep)

    @property
    def usage(self) -> Usage | None:
        """The client, once it exists."""
        return self.client if "client" in self.__dict__ else None

    @cached_property
    def context(self) -> RunContext:
        """What the streams of this run share."""
        return RunContext(
            self.config,
            self.logger,
            self.client,
            self.faults,
            cast("dict[str, Any]", self.state),
            self.initialized_at,
            lambda name: name in self.streams and self.streams[name].selected,
            lambda name: cast("HubSpotStream", self.streams[name]),
        )

    def run(self) -> None:
        """Read everything that is selected.

        Raises:
            TapError: If something could not be read.
        """
        check_account(self.context)
        self.sync_all()
        self.finish()

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see `check`."""
        return check(self.context, self.reader)

    def finish(self) -> None:
        """End the run.

        Raises:
            TapError: If something could not be read, with one line per problem.
        """
        if lines := self.faults.lines():
            raise TapError(*lines)
