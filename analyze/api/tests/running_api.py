"""Small marts in the local BigQuery, and a running server over them."""

from __future__ import annotations

import io
import json
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from read_yaml import read_yaml

from throughline_api.cli import analytics_of, http_server, listen
from throughline_api.settings import read_api_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.testing import LocalBigQuery
    from throughline_api.analytics import Analytics

ROOT = Path(__file__).resolve().parents[3]
ROWS = Path(__file__).with_name("marts.yml")
DATASET, HISTORY = "analytics", "ops"
KEY = "0123456789abcdef0123456789abcdef"


def environment(endpoint: str, project: str, /, **settings: object) -> dict[str, str]:
    """Return the variables that Meltano would set.

    Args:
        endpoint: Address of the local BigQuery.
        project: Its project.
        settings: Further settings by name.
    """
    return {
        "API_PROJECT": project,
        "API_API_ENDPOINT": endpoint,
        "API_ANALYTICS_DATASET": DATASET,
        "API_OPS_DATASET": HISTORY,
        "API_TRANSFORM_DIR": str(ROOT / "transform"),
        "API_DEFINITIONS": str(ROOT / "docs" / "metrics.md"),
        **{f"API_{name.upper()}": str(value) for name, value in settings.items()},
    }


def field(name: str, data_type: str) -> bigquery.SchemaField:
    """Turn a type of the marts' YAML files into BigQuery's field."""
    if data_type.startswith("array<"):
        return bigquery.SchemaField(name, data_type[6:-1].upper(), "REPEATED")
    return bigquery.SchemaField(name, data_type.upper())


def described() -> dict[str, dict[str, str]]:
    """Return the type of each column of each mart, by mart and column."""
    models = ROOT / "transform" / "models"
    found = {
        model["name"]: {
            column["name"]: column["data_type"] for column in model["columns"]
        }
        for folder in ("marts", "ops")
        for path in (models / folder).rglob("*.yml")
        for model in read_yaml(path).get("models", [])
    }
    # The API reads one model of the run history; its ETag is that of the raw rows.
    loads = found["agg_source_freshness"]
    history = {name for name in found if (models / "ops" / f"{name}.sql").exists()}
    return {
        **{name: columns for name, columns in found.items() if name not in history},
        f"{HISTORY}.agg_source_freshness": loads,
        f"{HISTORY}.runs": {"run_id": "string"},
    }


def table_of(project: str, mart: str) -> str:
    """Return the whole name of a mart, or of a table of the run history."""
    return f"{project}.{mart}" if "." in mart else f"{project}.{DATASET}.{mart}"


class TinyMarts:
    """Marts with the columns of the project's YAML files and the rows of marts.yml."""

    def __init__(self, local: LocalBigQuery) -> None:
        """Connect."""
        self.client = bigquery.Client(
            project=local.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": local.endpoint},
        )
        for dataset in (DATASET, HISTORY):
            self.client.create_dataset(dataset, exists_ok=True)
        self.rows: dict[str, list[dict[str, Any]]] = read_yaml(ROWS)
        self.schemas = {
            mart: [field(name, data_type) for name, data_type in columns.items()]
            for mart, columns in described().items()
        }
        # The local BigQuery makes a NUMERIC of a sum of counts.
        self.schemas["agg_repositories"] = [
            bigquery.SchemaField(column.name, "NUMERIC")
            if column.name == "pull_request_count"
            else column
            for column in self.schemas["agg_repositories"]
        ]

    def load(self, mart: str, rows: list[dict[str, Any]] | None = None) -> None:
        """Replace a mart, by default with its rows of marts.yml."""
        given = self.rows.get(mart, []) if rows is None else rows
        table = table_of(self.client.project, mart)
        self.client.delete_table(table, not_found_ok=True)
        self.client.create_table(bigquery.Table(table, schema=self.schemas[mart]))
        if not given:
            return
        lines = "\n".join(json.dumps(row, default=str) for row in given)
        # Without a size it is a resumable upload: the emulator has no other.
        self.client.load_table_from_file(
            io.BytesIO(lines.encode()),
            table,
            job_config=bigquery.LoadJobConfig(
                source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
                schema=self.schemas[mart],
                write_disposition="WRITE_TRUNCATE",
            ),
        ).result(timeout=60)

    def drop(self, mart: str) -> None:
        """Delete a mart."""
        self.client.delete_table(table_of(self.client.project, mart))


class Api:
    """A running server and a client of it.

    Attributes:
        url: Its address.
        port: Its port.
        analytics: What answers.
    """

    def __init__(self, port: int, analytics: Analytics) -> None:
        """Remember the address."""
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.analytics = analytics
        self._session = requests.Session()

    def get(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        **parameters: object,
    ) -> requests.Response:
        """Send a request; the path is sent as it is."""
        return self._session.request(
            method,
            f"{self.url}{path}",
            params={name: str(value) for name, value in parameters.items()},
            headers=headers,
            timeout=60,
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


@contextmanager
def serving(settings_of: Mapping[str, str]) -> Iterator[Api]:
    """Serve on a free port, in a thread of this process."""
    settings = read_api_settings(settings_of)
    analytics = analytics_of(settings)
    with listen(settings) as listening:
        server = http_server(settings, analytics)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, daemon=True
        )
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        api = Api(listening.getsockname()[1], analytics)
        try:
            yield api
        finally:
            api.close()
            server.should_exit = True
            thread.join(30)
            analytics.warehouse.close()
