"""What a newcomer meets first: make, and the machine's Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A search path with the shell, and no Python on it yet."""
    for program in ("sh", "bash", "env"):
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    return tmp_path


def install_python(machine: Path, name: str, version: str) -> None:
    """Put a Python on the machine that says it is of a version."""
    program = machine / name
    old = tuple(int(part) for part in version.split(".")) < (3, 11)
    program.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = --version ]; then echo "Python {version}"; exit; fi\n'
        f"exit {int(old)}\n"
    )
    program.chmod(0o755)


def find_python(machine: Path, project_root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [project_root / "plugins" / "find-python"],
        env={"PATH": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_first_python_that_is_new_enough_is_taken(
    machine: Path, project_root: Path
) -> None:
    install_python(machine, "python3", "3.9.2")
    install_python(machine, "python3.12", "3.12.1")
    assert find_python(machine, project_root).stdout == "python3.12\n"


@pytest.mark.parametrize("version", [None, "3.9.2", "3.10.13"])
def test_no_python_that_is_new_enough_is_said_in_one_line(
    version: str | None, machine: Path, project_root: Path
) -> None:
    if version:
        install_python(machine, "python3", version)
    found = find_python(machine, project_root)
    assert found.returncode == 1
    assert found.stdout == ""
    assert len(found.stderr.splitlines()) == 1
    assert "Throughline needs Python 3.11 or newer" in found.stderr
    assert (version or "no python3") in found.stderr


def test_the_python_that_runs_this_is_new_enough(project_root: Path) -> None:
    found = subprocess.run(
        [project_root / "plugins" / "find-python"],
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(r"python3(\.\d+)?\n", found.stdout)


def test_help_lists_every_target(project_root: Path) -> None:
    makefile = (project_root / "Makefile").read_text("utf-8").replace("\\\n", " ")
    phony = next(
        line for line in makefile.splitlines() if line.startswith(".PHONY:")
    ).split()[1:]
    listed = subprocess.run(
        ["make", "help"], cwd=project_root, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^  make (\S+)", listed, re.MULTILINE)) == set(phony)
