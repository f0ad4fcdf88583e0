"""`make doctor` shows the error lines of the plugins, however Meltano prints them."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from vault import Vault


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


def test_a_fact_is_shown_once_and_a_problem_once_for_each_subject(
    doctor: ModuleType,
) -> None:
    found = [
        ("Linear", "ok", "the clock is correct"),
        ("GitHub", "ok", "the clock is correct"),
        ("GitHub", "problem", "no answer"),
        ("BigQuery", "problem", "no answer"),
        ("BigQuery", "problem", "no answer"),
    ]

    assert list(doctor.distinct(found)) == [found[0], found[2], found[3]]


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


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_source_whose_key_is_in_secret_manager_is_checked_as_in_a_run(
    doctor: ModuleType,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_refused: bool,
) -> None:
    for source in doctor.SOURCES:
        monkeypatch.setenv(source.dataset, source.name)
        for name in source.credentials:
            monkeypatch.setenv(name, "")
    monkeypatch.setenv("SECRETS", "gcp://acme-data")
    monkeypatch.setenv("SECRETS_ENDPOINT", f"http://127.0.0.1:{vault.server_port}")
    # What a plugin finds is its own affair.
    monkeypatch.setattr(doctor, "of_plugin", lambda _, title, *__: [(title, "ok", "")])
    vault.secrets = {"LINEAR_API_KEY": None if is_refused else "lin_api_sesame"}

    found = [each for each in doctor.findings() if each[0] in {"Keys", "Linear"}]

    keys, linear = found[-2:]
    if is_refused:
        assert keys[:2] == ("Keys", doctor.PROBLEM)
        assert "Secret Manager refuses secret LINEAR_API_KEY" in keys[2]
        assert linear[1] == "skipped"
    else:
        assert keys == ("Keys", "ok", "from Secret Manager: LINEAR_API_KEY")
        assert linear[1] == "ok"
    assert "sesame" not in str(found)
