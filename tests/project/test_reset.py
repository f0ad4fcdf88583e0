"""What `sandbox reset` leaves of Meltano's state."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from sandbox import bookmarks

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_reset_removes_the_bookmarks_of_the_demo_and_no_others(
    project_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MELTANO_DATABASE_URI", f"sqlite:///{tmp_path}/meltano.db")
    monkeypatch.setenv("MELTANO_ENVIRONMENT", "dev")
    meltano = project_root / ".venv" / "bin" / "meltano"

    def state(*arguments: str) -> str:
        done = subprocess.run(
            [meltano, "--environment=dev", "state", *arguments],
            cwd=project_root,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    bookmark = json.dumps({"singer_state": {"bookmarks": {"issues": {"at": 1}}}})
    demo = "demo:tap-linear-to-target-bigquery:throughline-local.linear.github"
    prod = "prod:tap-linear-to-target-bigquery:company.linear.github"
    for state_id in (demo, prod):
        state("set", "--force", state_id, bookmark)
    assert bookmarks.forget(project_root) == [demo]
    assert state("list").split() == [prod]
    assert bookmarks.forget(project_root) == []
