"""A Meltano project of someone else: empty, with a local clone of this repository."""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from other_project import RAW, OtherProject, Things, add_plugins

from sandbox.testing import ApiServer, LocalBigQuery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What a developer's shell may say about the plugins.
OF_THE_SHELL = ("BIGQUERY", "LINEAR", "GITHUB", "DBT_", "MELTANO", "TAP_", "TARGET_")


@pytest.fixture(scope="session")
def clone(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the last commit."""
    if not (project_root / ".git").exists():
        pytest.skip("this is not a git repository")
    folder = tmp_path_factory.mktemp("clone") / "throughline"
    command = ["git", "clone", "-q", "--no-hardlinks", str(project_root), str(folder)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture(scope="session")
def other_project(
    clone: Path, project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OtherProject]:
    """The project with our plugins and with other people's, all installed."""
    folder = tmp_path_factory.mktemp("other")
    bin_ = project_root / ".venv" / "bin"
    kept = {
        name: value
        for name, value in os.environ.items()
        if not any(word in name for word in OF_THE_SHELL)
    }
    things = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Things)
    threading.Thread(target=things.serve_forever, daemon=True).start()
    with (
        things,
        ApiServer(size=40) as server,
        LocalBigQuery(folder / "bigquery") as warehouse,
    ):
        client = bigquery.Client(
            project=warehouse.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": warehouse.endpoint},
        )
        environment = {
            **kept,
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "TARGET_BIGQUERY_API_ENDPOINT": warehouse.endpoint,
            "TARGET_BIGQUERY_PROJECT": warehouse.project,
            "THROUGHLINE_REPOSITORY": f"file://{clone}",
            # All tests run on the same versions; nothing newer is looked for.
            "UV_CONSTRAINT": str(project_root / "plugins/requirements/dev.txt"),
        }
        project = OtherProject(
            folder / "acme", clone, bin_, server, client, environment
        )
        project.root.parent.mkdir(exist_ok=True)
        subprocess.run(
            [bin_ / "meltano", "init", "acme", "--no-usage-stats"],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
        )
        add_plugins(project, f"http://127.0.0.1:{things.server_port}/things")
        yield project
        client.close()
        things.shutdown()


@pytest.fixture(scope="session")
def loaded(other_project: OtherProject) -> OtherProject:
    """The project after one run of everything."""
    blocks = [(tap, "target-jsonl") for tap in other_project.taps]
    blocks += [("tap-linear", "target-bigquery")]
    blocks += [("tap-jsonl", "target-bigquery"), ("tap-rest-api", "target-bigquery")]
    names = [name for block in blocks for name in block]
    # The dataset of Linear's rows is the other project's choice.
    other_project.succeed("meltano", "run", *names, TAP_LINEAR__LOAD_SCHEMA=RAW)
    return other_project
