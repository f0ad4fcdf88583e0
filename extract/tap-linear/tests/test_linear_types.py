"""Class 8: a value of the wrong type costs its column, or its row, and is logged."""

# ruff: noqa: ANN401 - conftest cannot be imported, so its fixtures have no names here
from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tap_linear.documents.document import Document
from tap_linear.documents.records import columns
from tap_linear.documents.selection import fields, nodes, row
from tap_linear.streams import STREAMS

if TYPE_CHECKING:
    from sandbox.testing import ApiServer

VALUES: tuple[Any, ...] = (
    7,
    1e300,
    True,
    "",
    "x",
    "0000-13-45T99:00:00Z",
    [],
    [7],
    {},
    None,
)
CHILDREN = ("issue_history", "issue_state_spans")
TABLES = {stream.name: stream.table for stream in STREAMS}
NAMES = [
    each.name
    for each in STREAMS
    if each.name not in (*CHILDREN, "cycle_uncompleted_issues")
]


def readers(name: str) -> Any:
    """The functions that make records, each with the fields it reads and its schema."""
    of_children = {child: (TABLES[child], lambda _: True) for child in CHILDREN}
    schema = TABLES[name]
    document = Document(name, schema, children=of_children if name == "issues" else {})
    yield document.read, fields(row(document.root)), schema
    for nested in document.nested:
        if read := document.child_readers.get(nested.column):
            child = TABLES[nested.column]
            yield read, fields(nodes(nested.field)), child


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("name", NAMES)
def test_no_value_of_linear_makes_a_record_that_its_schema_does_not_allow(
    name: str, value: Any
) -> None:
    for read, selected, schema in readers(name):
        node: dict[str, Any] = {}
        for field in selected:
            for _, (outer, *inner) in columns(field):
                node[outer] = node.get(outer, {}) | _below(inner, value)
                node[outer] = node[outer] if inner else value
        node["id"] = "00000000-0000-0000-0000-000000000001"
        # A child's reference to its issue is added by the stream.
        jsonschema.validate(read(node), {**schema, "required": ["id"]})


@pytest.mark.parametrize("value", [7, None, []])
def test_a_row_without_a_usable_key_makes_no_record(value: Any) -> None:
    document = Document("teams", TABLES["teams"])
    with pytest.raises(TypeError):
        document.read({"id": value})


def _below(inner: list[str], value: Any) -> dict[str, Any]:
    return {name: [{"id": value}] if name == "nodes" else value for name in inner}


def test_a_text_of_another_type_is_null_and_logged_once_with_its_row(
    workspace: Any, server: ApiServer, run: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """An API sends a list where its schema has text.

    https://github.com/airbytehq/airbyte/issues/29365
    """
    keys = [workspace.comment(number, number * 100) for number in range(3)]
    server.fault("replaced", "linear", match="Comments(", field="body", value=[])
    out = run(None, lambda stream, *_: stream == "comments").sync()
    bodies = {record["id"]: record["body"] for record in out.records("comments")}
    assert set(bodies) == set(keys)
    assert set(bodies.values()) == {None}
    said = [line for line in caplog.messages if "invalid value" in line]
    assert said == [
        f"comments: body of {key} is null, Linear sent an invalid value: []"
        for key in bodies
    ]


@pytest.mark.parametrize(
    "fault",
    [
        ("query Issues(", "team", 7),
        ("query IssuesChanged(", "previousIdentifiers", 7),
        ("query IssuesChanged(", "id", "x"),
        ("query Teams(", "key", []),
        ("query Teams(", "createdAt", 7),
        ("query TeamMemberships(", "team", [7]),
    ],
)
def test_a_value_of_another_type_that_the_tap_itself_needs_loses_no_issue(
    fault: tuple[str, str, Any], workspace: Any, server: ApiServer, run: Any
) -> None:
    match, field, value = fault
    workspace.issue(1, 1)
    user = "00000000-0000-0000-0000-0000000000ae"
    workspace.add("users", user, name="A")
    workspace.add(
        "team_memberships", "00000000-0000-0000-0000-0000000000ad", userId=user,
        teamId=workspace.team(),
    )  # fmt: skip
    state = run(None, lambda stream, *_: stream == "issues").sync().states[-1]
    workspace.team(2, "OPS")
    workspace.issue(1, 100)
    server.fault("replaced", "linear", match=match, field=field, value=value, count=0)
    chosen = ("issues", "teams", "team_memberships")
    started = run(state, lambda stream, *_: stream in chosen, teams=["ENG"])
    with suppress(SystemExit):  # anything else would be a traceback
        started.sync()
    server.clear_faults()
    rest = run(
        started.out.states[-1], lambda stream, *_: stream in chosen, teams=["ENG"]
    )
    rest.sync()
    written = [*started.out.records("issues"), *rest.out.records("issues")]
    assert written[-1]["updated_at"].endswith("01:40.000Z")
