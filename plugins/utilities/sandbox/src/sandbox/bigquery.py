"""The local BigQuery: bqemulator as a process."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEALTH_SECONDS = 2.0


def command(data_dir: Path, port: int, grpc_port: int, project: str) -> list[str]:
    """Return what starts a BigQuery that keeps its data.

    Before its first start it needs DuckDB's spatial extension, which it would otherwise
    download by itself (FACTS-warehouse.md): the wheel beside it brings it along.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    start = (
        "from duckdb_extensions import import_extension;"
        'import_extension("spatial");'
        "from bqemulator.cli import main; main()"
    )
    return [
        sys.executable,
        "-c",
        start,
        "start",
        "--persistent",
        "--data-dir",
        str(data_dir),
        "--rest-port",
        str(port),
        "--grpc-port",
        str(grpc_port),
        "--project",
        project,
        "--log-level",
        "warning",
    ]


def answers(url: str) -> bool:
    """Say whether an endpoint answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_SECONDS) as response:  # noqa: S310 - loopback
            return bool(response.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False
