"""Two SDK taps from PyPI, of other people, through the target into a local BigQuery.

    python benchmarks/foreign_taps.py

Each tap gets a virtual environment of its own, reads what this script serves on
loopback or writes to disk, twice, and the table is compared with what the tap sent.
"""

from __future__ import annotations

import datetime as dt
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
    return {"path": str(path), "stream_name": "things", "primary_keys": ["id"]}


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
    output = home / "output"
    for _ in range(2):
        with output.open("wb") as lines:
            subprocess.run(
                [home / "bin" / tap, "--config", config],
                stdout=lines,
                stderr=subprocess.DEVNULL,
                check=True,
            )
        with output.open("rb") as lines:
            command = Path(sys.executable).with_name("target-bigquery")
            subprocess.run(
                [command, "--config", target],
                stdin=lines,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=True,
            )
    sent = _sent(output)
    query = f"SELECT * FROM `{dataset}.things` ORDER BY id"  # noqa: S608 - our own names
    rows = [dict(row) for row in _client(bigquery).query_and_wait(query)]
    found = [{name: _plain(row[name]) for name in sent[0]} for row in rows]
    if found != sent or len(sent) != len(ROWS):
        sys.exit(f"{tap}: the table differs: {found[:2]}, sent: {sent[:2]}")
    return f"{packages[0]}: {len(rows)} rows, each value as sent, after two runs"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of BigQuery's
    """Return a value as JSON has it; the library leaves JSON in arrays as text."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [json.loads(v) if v.startswith('"') else v for v in value]
    return value


def _sent(output: Path) -> list[dict[str, Any]]:
    """Return the last record of each key in a tap's output."""
    messages = [json.loads(line) for line in output.read_text().splitlines()]
    records = [m["record"] for m in messages if m["type"] == "RECORD"]
    last = {record["id"]: record for record in records}
    return [last[key] for key in sorted(last)]


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
