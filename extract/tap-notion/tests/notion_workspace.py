"""A small Notion workspace behind a real HTTP server, and the tap in this process."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.notion.ids import identifier
from sandbox.notion.objects import (
    add_connection,
    add_data_source,
    add_database,
    add_page,
    add_person,
)
from sandbox.notion.store import NotionStore, minute, rich_text
from tap_notion.common.errors import TapError
from tap_notion.tap import TapNotion

if TYPE_CHECKING:
    from sandbox.notion.api import NotionApi
    from sandbox.testing import ApiServer

Row = dict[str, Any]
# Of a data source: the ID, the type and the settings of each property by its name.
Properties = Mapping[str, tuple[str, str, Row]]
BEGAN = datetime(2026, 1, 5, 7, tzinfo=UTC)
PROPERTIES: Properties = {
    "Name": ("title", "title", {}),
    "Day": ("a%3BbC", "date", {}),
    "Done": ("Don1", "checkbox", {}),
    "Score": ("For1", "formula", {"expression": "score"}),
    "Related": ("Rel1", "relation", {"data_source_id": "", "database_id": ""}),
    "Total": (
        "Rol1",
        "rollup",
        {"function": "count", "relation_property_id": "Rel1"},
    ),
    "People": ("Peo1", "people", {}),
    "Notes": ("Txt1", "rich_text", {}),
}


class Run(NamedTuple):
    """What a run of the tap wrote.

    Attributes:
        messages: Singer messages.
        lines: What the user reads at the end; empty if everything was read.
    """

    messages: list[Row]
    lines: tuple[str, ...]

    def records(self, stream: str) -> list[Row]:
        return [
            each["record"]
            for each in self.messages
            if each["type"] == "RECORD" and each["stream"] == stream
        ]

    def ids(self, stream: str = "pages") -> list[str]:
        return [row["id"] for row in self.records(stream)]

    def activated(self) -> set[str]:
        return {
            each["stream"]
            for each in self.messages
            if each["type"] == "ACTIVATE_VERSION"
        }

    @property
    def states(self) -> list[Row]:
        return [each["value"] for each in self.messages if each["type"] == "STATE"]

    @property
    def state(self) -> Row:
        return self.states[-1]


class Notion:
    """A workspace with one database and one data source, and how to read it."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server
        self.api: NotionApi = server._sandbox.notion.api
        self.store = NotionStore("Lanternworks")
        self.api.store = self.store
        self.me = add_person(self.store, "Ada", "ada@lanternworks.example")
        add_connection(self.store, "Throughline")
        self.database = add_database(self.store, "Habits", BEGAN)
        self.days = add_data_source(
            self.store, self.database, "Days", BEGAN, PROPERTIES
        )

    def page(
        self,
        number: int,
        created: datetime | None = None,
        *,
        edited: datetime | None = None,
        source: str = "",
        **values: Any,  # noqa: ANN401 - JSON
    ) -> str:
        """Add a page; return its ID."""
        moment = created or BEGAN + timedelta(days=number)
        key = identifier("page", source, number)
        about = {"Name": rich_text(f"Page {number:05}"), "Done": True, **values}
        add_page(
            self.store, source or self.days, key, (moment, edited or moment), about
        )
        return key

    def pages(self, count: int, created: datetime | None = None) -> list[str]:
        return [self.page(number, created) for number in range(count)]

    @property
    def config(self) -> Row:
        return {
            "access_token": "ntn_test",
            "api_url": f"{self.server.base_url}/notion",
            "data_sources": [self.database],
        }

    @property
    def requests(self) -> int:
        return int(self.server.stats()["notion"]["requests"])

    def run(
        self,
        state: Row | None = None,
        select: tuple[str, ...] = (),
        catalog: Row | None = None,
        **settings: Any,  # noqa: ANN401 - JSON
    ) -> Run:
        """Run the tap in this process; the waits are not waited for."""
        buffer = io.BytesIO()
        output = io.TextIOWrapper(buffer, "utf-8")
        lines: tuple[str, ...] = ()
        tap = TapNotion(
            config={**self.config, **settings},
            state=json.loads(json.dumps(state)) if state else None,
            catalog=catalog,
        )
        self.sleeps: list[float] = []
        tap.context.client.sleep = self.sleeps.append
        for name, stream in tap.streams.items():
            if select:
                stream.selected = name in select
        with redirect_stdout(output):
            try:
                tap.run()
            except TapError as error:
                lines = error.lines
            except SystemExit as error:
                lines = tuple(str(error.code).splitlines())
        output.flush()
        written = buffer.getvalue()
        messages = [json.loads(line) for line in written.splitlines()]
        return Run(messages, lines)


def at(hours: float) -> datetime:
    """Return a time, in hours after the database was created."""
    return BEGAN + timedelta(hours=hours)


def cut(moment: datetime) -> str:
    """Return a time as Notion writes it."""
    return minute(moment)
