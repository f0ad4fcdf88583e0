"""A release is checked before anything is built, and each job has few rights."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from read_yaml import read_yaml

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github/workflows/release.yml"


def load_release() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "release", ROOT / "plugins/release.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["release"] = module
    spec.loader.exec_module(module)
    return module


release = load_release()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that a check reads, as a release 1.2.3 has them."""
    for package in release.packages():
        folder = tmp_path / package.folder.relative_to(ROOT)
        folder.mkdir(parents=True)
        text = (package.folder / "pyproject.toml").read_text("utf-8")
        version = f'version = "{package.version}"'
        assert version in text
        text = text.replace(version, 'version = "1.2.3"')
        (folder / "pyproject.toml").write_text(text, "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 1.2.3, 2026-01-31\n\n- One.\n\n"
        "## 1.2.2, 2026-01-01\n\n- Two.\n",
        "utf-8",
    )
    return tmp_path


def test_a_tag_with_its_versions_and_its_changelog_is_released(project: Path) -> None:
    assert release.problems("v1.2.3", project) == []
    assert release.notes("v1.2.3", project) == "- One."


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2", "v1.2.3rc1", "vv1.2.3", "v1.2.3\n"])
def test_any_other_tag_is_refused(tag: str, project: Path) -> None:
    (line,) = release.problems(tag, project)
    assert "vMAJOR.MINOR.PATCH" in line


def test_a_package_with_another_version_is_refused(project: Path) -> None:
    path = project / "load/target-bigquery/pyproject.toml"
    path.write_text(path.read_text("utf-8").replace('"1.2.3"', '"1.2.2"'), "utf-8")
    (line,) = release.problems("v1.2.3", project)
    assert line.startswith(
        "load/target-bigquery: the version in pyproject.toml is 1.2.2"
    )


def test_a_name_that_others_own_is_refused(project: Path) -> None:
    path = project / "load/target-bigquery/pyproject.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('name = "throughline-', 'name = "', 1), "utf-8")
    (line,) = release.problems("v1.2.3", project)
    assert "must begin with throughline-" in line


@pytest.mark.parametrize(
    "heading", ["## 1.2.4, 2026-01-31", "## 1.2.3", "## 1.2.3, soon", "## 1.2.3, 2026"]
)
def test_a_release_without_a_dated_heading_in_the_changelog_is_refused(
    heading: str, project: Path
) -> None:
    path = project / "CHANGELOG.md"
    text = path.read_text("utf-8").replace("## 1.2.3, 2026-01-31", heading)
    path.write_text(text, "utf-8")
    (line,) = release.problems("v1.2.3", project)
    assert line.startswith("CHANGELOG.md: write what changed under `## 1.2.3, ")


def test_a_refused_release_ends_with_one_line_for_each_problem() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "plugins/release.py", "check", "v99.0.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == len(release.packages()) + 1
    assert not [line for line in lines if str(ROOT) in line]


def test_every_package_has_a_license_classifiers_a_readme_and_types() -> None:
    for package in release.packages():
        text = (package.folder / "pyproject.toml").read_text("utf-8")
        about = tomllib.loads(text)["project"]
        assert about["license"] == "Apache-2.0", package
        assert (package.folder / "LICENSE").read_text("utf-8") == (
            ROOT / "LICENSE"
        ).read_text("utf-8")
        versions = {f"Programming Language :: Python :: 3.{n}" for n in (11, 12, 13)}
        assert versions <= set(about["classifiers"]), package
        assert (package.folder / about["readme"]).is_file()
        assert list(package.folder.glob("src/*/py.typed")), package


def test_the_workflow_builds_a_wheel_and_an_sdist_of_each_package(
    tmp_path: Path,
) -> None:
    release.build(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2 * len(release.packages())
    for package in release.packages():
        stem = f"{package.name.replace('-', '_')}-{package.version}"
        with tarfile.open(tmp_path / f"{stem}.tar.gz") as sdist:
            names = sdist.getnames()
        assert f"{stem}/LICENSE" in names
        with zipfile.ZipFile(tmp_path / f"{stem}-py3-none-any.whl") as wheel:
            inside = set(wheel.namelist())
        for path in package.folder.glob("src/*/queries/*"):
            assert path.relative_to(package.folder / "src").as_posix() in inside


def jobs() -> dict[str, Any]:
    return dict(read_yaml(WORKFLOW)["jobs"])


def test_only_a_tag_starts_the_workflow() -> None:
    found = read_yaml(WORKFLOW)
    assert found[True] == {"push": {"tags": ["v*"]}}


def test_no_job_of_the_release_has_more_rights_than_its_step_needs() -> None:
    assert read_yaml(WORKFLOW)["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs().items()} == {
        "build": {"contents": "read"},
        "attest": {"contents": "read", "id-token": "write", "attestations": "write"},
        "publish": {"contents": "read", "id-token": "write"},
        "github": {"contents": "write"},
    }
    assert "secrets." not in WORKFLOW.read_text("utf-8")


def test_what_is_published_is_what_was_checked_built_and_attested() -> None:
    assert [job.get("needs") for job in jobs().values()] == [
        None,
        "build",
        "attest",
        "publish",
    ]
    for name, job in jobs().items():
        checks_out = any("checkout@" in step.get("uses", "") for step in job["steps"])
        assert checks_out == (name == "build")


def test_a_tag_of_another_branch_is_not_built(tmp_path: Path) -> None:
    """The step as GitHub runs it, in a clone with a commit that main does not have."""
    (step,) = [
        s for s in jobs()["build"]["steps"] if s.get("name", "").startswith("Ch")
    ]
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GITHUB_REF_NAME": "v0.0.0",
    }

    def git(*arguments: str, cwd: Path = tmp_path) -> None:
        person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        subprocess.run(
            ["git", *person, *arguments], cwd=cwd, env=environment, check=True
        )

    git("init", "-q", "-b", "main", str(origin))
    git("commit", "-q", "--allow-empty", "-m", "one", cwd=origin)
    git("clone", "-q", str(origin), str(clone))
    git("commit", "-q", "--allow-empty", "-m", "two", cwd=clone)
    (clone / "plugins").mkdir()
    shutil.copy(ROOT / "plugins/release.py", clone / "plugins")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == ""
