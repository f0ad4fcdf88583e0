"""tap-hubspot-crm: its settings and its streams."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from tap_hubspot_crm import schemas, settings
from tap_hubspot_crm.account import check_account
from tap_hubspot_crm.check import check
from tap_hubspot_crm.common.tap import ApiTap
from tap_hubspot_crm.context import RunContext
from tap_hubspot_crm.properties import check_history, with_chosen
from tap_hubspot_crm.state import STATE
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
    from collections.abc import Iterator, Sequence

    from singer_sdk import Stream

    from tap_hubspot_crm.schemas.columns import Table
    from tap_hubspot_crm.schemas.rows import Json
    from tap_hubspot_crm.streams.base import HubSpotStream

FIRST = (Properties, Owners, Pipelines, PipelineStages)
LAST = (DealPropertyHistory, RecordIndex, Associations)
"""Streams before and after the records, in the order in which they are read."""


class TapHubSpotCrm(ApiTap):
    """Reads HubSpot's contacts, companies, deals, engagements and associations."""

    name = "tap-hubspot-crm"
    config_jsonschema: ClassVar[dict[str, Any]] = settings.CONFIG_JSONSCHEMA
    secrets = settings.SECRETS
    lists = settings.LISTS
    state_shape = STATE

    def problems(self, schema_errors: Sequence[str]) -> list[str]:
        """Return what is wrong with the settings; see `settings.problems`."""
        return settings.problems(self.config, schema_errors)

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
    def stream_order(self) -> list[str]:
        """Names of the streams, in the order in which they are read."""
        return [
            *(stream.table.name for stream in FIRST),
            *self.record_tables,
            *(stream.table.name for stream in LAST),
        ]

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
    def client(self) -> HubSpotClient:
        """The client.

        Raises:
            SettingsError: If the settings are not enough to send a request.
        """
        self._validate_config()
        return HubSpotClient(self.config, self.faults, self.logger, self.sleep)

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

    def check(self) -> None:
        """Check whose credential it is, and the properties whose history is read.

        Raises:
            TapError: If it belongs to another account than the state, or there is no
                such property.
        """
        check_account(self.context)
        deals = self.record_tables.get("deals")
        if deals and self.context.is_selected("deal_property_history"):
            check_history(self.client, deals, self.config["property_history"])

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see `check`."""
        return check(self.context, self.reader)
