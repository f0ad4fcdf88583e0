"""`--check` shows whose credential it is and what it sees, with one request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result
from graphql import build_schema, parse, validate

from tap_linear.check import DOCUMENT
from tap_linear.tap import TapLinear

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import ApiServer


def check(folder: Path, server: ApiServer, **settings: Any) -> Result:  # noqa: ANN401 - JSON
    config = {"api_key": "lin_api_sandbox", "api_url": server.linear_url, **settings}
    file = folder / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    return CliRunner().invoke(TapLinear.cli, ["--config", str(file), "--check"])


def test_a_check_names_the_owner_the_teams_and_the_limits(
    company: ApiServer, tmp_path: Path
) -> None:
    company.forget_stats()
    done = check(tmp_path, company)

    assert done.exit_code == 0, done.output
    assert "is valid in workspace" in done.stdout
    assert "teams are visible: " in done.stdout
    assert "points" in done.stdout
    assert "the clock of this machine is correct" in done.stdout
    assert sum(company.stats()["linear"]["operations"].values()) == 1
    assert "RECORD" not in done.stdout


def test_a_check_with_a_wrong_key_or_team_fails(
    company: ApiServer, tmp_path: Path
) -> None:
    wrong_key = check(tmp_path, company, api_key="lin_api_wrong")
    wrong_team = check(tmp_path, company, teams=["NOPE"])

    assert (wrong_key.exit_code, wrong_team.exit_code) == (1, 1)
    assert "api_key" in wrong_key.output
    assert "lin_api_wrong" not in wrong_key.output
    assert "no team NOPE" in wrong_team.output


def test_the_published_schema_has_what_a_check_requests(contract: str) -> None:
    schema = build_schema(contract, assume_valid_sdl=True)
    assert not validate(schema, parse(DOCUMENT))
