#!/usr/bin/env python3
"""Keep keys away from other users of this machine, and Meltano's database usable.

Meltano writes each plugin's settings, keys included, to a file below .meltano/run
and removes it when the run ends. After SIGKILL the file stays. This script removes
such files, closes .meltano to other users and warns about an open .env file. A
database that a full disk or a crash damaged is put aside: the next run of each
environment then finds no bookmark and loads everything again, which loses nothing.
`make` runs it before every verb that starts a plugin, and so does pipeline.py.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import time
from contextlib import closing
from pathlib import Path

from processes import listing, other_meltanos

ROOT = Path(__file__).resolve().parents[1]
OTHERS = stat.S_IRWXG | stat.S_IRWXO
# A Meltano that runs may have written a file that its plugin does not have open yet.
YOUNG_SECONDS = 600.0
# Meltano writes for milliseconds at a time: a lock that is held for longer is another
# program's.
LOCK_SECONDS = 30.0
# https://www.sqlite.org/rescode.html
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


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


def database() -> Path | None:
    """Return Meltano's database; None if it is not a file of this machine."""
    uri = os.environ.get("MELTANO_DATABASE_URI", "")
    if not uri:
        return system_folder() / "meltano.db"
    prefix = "sqlite:///"
    if not uri.startswith(prefix):
        return None
    # SQLAlchemy's options follow a question mark.
    return Path(uri.removeprefix(prefix).partition("?")[0])


def repair(path: Path, lock_seconds: float = LOCK_SECONDS) -> str | None:
    """Put a damaged database aside.

    Args:
        path: The database.
        lock_seconds: How long to wait for another program that uses it.

    Returns:
        A line that says so; None if the database can be used or does not exist.

    Raises:
        OSError: If it cannot be read or written, or another program keeps it locked.
    """
    if not path.is_file() or not path.stat().st_size:
        return None
    try:
        uri = f"file:{path}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=lock_seconds)) as found:
            found.execute("begin immediate")
            (result,) = found.execute("pragma quick_check(1)").fetchone()
            problem = "" if result == "ok" else str(result)
    except sqlite3.Error as error:
        problem = str(error)
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_BUSY:
            problem += ": another program uses it; end it, or wait until it has ended"
        if code not in DAMAGED:
            raise OSError(None, problem, str(path)) from None
    if not problem:
        return None
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):  # they belong to the damaged file
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return (
        f"warning: {path} is damaged ({problem}) and is now {aside.name}: bookmarks in"
        " it are lost, so the next run of each environment loads everything again"
    )


def tidy() -> None:
    """Do all of it; warnings go to standard error.

    Raises:
        OSError: If a file or folder of the project cannot be used.
    """
    close_folder(system_folder())
    remove_leftovers(system_folder())
    path = database()
    warnings = [warning_about(ROOT / ".env"), repair(path) if path else None]
    for warning in filter(None, warnings):
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
