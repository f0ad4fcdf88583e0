"""Texts, dates, shapes and states that nobody expects: one line, and no lost row."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from tap_github_prs.common.errors import TapError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from conftest import Reader
    from handmade import Host
    from pytest import LogCaptureFixture as Log  # noqa: PT013 - a type

    Serve = Callable[[Host], Reader]
    Command = Callable[..., subprocess.CompletedProcess[str]]

AT = "2024-05-05T00:00:00Z"
BROKEN = "\N{REPLACEMENT CHARACTER}"


@pytest.fixture
def rows(host: Host) -> list[dict[str, Any]]:
    repository = host.repository("one")
    return [host.pull_request(repository, host.second(n)) for n in range(5)]


# Texts


@pytest.mark.parametrize("text", ["half \ud83d", "\udc00", "a\x00b"])
def test_a_lone_surrogate_or_nul_in_a_text_stops_nothing(
    text: str,
    rows: list[dict[str, Any]],
    host: Host,
    serve: Serve,
    run_command: Command,
) -> None:
    """Titles of issues contain NUL, which targets reject.

    https://github.com/MeltanoLabs/tap-github/pull/232
    """
    rows[2]["title"] = text
    rows[2]["comments"] = [{**host.comment(rows[2]), "body": text}]
    reader = serve(host)
    done = run_command(reader.config)

    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    found = [
        m["record"]
        for m in messages
        if m.get("stream") == "pull_requests" and "record" in m
    ]
    assert len(found) == 5
    assert BROKEN in found[2]["title"]


# Values


@pytest.mark.parametrize(
    "value",
    [
        "0000-00-00T00:00:00Z",
        "2024-13-45T99:99:99Z",
        "10000-01-01T00:00:00Z",
        "2024-01-01T00:00:00+99:99",
        "0001-01-01T00:00:00+14:00",
        "soon",
    ],
)
def test_an_impossible_date_is_null_and_logged_once_with_its_row(
    value: str, rows: list[dict[str, Any]], host: Host, serve: Serve, caplog: Log
) -> None:
    rows[2]["createdAt"] = value
    reader = serve(host)
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = reader.run()

    found = output.records["pull_requests"]
    assert len(found) == 5
    assert found[2]["created_at"] is None
    (line,) = [r.getMessage() for r in caplog.records if "Null for" in r.getMessage()]
    assert f"created_at of pull_requests (id {rows[2]['fullDatabaseId']})" in line
    assert "an invalid DateTime" in line


def test_a_pull_request_with_an_invalid_updated_at_is_read_and_moves_no_bookmark(
    rows: list[dict[str, Any]], host: Host, serve: Serve
) -> None:
    reader = serve(host)
    reader.server.fault(
        "replaced",
        "github",
        field="updatedAt",
        value="0000-00-00",
        match="Repositories",
    )

    output = reader.run()
    then = reader.run(output.state)

    assert len(output.records["pull_requests"]) == 5
    assert sorted(then.numbers) == sorted(row["number"] for row in rows)


@pytest.mark.parametrize("value", [{"a": 1}, ["a"], 7, True])
def test_a_text_of_the_wrong_type_is_null_and_the_other_rows_are_read(
    value: object, rows: list[dict[str, Any]], host: Host, serve: Serve, caplog: Log
) -> None:
    reader = serve(host)
    order = {"field": "title", "value": value, "match": "Hydrate"}
    reader.server.fault("replaced", "github", **order)
    with caplog.at_level(logging.WARNING, "tap-github-prs"):
        output = reader.run()

    assert len(output.records["pull_requests"]) == len(rows)
    assert {row["title"] for row in output.records["pull_requests"]} == {None}
    assert "Null for title of pull_requests" in caplog.text


# Shapes


SHAPES: dict[str, dict[str, Any]] = {
    "data that is null without an error": {"field": "data", "value": None},
    "data that is a list": {"field": "data", "value": []},
    "nodes that are an object": {"field": "nodes", "value": {}},
    "nodes that are a text": {"field": "nodes", "value": "none"},
    "nodes that are null": {"field": "nodes", "value": None},
    "nodes that are texts": {"field": "nodes", "value": ["a", "b"]},
    "a page without a pageInfo": {"field": "pageInfo", "value": None},
    "an owner that is null": {"field": "owner", "value": None},
    "an author that is a text": {"field": "author", "value": "ada"},
    "errors that are an object": {"field": "extensions", "value": {}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_response_of_an_unexpected_shape_is_never_a_traceback(
    shape: str,
    rows: list[dict[str, Any]],
    host: Host,
    serve: Serve,
    run_command: Command,
) -> None:
    rows[0]["comments"] = [host.comment(rows[0])]
    reader = serve(host)
    reader.server.fault("replaced", "github", count=0, at=1, **SHAPES[shape])

    done = run_command({**reader.config, "max_wait_seconds": 3})

    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 1}
    if done.returncode:
        assert "Error: " in done.stderr


@pytest.mark.parametrize("shape", SHAPES)
def test_a_response_of_an_unexpected_shape_once_costs_no_row(
    shape: str, rows: list[dict[str, Any]], host: Host, serve: Serve
) -> None:
    reader = serve(host)
    reader.server.fault("replaced", "github", match="Hydrate", **SHAPES[shape])

    output = reader.run()

    assert len(output.keyed("pull_requests")) == len(rows)


@pytest.mark.parametrize("value", [{}, "none", [1], [[]], None])
def test_a_list_of_comments_of_an_unexpected_shape_is_one_line(
    value: object, rows: list[dict[str, Any]], host: Host, serve: Serve
) -> None:
    reader = serve(host)
    first = reader.run()
    reader.server.fault(
        "replaced", "github", field="", value=value, match="/comments", count=0
    )

    then = reader.fail("Not read: edited comments of ada/one", first.state)

    assert len(then.of("ACTIVATE_VERSION")) == 1
    assert rows


# The state


GOOD = "2024-05-05T00:00:00.000Z"
DAMAGED: dict[str, tuple[Any, str]] = {
    "partitions": (
        {"pull_requests": {"partitions": {}}},
        "partitions is {}, not a list",
    ),
    "a partition": (
        {"pull_requests": {"partitions": ["x"]}},
        "partitions[0] is 'x', not an object",
    ),
    "no context": (
        {"pull_requests": {"partitions": [{"replication_key_value": GOOD}]}},
        "partitions[0].context is None, not there",
    ),
    "a bookmark": (
        {
            "pull_requests": {
                "partitions": [{"context": {}, "replication_key_value": "abc"}]
            }
        },
        "partitions[0].replication_key_value is 'abc', not a time",
    ),
    "a bookmark that is a number": (
        {"pull_requests": {"partitions": [{"context": {}, "started_at": 7}]}},
        "partitions[0].started_at is 7, not a time",
    ),
    "ids": (
        {"pull_requests": {"partitions": [{"context": {}, "read_at_bookmark": "x"}]}},
        "read_at_bookmark is 'x', not a list",
    ),
    "a head": (
        {"commits": {"partitions": [{"context": {}, "head_oid": ["x"]}]}},
        "head_oid is ['x'], not text",
    ),
    "what was not read": (
        {"pull_requests": {"partitions": [{"context": {}, "unread": [{}]}]}},
        "unread[0].node_id is None, not there",
    ),
    "a stream": ({"pull_requests": 1}, "bookmarks.pull_requests is 1, not an object"),
    "all": ([], "bookmarks is [], not an object"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_state_is_named_with_its_remedy_before_anything_is_read(
    what: str,
    rows: list[dict[str, Any]],
    host: Host,
    serve: Serve,
    run_command: Command,
) -> None:
    bookmarks, said = DAMAGED[what]
    reader = serve(host)
    done = run_command(reader.config, state={"bookmarks": bookmarks})

    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert done.returncode == 1
    assert not done.stdout
    assert "Traceback" not in done.stderr
    assert any(said in line for line in lines), lines
    assert all("meltano state clear" in line for line in lines)
    assert rows


@pytest.mark.parametrize("versions", [[], {"repositories": "x"}])
def test_a_damaged_version_is_named_too(
    versions: object, host: Host, serve: Serve
) -> None:
    host.repository("one")
    with pytest.raises(TapError, match="The state is damaged: versions"):
        serve(host).run({"bookmarks": {}, "versions": versions})


def test_a_state_of_a_newer_version_is_continued_from(host: Host, serve: Serve) -> None:
    host.pull_request(host.repository("one"), AT)
    reader = serve(host)
    state = reader.run().state
    state["bookmarks"]["pull_requests"]["partitions"][0]["something_new"] = {"a": [1]}

    assert not reader.run(state).records["pull_requests"]
