"""README says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from target_bigquery.settings import CONFIG_JSONSCHEMA, Settings
from target_bigquery.target import TargetBigQuery

README = Path(__file__).parents[1] / "README.md"


def _about() -> str:
    result = CliRunner().invoke(TargetBigQuery.cli, ["--about", "--format=markdown"])
    assert result.exit_code == 0
    (table,) = re.findall(r"\| Setting \|.*?(?=\n\n)", result.output, re.DOTALL)
    return str(table)


def test_the_settings_table_is_what_about_prints() -> None:
    (found,) = re.findall(
        r"<!-- settings -->\n(.*?)\n<!-- /settings -->", README.read_text(), re.DOTALL
    )
    assert found.strip() == _about().strip()


def test_every_setting_of_the_design_has_a_title_and_a_description() -> None:
    properties = CONFIG_JSONSCHEMA["properties"]
    for name in Settings.__dataclass_fields__:
        assert properties[name]["title"]
        assert properties[name]["description"]
    assert properties["credentials_json"]["secret"] is True


def test_the_defaults_in_the_code_are_those_of_about() -> None:
    settings = Settings.from_config({"project": "p", "dataset": "d"})
    for name in Settings.__dataclass_fields__:
        default = CONFIG_JSONSCHEMA["properties"][name].get("default")
        if default is not None:
            assert getattr(settings, name) == default
