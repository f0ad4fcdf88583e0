"""After a failed run, its logs and its bookmarks can be uploaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ".github/scripts/collect.py"
STATE_ID = "prod:tap-linear-to-target-bigquery:acme.linear.github"
STATE = {"singer_state": {"bookmarks": {"issues": {"replication_key": "updated_at"}}}}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_the_results_the_logs_and_each_bookmark_are_collected(
    project_root: Path, tmp_path: Path
) -> None:
    root, home = tmp_path / "project", tmp_path / "home"
    write(root / SCRIPT, (project_root / SCRIPT).read_text("utf-8"))
    write(root / "meltano.yml", "project_id: x\nsend_anonymous_usage_stats: false\n")
    (root / ".venv").symlink_to(project_root / ".venv")
    write(root / "output" / "pipeline.log", "pipeline: stopped")
    write(root / "transform" / "logs" / "dbt.log", "dbt")
    write(root / "transform" / "target" / "run_results.json", "{}")
    write(home / ".local" / "state" / "meltano" / "log" / "sync.log", "sync")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    subprocess.run(
        [
            root / ".venv" / "bin" / "meltano",
            *("state", "set", "--force", STATE_ID, json.dumps(STATE)),
        ],
        cwd=root,
        env=environment,
        check=True,
        capture_output=True,
    )
    # As a workflow passes a variable that nobody set.
    unset = {**environment, "MELTANO_STATE_BACKEND_URI": ""}
    for what in ("results", "failure"):
        subprocess.run([sys.executable, root / SCRIPT, what], env=unset, check=True)
    folder = root / "output"
    assert (folder / "dbt" / "run_results.json").read_text() == "{}"
    assert (folder / "failure" / "pipeline.log").read_text() == "pipeline: stopped"
    assert (folder / "failure" / "dbt" / "dbt.log").read_text() == "dbt"
    assert (folder / "failure" / "meltano" / "sync.log").read_text() == "sync"
    (state,) = (folder / "failure" / "state").iterdir()
    assert ":" not in state.name
    assert json.loads(state.read_text()) == STATE


def test_a_run_that_wrote_nothing_is_no_error(
    project_root: Path, tmp_path: Path
) -> None:
    (tmp_path / SCRIPT).parent.mkdir(parents=True)
    shutil.copy2(project_root / SCRIPT, tmp_path / SCRIPT)
    done = subprocess.run(
        [sys.executable, tmp_path / SCRIPT, "results"],
        capture_output=True,
        text=True,
        check=True,
    )
    name = tmp_path / "transform" / "target" / "run_results.json"
    assert done.stdout == f"collect: {name} does not exist\n"
