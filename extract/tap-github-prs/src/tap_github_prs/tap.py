"""tap-github-prs: its settings and its streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream, Tap
from singer_sdk import typing as th

from tap_github_prs.schemas import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_sdk.helpers.types import Context


class TableStream(Stream):
    """A stream of one declared table."""

    def __init__(self, tap, table):
        super().__init__(tap, schema=table.json_schema, name=table.name)
        self.primary_keys = list(table.keys)
        self.replication_key = table.replication_key

    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        yield from ()


class TapGitHubPRs(Tap):
    """Singer tap for GitHub pull requests."""

    name = "tap-github-prs"
    config_jsonschema: ClassVar[dict] = th.PropertiesList().to_dict()

    def discover_streams(self) -> list[Stream]:
        return [TableStream(self, table) for table in TABLES]
