"""Meltano's bookmarks of what lay in the local BigQuery."""

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
    """Bookmarks remain, so that the next run would read the changes only."""


def forget(root: Path) -> list[str]:
    """Remove the bookmarks of the environment whose warehouse is the sandbox.

    Args:
        root: The Meltano project; without a meltano.yml there is nothing to do.

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
        message = f"there is no Meltano to remove the bookmarks: {BY_HAND}"
        raise BookmarksError(message)
    listed = _run(root, meltano, "list", "--pattern", STATES)
    states = [line.strip() for line in listed.splitlines() if line.strip()]
    for state in states:
        _run(root, meltano, "clear", "--force", state)
    return states


def _run(root: Path, meltano: str, *arguments: str) -> str:
    """Run `meltano state`; returns its standard output, which holds no log lines."""
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
