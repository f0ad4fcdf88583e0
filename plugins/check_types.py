"""Check the types of everything that is not a package: tests, scripts and benchmarks.

`make check-tests` runs it. One run of mypy knows one file per module, and the folders
of tests each have a conftest.py. So each of these folders is a run, and the other files
are one more.
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
    alone = {path.parent for path in outside if path.name == "conftest.py"}
    found: dict[Path | None, list[Path]] = defaultdict(list)
    for path in outside:
        found[path.parent if path.parent in alone else None].append(path)
    return list(found.values())


def main() -> int:
    """Run mypy on each group; return 1 if one of them has a mistake."""
    listed = subprocess.check_output(["git", "ls-files", "*.py"], text=True)  # noqa: S607 - the one in PATH
    runs = groups([Path(line) for line in listed.splitlines()])
    codes = [subprocess.run([*MYPY, *files], check=False).returncode for files in runs]  # noqa: S603 - our own files
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
