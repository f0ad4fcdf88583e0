#!/usr/bin/env python3
"""Copy what a run left behind to the folder `output`, from which a workflow uploads it.

`results` copies dbt's results, `docs` the models' documentation, and `failure` the
logs and the bookmarks. A file that does not exist is skipped with one line: a run
that failed early has written little.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "output"
TARGET = ROOT / "transform" / "target"
STATE_BACKEND = "MELTANO_STATE_BACKEND_URI"
FILES = {
    "results": ("run_results.json",),
    "docs": ("index.html", "catalog.json", "manifest.json"),
}
# Where Meltano writes the output of each sync, on Linux:
# https://docs.meltano.com/reference/settings#logging
LOGS = {
    "meltano": Path.home() / ".local" / "state" / "meltano" / "log",
    "dbt": ROOT / "transform" / "logs",
}


def copy_files(names: tuple[str, ...], source: Path, destination: Path) -> None:
    """Copy files from one folder to another.

    Args:
        names: Names of the files.
        source: The folder that contains them.
        destination: The folder that receives them; created if it does not exist.
    """
    destination.mkdir(parents=True, exist_ok=True)
    for name in names:
        if (source / name).is_file():
            shutil.copy2(source / name, destination / name)
        else:
            print(f"collect: {source / name} does not exist")


def copy_logs(destination: Path) -> None:
    """Copy the folders of logs and the output of the pipeline.

    Args:
        destination: The folder that receives them.
    """
    for name, folder in LOGS.items():
        if folder.is_dir():
            shutil.copytree(folder, destination / name, dirs_exist_ok=True)
        else:
            print(f"collect: {folder} does not exist")
    copy_files(("pipeline.log",), OUTPUT, destination)


def copy_state(destination: Path) -> None:
    """Write each bookmark of the environment to a file of its own.

    Args:
        destination: The folder that receives the files.
    """
    destination.mkdir(parents=True, exist_ok=True)
    # Meltano's own log goes to standard error.
    for state_id in _meltano("state", "list").splitlines():
        # A state ID contains colons, which no artifact may have in a file's name:
        # https://github.com/actions/upload-artifact/issues/546
        name = re.sub(r"[^A-Za-z0-9._-]", "_", state_id.strip())
        if name:
            text = _meltano("state", "get", state_id.strip())
            (destination / f"{name}.json").write_text(text, "utf-8")


def _meltano(*arguments: str) -> str:
    variables = dict(os.environ)
    if not variables.get(STATE_BACKEND, "x").strip():
        # A variable of a workflow that is not set arrives as an empty one; Meltano 4.4
        # takes the empty text for an address.
        del variables[STATE_BACKEND]
    done = subprocess.run(  # noqa: S603 - the project's Meltano
        [ROOT / ".venv" / "bin" / "meltano", *arguments],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"collect: meltano {' '.join(arguments)} failed ({done.returncode})")
        return ""
    return done.stdout


def main() -> None:
    """Collect what the argument names."""
    parser = argparse.ArgumentParser(prog="collect", description=__doc__)
    parser.add_argument("what", choices=[*FILES, "failure"])
    what = parser.parse_args().what
    try:
        if what == "failure":
            copy_logs(OUTPUT / "failure")
            copy_state(OUTPUT / "failure" / "state")
        else:
            copy_files(FILES[what], TARGET, OUTPUT / "dbt")
    except OSError as error:
        sys.exit(f"collect: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
