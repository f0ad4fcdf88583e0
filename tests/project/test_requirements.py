"""One pinned requirements file per plugin, and the tests run on the same pins."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from read_yaml import read_yaml

PIN = re.compile(r"^[a-z0-9._-]+(?:\[[a-z0-9,._-]+\])?==[^\s;]+(?: ; .+)?$")
ROOT = Path(__file__).resolve().parents[2]
TAPS = [
    source["tap"]
    for source in tomllib.loads((ROOT / "sources.toml").read_text("utf-8")).values()
]
PLUGINS = sorted(["api", "dbt-bigquery", "page", "sandbox", "target-bigquery", *TAPS])


def lines(root: Path, name: str) -> list[str]:
    text = (root / "plugins" / "requirements" / f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line]


@pytest.mark.parametrize("name", [*PLUGINS, "meltano", "dev"])
def test_every_requirement_is_pinned_to_one_version(
    name: str, project_root: Path
) -> None:
    assert [line for line in lines(project_root, name) if not PIN.match(line)] == []


@pytest.mark.parametrize("name", [*PLUGINS, "meltano"])
def test_what_is_tested_is_what_a_plugin_installs(
    name: str, project_root: Path
) -> None:
    def pins(requirements: str) -> set[str]:
        return {line.partition(" ;")[0] for line in lines(project_root, requirements)}

    assert pins(name) - pins("dev") == set()


def test_each_plugin_installs_its_own_requirements_in_a_path_with_blanks(
    project_root: Path,
) -> None:
    named = {}
    for path in project_root.glob("*/**/*.meltano.yml"):
        if ".meltano" in path.relative_to(project_root).parts:
            continue
        for plugins in (read_yaml(path).get("plugins") or {}).values():
            for plugin in plugins:
                # `pipeline` is a script of the standard library.
                if "inherit_from" not in plugin and "pip_url" in plugin:
                    named[plugin["name"]] = plugin["pip_url"]
    assert sorted(named) == PLUGINS
    for name, pip_url in named.items():
        requirements = f"$MELTANO_PROJECT_ROOT/plugins/requirements/{name}.txt"
        assert f'-r "{requirements}"' in pip_url
        # Meltano replaces the variables first, and then splits the text at blanks.
        folder = "/home/ada/my projects/throughline"
        words = shlex.split(pip_url.replace("$MELTANO_PROJECT_ROOT", folder))
        assert [word[:2] for word in words[::2]] == ["-r", "-e"]
        assert all(word.startswith(f"{folder}/") for word in words[1::2])
