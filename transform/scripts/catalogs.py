"""The catalogs of the taps, as the tables that target-bigquery creates from them."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

# Loaders append these, named and typed by the SDK's
# `Sink._add_sdc_metadata_to_schema`.
METADATA_COLUMNS = {
    "_sdc_extracted_at": ("timestamp", "When the tap read the row from the API."),
    "_sdc_received_at": ("timestamp", "When the target received the row."),
    "_sdc_batched_at": ("timestamp", "When the target put the row into a batch."),
    "_sdc_deleted_at": (
        "timestamp",
        "When the row was seen to be gone; null while it is there.",
    ),
    "_sdc_sequence": (
        "int64",
        "Number that increases with every row that the target receives.",
    ),
    "_sdc_table_version": (
        "int64",
        "Version of the full table that the row belongs to.",
    ),
}
DAILY = {
    "warn_after": {"count": 26, "period": "hour"},
    "error_after": {"count": 50, "period": "hour"},
}
"""Age of a table that missed one load, or two."""
WEEKLY = {
    "warn_after": {"count": 8, "period": "day"},
    "error_after": {"count": 15, "period": "day"},
}
TABLE = Path(__file__).resolve().parents[2] / "sources.toml"
# By source: its tap, the variable of its dataset, and a description.
_ENTRIES = tomllib.loads(TABLE.read_text("utf-8"))
SOURCES = {
    name: (
        source["tap"],
        f"DBT_BIGQUERY_{name.upper()}_DATASET",
        f"{source['title']}, as {source['tap']} reads it.",
    )
    for name, source in _ENTRIES.items()
}
# A schedule of its own that names a day of the week: the last field of cron.
FRESHNESS = {
    name: DAILY if source.get("schedule", "*")[-1] == "*" else WEEKLY
    for name, source in _ENTRIES.items()
}
SCALARS = {
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "string": "string",
}
STRING_FORMATS = {"date-time": "timestamp", "date": "date"}


def bigquery_type(schema: dict[str, Any]) -> str:
    """Return the BigQuery type that target-bigquery creates for a property.

    Args:
        schema: the property's JSON schema.

    Returns:
        A type in GoogleSQL's notation, in lower case: `timestamp`,
        `array<string>`, `struct<name string, email string>`.
    """
    declared = schema.get("type", [])
    types = {declared} if isinstance(declared, str) else set(declared)
    types.discard("null")
    if len(types) != 1:
        return "json"
    kind = types.pop()
    if kind == "string":
        return STRING_FORMATS.get(schema.get("format", ""), "string")
    if kind == "array":
        return f"array<{bigquery_type(schema.get('items', {}))}>"
    if kind == "object":
        properties = schema.get("properties")
        if not properties:
            return "json"
        fields = ", ".join(
            f"{name} {bigquery_type(part)}" for name, part in properties.items()
        )
        return f"struct<{fields}>"
    return SCALARS.get(kind, "json")


def table(stream: dict[str, Any]) -> dict[str, Any]:
    """Describe one stream of a catalog as a table of a dbt source.

    Args:
        stream: an entry of `streams` in a Singer catalog.

    Returns:
        The entry of `tables` in the source's yml.
    """
    name = stream["tap_stream_id"]
    root: dict[str, Any] = next(
        (m["metadata"] for m in stream.get("metadata", []) if not m["breadcrumb"]), {}
    )
    method = stream.get("replication_method") or root.get("forced-replication-method")
    columns = [
        {
            "name": column,
            "description": part.get("description", "").strip(),
            "data_type": bigquery_type(part),
        }
        for column, part in stream["schema"]["properties"].items()
    ]
    columns += [
        {"name": column, "description": text, "data_type": data_type}
        for column, (data_type, text) in METADATA_COLUMNS.items()
    ]
    config: dict[str, Any] = {
        "meta": {"key": stream.get("key_properties") or root["table-key-properties"]}
    }
    if method == "INCREMENTAL":
        # A healthy stream can be quiet for days.
        config["freshness"] = {
            "warn_after": {"count": 14, "period": "day"},
            "error_after": None,
        }
    elif not root.get("selected-by-default", True):
        # The weekly job reads streams that the nightly job does not select.
        config["freshness"] = copy.deepcopy(WEEKLY)
    entry: dict[str, Any] = {"name": name, "identifier": f"raw_{name}"}
    if text := stream["schema"].get("description", "").strip():
        entry["description"] = text
    return entry | {"config": config, "columns": columns}


def catalog(tap: str) -> list[dict[str, Any]]:
    """Ask a tap for its streams.

    Args:
        tap: the command, next to this Python or on the path.

    Returns:
        The streams of its Singer catalog, by name.

    Raises:
        SystemExit: the tap is not installed, or it failed.
    """
    own = shutil.which(tap, path=str(Path(sys.executable).parent))
    executable = own or shutil.which(tap)
    if executable is None:
        sys.exit(f"{tap} is not installed: run `make dev`")
    found = subprocess.run(
        [executable, "--discover"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        sys.exit(f"{tap} --discover failed: {found.stderr.strip().splitlines()[-1]}")
    streams: list[dict[str, Any]] = json.loads(found.stdout)["streams"]
    return sorted(streams, key=lambda each: str(each["tap_stream_id"]))
