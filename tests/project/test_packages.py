"""Each tap and the target install alone from a git URL."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = tomllib.loads((ROOT / "sources.toml").read_text("utf-8"))
PACKAGES = (
    *(f"extract/{source['tap']}" for source in SOURCES.values()),
    "load/target-bigquery",
)
PYTHONS = ("3.11", "3.12", "3.13")


def find_python(version: str) -> str:
    """Return the Python of a version on the search path, or one that pyenv has."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    folders = [Path(each) for each in os.get_exec_path()]
    folders += sorted(each / "bin" for each in pyenv.glob(f"{version}.*"))
    for folder in folders:
        python = folder / f"python{version}"
        # A shim of pyenv exists for versions that are not active; it exits with 127.
        command = [str(python), "-c", "import ssl, venv"]
        if (
            python.is_file()
            and subprocess.run(command, capture_output=True, check=False).returncode
            == 0
        ):
            return str(python)
    pytest.skip(f"Python {version} is not installed")


@pytest.mark.parametrize("version", PYTHONS)
def test_each_package_installs_from_a_git_url_and_runs_in_an_empty_environment(
    version: str, project_root: Path, tmp_path: Path
) -> None:
    if not (project_root / ".git").exists():
        pytest.skip("this is not a git repository")
    python = find_python(version)
    uv = project_root / ".venv" / "bin" / "uv"
    shared = {each.name for each in (project_root / "extract/common/src").glob("*.py")}
    for folder in PACKAGES:
        name = Path(folder).name
        environment = tmp_path / name
        url = f"git+file://{project_root}#subdirectory={folder}"
        subprocess.run([uv, "venv", "-q", "--python", python, environment], check=True)
        subprocess.run(
            [uv, "pip", "install", "-q", "--python", environment, url], check=True
        )
        about = subprocess.run(
            [environment / "bin" / name, "--about", "--format=json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(about.stdout)["name"] == name
        libraries = environment / f"lib/python{version}/site-packages"
        package = libraries / name.replace("-", "_")
        assert (package / "py.typed").is_file()
        licenses = [
            *libraries.glob(f"throughline_{package.name}-*.dist-info/licenses/LICENSE")
        ]
        assert [each.read_text("utf-8") for each in licenses] == [
            (project_root / "LICENSE").read_text("utf-8")
        ]
        if folder.startswith("extract/"):
            common = package / "common"
            assert not common.is_symlink()
            assert shared <= {each.name for each in common.iterdir()}
