"""A bookmark belongs to one project and one set of datasets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

# Meltano itself names the state of each pair of blocks, as `meltano run` does. One
# process for all cases, because it takes Meltano seconds to start.
SCRIPT = """
import json, os, sys
from pathlib import Path
import structlog
from meltano.core import yaml
from meltano.core.block.block_parser import BlockParser
from meltano.core.db import project_engine
from meltano.core.migration_service import MigrationService
from meltano.core.project import Project

found, migrated = [], False
for environment, blocks, variables in json.loads(sys.argv[2]):
    os.environ.update(variables)
    yaml.cache.clear()  # it keeps the environments, with their expanded suffix
    project = Project(Path(sys.argv[1]))
    project.activate_environment(environment)
    if not migrated:
        MigrationService(project_engine(project)[0]).upgrade(silent=True)
        migrated = True
    sets = BlockParser(structlog.get_logger(), project, blocks).find_blocks()
    found.append([each.context.job.job_name for each in sets])
    for name in variables:
        del os.environ[name]
print("state IDs", json.dumps(found))
"""
TARGET = "target-bigquery"
LINEAR = ("tap-linear", TARGET)
GITHUB = ("tap-github-prs", TARGET)


class Case(NamedTuple):
    """An environment, the blocks and the variables of a `meltano run`."""

    environment: str
    blocks: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()


def case(
    environment: str = "dev", blocks: tuple[str, ...] = LINEAR, **variables: str
) -> Case:
    given = {"BIGQUERY_PROJECT": "acme", "DEV_PREFIX": "ada", **variables}
    return Case(environment, blocks, tuple(given.items()))


TABLE = Path(__file__).resolve().parents[2] / "sources.toml"
SOURCES = tomllib.loads(TABLE.read_text("utf-8"))
TAPS = [each["tap"] for each in SOURCES.values()]
# Of each environment: the project, and what it writes before each dataset.
PLACES = {
    "demo": ("throughline-local", ""),
    "dev": ("acme", "ada_"),
    "staging": ("acme", "staging_"),
    "prod": ("acme", ""),
}
EXPECTED = {
    name: ".".join([project, *(prefix + source for source in SOURCES)])
    for name, (project, prefix) in PLACES.items()
}
OTHERS = {
    "DEV_PREFIX": case(DEV_PREFIX="grace"),
    "BIGQUERY_PROJECT": case(BIGQUERY_PROJECT="other"),
    "TARGET_BIGQUERY_PROJECT": case(TARGET_BIGQUERY_PROJECT="other"),
    "TARGET_BIGQUERY_DATASET": case(TARGET_BIGQUERY_DATASET="other"),
    "TARGET_BIGQUERY_SHARD": case(TARGET_BIGQUERY_SHARD="web"),
    **{
        (name := f"{tap.upper().replace('-', '_')}__LOAD_SCHEMA"): case(
            "dev", LINEAR, **{name: "other"}
        )
        for tap in TAPS
    },
}
ALL = {
    name: case(name, tuple(block for tap in TAPS for block in (tap, TARGET)))
    for name in EXPECTED
}
JOBS = case(
    "prod", tuple(f"{source.replace('_', '-')}-to-bigquery" for source in SOURCES)
)
GITHUB_ALONE = case("prod", GITHUB)


@pytest.fixture(scope="module")
def state_ids(
    project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[Case, list[str]]:
    cases = [*ALL.values(), *OTHERS.values(), case(), JOBS, GITHUB_ALONE]
    given = [(one.environment, one.blocks, dict(one.variables)) for one in cases]
    database = tmp_path_factory.mktemp("state") / "meltano.db"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, project_root, json.dumps(given)],
        env={
            "PATH": os.environ["PATH"],
            "MELTANO_DATABASE_URI": f"sqlite:///{database}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.rpartition("state IDs ")[2])
    return dict(zip(cases, found, strict=True))


@pytest.mark.parametrize("environment", EXPECTED)
def test_a_state_id_names_the_project_and_the_dataset_of_every_source(
    environment: str, state_ids: dict[Case, list[str]]
) -> None:
    assert state_ids[ALL[environment]] == [
        f"{environment}:{tap}-to-target-bigquery:{EXPECTED[environment]}"
        for tap in TAPS
    ]


@pytest.mark.parametrize("variable", OTHERS)
def test_another_destination_has_another_state_id(
    variable: str, state_ids: dict[Case, list[str]]
) -> None:
    assert state_ids[OTHERS[variable]] != state_ids[case()]


def test_the_declared_jobs_and_the_blocks_typed_by_hand_share_their_state(
    state_ids: dict[Case, list[str]],
) -> None:
    by_hand = state_ids[ALL["prod"]]
    assert state_ids[JOBS] == by_hand
    assert state_ids[GITHUB_ALONE] == [by_hand[TAPS.index("tap-github-prs")]]
