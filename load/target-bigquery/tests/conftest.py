"""A real local BigQuery, a proxy that breaks it, and runs of the target against it."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import io
import json
import re
import socket
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from breaking_proxy import PROJECT, Fault, Proxy
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from sandbox.testing import LocalBigQuery
from target_bigquery.redaction import REDACTOR, Redactor
from target_bigquery.target import TargetBigQuery
from target_bigquery.warehouse.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> Iterator[None]:
    """Forget the secrets of a test: a process of the target has one configuration."""
    yield
    vars(REDACTOR).update(vars(Redactor()))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture(scope="session")
def free_ports() -> Callable[[int], list[int]]:
    """A function that finds ports nobody listens on."""
    return _free_ports


@pytest.fixture(scope="session")
def local_bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBigQuery]:
    """One local BigQuery per run of pytest."""
    folder = tmp_path_factory.mktemp("bigquery")
    with LocalBigQuery(folder, project=PROJECT, has_buckets=True) as local:
        yield local


@pytest.fixture(scope="session")
def bucket_root(local_bigquery: LocalBigQuery) -> Path:
    """The folder that the local BigQuery uses as Cloud Storage."""
    local_bigquery.bucket_root.mkdir(parents=True, exist_ok=True)
    return local_bigquery.bucket_root


@pytest.fixture(scope="session")
def bigquery_url(local_bigquery: LocalBigQuery) -> str:
    """The address of the local BigQuery."""
    return local_bigquery.endpoint


@pytest.fixture
def dataset() -> str:
    """A dataset of the test's own."""
    return f"d{uuid.uuid4().hex[:10]}"


class Warehouse:
    """The local BigQuery as a test looks into it."""

    def __init__(self, url: str, dataset: str) -> None:
        self.url, self.dataset = url, dataset
        self.client = bigquery.Client(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": url},
        )

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return a query's rows; `{d}` in it is the dataset."""
        # The client allows None and declares a Retry.
        rows = self.client.query_and_wait(
            sql.replace("{d}", self.dataset),
            job_retry=None,  # type: ignore[arg-type]
        )
        return [dict(row) for row in rows]

    def rows(self, stream: str, *, meta: bool = False) -> list[dict[str, Any]]:
        """Return a stream's rows, without metadata, in the order of arrival."""
        rows = self.query(f"SELECT * FROM `{{d}}.raw_{stream}` ORDER BY _sdc_sequence")  # noqa: S608 - our own names
        if meta:
            return rows
        return [{k: v for k, v in r.items() if not k.startswith("_sdc_")} for r in rows]

    def live(self, stream: str) -> list[dict[str, Any]]:
        """Return the rows that are not marked as deleted."""
        return [
            {k: v for k, v in r.items() if not k.startswith("_sdc_")}
            for r in self.rows(stream, meta=True)
            if r["_sdc_deleted_at"] is None
        ]

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        return sorted(t.table_id for t in self.client.list_tables(self.dataset))

    def staging(self) -> list[str]:
        """Return the names of all staging tables."""
        return [name for name in self.tables() if name.startswith("_staging")]


@pytest.fixture
def warehouse(bigquery_url: str, dataset: str) -> Iterator[Warehouse]:
    """The local BigQuery with a fresh dataset's name."""
    found = Warehouse(bigquery_url, dataset)
    yield found
    found.client.delete_dataset(dataset, delete_contents=True, not_found_ok=True)
    found.client.close()


@pytest.fixture
def config(bigquery_url: str, dataset: str) -> dict[str, Any]:
    """The settings of a target that loads into the test's dataset."""
    return {
        "project": PROJECT,
        "dataset": dataset,
        "api_endpoint": bigquery_url,
        "table_prefix": "raw_",
        "timeout": 20,
    }


class Tap:
    """Singer messages, one call each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, **message: Any) -> Tap:
        self.lines.append(json.dumps(message))
        return self

    def schema(
        self, stream: str, properties: dict[str, Any], keys: tuple[str, ...] = ("id",)
    ) -> Tap:
        return self.write(
            type="SCHEMA",
            stream=stream,
            schema={"type": "object", "properties": properties},
            key_properties=list(keys),
        )

    def record(self, stream: str, record: dict[str, Any], **more: Any) -> Tap:
        return self.write(type="RECORD", stream=stream, record=record, **more)

    def state(self, value: Any) -> Tap:
        return self.write(type="STATE", value=value)

    def activate(self, stream: str, version: int) -> Tap:
        return self.write(type="ACTIVATE_VERSION", stream=stream, version=version)

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


@pytest.fixture
def tap() -> Tap:
    """A tap's output to be written."""
    return Tap()


@pytest.fixture
def new_tap() -> type[Tap]:
    """Several taps' outputs to be written."""
    return Tap


class Load:
    """Runs the target in this process."""

    def __init__(
        self, config: dict[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.config, self.capsys = config, capsys
        self.printed: list[Any] = []

    def __call__(self, messages: Tap | str, **settings: Any) -> list[Any]:
        """Run the target; return the STATEs that it printed."""
        text = messages if isinstance(messages, str) else messages.text
        target = TargetBigQuery(config={**self.config, **settings})
        self.capsys.readouterr()
        try:
            target.listen(io.StringIO(text))
        except BaseException:
            target.abort()
            raise
        finally:
            lines = self.capsys.readouterr().out.splitlines()
            self.printed = [json.loads(line) for line in lines]
        return self.printed


@pytest.fixture
def load(config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> Load:
    """A target that loads into the test's dataset."""
    return Load(config, capsys)


@pytest.fixture
def fault() -> type[Fault]:
    """What a call answers instead."""
    return Fault


@pytest.fixture
def proxy(bigquery_url: str) -> Iterator[Proxy]:
    with Proxy(bigquery_url) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def run(load: Load, proxy: Proxy) -> Callable[..., list[Any]]:
    """Run the target, with the proxy between it and BigQuery."""

    def run(messages: Tap | str, **settings: Any) -> list[Any]:
        return load(messages, api_endpoint=proxy.url, **settings)

    return run


# The statements that a load runs.

DML = ("MERGE", "INSERT")
FULL_NAME = re.compile(r"`([^`.]+\.[^`.]+\.[^`.]+)`")


# Each statement, and the columns of each of its tables by the table's name.
Watched = list[tuple[str, dict[str, list[bigquery.SchemaField]]]]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """The DML of the loads in a test, each with the schemas that its tables had."""
    found: Watched = []
    query = Jobs.query

    def watch(self: Jobs, statement: str, *rest: Any) -> Any:
        if statement.startswith(DML):
            names = set(FULL_NAME.findall(statement))
            tables = {name: self.client.get_table(name).schema for name in names}
            found.append((statement, tables))
        return query(self, statement, *rest)

    monkeypatch.setattr(Jobs, "query", watch)
    return found
