"""The sandbox's Linear API over rows that a test writes."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open
from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import tap_runs
from tap_runs import Collected, TapRun, copied

import sandbox.linear.api
from sandbox.company import GitHubHost, LinearWorkspace, World
from sandbox.testing import ApiServer, published_schema
from tap_linear.common.cli import one_line_per_error
from tap_linear.tap import TapLinear

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
TRICKLE_SECONDS = 3.0  # for one response in pieces

Row = dict[str, Any]


def at(seconds: float) -> str:
    """A timestamp as Linear writes it, `seconds` after START."""
    moment = START + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def uid(kind: int, number: int) -> str:
    return str(UUID(int=(kind << 64) + number))


class Workspace:
    """Writes rows of a Linear workspace."""

    TEAM, USER, STATE, ISSUE, HISTORY, SPAN, COMMENT, ATTACHMENT, OTHER = range(1, 10)
    CYCLE = 10
    SESSION, PIPELINE, STAGE, RELEASE, PAIR, CUSTOMER, NEED, WORD = range(11, 19)

    def __init__(self) -> None:
        self.rows = LinearWorkspace(
            organization=self._row(uid(9, 0), 0, name="Test", urlKey="test")
        )
        self.world = World(NOW, self.rows, GitHubHost())

    @staticmethod
    def _row(key: str, seconds: float, /, **fields: Any) -> Row:
        return {"id": key, "createdAt": at(0), "updatedAt": at(seconds), **fields}

    def add(self, table: str, key: str, seconds: float = 0, /, **fields: Any) -> Row:
        row = self._row(key, seconds, **fields)
        getattr(self.rows, table)[key] = row
        return row

    def team(self, number: int = 1, key: str = "ENG") -> str:
        identity = uid(self.TEAM, number)
        self.add("teams", identity, key=key, name=key)
        state = uid(self.STATE, number)
        self.add(
            "workflow_states", state, name="Todo", type="unstarted", teamId=identity
        )
        return identity

    def issue(
        self,
        number: int,
        seconds: float,
        history: int = 1,
        spans: int = 1,
        team: int = 1,
        **fields: Any,
    ) -> str:
        key = uid(self.ISSUE, number)
        self.add(
            "issues",
            key,
            seconds,
            teamId=uid(self.TEAM, team),
            stateId=uid(self.STATE, team),
            identifier=f"ENG-{number}",
            number=float(number),
            title=f"Issue {number}",
            priority=2.0,
            **fields,
        )
        self.rows.issue_history[key] = [
            self._row(uid(self.HISTORY, number * 10_000 + n), seconds, toTitle=str(n))
            for n in range(history)
        ]
        self.rows.issue_state_spans[key] = [
            {
                "id": uid(self.SPAN, number * 10_000 + n),
                "stateId": uid(self.STATE, team),
                "startedAt": at(n),
                "endedAt": at(n + 1) if n + 1 < spans else None,
            }
            for n in range(spans)
        ]
        return key

    def cycle(self, number: int, seconds: float, left: list[str], team: int = 1) -> str:
        """A cycle that was closed and left these issues undone."""
        key = uid(self.CYCLE, number)
        self.add(
            "cycles",
            key,
            seconds,
            teamId=uid(self.TEAM, team),
            number=float(number),
            startsAt=at(0),
            endsAt=at(seconds),
            completedAt=at(seconds),
            uncompletedIssuesUponCloseIds=left,
        )
        return key

    def comment(self, number: int, seconds: float, issue: int | None = None) -> str:
        key = uid(self.COMMENT, number)
        reference = {} if issue is None else {"issueId": uid(self.ISSUE, issue)}
        self.add("comments", key, seconds, body=f"Comment {number}", **reference)
        return key

    def attachment(self, number: int, seconds: float, issue: int) -> str:
        key = uid(self.ATTACHMENT, number)
        self.add(
            "attachments",
            key,
            seconds,
            issueId=uid(self.ISSUE, issue),
            title="Pull request",
            url=f"https://github.com/acme/app/pull/{number}",
            sourceType="github",
            metadata={"status": "merged"},
        )
        return key

    def session(
        self, number: int, seconds: float, issue: int | None = None, **fields: Any
    ) -> str:
        """A session of an agent."""
        agent = uid(self.USER, 99)
        if agent not in self.rows.users:
            self.add("users", agent, name="Agent", app=True, active=True)
        key = uid(self.SESSION, number)
        reference = {} if issue is None else {"issueId": uid(self.ISSUE, issue)}
        self.add(
            "agent_sessions",
            key,
            seconds,
            **{"appUserId": agent, "status": "active", **reference, **fields},
        )
        return key

    def release(self, number: int, issues: tuple[int, ...] = (), **fields: Any) -> str:
        """A release of the one pipeline, with the pairs of its issues."""
        pipeline, stage = uid(self.PIPELINE, 1), uid(self.STAGE, 1)
        if pipeline not in self.rows.release_pipelines:
            self.add("release_pipelines", pipeline, name="Web", teamIds=[])
            self.add("release_stages", stage, name="Done", pipelineId=pipeline)
        key = uid(self.RELEASE, number)
        self.add(
            "releases",
            key,
            number,
            **{"pipelineId": pipeline, "stageId": stage, "name": "R", **fields},
        )
        for issue in issues:
            self.add(
                "issue_to_releases",
                uid(self.PAIR, number * 1_000 + issue),
                issueId=uid(self.ISSUE, issue),
                releaseId=key,
            )
        return key

    def customer(self, number: int, **fields: Any) -> str:
        status, key = uid(self.WORD, 1), uid(self.CUSTOMER, number)
        if status not in self.rows.customer_statuses:
            self.add("customer_statuses", status, name="Active")
        self.add("customers", key, **{"name": "C", "statusId": status, **fields})
        return key

    def need(self, number: int, **fields: Any) -> str:
        key = uid(self.NEED, number)
        self.add("customer_needs", key, number, priority=0.0, **fields)
        return key


class Messages(Collected):
    """The messages of a run of tap-linear."""

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """Stream and key of every record, as its SCHEMA names the key."""
        names = {
            message["stream"]: message["key_properties"]
            for message in self.messages
            if message["type"] == "SCHEMA"
        }
        return [
            (
                message["stream"],
                *(message["record"][name] for name in names[message["stream"]]),
            )
            for message in self.messages
            if message["type"] == "RECORD"
        ]

    def columns(self, stream: str) -> set[str]:
        """Columns of the last SCHEMA of a stream."""
        found = [
            set(one["schema"]["properties"])
            for one in self.messages
            if one["type"] == "SCHEMA" and one["stream"] == stream
        ]
        return found[-1]


class Run(TapRun):
    """One run of the tap."""

    guard = staticmethod(one_line_per_error)

    def __init__(
        self, url: str, state: Row | None = None, select: Any = None, **config: Any
    ) -> None:
        self.out = Messages()
        self.waits: list[float] = []
        settings = {"api_url": url, "api_key": "lin_api_sandbox", **config}
        catalog = None
        if select is not None:
            known = TapLinear(config=settings).catalog_dict
            catalog = tap_runs.select(known, select)
        self.tap = TapLinear(
            config=settings,
            state=copied(state),
            catalog=catalog,
            message_writer=self.out,
        )
        self.tap.context.client.sleep = self.waits.append
        self.tap.context.client.limits.sleep = self.waits.append


@pytest.fixture
def workspace() -> Workspace:
    """A workspace with one team."""
    made = Workspace()
    made.team()
    return made


def serve(world: World | None = None, size: int = 0) -> ApiServer:
    """An API server whose last day is NOW."""
    return ApiServer(world, size=size, until=NOW)


@pytest.fixture(scope="session")
def _server() -> Iterator[ApiServer]:
    with serve(Workspace().world) as made:
        yield made


@pytest.fixture(scope="session")
def company() -> Iterator[ApiServer]:
    """The API over the sandbox's company of about a thousand issues."""
    with serve(size=1_000) as made:
        yield made


@pytest.fixture
def server(_server: ApiServer, workspace: Workspace) -> ApiServer:
    """The API over the workspace; what a test writes is served from the next run on."""
    _server.state.world = workspace.world
    _server.refresh()
    _server.clear_faults()
    _server.remove(api="linear")
    _server.restrict(api="linear")
    _server.limits(linear=dict(sandbox.linear.api.LIMITS), window_seconds=3600)
    _server.forget_stats()
    return _server


@pytest.fixture
def requests(server: ApiServer) -> Any:
    """Counts the requests by operation since the last call.

    A request for several lists counts for each of them.
    """

    def count() -> Counter[str]:
        found: Counter[str] = Counter()
        for names, count in server.stats()["linear"]["operations"].items():
            for name in names.split("_"):
                found[name] += count
        server.forget_stats()
        return found

    return count


@pytest.fixture(scope="session")
def start() -> type[Run]:
    """One run of the tap: `start(url, state, select, **settings).sync()`."""
    return Run


@pytest.fixture
def run(server: ApiServer) -> Any:
    """Runs the tap against the server: `run(state, select, **settings)`."""

    def start(state: Row | None = None, select: Any = None, **config: Any) -> Run:
        server.refresh()
        return Run(config.pop("api_url", server.linear_url), state, select, **config)

    return start


class Answering(BaseHTTPRequestHandler):
    """Answers every POST as the server's `answer` says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, answer, pieces = self.server.answer(self.headers, body)  # type: ignore[attr-defined]
        with suppress(OSError):  # the tap may have given up
            self.send_response(status)
            for name, value in {"Content-Length": len(answer), **headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            size = max(1, -(-len(answer) // pieces))
            for start in range(0, len(answer), size):
                self.wfile.write(answer[start : start + size])
                self.wfile.flush()
                if pieces > 1:
                    time.sleep(TRICKLE_SECONDS / pieces)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def stub() -> Iterator[Any]:
    """A server that answers what a test says, for what no Linear would answer.

    `stub(answer)` returns its address; `answer(headers, body)` returns the status, the
    headers, the body, and in how many pieces the body trickles in.
    """
    servers = []

    def start(answer: Any) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        server.daemon_threads = True
        server.answer = answer  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/graphql"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def contract() -> str:
    """Linear's published schema."""
    file = published_schema("linear")
    if file is None:
        pytest.skip("Linear's published schema is missing: run `make contracts`")
    return file.read_text(encoding="utf-8")
