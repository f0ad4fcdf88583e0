"""Every variable that the definitions read is one that somebody can know about."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from read_yaml import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

# Set by Meltano, by `make up`, and by who overrides the destination of a plugin.
KNOWN = re.compile(
    r"MELTANO_\w+|SANDBOX_TOKEN|TARGET_BIGQUERY_(PROJECT|DATASET|SHARD)|TAP_\w+__LOAD_SCHEMA"
)


def test_a_variable_is_in_env_example_or_in_meltano_yml(project_root: Path) -> None:
    """Meltano takes a misspelled variable for an empty one."""
    files = [project_root / "meltano.yml", *project_root.glob("*/*.meltano.yml")]
    text = "\n".join(path.read_text("utf-8") for path in files)
    read = set(re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", text))
    project = read_yaml(project_root / "meltano.yml")
    declared = set(project["env"])
    for environment in project["environments"]:
        declared |= set(environment.get("env", {}))
    example = (project_root / ".env.example").read_text("utf-8")
    declared |= set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE))
    unknown = {name for name in read - declared if not KNOWN.fullmatch(name)}
    assert "LINEAR_API_KEY" in read
    assert unknown == set()


def test_a_list_may_be_written_with_commas_in_env(project_root: Path) -> None:
    """Meltano refuses `a,b` for a setting of the kind array, with a traceback."""
    settings = [
        (path.name, setting)
        for path in sorted(project_root.glob("plugins/*/*.lock"))
        for setting in json.loads(path.read_text("utf-8"))["settings"]
    ]
    lists = {
        setting["name"]: setting["kind"]
        for _, setting in settings
        if "separated by commas" in setting["description"]
    }
    assert {"teams", "repositories", "data_sources", "objects"} <= lists.keys()
    assert set(lists.values()) == {"string"}
    assert [each for each in settings if each[1]["kind"] == "array"] == []


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_staging_and_prod_start_only_with_a_project_and_a_location(
    environment: str, project_root: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, project_root / "orchestrate" / "pipeline.py", "nightly"],
        env={
            "PATH": os.environ["PATH"],
            "MELTANO_ENVIRONMENT": environment,
            "MELTANO_SYS_DIR_ROOT": str(tmp_path),
            "PIPELINE_LINEAR_DATASET": "linear",
            "PIPELINE_GITHUB_DATASET": "github",
            "PIPELINE_PROJECT": "acme",
            "LINEAR_API_KEY": "sesame",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == (
        f"pipeline: set BIGQUERY_LOCATION: environment {environment} starts only with"
        " it\n"
    )


@pytest.mark.parametrize(
    ("address", "expected"), [("", []), (" ", []), ("gs://b/state", ["gs://b/state"])]
)
def test_make_passes_no_empty_address_of_the_state_backend_on(
    address: str, expected: list[str], project_root: Path
) -> None:
    """Meltano 4.4 refuses it: an unset variable of a workflow is an empty one."""
    variable = "MELTANO_STATE_BACKEND_URI"
    printed = subprocess.run(
        ["make", "--eval", "shown: ; @env", "shown"],
        cwd=project_root,
        env={**os.environ, variable: address},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.findall(rf"^{variable}=(.*)$", printed, re.MULTILINE)
    assert found == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [(None, None), ("", "systemdb"), ("gs://b/state", "gs://b/state")],
)
def test_the_pipeline_replaces_an_empty_address_of_the_state_backend(
    address: str | None,
    expected: str | None,
    project_root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also one that Meltano would read from .env."""
    monkeypatch.syspath_prepend(str(project_root / "orchestrate"))
    for name in ("runner", "screen"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import runner  # noqa: PLC0415 - found on the path above
    from screen import Screen  # noqa: PLC0415

    variable = "MELTANO_STATE_BACKEND_URI"
    monkeypatch.delenv(variable, raising=False)
    if address is not None:
        monkeypatch.setenv(variable, address)
    # Without its start: a runner takes over the signals of its process.
    made = runner.Runner.__new__(runner.Runner)
    made.screen = Screen(None)
    found = made.environment({"TAP_LINEAR_START_DATE": "2026-01-31"})
    assert found.get(variable) == expected
    assert found["TAP_LINEAR_START_DATE"] == "2026-01-31"
