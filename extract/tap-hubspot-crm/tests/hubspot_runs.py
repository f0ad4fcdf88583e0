"""What the tests share: runs of the tap, and what a target would have of them."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tap_runs
from tap_runs import Collected, Row, TapRun, copied

from tap_hubspot_crm.common.cli import one_line_per_error
from tap_hubspot_crm.tap import TapHubSpotCrm

if TYPE_CHECKING:
    from sandbox.hubspot.store import Account

HOUR = 3_600_000  # milliseconds


class Messages(Collected):
    """The messages of a run of tap-hubspot-crm, whose IDs are numbers."""

    def ids(self, stream: str) -> list[int]:
        return [int(one["id"]) for one in self.records(stream)]


class Table:
    """What a target would have: rows by key, and whether each is deleted."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {}
        self.versions: dict[str, dict[tuple[Any, ...], int | None]] = {}
        self.deleted: dict[str, set[tuple[Any, ...]]] = {}

    def load(self, out: Messages) -> None:
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


class Run(TapRun):
    """One run of the tap."""

    guard = staticmethod(one_line_per_error)

    def __init__(
        self, url: str, state: Row | None, select: Any, most: int | None, **config: Any
    ) -> None:
        self.out = Messages(most)
        self.waits: list[float] = []
        settings = {"api_url": url, "access_token": "pat-sandbox", **config}
        settings = {name: each for name, each in settings.items() if each is not None}
        tap = type("Tap", (TapHubSpotCrm,), {"sleep": staticmethod(self.waits.append)})
        catalog = None
        if select is not None:
            known = tap(config=settings).catalog_dict
            catalog = tap_runs.select(
                known, lambda stream, *column: bool(column) or stream in select
            )
        self.tap = tap(
            config=settings,
            state=copied(state),
            catalog=catalog,
            message_writer=self.out,
        )


def contacts(account: Account, number: int, at: int | None = None) -> list[int]:
    """Make contacts with the IDs from 1; returns the IDs."""
    at = account.now - 24 * HOUR if at is None else at
    for key in range(1, number + 1):
        account.add("contacts", key, at, email=f"{key}@x.example", firstname=f"P{key}")
    return list(range(1, number + 1))
