"""A bookmark belongs to one project and one set of datasets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

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
LINEAR = ("tap-linear", "target-bigquery")
GITHUB = ("tap-github-prs", "target-bigquery")


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


EXPECTED = {
    "demo": "throughline-local.linear.github",
    "dev": "acme.ada_linear.ada_github",
    "staging": "acme.staging_linear.staging_github",
    "prod": "acme.linear.github",
}
OTHERS = {
    "DEV_PREFIX": case(DEV_PREFIX="grace"),
    "BIGQUERY_PROJECT": case(BIGQUERY_PROJECT="other"),
    "TARGET_BIGQUERY_PROJECT": case(TARGET_BIGQUERY_PROJECT="other"),
    "TARGET_BIGQUERY_DATASET": case(TARGET_BIGQUERY_DATASET="other"),
    "TARGET_BIGQUERY_SHARD": case(TARGET_BIGQUERY_SHARD="web"),
    "TAP_LINEAR__LOAD_SCHEMA": case(TAP_LINEAR__LOAD_SCHEMA="other"),
    "TAP_GITHUB_PRS__LOAD_SCHEMA": case(TAP_GITHUB_PRS__LOAD_SCHEMA="other"),
}
BOTH = {name: case(name, (*LINEAR, *GITHUB)) for name in EXPECTED}
JOBS = case("prod", ("linear", "github"))
GITHUB_ALONE = case("prod", GITHUB)


@pytest.fixture(scope="module")
def state_ids(
    project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[Case, list[str]]:
    cases = [*BOTH.values(), *OTHERS.values(), case(), JOBS, GITHUB_ALONE]
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
def test_a_state_id_names_the_project_and_the_datasets(
    environment: str, state_ids: dict[Case, list[str]]
) -> None:
    assert state_ids[BOTH[environment]] == [
        f"{environment}:{tap}-to-target-bigquery:{EXPECTED[environment]}"
        for tap in ("tap-linear", "tap-github-prs")
    ]


@pytest.mark.parametrize("variable", OTHERS)
def test_another_destination_has_another_state_id(
    variable: str, state_ids: dict[Case, list[str]]
) -> None:
    assert state_ids[OTHERS[variable]] != state_ids[case()]


def test_the_declared_jobs_and_the_blocks_typed_by_hand_share_their_state(
    state_ids: dict[Case, list[str]],
) -> None:
    by_hand = state_ids[BOTH["prod"]]
    assert state_ids[JOBS] == by_hand
    assert state_ids[GITHUB_ALONE] == by_hand[1:]
