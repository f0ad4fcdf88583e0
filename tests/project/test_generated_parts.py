"""The files that repeat sources.toml follow from it."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import generated_parts
import pytest
import yaml
from generated_parts import FILES, PART, PARTS, ROOT, files, read, read_table, written

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = """
[new_source]
title = "New Source"
tap = "tap-new"
reconcile = "tap-new--reconcile"
optional = true
schedule = "0 5 * * *"

[new_source.sandbox]
api_url = "/new/v1"
api_key = "sesame"
"""
TABLE = read_table()
OLD = read(TABLE)
NEW = [*OLD, *read(tomllib.loads(ENTRY))]


def test_every_part_is_what_the_table_makes_it() -> None:
    assert [
        p.name for p, text in files(TABLE).items() if p.read_text("utf-8") != text
    ] == []


@pytest.mark.parametrize("name", FILES)
def test_a_new_source_of_the_table_reaches_every_part_of_a_file(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    parts = [found["lines"] for found in PART.finditer(written(text, NEW))]
    assert parts
    assert [
        part
        for part in parts
        if not re.search("new.source|tap.new", part, re.IGNORECASE)
    ] == []
    assert written(written(text, NEW), OLD) == text


def test_meltano_reads_the_written_lines_as_settings() -> None:
    text = written((ROOT / "meltano.yml").read_text("utf-8"), NEW)
    project = yaml.safe_load(text)
    assert project["env"]["NEW_SOURCE_DATASET"] == "new_source"
    demo, dev, *_ = project["environments"]
    assert demo["config"]["plugins"]["extractors"][-1] == {
        "name": "tap-new",
        "config": {"api_url": "http://127.0.0.1:9070/new/v1", "api_key": "sesame"},
    }
    assert dev["config"]["plugins"]["extractors"][-1] == {
        "name": "tap-new--reconcile",
        "load_schema": "${DEV_PREFIX}_${NEW_SOURCE_DATASET}",
    }
    (dbt,) = dev["config"]["plugins"]["transformers"]
    variables = dict(
        word.split("=") for word in dbt["env"]["DBT_BIGQUERY_VARIABLES"].split()
    )
    assert variables["new_source_dataset"] == "DEV_PREFIX"


def test_every_kind_of_part_is_in_a_file_and_every_part_has_an_end() -> None:
    texts = [(ROOT / name).read_text("utf-8") for name in FILES]
    names = [found["name"] for text in texts for found in PART.finditer(text)]
    assert set(names) == set(PARTS)
    begun = "\n".join(texts).count("# From sources.toml, by `make definitions`: ")
    assert begun == len(names)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            ENTRY,
            "sources.toml: add to [new_source]: credentials, secrets, setting_groups",
        ),
        ("[a]\ntitle = A", "sources.toml is not TOML in UTF-8: Invalid value"),
    ],
)
def test_a_table_that_is_not_complete_is_refused_in_one_line(
    text: str, line: str, tmp_path: Path
) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(SystemExit) as refused:
        generated_parts.read_table(path)
    assert str(refused.value.code).startswith(line)


def test_a_part_with_an_unknown_name_is_refused_in_one_line() -> None:
    text = "# From sources.toml, by `make definitions`: nothing\n# End of nothing\n"
    with pytest.raises(SystemExit) as refused:
        generated_parts.written(text, OLD)
    assert refused.value.code == "no part of sources.toml is named 'nothing'"
