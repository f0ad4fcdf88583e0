"""Each view: its query is BigQuery's SQL, and its charts are Vega-Lite's."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from marts import ROOT, mart_columns

from throughline_page.common.definitions import read_definitions
from throughline_page.view import MART, View, ViewError, load_views

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VIEWS = load_views(files("throughline_page") / "views")
NAMES = [view.name for view in VIEWS]
SUFFIXES = {
    "percentiles": ("_p50", "_p85", "_n"),
    "share": ("", "_n"),
    "ratio": ("", "_n"),
}
# What a query over marts does not need: the marts have every figure.
ARITHMETIC = re.compile(
    r"(?<!select)\s[-+*/]\s|\b(?:sum|avg|count|countif|percentile_cont|approx_quantiles|min)\s*\(",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def columns() -> dict[str, set[str]]:
    """The columns of each view's query, as GoogleSQL's analyzer finds them."""
    from check_sql import Checker, bigquery_language  # noqa: PLC0415 - takes a second

    checker = Checker(bigquery_language())
    for view in VIEWS:
        for mart in view.marts:
            checker.tables.setdefault(
                f"marts.{mart}",
                {
                    name: checker.of_type(kind)
                    for name, kind in mart_columns()[mart].items()
                },
            )
    return {
        view.name: set(
            checker.columns(
                MART.sub(
                    lambda found: found[0].replace(found[1], f"`marts.{found[1]}`"),
                    view.sql,
                ).replace("@time_zone", "'UTC'")
            )
        )
        for view in VIEWS
    }


def test_every_query_passes_the_analyzer_and_returns_what_its_view_names(
    columns: dict[str, set[str]],
) -> None:
    assert len(columns) == len(VIEWS) >= 13
    for view in VIEWS:
        view.check(columns[view.name])


def test_the_analyzer_rejects_a_column_that_no_mart_has() -> None:
    from check_sql import Checker, bigquery_language  # noqa: PLC0415 - takes a second

    with pytest.raises(Exception, match="absent"):
        Checker(bigquery_language()).columns("select absent from (select 1 as present)")


@pytest.mark.parametrize("view", VIEWS, ids=NAMES)
def test_a_query_leaves_the_arithmetic_to_the_marts(view: View) -> None:
    assert ARITHMETIC.search(view.sql) is None
    assert view.marts


def test_arithmetic_in_a_query_is_found() -> None:
    for sql in ("select hours / 24", "select sum(hours)", "select Count(*)"):
        assert ARITHMETIC.search(sql)


@pytest.mark.parametrize("view", VIEWS, ids=NAMES)
def test_every_chart_is_valid_vega_lite(view: View) -> None:
    for chart in view.content.get("charts", ()):
        spec = {"width": "container", "data": {"values": []}, **chart["spec"]}
        errors = [error.message for error in SCHEMA.iter_errors(spec)]
        assert errors == []


def test_a_misspelled_key_is_not_vega_lite() -> None:
    spec = {"mark": "bar", "encodng": {}, "data": {"values": []}}
    assert not SCHEMA.is_valid(spec)


@pytest.mark.parametrize("view", VIEWS, ids=NAMES)
def test_every_field_of_a_chart_and_of_a_table_is_in_its_summary(view: View) -> None:
    for part in [*view.content.get("charts", ()), *view.tables]:
        if "summary" not in part:
            continue
        summary = view.content["summaries"][part["summary"]]
        known = set(outputs(view, summary))
        named = set(fields(part["spec"])) if "spec" in part else set(part["columns"])
        assert named
        assert named <= known


def test_every_definition_that_a_view_names_exists() -> None:
    definitions = read_definitions(ROOT / "docs" / "metrics.md", "PAGE_DEFINITIONS")
    terms = {term for view in VIEWS for term in view.content.get("definitions", ())}
    assert len(terms) > 10
    assert [term for term in terms if term not in definitions] == []


def outputs(view: View, summary: dict[str, Any]) -> Iterator[str]:
    """Yield the columns that a summary's rows have."""
    if "curve" in summary:
        yield from ("people", "percent")
    if "every" in summary:
        yield from ("week", "is_complete", "is_last")
    if "stack" in summary:
        yield from ("part", "part_order")
    for name in summary.get("by", ()):
        yield name
        if name in {*view.content.get("levels", {}), *view.content.get("buckets", {})}:
            yield f"{name}_order"
    for name, measure in summary.get("measures", {}).items():
        text = measure["op"] if isinstance(measure, dict) else measure
        for suffix in SUFFIXES.get(text.split()[0], ("",)):
            yield name + suffix
            if suffix == "_n":
                yield from (f"{name}_label", f"{name}_percent")


def fields(spec: object) -> Iterator[str]:
    """Yield the fields that a specification names."""
    if isinstance(spec, dict):
        if isinstance(spec.get("field"), str):
            yield spec["field"]
        for key, value in spec.items():
            yield from fields(value)
            if key in {"test", "filter"}:
                yield from re.findall(r"datum\.(\w+)", value)
    elif isinstance(spec, list):
        for value in spec:
            yield from fields(value)


def test_a_view_is_added_by_its_two_files(view_folder: Path) -> None:
    (view_folder / "99_new.sql").write_text("select team_key from dim_teams")
    (view_folder / "99_new.yml").write_text("title: Which teams?\nanswer: Some.\n")
    assert [view.name for view in load_views(view_folder)] == [*NAMES, "99_new"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("99_new.sql", "select 1", "views/99_new.yml is missing: a view is a pair of"),
        ("99_new.yml", "title: x", "views/99_new.sql is missing: a view is a pair of"),
        (
            "20_flow.yml",
            "title: x\nanswr: y",
            "views/20_flow.yml: answer, answr: missing",
        ),
        ("20_flow.yml", "title: [", "views/20_flow.yml cannot be read: "),
        (
            "20_flow.yml",
            "title: x\nanswer: y\nmeasures: {n: median hours}",
            "views/20_flow.yml: 'median hours' is not a measure: use above, count",
        ),
    ],
)
def test_a_wrong_file_of_a_view_is_one_line_with_its_name(
    view_folder: Path, file: str, text: str, message: str
) -> None:
    (view_folder / file).write_text(text)
    with pytest.raises(ViewError) as error:
        load_views(view_folder)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_column_that_the_query_does_not_return_is_named() -> None:
    content = {"title": "x", "answer": "y", "measures": {"n": "sum lines"}}
    with pytest.raises(ViewError, match="measures names the column 'lines', which"):
        View("20_flow", "select 1", content).check({"team_key"})


def _schema() -> jsonschema.Draft7Validator:
    text = files("altair.vegalite.v6.schema") / "vega-lite-schema.json"
    return jsonschema.Draft7Validator(json.loads(text.read_text("utf-8")))


SCHEMA = _schema()
