# ruff: noqa: E501 - lines as they are printed
"""A quiet run prints steps, progress, results and problems; its log has every line."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SYNC = """\
2026-11-28T19:49:22.1Z [info     ] meltano      Running catalog discovery
2026-11-28T19:49:23.0Z [info     ] tap-linear   Beginning sync of 'users' in full_table mode
2026-11-28T19:49:35.9Z [info     ] tap-linear   issues: 2,100 of 2,465 · 105 requests · 2,512,490 points left
2026-11-28T19:49:36.0Z [info     ] tap-linear   issues: 2,465 of 2,465 · 118 requests · 2,436,514 points left
2026-11-28T19:49:37.0Z [warning  ] tap-linear   Skipping field email
2026-11-28T19:49:37.1Z [warning  ] tap-linear   Skipping field email
2026-11-28T19:49:48.7Z [info     ] target-bigquery Stream 'users': 2,600 rows read, 26 rows changed in raw_users, 11,079 bytes, 3 jobs, 3.2 s.
2026-11-28T19:49:48.7Z [info     ] target-bigquery Stream 'teams': 4 rows read, 4 rows changed in raw_teams, 10,803 bytes, 3 jobs, 1.4 s.
"""
BUILD = """\
2026-11-28T16:07:30.2Z [info     ] dbt-bigquery \x1b[0m16:07:30  120 of 265 OK created sql table model analytics.fct_issues
2026-11-28T16:07:30.4Z [info     ] dbt-bigquery \x1b[0m16:07:30  Done. PASS=265 WARN=1 ERROR=0 SKIP=0 NO-OP=0 TOTAL=266
"""


@pytest.fixture
def screen(project_root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    folder = project_root / "orchestrate"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "output", raising=False)
    spec = importlib.util.spec_from_file_location("screen", folder / "screen.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def play(screen: ModuleType, log_file: Path | None) -> None:
    shown = screen.Screen(log_file)
    for title, command, lines in (
        ("Linear", "tap-linear target-bigquery", SYNC),
        ("Models", "dbt-bigquery:build", BUILD),
    ):
        step = shown.begin(title, command)
        for line in lines.splitlines():
            step.line(line)
        step.end()
    shown.close()


def test_a_quiet_run_prints_its_steps_and_each_problem_once(
    screen: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log_file = tmp_path / "logs" / "demo.log"
    play(screen, log_file)
    assert capsys.readouterr().out.splitlines() == [
        "Linear: meltano run tap-linear target-bigquery",
        "  tap-linear: Skipping field email",
        "Linear: 2,604 rows in 0 s",
        "Models: meltano run dbt-bigquery:build",
        "Models: PASS=265 WARN=1 ERROR=0 SKIP=0 NO-OP=0 TOTAL=266 in 0 s",
        f"Every line: {log_file} (print them: VERBOSE=1)",
    ]
    assert log_file.read_text() == SYNC + BUILD


def test_a_quiet_run_prints_progress_every_ten_seconds(
    screen: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = iter(range(0, 1000, 6))
    monkeypatch.setattr(screen.time, "monotonic", lambda: float(next(seconds)))
    play(screen, tmp_path / "demo.log")
    printed = capsys.readouterr().out
    assert "  issues: 2,465 of 2,465 · 118 requests" in printed
    assert "  issues: 2,100 of 2,465" not in printed


def test_a_run_without_a_log_file_prints_every_line_and_nothing_else(
    screen: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    play(screen, None)
    assert capsys.readouterr().out == SYNC + BUILD


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only on Linux")
def test_a_full_disk_ends_no_run(
    screen: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    play(screen, Path("/dev/full"))
    assert "Linear: 2,604 rows" in capsys.readouterr().out
