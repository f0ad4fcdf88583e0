"""What must be true of every file in the repository."""

from __future__ import annotations

import re
import subprocess
import tomllib
from types import SimpleNamespace
from typing import TYPE_CHECKING

import check_types
import pytest

if TYPE_CHECKING:
    from pathlib import Path

# With a bracket in each, or this file would be its own first finding.
FORBIDDEN = {
    "a registry's host": r"python[h]osted\.org|p[y]pi\.org|registry\.np[m]js\.org",
    "a private key": r"BEGIN (?:[A-Z]+ )?PRIVATE[ ]KEY",
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{36}",
    "a Linear key": r"lin_(?:api|oauth)_[A-Za-z0-9]{40}",
}


@pytest.fixture(scope="module")
def tracked(project_root: Path) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project_root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = [project_root / name for name in listing.split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str, tracked: list[Path]) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        str(path)
        for path in tracked
        if pattern.search(path.read_text("utf-8", errors="replace"))
    ]
    assert not found


def test_the_search_for_forbidden_words_finds_one_that_is_there() -> None:
    assert re.search(FORBIDDEN["a GitHub token"], "ghp_" + "a" * 36)
    assert re.search(FORBIDDEN["a private key"], "-----BEGIN RSA PRIVATE" + " KEY-----")


def test_there_is_no_lock_file_with_resolved_addresses(tracked: list[Path]) -> None:
    locks = {"uv.lock", "poetry.lock", "pdm.lock", "package-lock.json", "pylock.toml"}
    assert not [path for path in tracked if path.name in locks]


def test_the_test_files_that_conftest_names_exist(project_root: Path) -> None:
    text = (project_root / "conftest.py").read_text("utf-8")
    named = re.findall(r'"([\w/-]+/(?:test_\w+\.py)?)"', text)
    assert len(named) > 5
    assert [name for name in named if not (project_root / name).exists()] == []


def test_one_worker_runs_all_tests_of_dbt_and_another_file_is_anybodys(
    pytestconfig: pytest.Config, project_root: Path
) -> None:
    root = pytestconfig.pluginmanager.get_plugin(str(project_root / "conftest.py"))
    assert root
    options = {"dist": "loadfile", "tx": ["popen"]}
    config = SimpleNamespace(
        getoption=options.get,
        getvalue=options.get,
        args_source=pytest.Config.ArgsSource.TESTPATHS,
    )
    scheduler = root.pytest_xdist_make_scheduler(config, None)
    assert {
        name: scheduler._split_scope(f"{name}::test[a::b/c]")
        for name in ("transform/pytests/test_sources.py", "tests/project/test_make.py")
    } == {
        "transform/pytests/test_sources.py": "transform/pytests/",
        "tests/project/test_make.py": "tests/project/test_make.py",
    }
    # `make test PACKAGE=transform` uses all workers.
    config.args_source = pytest.Config.ArgsSource.ARGS
    assert root.pytest_xdist_make_scheduler(config, None) is None


def test_mypy_finds_the_modules_of_tests_where_pytest_finds_them(
    project_root: Path,
) -> None:
    tools = tomllib.loads((project_root / "pyproject.toml").read_text("utf-8"))["tool"]
    assert set(tools["pytest"]["pythonpath"]) <= set(tools["mypy"]["mypy_path"])


def test_each_python_file_outside_the_packages_is_type_checked_once(
    project_root: Path, tracked: list[Path]
) -> None:
    paths = [path.relative_to(project_root) for path in tracked if path.suffix == ".py"]
    runs = check_types.groups(paths)
    checked = [path for run in runs for path in run]
    outside = [path for path in paths if "src" not in path.parts]
    assert sorted(checked) == sorted(outside)
    for run in runs:
        # A module of mypy is one file; a module of a package has a longer name.
        alone = [
            p for p in run if not (project_root / p).with_name("__init__.py").is_file()
        ]
        assert len(alone) == len({path.stem for path in alone})
