"""Write the Meltano definitions of the taps and the target.

    .venv/bin/python plugins/definitions.py          write plugins/*/*.lock
    .venv/bin/python plugins/definitions.py --check  fail where one is stale

A definition is made from the plugin's own `--about`. This project reads it as
Meltano's lock file; another project takes it with `meltano add NAME --from-ref`.
There the package comes from the Git repository that THROUGHLINE_REPOSITORY names.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
VARIANT = "throughline"
# What every plugin of the SDK takes, whether or not it is of use here.
SDK_SETTINGS = {"batch_config", "faker_config"}
KINDS = {
    "array": "array",
    "boolean": "boolean",
    "integer": "integer",
    # Meltano's kind "decimal" cannot be set by an environment variable: the Decimal it
    # makes of it is not JSON serializable. The plugins read a number from a text.
    "number": "string",
    "object": "object",
    "string": "string",
}


# Where a setting's value comes from in every Meltano project, unless it is set.
VALUES = {
    ("target-bigquery", "dataset"): "$MELTANO_EXTRACT__LOAD_SCHEMA",
}


class Plugin(NamedTuple):
    """What `--about` does not tell of a plugin."""

    name: str
    plural: str
    folder: str
    label: str
    groups: list[list[str]]

    @property
    def path(self) -> Path:
        """The definition's file."""
        return ROOT / "plugins" / self.plural / f"{self.name}--{VARIANT}.lock"


SOURCES = tomllib.loads((ROOT / "sources.toml").read_text("utf-8"))
PLUGINS = [
    *(
        Plugin(
            source["tap"],
            "extractors",
            "extract",
            source["title"],
            source["setting_groups"],
        )
        for source in SOURCES.values()
    ),
    Plugin("target-bigquery", "loaders", "load", "BigQuery", [["project", "dataset"]]),
]


def setting(plugin: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Turn a property of the SDK's settings schema into a setting of Meltano's.

    Args:
        plugin: The plugin's name.
        name: The setting's name.
        schema: Its JSON schema.

    Returns:
        The setting as in Meltano's plugin definition syntax.
    """
    types = [kind for kind in schema.get("type", ["string"]) if kind != "null"]
    found: dict[str, Any] = {"name": name, "kind": KINDS[types[0]]}
    if "enum" in schema:
        found["kind"] = "options"
        found["options"] = [
            {"label": value, "value": value} for value in schema["enum"]
        ]
    elif schema.get("format") == "date-time":
        found["kind"] = "date_iso8601"
    if schema.get("secret"):
        found["sensitive"] = True
    if (plugin, name) in VALUES:
        found["value"] = VALUES[plugin, name]
    elif schema.get("default", "") != "":
        found["value"] = schema["default"]
    found["label"] = schema.get("title", name)
    found["description"] = schema.get("description", "")
    return found


def definition(plugin: Plugin) -> str:
    """Make a plugin's definition.

    Args:
        plugin: One of ours, installed next to this Python.

    Returns:
        The definition as JSON, which is YAML too.
    """
    command = [
        str(Path(sys.executable).with_name(plugin.name)),
        "--about",
        "--format=json",
    ]
    about = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603 - our own program
    properties = about["settings"]["properties"]
    return (
        json.dumps(
            {
                "plugin_type": plugin.plural,
                "name": plugin.name,
                "namespace": plugin.name.replace("-", "_"),
                "variant": VARIANT,
                "label": plugin.label,
                "description": about["description"],
                "pip_url": (
                    "git+${THROUGHLINE_REPOSITORY}"
                    f"#subdirectory={plugin.folder}/{plugin.name}"
                ),
                "executable": plugin.name,
                "capabilities": sorted(about["capabilities"]),
                "settings_group_validation": plugin.groups,
                "settings": [
                    setting(plugin.name, name, schema)
                    for name, schema in properties.items()
                    if name not in SDK_SETTINGS
                ],
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def main() -> None:
    """Write or check every definition."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail where one is stale")
    check = parser.parse_args().check
    stale = []
    for plugin in PLUGINS:
        text = definition(plugin)
        if check and (
            not plugin.path.exists() or plugin.path.read_text("utf-8") != text
        ):
            stale.append(plugin.name)
        elif not check:
            plugin.path.parent.mkdir(parents=True, exist_ok=True)
            plugin.path.write_text(text, "utf-8")
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; run `make definitions`")


if __name__ == "__main__":
    main()
