"""What the tests share: runs of the tap, and what a target would have of them."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from tap_hubspot_crm.common.cli import one_line_per_error
from tap_hubspot_crm.tap import TapHubSpotCrm

if TYPE_CHECKING:
    from sandbox.hubspot.store import Account

Row = dict[str, Any]
HOUR = 3_600_000  # milliseconds


class Collected(GenericSingerWriter[bytes, Any]):
    """Keeps the messages, or stops the tap after some of them."""

    def __init__(self, most: int | None = None) -> None:
        self.messages: list[Row] = []
        self._most = most

    def serialize_message(self, message: Any) -> bytes:
        return json.dumps(message.to_dict(), default=str).encode()

    def write_message(self, message: Any) -> None:
        if self._most is not None and len(self.messages) >= self._most:
            raise KeyboardInterrupt
        self.messages.append(json.loads(self.serialize_message(message)))

    def records(self, stream: str) -> list[Row]:
        return [
            one["record"]
            for one in self.messages
            if one["type"] == "RECORD" and one["stream"] == stream
        ]

    def ids(self, stream: str) -> list[int]:
        return [int(one["id"]) for one in self.records(stream)]

    def activated(self) -> set[str]:
        return {
            one["stream"] for one in self.messages if one["type"] == "ACTIVATE_VERSION"
        }

    @property
    def state(self) -> Row:
        states: list[Row] = [
            one["value"] for one in self.messages if one["type"] == "STATE"
        ]
        return states[-1] if states else {}


class Table:
    """What a target would have: rows by key, and whether each is deleted."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {}
        self.versions: dict[str, dict[tuple[Any, ...], int | None]] = {}
        self.deleted: dict[str, set[tuple[Any, ...]]] = {}

    def load(self, out: Collected) -> None:
        keys: dict[str, list[str]] = {}
        for one in out.messages:
            stream = one.get("stream", "")
            if one["type"] == "SCHEMA":
                keys[stream] = one["key_properties"]
            elif one["type"] == "RECORD":
                key = tuple(one["record"][name] for name in keys[stream])
                self.rows.setdefault(stream, {})[key] = one["record"]
                self.versions.setdefault(stream, {})[key] = one.get("version")
                self.deleted.setdefault(stream, set()).discard(key)
            elif one["type"] == "ACTIVATE_VERSION":
                versions = self.versions.get(stream, {})
                gone = {
                    key
                    for key, version in versions.items()
                    if version is None or version < one["version"]
                }
                self.deleted.setdefault(stream, set()).update(gone)

    def present(self, stream: str) -> dict[tuple[Any, ...], Row]:
        gone = self.deleted.get(stream, set())
        return {
            key: row
            for key, row in self.rows.get(stream, {}).items()
            if key not in gone
        }


class Run:
    """One run of the tap."""

    def __init__(
        self, url: str, state: Row | None, select: Any, most: int | None, **config: Any
    ) -> None:
        self.out = Collected(most)
        self.waits: list[float] = []
        settings = {"api_url": url, "access_token": "pat-sandbox", **config}
        settings = {name: each for name, each in settings.items() if each is not None}
        tap = type("Tap", (TapHubSpotCrm,), {"sleep": staticmethod(self.waits.append)})
        catalog = None
        if select is not None:
            catalog = tap(config=settings).catalog_dict
            for entry in catalog["streams"]:
                for item in entry["metadata"]:
                    if not item["breadcrumb"]:
                        item["metadata"]["selected"] = entry["stream"] in select
        self.tap = tap(
            config=settings,
            state=json.loads(json.dumps(state)) if state else None,
            catalog=catalog,
            message_writer=self.out,
        )

    def sync(self) -> Collected:
        with one_line_per_error():
            self.tap.run()
        return self.out

    def failing(self) -> str:
        """Run a tap that must end with exit code 1; returns its lines."""
        with pytest.raises(SystemExit) as ended:
            self.sync()
        text = str(ended.value)
        assert all(line.startswith("Error: ") for line in text.splitlines())
        return text


def contacts(account: Account, number: int, at: int | None = None) -> list[int]:
    """Make contacts with the IDs from 1; returns the IDs."""
    at = account.now - 24 * HOUR if at is None else at
    for key in range(1, number + 1):
        account.add("contacts", key, at, email=f"{key}@x.example", firstname=f"P{key}")
    return list(range(1, number + 1))
