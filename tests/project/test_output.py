# ruff: noqa: E501 - lines as they are printed
"""The last lines of a failed run name what is wrong, in plain text."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

# As dbt 1.11 prints them through Meltano.
BUILD = """\
2026-11-28T16:07:30.1Z [info     ] dbt-bigquery \x1b[0m16:07:30  \x1b[33mFailure in test unique_fct_issues_issue_id (models/issues.yml)\x1b[0m
2026-11-28T16:07:30.2Z [info     ] dbt-bigquery \x1b[0m16:07:30    Got 3 results, configured to fail if != 0
2026-11-28T16:07:30.3Z [info     ] dbt-bigquery \x1b[0m16:07:30  \x1b[31mDatabase Error in model dim_people (models/dim_people.sql)\x1b[0m
2026-11-28T16:07:30.4Z [info     ] dbt-bigquery \x1b[0m16:07:30  Done. PASS=260 WARN=1 ERROR=2 SKIP=0 NO-OP=3 TOTAL=266
2026-11-28T16:07:32.7Z [error    ] meltano      Block run completed
"""
FATAL = """\
2026-11-28T16:07:30.1Z [info     ] dbt-bigquery \x1b[0m16:07:30  Encountered an error:
2026-11-28T16:07:30.2Z [info     ] dbt-bigquery Runtime Error
2026-11-28T16:07:30.3Z [info     ] dbt-bigquery   No such file
"""
SETTINGS = """\
2026-11-28T16:07:30.1Z [info     ] dbt-bigquery Error: set BIGQUERY_PROJECT to a Google Cloud project
2026-11-28T16:07:32.7Z [error    ] meltano      Block run completed
"""


@pytest.fixture(scope="module")
def output(project_root: Path) -> ModuleType:
    path = project_root / "orchestrate" / "output.py"
    spec = importlib.util.spec_from_file_location("orchestrate_output", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            BUILD,
            "test unique_fct_issues_issue_id, model dim_people: Done. PASS=260 WARN=1 ERROR=2 SKIP=0 NO-OP=3 TOTAL=266",
        ),
        (FATAL, "Runtime Error No such file"),
        (SETTINGS, "dbt-bigquery: set BIGQUERY_PROJECT to a Google Cloud project"),
    ],
    ids=["steps", "fatal", "settings"],
)
def test_the_failure_line_of_the_build_says_what_failed_without_color_codes(
    lines: str, expected: str, output: ModuleType
) -> None:
    assert output.cause(lines.splitlines()) == expected


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only on Linux")
def test_a_full_disk_below_the_output_does_not_end_the_run(project_root: Path) -> None:
    code = "from output import say; say('one'); say('two'); print('on', file=__import__('sys').stderr)"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=project_root / "orchestrate",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == "on\n"


@pytest.mark.skipif(not Path("/proc/1/task").exists(), reason="only on Linux")
@pytest.mark.parametrize("script", ["housekeeping.py", "pipeline.py"])
def test_a_folder_that_cannot_be_used_is_one_line(
    script: str, project_root: Path, tmp_path: Path
) -> None:
    shutil.copytree(project_root / "orchestrate", tmp_path / "orchestrate")
    shutil.copy(project_root / "sources.toml", tmp_path)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "orchestrate" / script)]
        + (["nightly"] if script == "pipeline.py" else []),
        env={
            "PATH": os.environ["PATH"],
            "PIPELINE_LINEAR_DATASET": "linear",
            "PIPELINE_GITHUB_DATASET": "github",
            "LINEAR_API_KEY": "sesame",
            # Not even root may change the mode of this folder.
            "MELTANO_SYS_DIR_ROOT": "/proc/1/task",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert len(done.stdout.splitlines()) == 1, done.stdout
    assert "/proc/1/task" in done.stdout
    assert "you own" in done.stdout
