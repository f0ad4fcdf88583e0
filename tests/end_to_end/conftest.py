"""A checkout of its own, for what writes .env, bookmarks and compiled models."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from meltano.core.venv_service import fingerprint
from read_yaml import read_yaml

from sandbox.testing import ApiServer, LocalBigQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FINGERPRINT = ".meltano_plugin_fingerprint"
# What a developer's shell may say about the plugins.
OF_THE_SHELL = ("BIGQUERY", "LINEAR", "GITHUB", "DEV_PREFIX", "MELTANO", "MAKE")


@dataclass
class Checkout:
    """The project as a user has it, pointed at a sandbox of the test's own.

    Attributes:
        root: Its folder.
        server: Linear and GitHub.
        client: A client of its BigQuery.
        environment: Variables of every command.
    """

    root: Path
    server: ApiServer
    client: bigquery.Client
    environment: dict[str, str]

    def shell(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the shell; standard error goes where standard output goes."""
        return subprocess.run(
            ["bash", "-eu", "-c", script],
            cwd=self.root,
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        sql = f"select count(*) from {table}"  # noqa: S608 - a literal
        (row,) = self.client.query_and_wait(sql)
        return int(row[0])

    def tables(self, dataset: str) -> list[str]:
        """Return the names of a dataset's tables; none without the dataset."""
        found = [each.dataset_id for each in self.client.list_datasets()]
        if dataset not in found:
            return []
        return [each.table_id for each in self.client.list_tables(dataset)]


def make_checkout(project_root: Path, folder: Path) -> None:
    """Copy what a clone would have, and use the installed plugins."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project_root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    for name in names:
        if name and (project_root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project_root / name, folder / name)
    # Never newer than what is installed, or make would install into the links.
    for path in (
        *folder.glob("plugins/requirements/*.txt"),
        *folder.rglob("pyproject.toml"),
    ):
        os.utime(path, (0, 0))
    (folder / ".venv").symlink_to(project_root / ".venv")
    for definitions in folder.rglob("*.meltano.yml"):
        found = read_yaml(definitions).get("plugins", {})
        for kind, plugins in found.items():
            for plugin in plugins:
                if pip_url := plugin.get("pip_url"):
                    place = Path(".meltano", kind, plugin["name"], "venv")
                    link_venv(project_root / place, folder / place, pip_url)
    (folder / ".meltano" / ".plugins").touch()


def link_venv(installed: Path, made: Path, pip_url: str) -> None:
    """Use a plugin's virtual environment of another folder.

    Meltano would install it again, in the other folder, while other tests use it: it
    compares a fingerprint of `pip_url`, which contains the folder.
    """
    made.mkdir(parents=True)
    for part in installed.iterdir():
        if part.name != FINGERPRINT:
            (made / part.name).symlink_to(part)
    arguments = [
        argument.replace("$MELTANO_PROJECT_ROOT", str(made.parents[3]))
        for argument in shlex.split(pip_url)
    ]
    (made / FINGERPRINT).write_text(fingerprint(arguments))


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for dbt's output, so that a later checkout parses only what changed.

    Parsing the whole project takes more than ten seconds of processor time.
    """
    return tmp_path_factory.mktemp("dbt-target")


@pytest.fixture(scope="module")
def api_server() -> Iterator[ApiServer]:
    with ApiServer(size=40) as server:
        yield server


@pytest.fixture(scope="module")
def new_checkout(
    project_root: Path,
    api_server: ApiServer,
    parsed: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], Checkout]]:
    """Makes a checkout with an empty BigQuery."""
    warehouses: list[LocalBigQuery] = []

    def make() -> Checkout:
        folder = tmp_path_factory.mktemp("checkout")
        make_checkout(project_root, folder)
        warehouse = LocalBigQuery(
            tmp_path_factory.mktemp("bigquery"), project="throughline-local"
        )
        warehouses.append(warehouse.__enter__())
        kept = {
            name: value
            for name, value in os.environ.items()
            if not any(word in name for word in OF_THE_SHELL)
        }
        environment = {
            **kept,
            "DBT_BIGQUERY_API_ENDPOINT": warehouse.endpoint,
            "DBT_TARGET_PATH": str(parsed),
            "PAGE_API_ENDPOINT": warehouse.endpoint,
            # One test has it: it takes five seconds of processor time.
            "PIPELINE_PAGE": "false",
            "TAP_GITHUB_PRS_API_URL": api_server.github_url,
            "TAP_LINEAR_API_URL": api_server.linear_url,
            "TARGET_BIGQUERY_API_ENDPOINT": warehouse.endpoint,
        }
        client = bigquery.Client(
            project=warehouse.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": warehouse.endpoint},
        )
        return Checkout(folder, api_server, client, environment)

    yield make
    for warehouse in warehouses:
        warehouse.stop()
