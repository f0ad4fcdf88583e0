"""Our plugins and our dbt project work in the projects of other people.

The Meltano project is empty at first. It takes each plugin of ours from its definition
and a clone of this repository, and other people's plugins from PyPI. Its dbt project
uses ours as a package. The clone holds the last commit: what is not committed is not
tested. All tests are in one file, so that one worker makes the project once.
"""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from other_project import RAW, THINGS, definition_of

if TYPE_CHECKING:
    from pathlib import Path

    from other_project import OtherProject

MARTS = "acme_marts"
REPORTS = "acme_reports"
MODEL = """
select teams.team_key, count(*) as issue_count
from {{ ref('throughline', 'stg_linear__issues') }} as issues
inner join {{ ref('throughline', 'dim_teams') }} as teams
    on issues.team_id = teams.team_id
group by teams.team_key
"""


def ids(loaded: OtherProject, stream: str) -> set[str]:
    return {row["id"] for row in loaded.rows(stream)}


def test_every_plugin_of_ours_installs_from_its_definition(
    loaded: OtherProject,
) -> None:
    for name in loaded.plugins:
        kind = "loaders" if name.startswith("target-") else "extractors"
        program = loaded.root / ".meltano" / kind / name / "venv" / "bin" / name
        about = loaded.succeed(program, "--about", "--format=json")
        assert f'"name": "{name}"' in about


def test_our_taps_load_into_the_target_of_someone_else(loaded: OtherProject) -> None:
    world = loaded.server.world
    assert ids(loaded, "issues") == set(world.linear.issues)
    nodes = {row["node_id"] for row in loaded.rows("pull_requests")}
    assert nodes == set(world.github.pull_requests)


def test_a_stream_that_our_project_excludes_is_excluded_after_meltano_add(
    loaded: OtherProject,
) -> None:
    excluded = {
        tap: {rule[1:-2] for rule in select if rule.startswith("!")}
        for tap in loaded.taps
        if (select := definition_of(loaded.repository, tap).get("select"))
    }
    assert excluded["tap-linear"] == {"issue_index"}
    for stream in set().union(*excluded.values()):
        assert loaded.rows(stream) == []


def test_a_second_run_in_another_project_reads_only_what_is_new(
    loaded: OtherProject,
) -> None:
    before = len(loaded.rows("issues"))
    loaded.server.forget_stats()
    loaded.succeed("meltano", "run", "tap-linear", "target-jsonl")
    assert loaded.server.stats()["linear"]["requests"] <= 27
    assert len(loaded.rows("issues")) == before


def plain(value: Any) -> Any:  # noqa: ANN401 - any value of BigQuery's
    """Return a value as JSON has it; the library leaves JSON in arrays as text."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list):
        return [json.loads(each) if each.startswith('"') else each for each in value]
    return value


@pytest.mark.parametrize("tap", ["tap-jsonl", "tap-rest-api"])
def test_the_taps_of_others_load_into_our_target(
    tap: str, loaded: OtherProject
) -> None:
    table = f"{tap.replace('-', '_')}.raw_things"
    rows = loaded.query(f"select * from {table} order by id")  # noqa: S608 - ours
    found = [{name: plain(row[name]) for name in THINGS[0]} for row in rows]
    assert found == THINGS


@pytest.fixture(scope="module")
def built(loaded: OtherProject) -> OtherProject:
    """The other project after `dbt deps` and a run of its only model."""
    folder = loaded.root / "transform"
    project = {
        "name": "acme",
        "profile": "acme",
        "models": {"throughline": {"marts": {"+schema": MARTS}}},
    }
    profile = {
        "type": "bigquery",
        "method": "oauth-secrets",
        "token": "none",
        "project": loaded.client.project,
        "dataset": REPORTS,
        "threads": 4,
        "api_endpoint": loaded.environment["TARGET_BIGQUERY_API_ENDPOINT"],
    }
    package = loaded.repository / "transform"
    files = {
        "dbt_project.yml": project,
        "profiles.yml": {"acme": {"target": "x", "outputs": {"x": profile}}},
        "packages.yml": {"packages": [{"local": str(package)}]},
    }
    (folder / "models").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content))
    (folder / "models" / "issues_by_team.sql").write_text(MODEL)
    sources = tomllib.loads((loaded.repository / "sources.toml").read_text("utf-8"))
    datasets = {
        f"DBT_BIGQUERY_{name.upper()}_DATASET": f"acme_{name}"
        for name in [*sources, "ops"]
    }
    here = ("--project-dir", str(folder), "--profiles-dir", str(folder))
    loaded.succeed("dbt", "deps", *here)
    # The local BigQuery cannot create a table with declared columns, as an enforced
    # contract does. On BigQuery itself the variable is not set.
    datasets["DBT_BIGQUERY_CONTRACTS"] = "false"
    loaded.succeed("dbt", "run", "-s", "+issues_by_team", *here, **datasets)
    return loaded


def test_another_dbt_project_reads_our_models(built: OtherProject) -> None:
    rows = built.query(f"select * from {REPORTS}.issues_by_team")  # noqa: S608 - ours
    issues = built.server.world.linear.issues
    assert sum(row["issue_count"] for row in rows) == len(issues) > 0


def test_each_model_is_in_the_dataset_that_the_other_project_names(
    built: OtherProject,
) -> None:
    tables = {
        each.dataset_id: {table.table_id for table in built.client.list_tables(each)}
        for each in built.client.list_datasets()
    }
    assert {"stg_linear__issues", "raw_issues"} <= tables[RAW]
    assert "dim_teams" in tables[MARTS]
    assert "issues_by_team" in tables[REPORTS]
    assert not {"linear", "github", "analytics", "ops"} & set(tables)


def test_our_dbt_project_installs_from_a_folder_of_a_git_repository(
    other_project: OtherProject, tmp_path: Path
) -> None:
    package = {
        "git": f"file://{other_project.repository}",
        "subdirectory": "transform",
        "revision": "HEAD",
    }
    files = {
        "dbt_project.yml": {"name": "acme", "profile": "acme"},
        "packages.yml": {"packages": [package]},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(yaml.safe_dump(content))
    other_project.succeed("dbt", "deps", "--project-dir", str(tmp_path))
    installed = tmp_path / "dbt_packages/throughline/dbt_project.yml"
    assert installed.read_text() == (
        other_project.repository / "transform/dbt_project.yml"
    ).read_text("utf-8")
