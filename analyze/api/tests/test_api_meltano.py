"""Meltano starts the MCP server, with the plugin's definition of this project."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
import yaml
from mcp import Client, StdioServerParameters
from read_yaml import read_yaml
from running_api import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from running_api import TinyMarts

BIN = Path(sys.executable).parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Meltano project with the utility `api` alone, as analyze.meltano.yml has it."""
    whole = read_yaml(ROOT / "analyze" / "analyze.meltano.yml")
    (plugin,) = [
        each for each in whole["plugins"]["utilities"] if each["name"] == "api"
    ]
    del plugin["pip_url"]  # the tests' own installation
    plugin["executable"] = str(BIN / "throughline-api")
    for setting in plugin["settings"]:
        if "value" in setting and "$MELTANO_PROJECT_ROOT" in str(setting["value"]):
            setting["value"] = setting["value"].replace(
                "$MELTANO_PROJECT_ROOT", str(ROOT)
            )
    project = {
        "project_id": "other",
        "default_environment": "dev",
        "environments": [{"name": "dev"}],
        "send_anonymous_usage_stats": False,
        "env": {"ANALYTICS_DATASET": "analytics", "DATASET_PREFIX": ""},
        "plugins": {"utilities": [plugin]},
    }
    (tmp_path / "meltano.yml").write_text(yaml.safe_dump(project))
    return tmp_path


def test_the_mcp_server_works_when_meltano_starts_it(
    project: Path,
    marts: TinyMarts,
    settings_of: Callable[..., dict[str, str]],
) -> None:
    assert marts.schemas
    given = settings_of()
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MELTANO", "API_", "BIGQUERY"))
        },
        "BIGQUERY_PROJECT": given["API_PROJECT"],
        "API_API_ENDPOINT": given["API_API_ENDPOINT"],
    }
    parameters = StdioServerParameters(
        command=str(BIN / "meltano"),
        args=["invoke", "api:mcp"],
        env=environment,
        cwd=project,
    )

    async def ask() -> object:
        async with Client(parameters) as client:
            return (await client.call_tool("freshness", {})).structured_content

    found = anyio.run(ask)
    assert isinstance(found, dict)
    assert found["as_of_date"] == "2026-01-21"
