"""A project that does not use an optional source never hears of it."""

from __future__ import annotations

import sys
import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from read_yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

NAMES = ("checks", "doctor", "pipeline", "status")


@pytest.fixture
def orchestrate(
    project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, ModuleType]]:
    """The modules of orchestrate/, in a table whose second source is optional."""
    names = [path.stem for path in (project_root / "orchestrate").glob("*.py")]
    before = {name: sys.modules.pop(name, None) for name in names}
    monkeypatch.syspath_prepend(str(project_root / "orchestrate"))
    found = {name: __import__(name) for name in NAMES}
    linear, github, *_ = found["checks"].SOURCES
    sources = linear._replace(optional=False), github._replace(optional=True)
    for module in found.values():
        monkeypatch.setattr(module, "SOURCES", sources, raising=False)
    for source in sources:
        monkeypatch.setenv(source.dataset, source.name)
        for name in source.credentials:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LINEAR_API_KEY", "key")
    yield found
    for name, imported in before.items():
        sys.modules.pop(name, None)
        if imported is not None:
            sys.modules[name] = imported


def test_a_run_skips_it_without_a_line(
    orchestrate: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    found = orchestrate["pipeline"].chosen("nightly", None)

    assert [source.name for source in found] == ["linear"]
    assert capsys.readouterr().out == ""


def test_a_run_reads_it_once_its_credential_is_set(
    orchestrate: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "token")

    found = orchestrate["pipeline"].chosen("nightly", None)

    assert [source.name for source in found] == ["linear", "github"]


def test_a_run_that_names_it_says_what_to_set(orchestrate: dict[str, Any]) -> None:
    with pytest.raises(
        orchestrate["checks"].PipelineError, match="not configured: set GITHUB_TOKEN"
    ):
        orchestrate["pipeline"].chosen("sync", ["github"])


def test_without_any_source_the_message_names_only_the_others(
    orchestrate: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LINEAR_API_KEY")

    with pytest.raises(orchestrate["checks"].PipelineError) as refused:
        orchestrate["pipeline"].chosen("nightly", None)

    assert str(refused.value) == "no source is configured: set LINEAR_API_KEY"


def test_its_dataset_needs_no_name(
    orchestrate: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIPELINE_GITHUB_DATASET")

    orchestrate["checks"].check_datasets()


def test_the_doctor_does_not_check_it(
    orchestrate: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = orchestrate["doctor"]
    for name in ("of_machine", "of_python", "of_plugin"):
        monkeypatch.setattr(doctor, name, lambda *about: [(str(about), "ok", "")])
    monkeypatch.setattr(doctor, "find_meltano", lambda: "meltano")

    lines = list(doctor.findings())

    assert "Linear" in str(lines)
    assert "GitHub" not in str(lines)


def test_the_status_has_no_line_for_it(orchestrate: dict[str, Any]) -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    run = {
        "source": "linear",
        "outcome": "success",
        "started_at": now.isoformat(),
        "ended_at": now.isoformat(),
    }

    text = "\n".join(orchestrate["status"].report([run], now, "prod"))

    assert "Linear" in text
    assert "GitHub" not in text


def test_in_the_demo_its_tap_never_gets_a_credential_of_the_user(
    project_root: Path,
) -> None:
    def plugins(name: str) -> dict[str, Any]:
        return dict(read_yaml(project_root / name))

    defined = plugins("extract/extractors.meltano.yml")["plugins"]["extractors"]
    config = {each["name"]: each.get("config", {}) for each in defined}
    environments = plugins("meltano.yml")["environments"]
    (demo,) = (each for each in environments if each["name"] == "demo")
    in_demo = {
        each["name"]: each["config"] for each in demo["config"]["plugins"]["extractors"]
    }
    table = tomllib.loads((project_root / "sources.toml").read_text("utf-8"))
    for source in table.values():
        if source.get("optional"):
            tap = source["tap"]
            # What limits a source is no credential, and the sandbox may refuse it.
            secret = {name for name in config[tap] if name != "data_sources"}
            assert secret
            assert secret <= set(in_demo[tap])
            assert "$" not in str(in_demo[tap])
