"""Keys do not stay where other users of the machine, or later readers, find them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What a killed Meltano leaves: the folder of a state ID contains one per run.
LEFT = "run/dev:tap-linear-to-target-bigquery:acme.ada_linear/0193-af/tap.1.config.json"


@pytest.fixture
def project(project_root: Path, tmp_path: Path) -> Path:
    """A project with the scripts and with a file that a killed run left."""
    shutil.copytree(project_root / "orchestrate", tmp_path / "orchestrate")
    left = tmp_path / ".meltano" / LEFT
    left.parent.mkdir(parents=True)
    left.write_text('{"api_key": "sesame"}')
    return tmp_path


def tidy(project: Path) -> str:
    """Run the script as `make` does; returns what it printed."""
    kept = {k: v for k, v in os.environ.items() if k != "MELTANO_SYS_DIR_ROOT"}
    return subprocess.run(
        [sys.executable, project / "orchestrate" / "housekeeping.py"],
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout


@contextmanager
def started(name: str, *arguments: str | Path, cwd: Path) -> Iterator[None]:
    """Run a program of a name that waits until the block ends."""
    program = cwd / name
    program.write_text("print(flush=True); input()")
    with subprocess.Popen(
        [sys.executable, program, *arguments],
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.communicate(b"\n")


def test_settings_that_a_killed_run_left_are_removed(project: Path) -> None:
    assert tidy(project) == ""
    assert not (project / ".meltano" / LEFT).exists()


def test_settings_that_a_plugin_has_open_stay(project: Path) -> None:
    left = project / ".meltano" / LEFT
    with started("tap-linear", "--config", left, cwd=project):
        tidy(project)
        assert left.exists()
    tidy(project)
    assert not left.exists()


def test_new_settings_stay_while_a_meltano_of_the_project_runs(project: Path) -> None:
    left = project / ".meltano" / LEFT
    with started("meltano", "run", cwd=project):
        tidy(project)
        assert left.exists()
        # Its plugin would have it open by now.
        os.utime(left, (0, 0))
        tidy(project)
        assert not left.exists()


def test_a_meltano_of_another_project_protects_nothing(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    with started("meltano", "run", cwd=other):
        tidy(project)
    assert not (project / ".meltano" / LEFT).exists()


def test_other_users_cannot_enter_the_folder_of_meltano(project: Path) -> None:
    folder = project / ".meltano"
    folder.chmod(0o755)
    tidy(project)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_env_file_that_others_can_read_is_one_line_of_warning(
    project: Path,
) -> None:
    path = project / ".env"
    path.write_text("LINEAR_API_KEY=sesame\n")
    path.chmod(0o644)
    assert tidy(project) == (
        "warning: other users of this machine can read .env: run `chmod 600 .env`\n"
    )
    path.chmod(0o600)
    assert tidy(project) == ""


def test_what_a_recipe_of_make_writes_only_the_user_can_read(
    project_root: Path, tmp_path: Path
) -> None:
    makefile = tmp_path / "probe.mk"
    makefile.write_text(f"include Makefile\nprobe:\n\t@touch {tmp_path}/written\n")
    subprocess.run(
        ["make", "-f", makefile, "probe"],
        cwd=project_root,
        check=True,
        umask=0o022,
    )
    assert stat.S_IMODE((tmp_path / "written").stat().st_mode) == 0o600


def make_database(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table runs (id integer)")
        database.execute("insert into runs values (1)")
        database.commit()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"not a database, " * 10,
        lambda content: content[: len(content) // 2],
    ],
    ids=["overwritten", "cut"],
)
def test_a_damaged_database_is_put_aside_in_one_line_and_the_next_run_can_start(
    damage: Callable[[bytes], bytes], project: Path
) -> None:
    path = project / ".meltano" / "meltano.db"
    make_database(path)
    path.write_bytes(damage(path.read_bytes()))
    (line,) = tidy(project).splitlines()
    assert line.startswith(f"warning: {path} is damaged (")
    assert "loads everything again" in line
    assert not path.exists()
    assert len(list(path.parent.glob("meltano.db.damaged-*"))) == 1
    assert tidy(project) == ""


def test_a_database_that_can_be_used_stays_as_it_is(project: Path) -> None:
    path = project / ".meltano" / "meltano.db"
    make_database(path)
    content = path.read_bytes()
    assert tidy(project) == ""
    assert path.read_bytes() == content


def test_a_database_that_another_program_keeps_locked_is_one_line_and_stays(
    project: Path, project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(project_root / "orchestrate"))
    monkeypatch.delitem(sys.modules, "housekeeping", raising=False)
    import housekeeping  # noqa: PLC0415 - found on the path above

    path = project / ".meltano" / "meltano.db"
    make_database(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("begin exclusive")
        with pytest.raises(OSError, match="locked") as refused:
            housekeeping.repair(path, lock_seconds=0.1)
    assert "another program uses it" in housekeeping.explain(refused.value)
    assert housekeeping.repair(path) is None


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:////data/meltano.db", Path("/data/meltano.db")),
        ("sqlite:////data/meltano.db?timeout=30", Path("/data/meltano.db")),
        ("postgresql://meltano@db/meltano", None),
    ],
)
def test_only_a_database_that_is_a_file_is_checked_whatever_options_its_address_has(
    uri: str, path: Path | None, project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(project_root / "orchestrate"))
    monkeypatch.delitem(sys.modules, "housekeeping", raising=False)
    import housekeeping  # noqa: PLC0415 - found on the path above

    monkeypatch.setenv("MELTANO_DATABASE_URI", uri)
    assert housekeeping.database() == path
