"""What a newcomer meets first: make, and the machine's Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from read_yaml import read_yaml

from sandbox.summary import NEXT_COMMANDS

ROOT = Path(__file__).resolve().parents[2]
SOURCES = tomllib.loads((ROOT / "sources.toml").read_text("utf-8"))


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
    # The name of a source is part of a target.
    targets = {*phony, "sync-SOURCE"}
    assert set(re.findall(r"^  make (\S+)", listed, re.MULTILINE)) == targets


def test_make_test_runs_all_checks_at_the_same_time_and_the_tests_after_them(
    project_root: Path,
) -> None:
    listed = subprocess.run(
        ["make", "--dry-run", "--old-file=dev", "test"],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    checks, _, tests = listed.partition("/pytest ")
    assert re.search(
        r"^make .*--jobs=[1-9]\d* .*check-sql-style check-sql .*lint$",
        checks,
        re.MULTILINE,
    )
    for each in ("ruff check", "mypy", "lint_sql.py", "check_sql.py"):
        assert each in checks
        assert each not in tests


@pytest.mark.parametrize(("version", "rebuilds"), [("3.10.13", 1), ("3.11.7", 0)])
def test_a_venv_of_a_python_that_is_not_supported_is_built_again(
    version: str, rebuilds: int, project_root: Path, tmp_path: Path
) -> None:
    for name in ("Makefile", "plugins", "analyze", "extract", "load", "transform"):
        (tmp_path / name).symlink_to(project_root / name)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    install_python(programs, "python", version)
    (tmp_path / ".venv" / ".meltano").touch()
    commands = subprocess.run(
        ["make", "--dry-run", "install"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert commands.count("rm -rf .venv") == rebuilds
    assert commands.count("-m venv .venv") == rebuilds


# A Python that notes its arguments. Its venv has a Python of the same kind, and its pip
# installs nothing.
NOTING_PYTHON = """#!/bin/sh
echo "$(basename "$(dirname "$0")") $*" >> "$NOTES"
case "$*" in
  *"venv .venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python
    printf '#!/bin/sh\\n' > .venv/bin/uv; chmod +x .venv/bin/uv;;
  *"pip --python"*)
    [ "$HAS_PIP" = yes ] || { echo "No module named pip" >&2; exit 1; };;
esac
"""


@pytest.mark.parametrize("has_pip", ["yes", "no"])
def test_uv_is_installed_with_the_pip_of_the_python_or_with_one_of_the_venv(
    has_pip: str, project_root: Path, tmp_path: Path
) -> None:
    for name in ("Makefile", "plugins", "analyze", "extract", "load", "transform"):
        (tmp_path / name).symlink_to(project_root / name)
    python = tmp_path / "machine" / "python3"
    python.parent.mkdir()
    python.write_text(NOTING_PYTHON)
    python.chmod(0o755)
    notes = tmp_path / "notes"
    done = subprocess.run(
        ["make", ".venv/.meltano", f"PYTHON={python}"],
        cwd=tmp_path,
        env={**os.environ, "NOTES": str(notes), "HAS_PIP": has_pip},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    lines = [line for line in notes.read_text().splitlines() if "pip" in line]
    pins = (project_root / "plugins" / "requirements" / "meltano.txt").read_text()
    uv = next(line for line in pins.splitlines() if line.startswith("uv=="))
    install = f"install -qq --disable-pip-version-check {uv}"
    with_its_own = [
        "machine -m venv .venv --without-pip",
        f"machine -m pip --python .venv/bin/python {install}",
    ]
    in_the_venv = ["bin -m ensurepip", f"bin -m pip {install}"]
    assert lines == with_its_own + (in_the_venv if has_pip == "no" else [])


def test_clean_keeps_the_bookmarks_and_clean_state_deletes_them(
    project_root: Path, tmp_path: Path
) -> None:
    for name in ("Makefile", "plugins"):
        (tmp_path / name).symlink_to(project_root / name)
    folder = tmp_path / ".meltano"
    database, data = folder / "meltano.db", folder / "sandbox" / "data"
    installed, left = folder / "loaders", folder / "run" / "tap.config.json"
    for each in (data, installed, left.parent, tmp_path / ".venv"):
        each.mkdir(parents=True)
    for path in (database, left):
        path.touch()
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert database.exists()
    assert data.exists()
    assert not installed.exists()
    assert not left.exists()
    assert not (tmp_path / ".venv").exists()
    subprocess.run(
        ["make", "clean-state"], cwd=tmp_path, check=True, capture_output=True
    )
    assert not folder.exists()


def test_the_hint_for_ones_own_data_works_as_printed(project_root: Path) -> None:
    command, _ = NEXT_COMMANDS[-1]
    printed = subprocess.run(
        ["bash", "-c", command],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.count("make run ENVIRONMENT=dev") == 3


def test_the_first_hint_of_the_demo_is_where_the_page_is(project_root: Path) -> None:
    text = (project_root / "analyze" / "analyze.meltano.yml").read_text("utf-8")
    path, _ = NEXT_COMMANDS[0]
    assert f"value: $MELTANO_PROJECT_ROOT/{path}\n" in text


def dry_run(project_root: Path, *arguments: str) -> list[str]:
    """What a verb would run, without the check of the sandbox."""
    printed = subprocess.run(
        ["make", "--dry-run", "--old-file=install", "ENVIRONMENT=prod", *arguments],
        cwd=project_root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [line for line in printed.splitlines() if line.startswith(".venv/bin/")]


def commands(project_root: Path, file: str, plugin: str) -> dict[str, dict[str, str]]:
    """The commands of a plugin."""
    found = read_yaml(project_root / file)["plugins"]
    return next(
        each["commands"]
        for plugins in found.values()
        for each in plugins
        if each["name"] == plugin
    )


def test_the_documentation_is_served_to_this_machine_only(project_root: Path) -> None:
    (command,) = dry_run(project_root, "dbt-docs-serve")
    assert command.endswith(" invoke dbt-bigquery:docs-serve")
    dbt = commands(project_root, "transform/transformers.meltano.yml", "dbt-bigquery")
    assert "--host 127.0.0.1" in dbt["docs-serve"]["args"]


@pytest.mark.parametrize(
    ("verb", "command"),
    [
        ("run", "invoke pipeline:nightly"),
        ("sync", "invoke pipeline:sync"),
        *(
            (f"sync-{source}", f'invoke pipeline:sync --source "{source}"')
            for source in SOURCES
        ),
        ("reconcile", "invoke pipeline:reconcile"),
        ("status", "invoke pipeline:status"),
        ("dbt", "run dbt-bigquery:build"),
        ("dbt-run", "run dbt-bigquery:run"),
        ("dbt-test", "run dbt-bigquery:test"),
        ("dbt-compile", "run dbt-bigquery:compile"),
        ("dbt-docs", "run dbt-bigquery:docs"),
        ("dbt-debug", "invoke dbt-bigquery:debug"),
        ("dbt-clean", "invoke dbt-bigquery:clean"),
    ],
)
def test_a_verb_is_one_meltano_command_that_the_project_declares(
    verb: str, command: str, project_root: Path
) -> None:
    (line,) = dry_run(project_root, verb)
    assert line.endswith(f" {command}")
    plugin, _, name = command.split()[1].partition(":")
    file = {
        "pipeline": "orchestrate/utilities",
        "dbt-bigquery": "transform/transformers",
    }
    assert name in commands(project_root, f"{file[plugin]}.meltano.yml", plugin)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (["SOURCE=linear"], '--source "linear" --full-refresh "linear"'),
        (
            ["SOURCE=linear", "STREAM=issues"],
            '--source "linear" --full-refresh "linear.issues"',
        ),
    ],
)
def test_a_full_refresh_is_of_a_source_or_of_one_of_its_streams(
    variables: list[str], words: str, project_root: Path
) -> None:
    (command,) = dry_run(project_root, "full-refresh", *variables)
    assert command.endswith(f" invoke pipeline:sync {words}")


def test_every_client_of_the_sandbox_follows_its_ports(project_root: Path) -> None:
    document = read_yaml(project_root / "meltano.yml")
    demo = next(each for each in document["environments"] if each["name"] == "demo")
    addresses = {
        f"{plugin['name']}_{setting}".upper().replace("-", "_"): value
        for plugins in demo["config"]["plugins"].values()
        for plugin in plugins
        for setting, value in plugin["config"].items()
        if "127.0.0.1:" in str(value)
    }
    assert len(addresses) > 8
    ports = {"SANDBOX_API_PORT": "9170", "SANDBOX_BIGQUERY_PORT": "9150"}
    clean = {name: value for name, value in os.environ.items() if name not in addresses}
    printed = subprocess.run(
        ["make", "--eval=show: ; @env", "show"],
        cwd=project_root,
        env=clean | ports,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    given = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    assert {name: given.get(name) for name in addresses} == {
        name: value.replace(":90", ":91") for name, value in addresses.items()
    }
