"""The files that repeat sources.toml follow from it."""

from __future__ import annotations

import re
import shutil
import tomllib
from typing import TYPE_CHECKING

import generated_parts
import pytest
import yaml
from generated_parts import FILES, PART, PARTS, ROOT, files, read, written
from source_table import read_table

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
WHOLE = """
[a]
title = "A"
tap = "tap-a"
credentials = []
secrets = []
setting_groups = []
sandbox.url = "/"
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


def test_every_kind_of_part_is_in_a_file() -> None:
    assert {name for parts in FILES.values() for name in parts} == set(PARTS)


@pytest.mark.parametrize("comment", ["# From sources.toml", "# End of"])
@pytest.mark.parametrize("name", FILES)
def test_without_a_comment_around_a_part_no_line_of_the_file_is_replaced(
    name: str, comment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in FILES:
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / each, tmp_path / each)
    monkeypatch.setattr(generated_parts, "ROOT", tmp_path)
    files(TABLE)
    text = (tmp_path / name).read_text("utf-8")
    (tmp_path / name).write_text(text.replace(comment, "#", 1))
    with pytest.raises(SystemExit) as refused:
        files(TABLE)
    assert str(refused.value.code).startswith(f"{name}: restore the comments ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            ENTRY,
            "sources.toml: add to [new_source]: credentials, secrets, setting_groups",
        ),
        (f"{WHOLE}opional = true", "sources.toml: [a] has unknown keys: opional"),
        ("a = 1", "sources.toml: a belongs to no source"),
        (f"{WHOLE}optional = 'no'", "sources.toml: [a] optional must be true or false"),
        (f"{WHOLE}sandbox.x = 1", "sources.toml: the values of [a.sandbox] must be"),
        ("[a]\ntitle = A", "sources.toml is not TOML in UTF-8: Invalid value"),
    ],
)
def test_a_table_that_is_not_complete_is_refused_in_one_line(
    text: str, line: str, tmp_path: Path
) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(SystemExit) as refused:
        read_table(path)
    assert str(refused.value.code).startswith(line)


def test_a_part_with_an_unknown_name_is_refused_in_one_line() -> None:
    text = "# From sources.toml, by `make definitions`: nothing\n# End of nothing\n"
    with pytest.raises(SystemExit) as refused:
        generated_parts.written(text, OLD)
    assert refused.value.code == "no part of sources.toml is named 'nothing'"
