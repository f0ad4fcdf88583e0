"""A list of shards is refused unless each shard reads a share of its own."""

# ruff: noqa: S105, S106 - made-up credentials

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from plain_pipeline import pipeline

if TYPE_CHECKING:
    from vault import Vault

SCRIPT = Path(__file__).resolve().parents[2] / "orchestrate" / "shard.py"


def shard(
    name: str = "web", source: str = "github", **variables: str
) -> dict[str, Any]:
    variables = variables or {"GITHUB_REPOSITORIES": "acme/web"}
    return {"name": name, "source": source, "variables": variables}


API = shard("api", GITHUB_REPOSITORIES="acme/api")
TOKENS = {"GITHUB_TOKEN": "$LABS_TOKEN"}
LABS = shard("labs", GITHUB_ORGANIZATIONS="labs", **TOKENS)
LIST = json.dumps([API, LABS])
EU = shard("eu", "linear", LINEAR_API_KEY="$EU_KEY")


def start(
    shards: object, index: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the script with a Meltano that prints its arguments and its variables."""
    meltano = folder / ".venv" / "bin" / "meltano"
    meltano.parent.mkdir(parents=True, exist_ok=True)
    meltano.write_text(
        f"#!{sys.executable} -S\n"
        "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
    )
    meltano.chmod(0o755)
    (folder / "orchestrate").mkdir(exist_ok=True)
    for name in ("shard.py", "sources.py", "../sources.toml"):
        text = (SCRIPT.parent / name).read_text("utf-8")
        (folder / "orchestrate" / name).write_text(text, "utf-8")
    text = shards if isinstance(shards, str) else json.dumps(shards)
    return subprocess.run(
        [sys.executable, "-S", folder / "orchestrate" / "shard.py", index],
        env={"PATH": os.environ["PATH"], "PIPELINE_SHARDS": text, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("shards", "problem"),
    [
        ("", "PIPELINE_SHARDS is not a list of shards in JSON"),
        ("[]", "PIPELINE_SHARDS is not a list of shards in JSON"),
        ([1], "shard 0 is not an object"),
        ([shard("a b")], "shard 0 has no `name`"),
        ([shard(source="jira")], "`source` is none of github, linear"),
        ([{"name": "a", "source": "github"}], "`variables` is not an object"),
        ([shard(OTHER="x")], "(web) would read everything: set GITHUB_REPOSITORIES"),
        ([API, API], "two shards with the name 'api'"),
        (
            [API, shard(GITHUB_REPOSITORIES="acme/web, Acme/API")],
            "shards 'api' and 'web' both read acme/api",
        ),
        (
            [API, shard(GITHUB_ORGANIZATIONS="Acme")],
            "shards 'web' and 'api' both read acme/api",
        ),
        ([EU, {**EU, "name": "us"}], "shards 'eu' and 'us' both read $eu_key"),
        ([shard(**LABS["variables"], X_SECRET="sesame")], "X_SECRET contains"),
    ],
)
def test_a_list_that_is_wrong_is_refused_in_one_line(
    shards: object, problem: str, tmp_path: Path
) -> None:
    done = start(shards, "0", tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("shard: ")
    assert problem in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert "sesame" not in done.stdout


@pytest.mark.parametrize("index", ["", "2", "-1", "x"])
def test_a_place_that_the_list_does_not_have_is_refused(
    index: str, tmp_path: Path
) -> None:
    done = start([API, EU], index, tmp_path)
    assert done.returncode == 1
    assert (
        done.stdout == f"shard: there is no shard {index!r}: choose one from 0 to 1\n"
    )


def test_a_shard_is_a_run_of_the_pipeline(tmp_path: Path) -> None:
    done = start([API, LABS], "1", tmp_path)
    assert done.returncode == 0, done.stdout
    arguments, _ = json.loads(done.stdout.splitlines()[-1])
    assert arguments == ["invoke", "pipeline:sync", "--shard", "1"]


def test_a_shard_reads_its_share_only_with_its_own_credential(tmp_path: Path) -> None:
    done = pipeline(
        tmp_path,
        "sync",
        "--shard=1",
        GITHUB_REPOSITORIES="acme/everything",
        GITHUB_TOKEN="usual",
        LABS_TOKEN="of the labs",
        PIPELINE_SHARDS=LIST,
    )
    assert done.returncode == 0, done.stdout
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("[["))
    arguments, variables = json.loads(line)
    assert arguments[0] == "run"
    assert arguments[-2:] == ["tap-github-prs", "target-bigquery"]
    assert variables["GITHUB_ORGANIZATIONS"] == "labs"
    assert variables["GITHUB_REPOSITORIES"] == ""
    assert variables["GITHUB_TOKEN"] == "of the labs"
    assert variables["TARGET_BIGQUERY_SHARD"] == "labs"
    # BigQuery is not reachable here: its row waits in a file, as after every run.
    (row,) = (tmp_path / ".meltano" / "history").rglob("*.json")
    run = json.loads(row.read_text("utf-8"))["run"]
    assert (run["source"], run["shard"], run["outcome"]) == (
        "github",
        "labs",
        "success",
    )


def test_a_shards_credential_can_be_in_secret_manager(
    vault: Vault, tmp_path: Path
) -> None:
    vault.secrets = {"LABS_TOKEN": "of the vault"}
    done = pipeline(
        tmp_path,
        "sync",
        "--shard=1",
        PIPELINE_SHARDS=LIST,
        SECRETS="gcp://acme-data",
        SECRETS_ENDPOINT=f"http://127.0.0.1:{vault.server_port}",
    )
    assert done.returncode == 0, done.stdout
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("[["))
    variables = json.loads(line)[1]
    assert variables["GITHUB_TOKEN"] == "of the vault"
    # dbt takes the place of secrets for a sign that it does not know which are set.
    assert variables["SECRETS"] == ""
    assert vault.requests["LABS_TOKEN"] == 1


def test_a_credential_that_a_shard_refers_to_and_nobody_set_is_one_line(
    tmp_path: Path,
) -> None:
    done = pipeline(tmp_path, "sync", "--shard=1", PIPELINE_SHARDS=LIST)
    assert done.returncode == 1
    assert done.stdout == (
        "pipeline: LABS_TOKEN is not set: shard 'labs' needs it for GITHUB_TOKEN\n"
    )


def test_only_a_sync_has_shards(tmp_path: Path) -> None:
    done = pipeline(tmp_path, "nightly", "--shard=1")
    assert done.stdout == "pipeline: --shard is for a sync, not for nightly\n"


def test_reconcile_is_refused_in_a_shard(project_root: Path) -> None:
    done = subprocess.run(
        [sys.executable, project_root / "orchestrate" / "pipeline.py", "reconcile"],
        env={
            "PATH": os.environ["PATH"],
            "LINEAR_API_KEY": "sesame",
            "PIPELINE_GITHUB_DATASET": "github",
            "PIPELINE_LINEAR_DATASET": "linear",
            "TARGET_BIGQUERY_SHARD": "eu",
            "THROUGHLINE_TIDIED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    assert line.startswith("pipeline: TARGET_BIGQUERY_SHARD is 'eu', but reconcile")
