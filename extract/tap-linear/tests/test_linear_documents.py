# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)

from tap_linear import conditions
from tap_linear.common.nested_pages import FirstPage
from tap_linear.documents.document import Document
from tap_linear.documents.nested import (
    BUDGET,
    COMPLEXITY_MAX,
    PAGE_MAX,
    NextPage,
    continuation,
)
from tap_linear.documents.records import columns
from tap_linear.documents.selection import fields, nodes, row
from tap_linear.documents.together import FirstPage as FirstPageOfList
from tap_linear.documents.together import together
from tap_linear.streams import STREAMS, TOGETHER
from tap_linear.streams.issues import IssueChild
from tap_linear.transport.errors import FieldsError

FILES = sorted(
    path.name.removesuffix(".graphql")
    for path in files("tap_linear").joinpath("queries").iterdir()
)
CHILDREN = [stream.name for stream in STREAMS if issubclass(stream, IssueChild)]
TABLES = {stream.name: stream.table for stream in STREAMS}
ROOTS = [stream.name for stream in STREAMS if stream.name not in CHILDREN]


def everything(_: str) -> bool:
    return True


def document(name: str, keep: Any = everything) -> Document:
    children = {
        child: (TABLES[child], everything) for child in CHILDREN if name == "issues"
    }
    schema = TABLES.get(name, TABLES["issue_index"])
    return Document(name, schema, keep, children)


@pytest.fixture(scope="module")
def published(contract: str) -> GraphQLSchema:
    return build_schema(contract, assume_valid_sdl=True)


@pytest.mark.parametrize("name", FILES)
def test_every_document_is_valid_in_linears_published_schema(
    name: str, published: GraphQLSchema
) -> None:
    assert validate(published, parse(document(name).text)) == []


@pytest.mark.parametrize("name", FILES)
def test_no_document_asks_for_a_deprecated_field(
    name: str, published: GraphQLSchema
) -> None:
    info = TypeInfo(published)
    found = []

    class Fields(Visitor):
        def enter_field(self, node: Any, *_: Any) -> None:
            asked = info.get_field_def()
            if asked and asked.deprecation_reason:
                found.append(node.name.value)

    visit(parse(document(name).text), TypeInfoVisitor(info, Fields()))
    assert found == []


@pytest.mark.parametrize("name", FILES)
def test_a_page_of_every_document_costs_at_most_70_percent_of_what_is_allowed(
    name: str,
) -> None:
    asked = document(name)
    assert asked.cost(asked.page_size()) <= BUDGET == 0.7 * COMPLEXITY_MAX


@pytest.mark.parametrize("name", [name for name in FILES if name != "issues"])
def test_every_document_but_the_issues_reads_250_rows_at_once(name: str) -> None:
    assert document(name).page_size() == PAGE_MAX


def test_issues_with_history_and_spans_are_read_at_least_25_at_once() -> None:
    assert document("issues").page_size() >= 25


def test_the_formula_is_linears() -> None:
    # docs/apis/linear.md: 60 scalars and 12 objects at first=250 cost 4,000 to 5,000.
    plain = Document("issues", TABLES["issues"])
    assert 4_000 < plain.cost(250) < 5_500
    index = document("issue_index")
    # 1 for the connection; 250 times a row (1 and 5 properties) and its page info.
    assert index.cost(250) == pytest.approx(1 + 250 * (1 + 0.5 + 1.2))


@pytest.mark.parametrize("name", [*ROOTS, *CHILDREN])
def test_document_and_schema_have_the_same_columns(name: str) -> None:
    schema = TABLES[name]
    if name in CHILDREN:
        parent = document("issues")
        (nested,) = (one for one in parent.nested if one.column == name)
        asked = {"issue_id"}  # known from the issue
        selections = fields(nodes(nested.field))
    elif name == "cycle_uncompleted_issues":
        assert set(schema["properties"]) == {"cycle_id", "issue_id", "cycle_updated_at"}
        return  # a row per pair: test_linear_sync.py has its values
    else:
        asked = set()
        parent = document(name, lambda column: column != "teamKey")
        selections = fields(row(parent.root))
    for field in selections:
        asked |= {column for column, _ in columns(field)} - set(CHILDREN)
    assert asked == set(schema["properties"])


def test_a_deselected_column_is_not_requested() -> None:
    kept = {"id", "created_at", "status_type", "team_ids"}
    text = document("projects", kept.__contains__).text
    assert "status {\n        type\n      }" in text
    for absent in ("lead", "name", "updatedAt"):
        assert absent not in text
    assert "teamIds: teams" in text


def test_a_deselected_child_stream_is_not_requested() -> None:
    assert "istory" not in Document("issues", TABLES["issues"]).text


def test_a_row_becomes_a_record_of_the_schemas_types() -> None:
    read = document("projects").read
    record = read(
        {
            "id": "p",
            "status": {"id": "s", "name": "Started", "type": "started"},
            "lead": None,
            "teamIds": {"nodes": [{"id": "a"}, {"id": "b"}]},
            "priority": 2.0,
            "progress": 0.5,
            "createdAt": "2026-01-01T01:00:00+01:00",
        }
    )
    expected = {
        "id": "p",
        "status_id": "s",
        "status_type": "started",
        "lead_id": None,
        "team_ids": ["a", "b"],
        "priority": 2,
        "progress": 0.5,
        "created_at": "2026-01-01T00:00:00.000Z",
    }
    assert {key: record[key] for key in expected} == expected
    assert isinstance(record["priority"], int)


@pytest.mark.parametrize("name", ["issues", "projects", "cycle_uncompleted_issues"])
def test_one_valid_document_continues_all_nested_lists_of_many_rows(
    name: str, published: GraphQLSchema
) -> None:
    asked = document(name)
    assert asked.nested
    pages = [
        NextPage(nested, 25, from_end=from_end)
        for nested in asked.nested
        for from_end in (False, True)
    ] * 3
    text = continuation(asked.root, pages)
    assert validate(published, parse(text)) == []
    assert text.count("row") == len(pages)
    for nested in asked.nested:
        assert len(nested.key) > 2
        assert text.count(f"fragment {nested.key} on") == 1
        assert text.count(f"fragment {nested.key}End on") == 1


@pytest.mark.parametrize("group", TOGETHER, ids=lambda group: group[0].name)
def test_one_valid_document_requests_the_first_pages_of_several_lists(
    group: Any, published: GraphQLSchema
) -> None:
    pages = [
        FirstPageOfList(document(one.name), 100, {"filter": {} if n else None})
        for n, one in enumerate(group)
    ]
    text, variables = together(pages)
    assert validate(published, parse(text)) == []
    assert len(variables) == sum(
        "filter" in one.document.variables for one in pages[1:]
    )
    alone = sum(document(one.name).cost(100) for one in group)
    assert sum(page.points for page in pages) == alone


def test_the_selection_of_a_list_is_in_a_continuation_only_once() -> None:
    (history, _) = document("issues").nested
    texts = [
        continuation(
            document("issues").root, [NextPage(history, 4, from_end=False)] * n
        )
        for n in (1, 200)
    ]
    assert len(texts[1]) - len(texts[0]) < 200 * 150
    assert [text.count("fromStateId") for text in texts] == [1, 1]


@pytest.mark.parametrize("has_info", [True, False])
def test_other_nested_pages_change_the_price_and_nothing_else(
    has_info: bool,  # noqa: FBT001 - a parameter of the test
    published: GraphQLSchema,
) -> None:
    asked = document("issues")
    plain = Document("issues", TABLES["issues"]).cost(1)
    before = asked.columns()
    asked.resize({"issue_history": FirstPage(3, has_info=has_info)})
    (history, spans) = asked.nested
    assert (history.first, history.has_cursor) == (3, has_info)
    prices = history.prices(0.0)
    lists = 1 + 3 * (prices.row + prices.page_info * has_info)
    lists += 1 + spans.first * (spans.prices(0.0).row + spans.prices(0.0).page_info)
    assert asked.cost(1) - plain == pytest.approx(lists)
    assert asked.columns() == before
    assert validate(published, parse(asked.text)) == []


def test_a_field_that_the_api_does_not_have_is_left_out() -> None:
    asked = document("projects")
    error = {"message": 'Cannot query field "lead" on type "Project".'}
    gone = FieldsError("", conditions.ROOT_REMOVED, [error], {})
    assert asked.drop(gone).fields == ["Project.lead"]
    assert "lead {" not in asked.text
    assert asked.drop(gone).fields == []
