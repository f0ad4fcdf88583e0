"""Settings and streams of the tap."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from tap_notion.check import check
from tap_notion.common.lists import COMMAS_OR_LINES
from tap_notion.common.tap import ApiTap
from tap_notion.context import RunContext
from tap_notion.settings import CONFIG_JSONSCHEMA, SECRETS, problems
from tap_notion.state import STATE
from tap_notion.streams import STREAMS
from tap_notion.transport.client import NotionClient
from tap_notion.workspace import check_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class TapNotion(ApiTap):
    """Reads the databases of a Notion workspace."""

    name = "tap-notion"
    config_jsonschema = copy.deepcopy(CONFIG_JSONSCHEMA)  # the SDK adds its own
    secrets = SECRETS
    lists = ("data_sources",)
    separator = COMMAS_OR_LINES
    stream_types = STREAMS
    state_shape = STATE

    def problems(self, schema_errors: Sequence[str]) -> list[str]:
        """Return what is wrong with the settings; see `settings.problems`."""
        return problems(self.config, schema_errors)

    @cached_property
    def client(self) -> NotionClient:
        """The client."""
        return NotionClient(self.config, self.faults, self.logger)

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
        )

    def check(self) -> None:
        """Check whose token it is.

        Raises:
            TapError: If it belongs to another workspace than the state.
        """
        check_workspace(self.context)

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see `check`."""
        return check(self.context)
