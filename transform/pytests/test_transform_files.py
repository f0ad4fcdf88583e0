"""Statements about the project's files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from read_yaml import read_yaml
from staging import Staging

TRANSFORM = Path(__file__).resolve().parent.parent
YML = [read_yaml(path) for path in (TRANSFORM / "models").rglob("*.yml")]
MODELS = {model["name"]: model for file in YML for model in file.get("models", [])}


def test_the_check_names_each_staging_file_that_differs_from_the_catalogs_and_no_other(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "transform"
    for folder in ("scripts", "models/staging"):
        shutil.copytree(TRANSFORM / folder, copy / folder)
    shutil.copy(TRANSFORM.parent / "sources.toml", tmp_path)
    # A column does not reach staging, and somebody wrote a file by hand.
    teams = copy / "models" / "staging" / "linear" / "stg_linear__teams.sql"
    teams.write_text(teams.read_text().replace("        timezone,\n", ""))
    added = copy / "models" / "staging" / "github" / "stg_github__mine.sql"
    added.write_text("select 1 as one\n")
    checked = subprocess.run(
        [sys.executable, str(copy / "scripts" / "staging.py"), "check"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert checked.returncode == 1
    assert re.findall(r"^--- (.+)", checked.stdout, re.MULTILINE) == [
        "models/staging/linear/stg_linear__teams.sql",
        "models/staging/github/stg_github__mine.sql",
    ]
    assert "\n+        timezone," in checked.stdout
    assert "\n-select 1 as one" in checked.stdout
    (message,) = checked.stderr.splitlines()
    assert message.endswith("run `.venv/bin/python transform/scripts/staging.py write`")


def test_no_setting_of_a_model_depends_on_a_variable_of_the_command() -> None:
    """Such a setting would belong to the parsed project, which dbt_server.py reuses."""
    settings = {
        path: path.read_text()
        for path in (TRANSFORM / "dbt_project.yml", *TRANSFORM.glob("models/**/*.yml"))
    }
    for path in TRANSFORM.glob("models/**/*.sql"):
        settings[path] = "".join(
            re.findall(r"\{\{\s*config\(.*?\}\}", path.read_text(), re.DOTALL)
        )
    assert any(settings[path] for path in settings if path.suffix == ".sql")
    assert [
        p.name for p in settings if re.search(r"(?<!env_)\bvar\(", settings[p])
    ] == []


def source_table(*columns: str) -> dict[str, Any]:
    """Describe a table as a catalog does."""
    described = [
        {"name": name, "data_type": "string", "description": ""} for name in columns
    ]
    return {"name": "teams", "columns": described, "config": {"meta": {"key": ["id"]}}}


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"team": {}}, "the catalog has no table team"),
        ({"teams": {"rename": {"uid": "team_id"}}}, "teams has no column uid"),
        ({"teams": {"lower": ["kind"]}}, "teams has no column kind"),
        (
            {"teams": {"rename": {"id": "name"}}},
            "two columns of teams have the same name",
        ),
    ],
)
def test_an_exception_that_does_not_fit_the_catalog_is_refused_in_one_line(
    tables: dict[str, Any], message: str
) -> None:
    with pytest.raises(SystemExit) as refused:
        Staging(
            "linear",
            [source_table("id", "name")],
            {"all": {"add": {}}, "tables": tables},
        ).columns("teams")
    assert refused.value.code == f"transform/scripts/exceptions/linear.yml: {message}"


@pytest.mark.parametrize("name", ["teams", "companies"])
def test_a_table_without_exceptions_is_named_after_one_of_its_rows(name: str) -> None:
    table = source_table("id", "name") | {"name": name}
    # An entry without content is one that was emptied.
    tables = {"companies": None} if name == "companies" else {}
    staging = Staging("linear", [table], {"all": {"add": {}}, "tables": tables})
    row = {"teams": "team", "companies": "company"}[name]
    assert [column.name for column in staging.columns(name)] == [f"{row}_id", "name"]
    about = staging.model(name)["description"]
    assert about == f"One row per {row}, key `{row}_id`."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recordings", "nowhere"], "--recordings: no recordings in nowhere"),
        (["--datasets", "linear,github"], "argument --datasets: name three datasets"),
    ],
)
def test_the_figures_refuse_an_option_in_one_line_that_names_it(
    options: list[str], message: str
) -> None:
    refused = subprocess.run(
        [sys.executable, str(TRANSFORM / "scripts" / "figures.py"), *options],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert refused.returncode != 0
    assert message in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr


def test_docs_metrics_describes_every_mart_with_columns_that_exist() -> None:
    page = (TRANSFORM.parent / "docs" / "metrics.md").read_text()
    described: dict[str, set[str]] = {}
    for row in re.findall(r"^\| (?!model|---)(.+) \|$", page, re.MULTILINE):
        names, *contents = row.split(" | ")
        columns = set(re.findall(r"`([a-z_]+)`", " ".join(contents)))
        for name in re.findall(r"\b(?:[a-z]+_)+[a-z]+\b", names):
            described[name] = columns
    marts = {path.stem for path in (TRANSFORM / "models" / "marts").rglob("*.sql")}
    assert described.keys() == marts
    assert sum(map(len, described.values())) > 20
    missing = [
        f"{model}.{column}"
        for model, columns in described.items()
        for column in sorted(
            columns - {column["name"] for column in MODELS[model]["columns"]}
        )
    ]
    assert missing == []


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


def test_every_day_of_the_marts_is_a_day_in_the_reporting_time_zone() -> None:
    """`date(moment)` is a day in UTC; the macro local_date uses the time zone."""
    utc_days = [
        f"{path.name}: {line.strip()}"
        for path in (TRANSFORM / "models" / "marts").rglob("*.sql")
        for line in path.read_text().splitlines()
        if re.search(r"(?<![\w.])date\(", line)
    ]
    assert utc_days == []


def test_every_unit_test_of_a_model_that_reads_as_of_sets_the_var() -> None:
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
