"""The README says what the tap does."""

from __future__ import annotations

from pathlib import Path

from tap_notion.common.conditions import rows
from tap_notion.conditions import CONDITIONS
from tap_notion.settings import CONFIG_JSONSCHEMA
from tap_notion.streams import STREAMS

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")


def lines(heading: str, name: str) -> list[str]:
    """Return the lines about a name below a heading."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [row for row in section.splitlines() if row.startswith(f"| `{name}` ")]


def test_the_readme_has_the_table_of_conditions() -> None:
    for row in rows(CONDITIONS):
        assert row in README


def test_the_readme_names_every_setting_with_its_default() -> None:
    for name, about in CONFIG_JSONSCHEMA["properties"].items():
        (line,) = lines("Settings", name)
        if about.get("default"):
            assert str(about["default"]).lower() in line.lower()


def test_the_readme_names_every_stream_with_its_key() -> None:
    for stream in STREAMS:
        (line,) = lines("Streams", stream.name)
        for key in stream.table["required"]:
            assert f"`{key}`" in line
