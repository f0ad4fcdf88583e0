"""Check a release, and write what its workflow publishes.

    python plugins/release.py check v1.2.3   tag, versions, names and changelog agree
    python plugins/release.py notes v1.2.3   print what CHANGELOG.md says about it
    python plugins/release.py build FOLDER   build each package's wheel and sdist
    python plugins/release.py sbom FOLDER    write each package's bill of materials

The packages are the taps, the target and the sandbox: what others install. All have the
version of the release. `build` needs uv, and `sbom` needs cyclonedx-bom.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("extract/tap-*", "load/*", "plugins/utilities/*")
# Names such as tap-linear and target-bigquery belong to other people on PyPI.
PREFIX = "throughline-"
TAG = re.compile(r"v\d+\.\d+\.\d+")
# A heading of CHANGELOG.md: `## 1.2.3, 2026-01-31`.
HEADING = "## {version}, "
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Package(NamedTuple):
    """A package of ours.

    Attributes:
        folder: Its folder.
        name: Its name on PyPI.
        version: Its version.
    """

    folder: Path
    name: str
    version: str

    @property
    def requirements(self) -> Path:
        """The pinned versions that it is tested with."""
        return ROOT / "plugins" / "requirements" / f"{self.folder.name}.txt"


def packages(root: Path = ROOT) -> list[Package]:
    """Return every package, in the order of the folders.

    Args:
        root: The project's folder.
    """
    found = []
    for pattern in FOLDERS:
        for path in sorted(root.glob(f"{pattern}/pyproject.toml")):
            project: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))["project"]
            found.append(Package(path.parent, project["name"], project["version"]))
    return found


def notes(tag: str, root: Path = ROOT) -> str:
    """Return what CHANGELOG.md says about a release.

    Args:
        tag: The release's tag.
        root: The project's folder.

    Returns:
        The text below its heading; empty if there is no such heading.
    """
    text = (root / "CHANGELOG.md").read_text("utf-8")
    _, found, rest = text.partition(f"\n{HEADING.format(version=tag[1:])}")
    day, _, body = rest.partition("\n")
    if not found or not DAY.fullmatch(day.strip()):
        return ""
    return re.split(r"^## ", body, maxsplit=1, flags=re.MULTILINE)[0].strip()


def problems(tag: str, root: Path = ROOT) -> list[str]:
    """Return what keeps a tag from being released, a line for each.

    Args:
        tag: The release's tag, such as `v1.2.3`.
        root: The project's folder.
    """
    if not TAG.fullmatch(tag):
        return [f"{tag} is not a release: a tag is vMAJOR.MINOR.PATCH, as in v1.2.3"]
    version = tag[1:]
    found = [
        f"{package.folder.relative_to(root)}: the version in pyproject.toml is "
        f"{package.version}, not {version}"
        for package in packages(root)
        if package.version != version
    ]
    found += [
        f"{package.folder.relative_to(root)}: the name in pyproject.toml must begin "
        f"with {PREFIX}, because others own {package.name} on PyPI"
        for package in packages(root)
        if not package.name.startswith(PREFIX)
    ]
    if not notes(tag, root):
        heading = HEADING.format(version=version)
        found.append(f"CHANGELOG.md: write what changed under `{heading}YYYY-MM-DD`")
    return found


def build(folder: Path) -> None:
    """Build each package's wheel and sdist.

    Args:
        folder: Where to write them.
    """
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    for package in packages():
        command: list[str | Path] = [
            uv,
            "build",
            "--quiet",
            "--out-dir",
            folder,
            package.folder,
        ]
        subprocess.run(command, check=True)  # noqa: S603 - our own arguments
    # uv writes it, and PyPI takes only wheels and sdists.
    (folder / ".gitignore").unlink(missing_ok=True)


def write_boms(folder: Path) -> None:
    """Write the bill of materials of each package: the versions that it is tested with.

    Args:
        folder: Where to write them, as CycloneDX in JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    program = Path(sys.executable).with_name("cyclonedx-py")
    for package in packages():
        if not package.requirements.exists():
            continue
        name = f"{package.name}-{package.version}.cdx.json"
        command: list[str | Path] = [
            program,
            "requirements",
            package.requirements,
            "--pyproject",
            package.folder / "pyproject.toml",
            "--mc-type=application",
            "--output-reproducible",
            "--output-file",
            folder / name,
        ]
        subprocess.run(command, check=True)  # noqa: S603 - our own arguments


def main() -> None:
    """Do what the command says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("command", choices=["check", "notes", "build", "sbom"])
    parser.add_argument("argument", metavar="TAG or FOLDER")
    given = parser.parse_args()
    if given.command == "check" and (found := problems(given.argument)):
        sys.exit("\n".join(found))
    if given.command == "notes":
        print(notes(given.argument))
    if given.command == "build":
        build(Path(given.argument))
    if given.command == "sbom":
        write_boms(Path(given.argument))


if __name__ == "__main__":
    main()
