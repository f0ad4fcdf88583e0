"""The README says what the tap does now."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from tap_github_prs import conditions as conditions_module
from tap_github_prs.common import conditions as common
from tap_github_prs.conditions import CONDITIONS, DOES
from tap_github_prs.schemas import TABLES
from tap_github_prs.tap import TapGitHubPRs
from tap_github_prs.transport.errors import RULES

if TYPE_CHECKING:
    from conftest import Reader

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """The rows of the first table under a heading."""
    section = README.split(f"## {heading}\n")[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table is not None
    return table[0].splitlines()


def test_the_settings_table_is_what_about_prints() -> None:
    options = ["--about", "--format=markdown"]
    printed = CliRunner().invoke(TapGitHubPRs.cli, options).stdout
    settings = printed.split("## Settings\n")[1].split("| stream_maps ")[0]

    assert rows("Settings") == settings.strip().splitlines()


def conditions() -> list[str]:
    """The rows of the README's table of what can happen."""
    return [
        "| When | Log line | What is kept | Exit code |",
        "|:-----|:---------|:-------------|:---------:|",
        *common.rows(CONDITIONS),
    ]


def answers() -> list[str]:
    """The rows of the README's table of what GitHub may answer."""
    seen = {(fault.name, fault.action): fault for fault in RULES}
    return [
        "| Name | What the tap does | Exit code |",
        "|:-----|:------------------|:---------:|",
        *(
            f"| {name} | {DOES[action][0]} | {DOES[action][1]} |"
            for name, action in seen
        ),
    ]


def test_what_happens_when_is_the_table_in_the_code() -> None:
    assert rows("What happens when") == conditions()
    assert "\n".join(answers()) in README


def test_every_condition_is_reported_by_code_of_the_tap() -> None:
    source = Path(conditions_module.__file__).parent
    texts = [
        file.read_text("utf-8")
        for file in (*source.rglob("*.py"), *(source / "common").glob("*.py"))
        if file.name != "conditions.py"
    ]
    names = [
        name
        for name, each in vars(conditions_module).items()
        if any(each is one for one in CONDITIONS)
    ]
    assert len(names) == len(CONDITIONS)
    unused = [
        name for name in names if not any(re.search(rf"\b{name}\b", t) for t in texts)
    ]
    assert not unused


def test_the_streams_table_has_every_stream_with_its_key() -> None:
    table = [[cell.strip() for cell in row.split("|")] for row in rows("Streams")[2:]]

    assert {cells[1]: cells[2] for cells in table} == {
        each.name: ", ".join(each.keys) for each in TABLES
    }
    whole = {cells[1] for cells in table if cells[3].startswith("whole")}
    assert whole == {each.name for each in TABLES if each.replication_key is None}


def shape(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The keys of a state, without its values."""
    if isinstance(value, dict):
        return {key: shape(below) for key, below in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [shape(value[0])]
    return None


def test_the_example_of_state_has_the_keys_of_a_real_one(reader: Reader) -> None:
    found = re.search(r"```json\n(\{\n.*?)```", README, re.DOTALL)
    assert found is not None
    first = reader.run()
    real = reader.run(first.state).state["bookmarks"]
    for stream in ("pull_requests", "pr_comments", "pr_issue_comments", "commits"):
        real[stream]["partitions"] = [
            part for part in real[stream]["partitions"] if len(part) > 1
        ]
    example = json.loads(found[1])["bookmarks"]
    real["pull_requests"]["partitions"] = [
        part
        for part in real["pull_requests"]["partitions"]
        if "replication_key" in part
    ]

    assert shape(example) == shape({name: real[name] for name in example})
