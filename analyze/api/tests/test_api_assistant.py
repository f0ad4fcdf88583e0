"""The MCP server, asked by the official client over stdin and stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from throughline_api.assistant import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.types import CallToolResult, ListToolsResult
    from running_api import TinyMarts

JOINED = "👩\u200d🚀 ❤\ufe0f \u0645\u06cc\u200c\u062e\u0648 תיקון"
PROGRAM = str(Path(sys.executable).with_name("throughline-api"))
HOSTILE: dict[str, tuple[str, dict[str, Any]]] = {
    "an unknown metric": ("trend", {"metric": "'; drop table fct_issues; --"}),
    "no metric": ("trend", {}),
    "a made-up cursor": ("trend", {"metric": "throughput", "cursor": "AAAA"}),
    "a limit of 0": ("trend", {"metric": "throughput", "limit": 0}),
    "a limit that is a list": ("trend", {"metric": "throughput", "limit": [1]}),
    "a date that is a number": ("trend", {"metric": "throughput", "since": 0}),
    "a date that does not exist": (
        "trend",
        {"metric": "throughput", "since": "2026-02-30"},
    ),
    "dates in the wrong order": (
        "trend",
        {"metric": "throughput", "since": "2026-02-01", "until": "2026-01-01"},
    ),
    "1 MB": ("waiting_now", {"subject": "a" * 1_000_000}),
    "control characters": ("issue_path", {"issue": "ENG-1\u0000"}),
    "SQL": ("repository", {"repository": "' or '1'='1"}),
    "an issue that does not exist": ("issue_path", {"issue": "ENG-999"}),
    "a team that does not exist": ("trend", {"metric": "throughput", "subject": "X"}),
    "an unknown tool": ("drop_everything", {}),
}
GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "list_metrics": ("list_metrics", {}),
    "trend": ("trend", {"metric": "lead_time", "subject": "ENG"}),
    "rolling": ("trend", {"metric": "lead_time", "period": "rolling_90_days"}),
    "waiting_now": ("waiting_now", {}),
    "issue_path": ("issue_path", {"issue": "PLA-3"}),
    "repository": ("repository", {"repository": "acme/api"}),
    "freshness": ("freshness", {}),
}


class Asked:
    """What one server answered.

    Attributes:
        tools: The list of tools.
        instructions: What the server tells an assistant.
        results: By the name of the call.
    """

    tools: ListToolsResult
    instructions: str | None
    results: dict[str, CallToolResult]


async def _ask(given: dict[str, str], log: Path) -> Asked:
    asked = Asked()
    asked.results = {}
    parameters = StdioServerParameters(command=PROGRAM, args=["mcp"], env=given)
    with log.open("w") as errors:
        async with Client(stdio_client(parameters, errlog=errors)) as client:
            asked.tools = await client.list_tools()
            asked.instructions = client.instructions
            for name, (tool, arguments) in (GOOD | HOSTILE).items():
                asked.results[name] = await client.call_tool(tool, arguments)
    return asked


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mcp") / "stderr"


@pytest.fixture(scope="module")
def asked(
    marts: TinyMarts, settings_of: Callable[..., dict[str, str]], log: Path
) -> Asked:
    assert marts.schemas
    return anyio.run(_ask, {**os.environ, **settings_of()}, log)


def answer(asked: Asked, name: str) -> dict[str, Any]:
    result = asked.results[name]
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return dict(result.structured_content)


def test_there_is_a_read_only_tool_for_each_question(asked: Asked) -> None:
    tools = {tool.name: tool for tool in asked.tools.tools}
    assert set(tools) == {
        "list_metrics",
        "trend",
        "waiting_now",
        "issue_path",
        "repository",
        "freshness",
    }
    for tool in tools.values():
        assert tool.description
        assert tool.annotations
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
    assert "Cite the definition" in (asked.instructions or "")
    assert "Never rank" in (asked.instructions or "")


def test_a_trend_comes_with_its_definition_and_n(asked: Asked) -> None:
    found = answer(asked, "trend")
    assert "created → completed" in found["metric"]["definition"]
    assert found["metric"]["source"] == "docs/metrics.md"
    assert [(each["value"], each["n"]) for each in found["points"]] == [
        (40.5, 4),
        (42, 6),
        (8, 1),
    ]
    rolling = answer(asked, "rolling")
    assert [each["value"] for each in rolling["points"]] == [41, 40]


def test_metrics_are_listed_with_their_definitions(asked: Asked) -> None:
    metrics = answer(asked, "list_metrics")["metrics"]
    assert {each["name"] for each in metrics} >= {"throughput", "pickup_time"}
    assert all(each["definition"] for each in metrics)


def test_what_waits_an_issue_a_repository_and_freshness_are_answered(
    asked: Asked,
) -> None:
    waiting = answer(asked, "waiting_now")
    assert waiting["items"][0]["waiting_on"] == "O'Brien"
    assert "neither answered" in waiting["definitions"]["review_request"]
    path = answer(asked, "issue_path")
    assert path["pull_requests"][0]["reference"] == "acme/api#11"
    assert [each["deployment_id"] for each in path["deployments"]] == ["d1", "d2"]
    assert "created → completed" in path["definitions"]["Lead time"]
    repository = answer(asked, "repository")
    assert repository["pull_request_count"] == 9
    assert repository["weeks"][1]["merged_count"] == 2
    assert "first response" in repository["definitions"]["Pickup"]
    assert repository["columns"]["bus_factor"]
    assert answer(asked, "freshness")["as_of_date"] == "2026-01-21"


def test_a_tool_reads_a_page_that_fits_into_an_assistants_context(
    asked: Asked,
) -> None:
    for tool in asked.tools.tools:
        limit = tool.input_schema["properties"].get("limit")
        assert limit is None or limit["default"] == 100


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Fix \u202egnp.exe", "Fix gnp.exe"),
        ("a\U000e0049\U000e0067\U000e006eb\U000e0100", "ab"),
        ("a\u200b\u2060\ufeffb\x1b[31m", "ab[31m"),
        ("one\r\ntwo\u2028three", "one  two three"),
        (JOINED, JOINED),
    ],
)
def test_an_assistant_reads_only_what_a_person_would_see(
    title: str, shown: str
) -> None:
    answer = {"items": [{"title": title, "n": 1, "url": None}], title: True}
    assert visible(answer) == {
        "items": [{"title": shown, "n": 1, "url": None}],
        title: True,
    }


def test_a_title_of_the_marts_reaches_an_assistant_without_hidden_text(
    asked: Asked,
) -> None:
    titles = [each["title"] for each in answer(asked, "waiting_now")["items"]]
    assert "Old" in titles


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_argument_is_an_error_for_the_assistant_and_nothing_else(
    asked: Asked, name: str
) -> None:
    result = asked.results[name]
    assert result.is_error
    (content,) = result.content
    assert content.type == "text"
    text = content.text
    assert len(text) < 2000
    assert "Traceback" not in text
    # The same server answered the calls after it.
    assert not asked.results["freshness"].is_error


def test_the_log_of_refused_arguments_has_no_traceback(asked: Asked, log: Path) -> None:
    assert asked.results
    assert "Traceback" not in log.read_text()


def test_stdout_contains_nothing_but_protocol_messages(
    marts: TinyMarts, settings_of: Callable[..., dict[str, str]]
) -> None:
    messages: list[dict[str, Any]] = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "waiting_now", "arguments": {}},
        },
    ]
    marts.drop("fct_review_requests")
    try:
        with subprocess.Popen(
            [PROGRAM, "mcp"],
            env={**os.environ, **settings_of()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            lines = []
            for message in messages:
                process.stdin.write(json.dumps(message) + "\n")
                process.stdin.flush()
                if "id" in message:
                    lines.append(process.stdout.readline())
            process.stdin.close()
            lines += process.stdout.readlines()
            errors = process.stderr.read()
        assert process.returncode == 0
    finally:
        marts.load("fct_review_requests")

    answers = [json.loads(line) for line in lines]
    assert [each["id"] for each in answers] == [1, 2]
    assert all(each["jsonrpc"] == "2.0" for each in answers)
    result = answers[1]["result"]
    assert result["isError"]
    assert "the mart fct_review_requests does not exist" in str(result["content"])
    assert "the mart fct_review_requests does not exist" in errors
    assert "Traceback" not in errors
