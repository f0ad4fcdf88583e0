# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tap_linear.common import conditions as common
from tap_linear.conditions import CONDITIONS
from tap_linear.documents.document import TEAM_KEY, Document
from tap_linear.streams import STREAMS
from tap_linear.tap import TapLinear
from tap_linear.transport.errors import RULES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """The rows of the first table under a heading."""
    section = README.split(f"## {heading}\n")[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table is not None
    return table[0].splitlines()


def test_the_settings_table_is_what_about_prints() -> None:
    printed = CliRunner().invoke(TapLinear.cli, ["--about", "--format=markdown"]).stdout
    settings = printed.split("## Settings\n")[1].split("| stream_maps ")[0]
    assert rows("Settings") == settings.strip().splitlines()


def test_the_streams_table_has_every_stream_with_its_replication() -> None:
    table = [[cell.strip() for cell in row.split("|")] for row in rows("Streams")[2:]]
    assert {cells[1] for cells in table} == {stream.name for stream in STREAMS}
    tap = TapLinear(config={"api_key": "key"})
    for cells in table:
        stream = tap.streams[cells[1]]
        incremental = stream.replication_method == "INCREMENTAL"
        assert cells[2].startswith(("incremental", "with")) == incremental, cells


def test_the_streams_table_has_the_price_of_a_request_of_each_stream() -> None:
    family = ("issues", "issue_history", "issue_state_spans")
    for cells in ([cell.strip() for cell in row.split("|")] for row in rows("Streams")):
        for stream in STREAMS:
            if stream.name == cells[1] and stream.name not in family:
                document = Document(
                    stream.name, stream.table, lambda column: column != TEAM_KEY
                )
                assert cells[4] == f"{document.cost(250):,.0f}", stream.name


def test_the_example_of_state_has_the_keys_of_a_real_one(
    workspace: Any, run: Any
) -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    for number in range(9):
        workspace.issue(number, number)
        workspace.comment(number, number, number)
    killed = run(None, lambda stream, *_: stream == "comments", page_size=3)
    killed.out.stop_after = 9
    try:
        killed.sync()
    except KeyboardInterrupt:
        state = killed.out.states[-1]
    state["bookmarks"] |= run().sync().states[-1]["bookmarks"] | {
        "comments": state["bookmarks"]["comments"]
    }
    for name in ("issues", "comments", "teams"):
        assert set(example["bookmarks"][name]) == set(state["bookmarks"][name])


def test_the_table_of_conditions_is_that_of_the_code() -> None:
    assert rows("What happens when")[2:] == common.rows(CONDITIONS)


def test_every_rule_for_a_response_is_a_condition_of_the_table() -> None:
    assert {rule.condition for rule in RULES} <= set(CONDITIONS)
