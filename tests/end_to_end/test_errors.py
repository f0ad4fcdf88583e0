"""What goes wrong for a user says so in a line and ends non-zero."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Nothing listens on the discard port of the loopback.
NOWHERE = "http://127.0.0.1:9"
CREDENTIALS = ("LINEAR_API_KEY", "GITHUB_TOKEN", "BIGQUERY_PROJECT")
REPOSITORIES = '["owner/name"]'


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A shell without a credential, and with a state of its own."""
    kept = {
        name: value for name, value in os.environ.items() if name not in CREDENTIALS
    }
    return {
        **kept,
        # An empty variable wins over a file .env that a developer may have.
        **dict.fromkeys(CREDENTIALS, ""),
        "GITHUB_REPOSITORIES": REPOSITORIES,
        "TAP_GITHUB_PRS_API_URL": NOWHERE,
        "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
    }


def run(
    root: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [root / ".venv" / "bin" / "meltano", *arguments],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("tap", "line"),
    [
        ("tap-linear", "LINEAR_API_KEY"),
        ("tap-github-prs", "GITHUB_TOKEN"),
    ],
)
def test_an_environment_without_its_credentials_says_which(
    tap: str, line: str, project_root: Path, environment: dict[str, str]
) -> None:
    done = run(project_root, environment, "--environment=prod", "invoke", tap)
    assert done.returncode != 0
    assert line in done.stdout
    assert "Traceback" not in done.stdout


def test_without_a_sandbox_the_tap_names_the_address_that_does_not_answer(
    project_root: Path, environment: dict[str, str]
) -> None:
    environment["TAP_LINEAR_API_URL"] = f"{NOWHERE}/linear/graphql"
    environment["TARGET_BIGQUERY_API_ENDPOINT"] = NOWHERE
    done = run(project_root, environment, "invoke", "tap-linear")
    assert done.returncode != 0
    assert f"cannot be reached at {NOWHERE}/linear/graphql" in done.stdout
    assert "Traceback" not in done.stdout


def test_make_says_how_to_start_the_sandbox(
    project_root: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    # The sandbox of another, empty project is surely not running.
    done = subprocess.run(
        ["make", "--old-file=install", "sync-linear", f"CURDIR={tmp_path}"],
        cwd=project_root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "The sandbox is not running: start it with `make up`" in done.stderr
