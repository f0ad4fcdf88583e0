"""The local BigQuery as a process: its command line and its health check."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING

from sandbox import private

if TYPE_CHECKING:
    from pathlib import Path

HEALTH_SECONDS = 2.0
HEALTH_PATH = "/healthz"
UPLOADS = "uploads"
"""The folder below its data folder in which it reads and writes files."""


def command(data_dir: Path, port: int, project: str) -> list[str]:
    """Return the command that starts a BigQuery with persistent data.

    Makes the data folder private. The environment variable SANDBOX_TRANSLATIONS is the
    path of a folder for translated SQL that several processes share.
    """
    private.folder(data_dir)
    shared = os.environ.get("SANDBOX_TRANSLATIONS")
    return [
        sys.executable,
        "-m",
        "sandbox.bigquery_serve",
        "--data-dir",
        str(data_dir),
        "--port",
        str(port),
        "--project",
        project,
        *(["--translations", shared] if shared else []),
    ]


def answers(url: str, token: str | None = None) -> bool:
    """Return whether an endpoint responds with 200."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=HEALTH_SECONDS) as response:  # noqa: S310 - loopback
            return bool(response.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False
