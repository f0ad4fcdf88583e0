"""Keep dbt's source files equal to the catalogs of the two taps.

    python transform/scripts/raw_sources.py write
    python transform/scripts/raw_sources.py check

`write` writes `models/staging/<source>/_<source>__sources.yml` from what each
tap prints for `--discover`; `check` prints what differs and ends with 1.
"""

from __future__ import annotations

import argparse
import difflib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

TRANSFORM = Path(__file__).resolve().parent.parent
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
        "Milliseconds since 1970 at which the target received the row.",
    ),
    "_sdc_table_version": (
        "int64",
        "Version of the full table that the row belongs to.",
    ),
}
SOURCES = {
    "linear": (
        "tap-linear",
        "DBT_BIGQUERY_LINEAR_DATASET",
        "Linear, as tap-linear reads it.",
    ),
    "github": (
        "tap-github-prs",
        "DBT_BIGQUERY_GITHUB_DATASET",
        "GitHub, as tap-github-prs reads it.",
    ),
}
SCALARS = {
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "string": "string",
}
STRING_FORMATS = {"date-time": "timestamp", "date": "date"}
HEADER = """\
# Written by scripts/raw_sources.py from `{tap} --discover`: change the tap's
# schema, not this file. read_raw() (macros/read_raw.sql) stands in for a table
# or a column that is missing.
"""


def bigquery_type(schema: dict[str, Any]) -> str:
    """Give the BigQuery type that target-bigquery makes of a property.

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
    root = next(
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
        # The weekly job reads what the nightly one does not select.
        config["freshness"] = {
            "warn_after": {"count": 8, "period": "day"},
            "error_after": {"count": 15, "period": "day"},
        }
    entry: dict[str, Any] = {"name": name, "identifier": f"raw_{name}"}
    if text := stream["schema"].get("description", "").strip():
        entry["description"] = text
    return entry | {"config": config, "columns": columns}


def sources_yml(source: str) -> str:
    """Write the text of a source's yml from the catalog of its tap.

    Args:
        source: a key of `SOURCES`.

    Returns:
        The file's text.

    Raises:
        SystemExit: the tap is not installed beside this Python, or failed.
    """
    tap, variable, description = SOURCES[source]
    executable = shutil.which(
        tap, path=str(Path(sys.executable).parent)
    ) or shutil.which(tap)
    if executable is None:
        sys.exit(f"{tap} is not installed: pip install -e extract/{tap}")
    found = subprocess.run(
        [executable, "--discover"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        sys.exit(f"{tap} --discover failed: {found.stderr.strip().splitlines()[-1]}")
    streams = sorted(
        json.loads(found.stdout)["streams"], key=lambda each: each["tap_stream_id"]
    )
    document = {
        "sources": [
            {
                "name": source,
                "description": description,
                "schema": f"{{{{ env_var('{variable}') }}}}",
                "config": {
                    "loaded_at_field": "_sdc_batched_at",
                    "freshness": {
                        "warn_after": {"count": 26, "period": "hour"},
                        "error_after": {"count": 50, "period": "hour"},
                    },
                },
                "tables": [table(stream) for stream in streams],
            }
        ]
    }
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return HEADER.format(tap=tap) + "\n" + body


def main() -> None:
    """Write the source files, or compare them with the taps."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("command", choices=["write", "check"])
    command = parser.parse_args().command
    differences: list[str] = []
    for source in SOURCES:
        path = TRANSFORM / "models" / "staging" / source / f"_{source}__sources.yml"
        wanted = sources_yml(source)
        if command == "write":
            path.write_text(wanted)
            continue
        present = path.read_text() if path.exists() else ""
        differences += difflib.unified_diff(
            present.splitlines(),
            wanted.splitlines(),
            path.name,
            SOURCES[source][0],
            lineterm="",
        )
    if differences:
        print(*differences, sep="\n")
        sys.exit(
            "The sources differ from the taps: "
            "python transform/scripts/raw_sources.py write"
        )


if __name__ == "__main__":
    main()
