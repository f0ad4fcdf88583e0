#!/usr/bin/env python3
"""Sync one shard: a share of a source that a run of its own reads.

    shard.py INDEX    sync the shard at this place of PIPELINE_SHARDS, counted from 0

PIPELINE_SHARDS is a list in JSON. Each shard has a `name`, a `source` and `variables`,
the ones that limit it to its share. A value that begins with `$` names the variable
that contains the value, so that the list contains no key:

    [{"name": "web", "source": "github",
      "variables": {"GITHUB_REPOSITORIES": "acme/web,acme/design"}},
     {"name": "labs", "source": "github",
      "variables": {"GITHUB_ORGANIZATIONS": "labs", "GITHUB_TOKEN": "$LABS_TOKEN"}}]

The name is part of the shard's state ID and of the target's setting `shard`, so that
shards can run at the same time, each in a checkout or a container of its own: in one
checkout, Meltano keeps one catalog for each tap. Build the models once when all of
them have ended.

The pipeline runs the shard as `pipeline:sync --shard INDEX`: its keys can be in Secret
Manager, and its run is in the run history.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "orchestrate"))

from sources import SOURCES  # noqa: E402 - a script of that folder

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
SECRET = re.compile(r"KEY|TOKEN|SECRET")
# What limits a run to a share of a source. Linear's shares are whole workspaces, each
# with a key of its own.
LIMITS = {
    "github": ("GITHUB_REPOSITORIES", "GITHUB_ORGANIZATIONS"),
    "linear": ("LINEAR_API_KEY", "LINEAR_CLIENT_ID"),
}
NAMES = {source.name for source in SOURCES}


class ShardError(Exception):
    """A list of shards that cannot be used; its text is one line for the user."""


class Shard(NamedTuple):
    """A share of a source.

    Attributes:
        name: Unique in the list.
        source: A name of sources.toml.
        variables: What limits the shard to its share.
    """

    name: str
    source: str
    variables: dict[str, str]

    def secrets(self) -> list[str]:
        """Return the names of the variables that contain its values."""
        return [value[1:] for value in self.variables.values() if value.startswith("$")]

    def shares(self) -> list[str]:
        """Return what it reads, in lower case: a repository, an owner or a key."""
        return [
            share.strip().lower()
            for limit in LIMITS[self.source]
            for share in self.variables.get(limit, "").split(",")
            if share.strip()
        ]


def parse(text: str) -> list[Shard]:
    """Read and check a list of shards.

    Args:
        text: The list in JSON.

    Returns:
        The shards in the list's order.

    Raises:
        ShardError: If the list is malformed, or if two shards overlap.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not found:
        message = "PIPELINE_SHARDS is not a list of shards in JSON"
        raise ShardError(message)
    shards = [_shard(each, number) for number, each in enumerate(found)]
    names = [shard.name for shard in shards]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        message = f"PIPELINE_SHARDS contains two shards with the name {twice[0]!r}"
        raise ShardError(message)
    _check_overlaps(shards)
    return shards


def _shard(found: Any, number: int) -> Shard:  # noqa: ANN401 - JSON
    where = f"PIPELINE_SHARDS: shard {number}"
    if not isinstance(found, dict):
        message = f"{where} is not an object"
        raise ShardError(message)
    name, source = found.get("name"), found.get("source")
    variables = found.get("variables")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        message = f"{where} has no `name` of letters, digits, `_` and `-`"
        raise ShardError(message)
    if source not in LIMITS or source not in NAMES:
        message = f"{where} ({name}): `source` is none of {', '.join(sorted(LIMITS))}"
        raise ShardError(message)
    if not isinstance(variables, dict) or not all(
        isinstance(value, str) for value in variables.values()
    ):
        message = f"{where} ({name}): `variables` is not an object of texts"
        raise ShardError(message)
    for variable, value in variables.items():
        if SECRET.search(variable) and not value.startswith("$"):
            message = (
                f"{where} ({name}): {variable} contains a secret: keep it in a"
                " variable of its own and write the name of that variable after `$`"
            )
            raise ShardError(message)
    shard = Shard(name, source, variables)
    if not shard.shares():
        limits = " or ".join(LIMITS[source])
        message = f"{where} ({name}) would read everything: set {limits}"
        raise ShardError(message)
    return shard


def _check_overlaps(shards: list[Shard]) -> None:
    owner_of: dict[tuple[str, str], str] = {}
    for shard in shards:
        for share in shard.shares():
            other = owner_of.setdefault((shard.source, share), shard.name)
            if other != shard.name:
                _overlap(share, other, shard.name)
    for (source, share), name in owner_of.items():
        # An organization's repositories include one that is listed by its name.
        other = owner_of.get((source, share.partition("/")[0]), name)
        if other != name:
            _overlap(share, other, name)


def _overlap(share: str, first: str, second: str) -> None:
    message = f"PIPELINE_SHARDS: shards {first!r} and {second!r} both read {share}"
    raise ShardError(message)


def environment(shard: Shard, variables: dict[str, str]) -> dict[str, str]:
    """Return the variables of a shard's run.

    Args:
        shard: The shard.
        variables: The variables of this process.

    Returns:
        The variables that differ in the run.

    Raises:
        ShardError: If a variable that the shard refers to is not set.
    """
    # What the other shards and an unsharded run read does not limit this one.
    own = dict.fromkeys(LIMITS[shard.source], "")
    for name, value in shard.variables.items():
        if not value.startswith("$"):
            own[name] = value
        elif variables.get(value[1:]):
            own[name] = variables[value[1:]]
        else:
            message = (
                f"{value[1:]} is not set: shard {shard.name!r} needs it for {name}"
            )
            raise ShardError(message)
    return {**own, "TARGET_BIGQUERY_SHARD": shard.name}


def choose(text: str, index: str) -> Shard:
    """Return one shard of a list.

    Args:
        text: The list in JSON.
        index: Its place, counted from 0.

    Raises:
        ShardError: If the list cannot be used, or has no such place.
    """
    shards = parse(text)
    if not index.isdecimal() or int(index) >= len(shards):
        message = f"there is no shard {index!r}: choose one from 0 to {len(shards) - 1}"
        raise ShardError(message)
    return shards[int(index)]


def main() -> None:
    """Become the pipeline with the shard that the argument names."""
    index = " ".join(sys.argv[1:])
    try:
        shard = choose(os.environ.get("PIPELINE_SHARDS", ""), index)
    except ShardError as error:
        sys.exit(f"shard: {error}")
    print(f"shard: {shard.name}: a share of {shard.source}", flush=True)
    meltano = str(ROOT / ".venv" / "bin" / "meltano")
    os.chdir(ROOT)
    arguments = [meltano, "invoke", "pipeline:sync", "--shard", index]
    try:
        os.execv(meltano, arguments)  # noqa: S606 - our own command
    except OSError as error:
        sys.exit(f"shard: {error.filename}: {error.strerror}: run `make install`")


if __name__ == "__main__":
    main()
