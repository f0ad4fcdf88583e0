#!/usr/bin/env python3
"""Keep keys away from other users of this machine.

Meltano writes each plugin's settings, keys included, to a file below .meltano/run
and removes it when the run ends. After SIGKILL the file stays. This script removes
such files, closes .meltano to other users and warns about an open .env file.
`make` runs it before every verb that starts a plugin, and so does pipeline.py.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

from processes import listing, other_meltanos

ROOT = Path(__file__).resolve().parents[1]
OTHERS = stat.S_IRWXG | stat.S_IRWXO
# A Meltano that runs may have written a file that its plugin does not have open yet.
YOUNG_SECONDS = 600.0


def system_folder() -> Path:
    """Return the folder in which Meltano keeps what it generates."""
    return Path(os.environ.get("MELTANO_SYS_DIR_ROOT") or ROOT / ".meltano").resolve()


def remove_leftovers(folder: Path, root: Path = ROOT) -> list[Path]:
    """Remove the settings files of runs that have ended.

    A file stays if a process names it in its arguments, or if a Meltano of this
    project runs and the file is younger than `YOUNG_SECONDS`.

    Args:
        folder: Meltano's folder `.meltano`.
        root: The project.

    Returns:
        The files that were removed.
    """
    # Dot folders too: the name of a run's folder is the state ID.
    files = [
        Path(parent) / name
        for parent, _, names in os.walk(folder / "run")
        for name in names
        if name.endswith(".config.json")
    ]
    if not files:
        return []
    processes = listing()
    in_use = " ".join(process.arguments for process in processes)
    limit = time.time()
    if other_meltanos(root, processes):
        limit -= YOUNG_SECONDS
    removed = []
    for path in files:
        try:
            if str(path) not in in_use and path.stat().st_mtime <= limit:
                path.unlink()
                removed.append(path)
        except FileNotFoundError:  # its run ended now
            continue
    return removed


def close_folder(folder: Path) -> None:
    """Let nobody but the owner into a folder, whatever the modes of its files."""
    if folder.is_dir() and folder.stat().st_mode & OTHERS:
        folder.chmod(stat.S_IRWXU)


def warning_about(path: Path) -> str | None:
    """Return a line if other users may read a file of keys."""
    if path.is_file() and path.stat().st_mode & OTHERS:
        return (
            f"warning: other users of this machine can read {path.name}:"
            f" run `chmod 600 {path.name}`"
        )
    return None


def tidy() -> None:
    """Do all of it; warnings go to standard error."""
    close_folder(system_folder())
    remove_leftovers(system_folder())
    warning = warning_about(ROOT / ".env")
    if warning:
        sys.stderr.write(f"{warning}\n")


def explain(error: OSError) -> str:
    """Say in one line which file or folder the system refused, and what to do.

    Args:
        error: What the system raised.
    """
    what = error.filename or "a file of the project"
    return (
        f"{what}: {error.strerror or error}. Make sure that you own {ROOT} and"
        f" {system_folder()}, may write there, and that the disk has space"
    )


if __name__ == "__main__":
    try:
        tidy()
    except OSError as refused:
        sys.exit(f"make: {explain(refused)}")
