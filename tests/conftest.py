"""What the tests that cross packages share.

The pipeline runs on free ports, next to everything else on this machine.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from meltano_pipeline import Pipeline
from vault import Vault

from sandbox.testing import LocalBigQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.testing import ApiServer


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder that holds meltano.yml."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def recordings(project_root: Path) -> Path:
    """Recorded answers of GitHub, one JSON object a line."""
    folder = project_root.parent / "shared" / "recordings" / "github"
    if not folder.is_dir():
        pytest.skip("../shared/recordings/github is not here")
    return folder


@pytest.fixture(scope="module")
def pipeline_on(
    project_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[ApiServer], Pipeline]]:
    """Makes the pipeline that reads from an API server into a new warehouse."""
    folder = tmp_path_factory.mktemp("pipeline")
    with LocalBigQuery(folder / "bigquery") as warehouse:
        client = bigquery.Client(
            project=warehouse.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": warehouse.endpoint},
        )

        def make(server: ApiServer) -> Pipeline:
            environment = {
                **os.environ,
                "DBT_BIGQUERY_API_ENDPOINT": warehouse.endpoint,
                "DBT_BIGQUERY_PROJECT": warehouse.project,
                "DBT_LOG_PATH": str(folder / "dbt-logs"),
                "DBT_TARGET_PATH": str(folder / "dbt-target"),
                "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
                "MELTANO_ENVIRONMENT": "demo",
                "TAP_GITHUB_PRS_API_URL": server.github_url,
                "TAP_LINEAR_API_URL": server.linear_url,
                "TARGET_BIGQUERY_API_ENDPOINT": warehouse.endpoint,
                "TARGET_BIGQUERY_PROJECT": warehouse.project,
            }
            return Pipeline(project_root, environment, client)

        yield make
        client.close()


@pytest.fixture
def vault() -> Iterator[Vault]:
    """A running Secret Manager without secrets."""
    with Vault() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
