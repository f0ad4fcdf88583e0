"""The sources of the pipeline, from sources.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).resolve().parents[1] / "sources.toml"


class Source(NamedTuple):
    """One system that is read into one dataset.

    Attributes:
        name: Its name in sources.toml.
        title: Its name in messages.
        tap: The Meltano extractor of the nightly sync.
        credentials: Variables that hold a credential, the usual one first. A source
            is configured when one of them is set.
        secrets: Variables that Secret Manager may hold.
        dataset: The variable in which Meltano passes the name of its dataset.
        reconcile: The Meltano extractor that looks for deleted rows, if there is one.
        optional: Whether nothing mentions the source as long as it is not configured.
        schedule: When it is read (cron, UTC); None if the schedule `nightly` reads it.
    """

    name: str
    title: str
    tap: str
    credentials: tuple[str, ...]
    secrets: tuple[str, ...]
    dataset: str
    reconcile: str | None
    optional: bool
    schedule: str | None = None


SOURCES = tuple(
    Source(
        name=name,
        title=entry["title"],
        tap=entry["tap"],
        credentials=tuple(entry["credentials"]),
        secrets=tuple(entry["secrets"]),
        dataset=f"PIPELINE_{name.upper()}_DATASET",
        reconcile=entry.get("reconcile"),
        optional=entry.get("optional", False),
        schedule=entry.get("schedule"),
    )
    for name, entry in tomllib.loads(TABLE.read_text("utf-8")).items()
)
