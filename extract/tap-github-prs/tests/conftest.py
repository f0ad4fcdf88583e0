"""A real server, and a tap whose messages are kept instead of printed."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import command
from handmade import UNTIL, Host, without_times
from singer_sdk.singerlib.encoding.base import GenericSingerWriter

from sandbox import company
from sandbox.testing import ApiServer, published_schema
from tap_github_prs.common.errors import TapError
from tap_github_prs.tap import TapGitHubPRs
from tap_github_prs.transport.auth import Clock

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from singer_sdk.singerlib.encoding.simple import Message


class Kept(GenericSingerWriter[str, "Message"]):
    """Keeps messages; raises at one of them on request, as a target that stops does."""

    def __init__(
        self,
        die_at: int | None = None,
        watch: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.die_at = die_at
        self.watch = watch

    def serialize_message(self, message: Message) -> str:
        return json.dumps(message.to_dict(), default=str)

    def write_message(self, message: Message) -> None:
        if len(self.messages) == self.die_at:
            raise KeyboardInterrupt
        # A copy, several times as fast as deepcopy.
        self.messages.append(pickle.loads(pickle.dumps(message.to_dict())))  # noqa: S301 - our own
        if self.watch:
            self.watch(self.messages[-1])


@dataclass
class Output:
    """What a run wrote, in order."""

    messages: list[dict[str, Any]]

    @property
    def records(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in self.messages:
            if message["type"] == "RECORD":
                found[message["stream"]].append(message["record"])
        return found

    @property
    def states(self) -> list[dict[str, Any]]:
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1]

    @property
    def numbers(self) -> list[int]:
        """The pull requests, as they came."""
        return [row["number"] for row in self.records["pull_requests"]]

    @property
    def bookmark(self) -> str:
        """That of the first repository."""
        first = self.state["bookmarks"]["pull_requests"]["partitions"][0]
        value: str = first["replication_key_value"]
        return value

    @property
    def rows(self) -> dict[str, Counter[str]]:
        """The records without the order in which they came, and without TIMES."""
        return {
            name: Counter(repr(sorted(without_times(row).items())) for row in found)
            for name, found in self.records.items()
        }

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [m for m in self.messages if m["type"] == kind]

    def keyed(self, stream: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The rows of a stream by key, as an upserting target would have them."""
        keys = next(
            m["key_properties"] for m in self.of("SCHEMA") if m["stream"] == stream
        )
        return {tuple(row[key] for key in keys): row for row in self.records[stream]}


@dataclass
class Skipping(Clock):
    """Does not wait: notes the seconds, and is as much later."""

    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        return super().now() + sum(self.waits)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


@dataclass
class Reader:
    """The tap before a server."""

    server: ApiServer
    settings: dict[str, Any]
    clock: Skipping = field(default_factory=Skipping)

    @property
    def config(self) -> dict[str, Any]:
        return {
            "api_url": self.server.github_url,
            "auth_token": "sandbox-token",
            **self.settings,
        }

    @property
    def requests(self) -> Counter[str]:
        """What was asked, by operation."""
        return Counter(self.server.stats()["github"]["operations"])

    def run(
        self,
        state: dict[str, Any] | None = None,
        *,
        catalog: dict[str, Any] | None = None,
        die_at: int | None = None,
        watch: Callable[[dict[str, Any]], None] | None = None,
        **settings: Any,  # noqa: ANN401 - settings are JSON
    ) -> Output:
        """Run the tap in this process.

        Args:
            state: Where to continue.
            catalog: What to read.
            die_at: Message in place of which the target dies.
            watch: Called after each message.
            settings: In place of the reader's own.
        """
        writer = Kept(die_at, watch)
        tap = TapGitHubPRs(
            config={**self.config, **settings},
            state=copy.deepcopy(state),
            catalog=catalog,
            message_writer=writer,
        )
        tap.clock = self.clock
        try:
            tap.run()
        except KeyboardInterrupt:
            if die_at is None:
                raise
        return Output(writer.messages)

    def fail(
        self,
        match: str,
        state: dict[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 - see run
    ) -> Output:
        """Run the tap, which ends with an error; return what it has written."""
        messages: list[dict[str, Any]] = []
        watch = more.pop("watch", None)

        def keep(message: dict[str, Any]) -> None:
            messages.append(message)
            if watch:
                watch(message)

        with pytest.raises(TapError, match=match):
            self.run(state, watch=keep, **more)
        return Output(messages)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _shared(name: str) -> Path:
    for folder in Path(__file__).resolve().parents:
        if (folder / ".git").exists():
            return folder.parent / "shared" / name
    return Path("/nonexistent") / name


@pytest.fixture(scope="session")
def recordings_folder() -> Path:
    folder = _shared("recordings") / "github"
    if not folder.is_dir():
        pytest.skip("the recordings are not next to this repository")
    return folder


@pytest.fixture(scope="session")
def contract() -> Path:
    file = published_schema("github")
    if file is None:
        pytest.skip("GitHub's published schema is missing: run `make contracts`")
    return file


@pytest.fixture(scope="session")
def recorded(recordings_folder: Path) -> Iterator[ApiServer]:
    """Serve the recordings of panjf2000/ants."""
    with ApiServer(recordings=recordings_folder, size=10, until=UNTIL) as server:
        yield server


@pytest.fixture(scope="session")
def company_server() -> Iterator[ApiServer]:
    """Serve a part of a company whose largest pull requests have many children."""
    with ApiServer(size=20, until=UNTIL) as server:
        github = server.world.github
        smallest = sorted(
            github.pull_requests.values(),
            key=lambda row: sum(len(each) for each in row.values() if _is_list(each)),
        )
        github.pull_requests = {row["id"]: row for row in smallest[:40]}
        overflowing = next(row for row in smallest if row.get("comments"))
        comment = overflowing["comments"][0]
        overflowing["comments"] = [
            {**comment, "id": f"IC_{n}", "fullDatabaseId": str(n)} for n in range(1, 70)
        ]
        for repository in github.repositories.values():
            repository["commits"] = (repository.get("commits") or [])[:120]
        server.refresh()
        yield server


def _as_new(server: ApiServer) -> None:
    """Cancel faults, count from zero, fill every budget, show everything."""
    server.clear_faults()
    server.remove()
    for token in ("", "sandbox-token", "sandbox-token-2"):
        server.restrict(token)
    server.forget_stats()
    server.limits(github={"core": 5_000, "graphql": 5_000}, window_seconds=3_600)


@pytest.fixture
def server(company_server: ApiServer) -> Iterator[ApiServer]:
    """Serve a small company, without faults, counting from zero."""
    _as_new(company_server)
    yield company_server
    _as_new(company_server)  # for the fixtures that read it once for many tests


def _read_company(server: ApiServer) -> Reader:
    return Reader(server, {"organizations": [company.ORGANIZATION]})


@pytest.fixture(scope="session")
def read_company() -> Callable[[ApiServer], Reader]:
    """Make a reader of a whole company."""
    return _read_company


@pytest.fixture(scope="session")
def company_reader(company_server: ApiServer) -> Reader:
    """Read the whole company, for what outlives a test."""
    return _read_company(company_server)


@pytest.fixture
def reader(server: ApiServer) -> Reader:
    """Read the whole company."""
    return _read_company(server)


@pytest.fixture(scope="session")
def recorded_reader(recorded: ApiServer) -> Reader:
    """Read the recordings."""
    return Reader(recorded, {"repositories": ["panjf2000/ants"]})


@pytest.fixture
def run_command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the tap as Meltano does."""

    def call(
        config: dict[str, Any], *options: str, state: dict[str, Any] | None = None
    ) -> subprocess.CompletedProcess[str]:
        settings = tmp_path / "config.json"
        settings.write_text(json.dumps(config))
        arguments = ["--config", str(settings), *options]
        if state is not None:
            kept = tmp_path / "state.json"
            kept.write_text(json.dumps(state))
            arguments += ["--state", str(kept)]
        return command("tap-github-prs", *arguments)

    return call


@pytest.fixture(scope="session")
def select() -> Callable[..., dict[str, Any]]:
    """Make a catalog of some streams, and of some of their fields."""

    def make(**streams: list[str] | None) -> dict[str, Any]:
        tap = TapGitHubPRs(config={}, validate_config=False)
        catalog = copy.deepcopy(tap.catalog_dict)
        for stream in catalog["streams"]:
            name = stream["stream"]
            for entry in stream["metadata"]:
                if entry["breadcrumb"] in ([], ()):
                    entry["metadata"]["selected"] = name in streams
                elif (fields := streams.get(name)) is not None:
                    entry["metadata"]["selected"] = entry["breadcrumb"][1] in fields
        return catalog

    return make


@pytest.fixture(scope="session")
def host_server() -> Iterator[ApiServer]:
    with ApiServer(size=5, until=UNTIL) as server:
        yield server


@pytest.fixture
def host(host_server: ApiServer) -> Host:
    return Host(host_server.world.linear)


@pytest.fixture
def serve(host_server: ApiServer) -> Callable[..., Reader]:
    """Serve a host; return the reader of its repositories."""

    def start(host: Host) -> Reader:
        host_server.state.world = host.world
        host_server.refresh()
        _as_new(host_server)
        rows = host.world.github.repositories.values()
        names = [row["nameWithOwner"] for row in rows]
        return Reader(host_server, {"repositories": names})

    return start
