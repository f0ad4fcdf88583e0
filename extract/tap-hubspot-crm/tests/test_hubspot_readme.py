"""The tables of the README are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from tap_hubspot_crm.common import conditions as common
from tap_hubspot_crm.conditions import CONDITIONS
from tap_hubspot_crm.tap import TapHubSpotCrm
from tap_hubspot_crm.transport.errors import RULES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """The rows of the first table under a heading."""
    section = README.split(f"## {heading}\n")[1]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table is not None
    return table[0].splitlines()


def test_the_settings_table_is_what_about_prints() -> None:
    arguments = ["--about", "--format=markdown"]
    printed = CliRunner().invoke(TapHubSpotCrm.cli, arguments).stdout
    settings = printed.split("## Settings\n")[1].split("| stream_maps ")[0]
    assert rows("Settings") == settings.strip().splitlines()


def test_the_streams_table_has_every_stream_with_its_key_and_replication() -> None:
    table = [[cell.strip() for cell in row.split("|")] for row in rows("Streams")[2:]]
    tap = TapHubSpotCrm(config={"access_token": "pat-sandbox"})
    assert [cells[1] for cells in table] == list(tap.streams)
    for cells in table:
        stream = tap.streams[cells[1]]
        assert cells[2] == ", ".join(stream.primary_keys)
        incremental = stream.replication_method == "INCREMENTAL"
        assert (cells[3] == "incremental") == incremental


def test_the_table_of_conditions_is_that_of_the_code() -> None:
    assert rows("What happens when")[2:] == common.rows(CONDITIONS)


def test_every_rule_that_ends_a_run_is_a_condition_of_the_table() -> None:
    assert {rule.condition for rule in RULES if rule.condition} <= set(CONDITIONS)
