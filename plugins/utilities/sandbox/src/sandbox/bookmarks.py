"""Removes Meltano's bookmarks for the local BigQuery."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = "demo"
STATES = f"{ENVIRONMENT}:*"
BY_HAND = f"remove them with `meltano --environment={ENVIRONMENT} state clear ID`"


class BookmarksError(RuntimeError):
    """Bookmarks could not be removed, so the next run would read only changes."""


def forget(root: Path) -> list[str]:
    """Remove the bookmarks of the environment that uses the sandbox as its warehouse.

    Args:
        root: The Meltano project. Without a meltano.yml, the function does nothing.

    Returns:
        The state IDs that were removed.

    Raises:
        BookmarksError: If Meltano is missing or fails.
    """
    if not (root / "meltano.yml").exists():
        return []
    own = root / ".venv" / "bin" / "meltano"
    meltano = str(own) if own.exists() else shutil.which("meltano")
    if meltano is None:
        message = f"Meltano is not installed, so the bookmarks remain: {BY_HAND}"
        raise BookmarksError(message)
    listed = _run(root, meltano, "list", "--pattern", STATES)
    states = [line.strip() for line in listed.splitlines() if line.strip()]
    for state in states:
        _run(root, meltano, "clear", "--force", state)
    return states


def _run(root: Path, meltano: str, *arguments: str) -> str:
    """Run `meltano state` and return its stdout, which contains no log lines."""
    done = subprocess.run(  # noqa: S603 - the project's own Meltano
        [meltano, f"--environment={ENVIRONMENT}", "state", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        cause = (done.stderr.strip().splitlines() or ["no message"])[-1]
        message = f"Meltano could not remove the bookmarks ({cause}): {BY_HAND}"
        raise BookmarksError(message)
    return done.stdout
