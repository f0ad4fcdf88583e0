"""`SECRETS=gcp://PROJECT`: Google's own client reads a stand-in of Secret Manager."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from vault import Vault

PROJECT = "acme-data"


@pytest.fixture
def secret_manager(project_root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(project_root / "orchestrate"))
    monkeypatch.delitem(sys.modules, "secret_manager", raising=False)
    import secret_manager  # noqa: PLC0415 - found on the path above

    return secret_manager


def environment(vault: Vault, **more: str) -> dict[str, str]:
    address = f"http://127.0.0.1:{vault.server_port}"
    return {"SECRETS": f"gcp://{PROJECT}", "SECRETS_ENDPOINT": address, **more}


def test_each_secret_is_read_once_and_a_variable_that_is_set_wins(
    vault: Vault, secret_manager: ModuleType, project_root: Path
) -> None:
    vault.secrets = {"LINEAR_API_KEY": "from-google\n", "GITHUB_TOKEN": "from-google"}
    own = {"GITHUB_TOKEN": "mine", "LINEAR_API_KEY": " "}
    found = environment(vault, **own)
    meltano = str(project_root / ".venv" / "bin" / "meltano")
    assert secret_manager.fill(found, meltano) == ["LINEAR_API_KEY"]
    assert found["LINEAR_API_KEY"] == "from-google"
    assert found["GITHUB_TOKEN"] == own["GITHUB_TOKEN"]
    assert "GITHUB_TOKEN" not in vault.requests
    assert set(vault.requests.values()) == {1}


def test_a_refused_secret_is_one_line_that_names_it_and_the_role(
    vault: Vault, secret_manager: ModuleType, project_root: Path
) -> None:
    vault.secrets = {"LINEAR_API_KEY": "lin_api_sesame", "GITHUB_TOKEN": None}
    meltano = str(project_root / ".venv" / "bin" / "meltano")
    with pytest.raises(secret_manager.SecretsError) as refused:
        secret_manager.fill(environment(vault), meltano)
    (line,) = str(refused.value).splitlines()
    assert "GITHUB_TOKEN" in line
    assert "Secret Manager Secret Accessor" in line
    assert "sesame" not in line


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ((400, "Secret Version [1] is in DISABLED state."), "enable the latest one"),
        ((403, "Permission denied"), "give the role Secret Manager Secret Accessor"),
        ((501, "Not now"), "start the run again later"),
    ],
)
def test_the_remedy_of_a_secret_that_is_not_given_fits_the_reason(
    error: tuple[int, str],
    remedy: str,
    vault: Vault,
    secret_manager: ModuleType,
    project_root: Path,
) -> None:
    vault.errors["LINEAR_API_KEY"] = error
    meltano = str(project_root / ".venv" / "bin" / "meltano")
    with pytest.raises(secret_manager.SecretsError) as refused:
        secret_manager.fill(environment(vault), meltano)
    (line,) = str(refused.value).splitlines()
    assert f" secret LINEAR_API_KEY of {PROJECT} (" in line
    assert error[1] in line
    assert remedy in line.rpartition("): ")[2]


@pytest.mark.parametrize(
    "address", ["gcp://", "acme-data", "gcp://Acme", "aws://acme-data", "gcp://a/b"]
)
def test_an_address_that_is_not_a_project_is_refused_in_one_line(
    address: str, secret_manager: ModuleType
) -> None:
    with pytest.raises(secret_manager.SecretsError, match="SECRETS must be gcp://"):
        secret_manager.fill({"SECRETS": address}, "meltano")


def test_without_the_variable_nothing_is_read(secret_manager: ModuleType) -> None:
    assert secret_manager.fill({"SECRETS": " "}, "no such program") == []
