"""`make doctor` shows the error lines of the plugins, however Meltano prints them."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(scope="module")
def doctor(project_root: Path) -> ModuleType:
    folder = project_root / "orchestrate"
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("doctor", folder / "doctor.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


def test_errors_are_the_lines_of_the_plugin_without_prefixes(
    doctor: ModuleType,
) -> None:
    text = """\
2026-11-28T23:01:56.2Z [info     ] meltano      Added 'pr_commits' as child stream
2026-11-28T23:01:56.2Z [info     ] meltano      Error: check GITHUB_TOKEN
2026-11-28T23:01:56.2Z [critical ] target-bigquery Dataset 'linear' is in location US
Error: check LINEAR_API_KEY
"""
    assert doctor.errors(text) == [
        "check GITHUB_TOKEN",
        "Dataset 'linear' is in location US",
        "check LINEAR_API_KEY",
    ]


def test_a_missing_python_is_a_problem_with_its_remedy(
    doctor: ModuleType, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    python.chmod(0o700)

    [(subject, kind, text)] = doctor.of_python(str(tmp_path / "meltano"))

    assert (subject, kind) == ("Python", doctor.PROBLEM)
    assert "run `make clean install`" in text


def test_the_python_of_the_project_is_supported(
    doctor: ModuleType, project_root: Path
) -> None:
    found = list(doctor.of_python(str(project_root / ".venv" / "bin" / "meltano")))
    assert [kind for _, kind, _ in found] == ["ok", "ok"]
