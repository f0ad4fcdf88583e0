"""Check the types of everything that is not a package: tests, scripts and benchmarks.

`make check-tests` runs it. One run of mypy knows one file per module, and there are
several conftest.py. So each of them is checked in a run of its own, together with the
files that can see it: those next to it, below it, and the scripts and benchmarks of the
same package. The other files are one more run.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

MYPY = [sys.executable, "-m", "mypy", "--no-error-summary"]


def groups(paths: list[Path]) -> list[list[Path]]:
    """Return the files of each run.

    Args:
        paths: The Python files of the repository, relative to its root.
    """
    outside = [path for path in paths if "src" not in path.parts]
    tests = {path.parent for path in outside if path.name == "conftest.py"}
    found: dict[Path, list[Path]] = defaultdict(list)
    for path in outside:
        found[tests_of(path, tests)].append(path)
    return list(found.values())


def tests_of(path: Path, tests: set[Path]) -> Path:
    """Return the folder of tests that a file belongs to; the root if there is none."""
    *folders, root = path.parents
    for folder in folders:
        near = [each for each in sorted(tests) if folder in {each, each.parent}]
        if near:
            return near[0]  # the folder itself sorts before those in it
    return root


def main() -> int:
    """Run mypy on each group; return 1 if one of them has a mistake."""
    listed = subprocess.check_output(["git", "ls-files", "*.py"], text=True)  # noqa: S607 - the one in PATH
    runs = groups([Path(line) for line in listed.splitlines()])
    codes = [subprocess.run([*MYPY, *files], check=False).returncode for files in runs]  # noqa: S603 - our own files
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
