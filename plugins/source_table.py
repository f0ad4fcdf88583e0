"""Read sources.toml, and refuse what the scripts that read it could not use."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[1] / "sources.toml"
# What each source of the table has.
REQUIRED = ("title", "tap", "credentials", "secrets", "setting_groups", "sandbox")
# The types of its values.
KINDS: dict[str, type] = {
    "title": str,
    "tap": str,
    "reconcile": str,
    "optional": bool,
    "schedule": str,
    "credentials": list,
    "secrets": list,
    "setting_groups": list,
    "sandbox": dict,
}
KIND_NAMES = {str: "text", bool: "true or false", list: "a list", dict: "a table"}


def read_table(path: Path = TABLE) -> dict[str, Any]:
    """Return the content of sources.toml.

    Raises:
        SystemExit: It cannot be read, or a source lacks a key or has a value of another
            type; with one line.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        raise SystemExit(message) from None
    except ValueError as error:
        message = f"{path.name} is not TOML in UTF-8: {error}"
        raise SystemExit(message) from None
    for name, entry in table.items():
        if not isinstance(entry, dict):
            message = f"{path.name}: {name} belongs to no source: begin with [source]"
            raise SystemExit(message)
        missing = [key for key in REQUIRED if key not in entry]
        if missing:
            message = f"{path.name}: add to [{name}]: {', '.join(missing)}"
            raise SystemExit(message)
        if unknown := sorted(entry.keys() - KINDS.keys()):
            message = f"{path.name}: [{name}] has unknown keys: {', '.join(unknown)}"
            raise SystemExit(message)
        for key, kind in KINDS.items():
            if key in entry and not isinstance(entry[key], kind):
                message = f"{path.name}: [{name}] {key} must be {KIND_NAMES[kind]}"
                raise SystemExit(message)
        if not all(isinstance(value, str) for value in entry["sandbox"].values()):
            message = f"{path.name}: the values of [{name}.sandbox] must be text"
            raise SystemExit(message)
    return table
