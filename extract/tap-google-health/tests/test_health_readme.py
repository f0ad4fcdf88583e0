# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
"""The README says what the code does."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tap_google_health.common import conditions as common
from tap_google_health.conditions import CONDITIONS
from tap_google_health.streams import STREAMS
from tap_google_health.tap import TapGoogleHealth
from tap_google_health.transport.errors import RULES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def rows(heading: str) -> list[str]:
    """The rows of the first table under a heading."""
    section = README.split(f"## {heading}\n")[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table is not None
    return table[0].splitlines()


def test_the_settings_table_is_what_about_prints() -> None:
    printed = (
        CliRunner().invoke(TapGoogleHealth.cli, ["--about", "--format=markdown"]).stdout
    )
    settings = printed.split("## Settings\n")[1].split("| stream_maps ")[0]
    assert rows("Settings") == settings.strip().splitlines()


def test_the_streams_table_has_every_stream_with_its_key_and_replication(
    run: Any,
) -> None:
    table = [[cell.strip() for cell in row.split("|")] for row in rows("Streams")[2:]]
    assert {cells[1] for cells in table} == {stream.name for stream in STREAMS}
    streams = run().tap.streams
    for cells in table:
        stream = streams[cells[1]]
        assert cells[2] == ", ".join(stream.primary_keys)
        incremental = stream.replication_method == "INCREMENTAL"
        assert cells[3].startswith("incremental") == incremental, cells
        assert stream.scope in cells[5]


def test_the_table_of_conditions_is_that_of_the_code() -> None:
    assert rows("What happens when")[2:] == common.rows(CONDITIONS)


def test_every_rule_for_a_response_is_a_condition_of_the_table() -> None:
    assert {rule.condition for rule in RULES} <= set(CONDITIONS)


def test_the_example_of_state_has_the_keys_of_a_real_one(
    run: Any, account: Any
) -> None:
    found = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert found is not None
    example = json.loads(found[1])
    account.roll("steps", NOW.date(), {"countSum": "1"})

    state = run(None, ("daily_steps",)).sync().state

    assert set(example) == set(state)
    for name, bookmark in example["bookmarks"].items():
        assert set(bookmark) == set(state["bookmarks"][name])
