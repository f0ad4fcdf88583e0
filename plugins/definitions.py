"""Write the Meltano definitions of the taps and the target.

    .venv/bin/python plugins/definitions.py          write every definition
    .venv/bin/python plugins/definitions.py --check  fail if one is stale

It also writes the parts of other files that repeat sources.toml (generated_parts.py).
A definition is made from the plugin's own `--about`. It is written twice:

- plugins/*/*.lock is the lock file that Meltano reads in this project.
- definition.json in the plugin's folder is for other projects: `meltano add NAME
  --from-ref`. There, the package comes from the Git repository that
  THROUGHLINE_REPOSITORY names, and the tap's `select` from extractors.meltano.yml is
  written into the other project's meltano.yml. Meltano ignores the extras of a
  definition (cli/utils.py, `add_plugin`, Meltano 4.4.1), but not those of a variant.
  Without `select`, Meltano selects all streams of a catalog, also those with
  `selected-by-default: false` (core/plugin/singer/tap.py, `apply_catalog_rules`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import generated_parts
import yaml
from source_table import read_table

ROOT = Path(__file__).resolve().parents[1]
VARIANT = "throughline"
# Settings of every SDK plugin that are useless here.
SDK_SETTINGS = {"batch_config", "faker_config"}
KINDS = {
    "array": "array",
    "boolean": "boolean",
    "integer": "integer",
    # An environment variable cannot set a setting of Meltano's kind "decimal": Meltano
    # turns it into a Decimal, which JSON cannot store. The plugins accept text.
    "number": "string",
    "object": "object",
    "string": "string",
}

# Defaults that only Meltano knows.
VALUES = {
    ("target-bigquery", "dataset"): "$MELTANO_EXTRACT__LOAD_SCHEMA",
}


class Plugin(NamedTuple):
    """What `--about` does not contain.

    Attributes:
        name: The plugin's name.
        plural: Meltano's plugin type.
        folder: The folder that contains the plugin's folder.
        label: The name in messages.
        groups: Each group of settings is enough to connect.
        select: What the tap reads by default, in Meltano's `select` syntax.
    """

    name: str
    plural: str
    folder: str
    label: str
    groups: list[list[str]]
    select: list[str] | None = None

    @property
    def lock(self) -> Path:
        """This project's lock file."""
        return ROOT / "plugins" / self.plural / f"{self.name}--{VARIANT}.lock"

    @property
    def path(self) -> Path:
        """The definition for other projects."""
        return ROOT / self.folder / self.name / "definition.json"


EXTRACTORS = yaml.safe_load(
    (ROOT / "extract/extractors.meltano.yml").read_text("utf-8")
)
SELECTS = {
    extractor["name"]: extractor.get("select")
    for extractor in EXTRACTORS["plugins"]["extractors"]
}
SOURCES = read_table()
if undefined := {source["tap"] for source in SOURCES.values()} - SELECTS.keys():
    sys.exit(f"extract/extractors.meltano.yml: define {', '.join(sorted(undefined))}")
PLUGINS = [
    *(
        Plugin(
            source["tap"],
            "extractors",
            "extract",
            source["title"],
            source["setting_groups"],
            SELECTS[source["tap"]],
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


def definition(plugin: Plugin) -> dict[str, Any]:
    """Make a plugin's definition.

    Args:
        plugin: One of ours, installed next to this Python.

    Returns:
        The definition as in Meltano's plugin definition syntax, without extras.
    """
    command = [
        str(Path(sys.executable).with_name(plugin.name)),
        "--about",
        "--format=json",
    ]
    about = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603 - our own program
    properties = about["settings"]["properties"]
    return {
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
    }


def for_others(plugin: Plugin, found: dict[str, Any]) -> dict[str, Any]:
    """Convert a lock file to a definition for `meltano add --from-ref`.

    Args:
        plugin: The plugin.
        found: The content of its lock file.

    Returns:
        The same with one variant, which contains the tap's `select`.
    """
    outside = ("plugin_type", "name", "namespace", "label", "description")
    variant = {name: value for name, value in found.items() if name not in outside}
    variant["name"] = variant.pop("variant")
    if plugin.select:
        variant["select"] = plugin.select
    return {**{name: found[name] for name in outside}, "variants": [variant]}


def main() -> None:
    """Write or check every definition."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="fail if one is stale")
    check = parser.parse_args().check
    stale = []
    files = generated_parts.files(SOURCES)
    for plugin in PLUGINS:
        found = definition(plugin)
        definitions = {plugin.lock: found, plugin.path: for_others(plugin, found)}
        for path, content in definitions.items():
            # Valid YAML, too.
            files[path] = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    for path, text in files.items():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; run `make definitions`")


if __name__ == "__main__":
    main()
