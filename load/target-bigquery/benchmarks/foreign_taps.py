"""Two SDK taps from PyPI, of other people, through the target into a local BigQuery.

    python benchmarks/foreign_taps.py

Each tap gets a virtual environment of its own, reads what this script serves on
loopback or writes to disk, twice, and the table is compared with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import venv
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench_target import DATASET, PROJECT, _client, local_bigquery

ROWS = [
    {
        "id": n,
        "name": f"näme {n}",
        "score": n / 4,
        "tags": [str(n), "x"],
        "ok": n % 2 == 0,
    }
    for n in range(1, 501)
]
COLUMNS = ("id", "name", "score", "tags", "ok")


class Api(BaseHTTPRequestHandler):
    """A REST API with one list."""

    def do_GET(self) -> None:
        """Answer with all rows."""
        body = json.dumps(ROWS).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def _rest_api(_folder: Path, url: str) -> dict[str, Any]:
    stream = {
        "name": "things",
        "path": "/things",
        "primary_keys": ["id"],
        "records_path": "$[*]",
        "num_inference_records": len(ROWS),
    }
    return {"api_url": url, "streams": [stream], "flattening_max_depth": 0}


def _jsonl(folder: Path, _url: str) -> dict[str, Any]:
    path = folder / "things.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS))
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string"},
            "score": {"type": "number"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "ok": {"type": "boolean"},
        },
    }
    return {
        "streams": {
            "things": {
                "paths": [str(path)],
                "schema": schema,
                "key_properties": ["id"],
            }
        }
    }


TAPS = {
    "tap-rest-api-msdk": (["tap-rest-api-msdk==1.4.2", "setuptools<81"], _rest_api),
    "tap-jsonl": (["tap-jsonl==0.3.1"], _jsonl),
}


def run(tap: str, folder: Path, api: str, bigquery: str) -> str:
    """Install a tap, load from it twice and compare; return one line.

    Args:
        tap: The tap's name.
        folder: Where to work.
        api: The address of the REST API.
        bigquery: The address of the local BigQuery.
    """
    packages, config_of = TAPS[tap]
    home = folder / tap
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", *packages]
    subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
    config = home / "config.json"
    config.write_text(json.dumps(config_of(folder, api)))
    target = home / "target.json"
    dataset = f"{DATASET}_{tap.replace('-', '_')}"
    target.write_text(
        json.dumps({"project": PROJECT, "dataset": dataset, "api_endpoint": bigquery})
    )
    for _ in range(2):
        with subprocess.Popen(
            [home / "bin" / tap, "--config", config],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as source:
            command = Path(sys.executable).with_name("target-bigquery")
            subprocess.run(
                [command, "--config", target],
                stdin=source.stdout,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=True,
            )
    query = f"SELECT * FROM `{dataset}.raw_things` ORDER BY id"  # noqa: S608 - our own names
    rows = [
        {c: row[c] for c in COLUMNS} for row in _client(bigquery).query_and_wait(query)
    ]
    if rows != ROWS:
        sys.exit(f"{tap}: the table differs: {rows[:2]}")
    return f"{packages[0]}: {len(rows)} rows, as sent, after two runs"


def main() -> None:
    """Run every tap."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    api = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as name, local_bigquery() as bigquery:
        for tap in TAPS:
            print(run(tap, Path(name), api, bigquery), flush=True)


if __name__ == "__main__":
    main()
