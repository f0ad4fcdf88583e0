"""What must be true of the project's files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

TRANSFORM = Path(__file__).resolve().parent.parent
YML = [
    yaml.safe_load(path.read_text()) for path in (TRANSFORM / "models").rglob("*.yml")
]
MODELS = {model["name"]: model for file in YML for model in file.get("models", [])}


def test_the_source_files_are_equal_to_the_taps_catalogs() -> None:
    checked = subprocess.run(
        [sys.executable, str(TRANSFORM / "scripts" / "raw_sources.py"), "check"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_model_and_column_has_a_description() -> None:
    assert {path.stem for path in (TRANSFORM / "models").rglob("*.sql")} == set(MODELS)
    silent = [name for name, model in MODELS.items() if not model.get("description")]
    silent += [
        f"{name}.{column['name']}"
        for name, model in MODELS.items()
        for column in model["columns"]
        if not column.get("description")
    ]
    assert silent == []


def test_every_model_but_lists_of_spans_links_and_acts_has_a_key_that_is_tested() -> (
    None
):
    without = {
        name
        for name, model in MODELS.items()
        if not any(
            "key" in test
            for test in model.get("data_tests", [])
            if isinstance(test, dict)
        )
    }
    assert without == {
        "int_issue_cycles_spanned",
        "int_issue_links_extracted",
        "int_pull_request_closures_spanned",
        "int_pull_request_drafts_spanned",
        "int_pull_request_pushes",
        "int_repository_acts",
        "int_responses",
    }


def test_every_raw_table_has_a_staging_model() -> None:
    tables = {
        f"stg_{source['name']}__{table['name']}"
        for file in YML
        for source in file.get("sources", [])
        for table in source["tables"]
    }
    assert tables == {name for name in MODELS if name.startswith("stg_")}


def test_no_staging_or_intermediate_model_reads_a_mart() -> None:
    layers = {
        path.stem: path.relative_to(TRANSFORM / "models").parts[0]
        for path in (TRANSFORM / "models").rglob("*.sql")
    }
    upward = {
        (path.stem, name)
        for path in (TRANSFORM / "models").rglob("*.sql")
        for name in re.findall(r"ref\('(\w+)'\)", path.read_text())
        if layers[path.stem] != "marts" and layers.get(name) == "marts"
    }
    assert upward == set()


def test_every_day_of_the_marts_is_one_of_the_reporting_time_zone() -> None:
    """`date(moment)` is a day in UTC: the macro local_date takes the zone."""
    utc_days = [
        f"{path.name}: {line.strip()}"
        for path in (TRANSFORM / "models" / "marts").rglob("*.sql")
        for line in path.read_text().splitlines()
        if re.search(r"(?<![\w.])date\(", line)
    ]
    assert utc_days == []


def test_every_unit_test_of_a_model_that_asks_for_the_moment_sets_it() -> None:
    """Without the var, `as_of` reads models that are no input of the unit test."""
    asking = {
        path.stem
        for path in (TRANSFORM / "models").rglob("*.sql")
        if "as_of()" in path.read_text()
    }
    silent = [
        test["name"]
        for file in YML
        for test in file.get("unit_tests", [])
        if test["model"] in asking
        and "as_of" not in test.get("overrides", {}).get("vars", {})
    ]
    assert silent == []
