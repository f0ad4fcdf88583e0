"""`--check` shows whose tokens they are and what each can see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result

from tap_github_prs.tap import TapGitHubPRs

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Reader


def check(folder: Path, reader: Reader, **settings: Any) -> Result:  # noqa: ANN401 - JSON
    file = folder / "config.json"
    file.write_text(json.dumps({**reader.config, **settings}), encoding="utf-8")
    return CliRunner().invoke(TapGitHubPRs.cli, ["--config", str(file), "--check"])


def test_a_check_names_the_owner_the_repositories_and_the_limits(
    reader: Reader, tmp_path: Path
) -> None:
    done = check(tmp_path, reader)

    assert done.exit_code == 0, done.output
    assert "auth_token: belongs to " in done.stdout
    assert "points left in this hour" in done.stdout
    assert "all repositories of lanternworks: " in done.stdout
    assert "the clock of this machine is correct" in done.stdout
    assert "RECORD" not in done.stdout
    assert reader.requests.total() <= 3


def test_a_check_with_a_wrong_token_or_repository_fails(
    reader: Reader, tmp_path: Path
) -> None:
    wrong_token = check(tmp_path, reader, auth_token="ghp_wrong")  # noqa: S106 - made up
    wrong_name = check(tmp_path, reader, repositories=["ada/nowhere"])

    assert (wrong_token.exit_code, wrong_name.exit_code) == (1, 1)
    assert "check auth_token" in wrong_token.output
    assert "ghp_wrong" not in wrong_token.output
    assert "repository ada/nowhere: nothing is visible" in wrong_name.output
