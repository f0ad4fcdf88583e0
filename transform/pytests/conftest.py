"""A local BigQuery, raw tables in it, and dbt over them."""

from __future__ import annotations

import io
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dbt_process import Dbt
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from read_yaml import read_yaml

from sandbox.testing import LocalBigQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    MakeWarehouse = Callable[..., "Warehouse"]

TRANSFORM = Path(__file__).resolve().parent.parent
WORKSPACE = Path(__file__).resolve().parent / "workspace"
SOURCES = tomllib.loads((TRANSFORM.parent / "sources.toml").read_text("utf-8"))
# The optional ones are built only if their dataset's variable has a value.
ALWAYS_BUILT = tuple(name for name in SOURCES if not SOURCES[name].get("optional"))
# The moment of the workspace's rows: what dbt uses as the current time.
AS_OF = "2024-01-22 00:00:00+00"
LOADED_AT = "2024-01-22T00:00:00Z"


def schema_field(name: str, data_type: str) -> bigquery.SchemaField:
    """Turn a type of the source files into BigQuery's field."""
    if data_type.startswith("array<struct<"):
        parts = data_type.removeprefix("array<struct<").removesuffix(">>").split(", ")
        return bigquery.SchemaField(
            name,
            "RECORD",
            "REPEATED",
            fields=[schema_field(*p.split(" ")) for p in parts],
        )
    if data_type.startswith("array<"):
        return bigquery.SchemaField(name, data_type[6:-1].upper(), "REPEATED")
    return bigquery.SchemaField(name, data_type.upper())


@dataclass
class Warehouse:
    """The local BigQuery of one test module.

    Attributes:
        local: BigQuery's process.
        process: dbt's process.
        scratch: where dbt writes.
        datasets: dataset by source (`linear`, `github`, `analytics`, and those of the
            other sources whose models dbt builds).
    """

    local: LocalBigQuery
    process: Dbt
    scratch: Path
    datasets: dict[str, str]
    client: bigquery.Client = field(init=False)
    columns: dict[str, dict[str, dict[str, str]]] = field(init=False)

    def __post_init__(self) -> None:
        """Connect, and read which columns the raw tables have."""
        self.client = bigquery.Client(
            project=self.local.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": self.local.endpoint},
        )
        self.columns = {}
        for source in self.datasets.keys() - {"analytics"}:
            path = TRANSFORM / "models" / "staging" / source / f"_{source}__sources.yml"
            tables = read_yaml(path)["sources"][0]["tables"]
            self.columns[source] = {
                each["name"]: {
                    column["name"]: column["data_type"] for column in each["columns"]
                }
                for each in tables
            }

    def load(
        self,
        source: str,
        stream: str,
        rows: list[dict[str, Any]],
        *,
        append: bool = False,
    ) -> None:
        """Write rows to the raw table of a stream, replacing it unless `append` is set.

        Raises:
            AssertionError: a row has a column that the stream has not.
        """
        types = self.columns[source][stream]
        assert {name for row in rows for name in row} <= set(types), (
            f"{source}.{stream}: unknown columns"
        )
        self.client.create_dataset(self.datasets[source], exists_ok=True)
        fields = [schema_field(name, kind) for name, kind in types.items()]
        table = f"{self.local.project}.{self.datasets[source]}.raw_{stream}"
        if not rows:
            self.client.create_table(
                bigquery.Table(table, schema=fields), exists_ok=True
            )
            return
        stamped = [
            {"_sdc_batched_at": LOADED_AT, "_sdc_extracted_at": LOADED_AT} | row
            for row in rows
        ]
        lines = "\n".join(json.dumps(row, default=str) for row in stamped)
        # Without a size it is a resumable upload: the emulator has no other.
        self.client.load_table_from_file(
            io.BytesIO(lines.encode()),
            table,
            job_config=bigquery.LoadJobConfig(
                source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
                schema=fields,
                write_disposition="WRITE_APPEND" if append else "WRITE_TRUNCATE",
            ),
        ).result(timeout=60)

    def load_workspace(
        self,
        *sources: str,
        only: set[str] | None = None,
        without: Collection[str] = (),
    ) -> None:
        """Load the rows of the workspace's files, of some of their streams."""
        for source in sources:
            for stream, rows in read_yaml(WORKSPACE / f"{source}.yml").items():
                if (only is None or stream in only) and stream not in without:
                    self.load(source, stream, rows)

    def dbt(
        self,
        *arguments: str,
        quiet: bool = True,
        warnings_are_errors: bool = True,
        **variables: object,
    ) -> str:
        """Run dbt with the workspace's moment as now.

        Args:
            arguments: the command.
            quiet: leave out everything but errors.
            warnings_are_errors: fail if a test warns.
            variables: vars of the project.

        Returns:
            dbt's output.

        Raises:
            AssertionError: a model or a test failed; the message is dbt's output.
        """
        environment = {
            "DBT_BIGQUERY_PROJECT": self.local.project,
            "DBT_BIGQUERY_API_ENDPOINT": self.local.endpoint,
            "DBT_BIGQUERY_CONTRACTS": "false",
            "DBT_PROJECT_DIR": str(TRANSFORM),
            "DBT_PROFILES_DIR": str(TRANSFORM / "profiles"),
            "DBT_TARGET": "demo",
            "DBT_TARGET_PATH": str(self.scratch / "target"),
            "DBT_LOG_PATH": str(self.scratch / "logs"),
            **{f"DBT_BIGQUERY_{name.upper()}_DATASET": "" for name in SOURCES},
            **{
                f"DBT_BIGQUERY_{name.upper()}_DATASET": dataset
                for name, dataset in self.datasets.items()
            },
        }
        command = (
            *arguments,
            *(["--quiet"] if quiet else []),
            *(["--warn-error"] if warnings_are_errors else []),
        )
        code, output = self.process.run(
            command, {"as_of": AS_OF, **variables}, environment
        )
        assert code == 0, output
        return output

    def build(
        self,
        *arguments: str,
        quiet: bool = True,
        warnings_are_errors: bool = True,
        **variables: object,
    ) -> str:
        """Build every model and run every data test; return dbt's output."""
        return self.dbt(
            "build",
            "--exclude-resource-type",
            "unit_test",
            *arguments,
            quiet=quiet,
            warnings_are_errors=warnings_are_errors,
            **variables,
        )

    def models(self) -> set[str]:
        """Name the tables and views of the marts' dataset."""
        dataset = self.datasets["analytics"]
        return {table.table_id for table in self.client.list_tables(dataset)}

    def rows(
        self, model: str, columns: str = "*", where: str = "true"
    ) -> list[dict[str, Any]]:
        """Read rows of a mart."""
        table = f"`{self.local.project}`.`{self.datasets['analytics']}`.`{model}`"
        found = self.client.query(f"select {columns} from {table} where {where}")  # noqa: S608 - names of this file
        return [dict(row) for row in found.result(timeout=60)]

    def raw(self, source: str) -> dict[str, list[dict[str, Any]]]:
        """Read the raw rows of a source by stream; none of a table that is missing."""
        dataset = self.datasets[source]
        found: dict[str, list[dict[str, Any]]] = {
            stream: [] for stream in self.columns[source]
        }
        for table in self.client.list_tables(dataset):
            stream = table.table_id.removeprefix("raw_")
            if stream in found:
                sql = f"select * from `{self.local.project}`.{dataset}.{table.table_id}"  # noqa: S608 - names of this file
                rows = self.client.query(sql).result(timeout=60)
                found[stream] = [dict(row) for row in rows]
        return found

    def drop(self) -> None:
        """Drop every dataset."""
        for dataset in self.datasets.values():
            self.client.delete_dataset(dataset, delete_contents=True, not_found_ok=True)


@pytest.fixture(scope="session")
def local_bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBigQuery]:
    """One local BigQuery for all tests."""
    with LocalBigQuery(tmp_path_factory.mktemp("bigquery")) as local:
        yield local


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for dbt's output, so that a later run parses only what changed."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def dbt_process() -> Iterator[Dbt]:
    """One dbt for all tests."""
    with Dbt() as process:
        yield process


@pytest.fixture(scope="session")
def make_warehouse(
    local_bigquery: LocalBigQuery, dbt_process: Dbt, scratch: Path
) -> MakeWarehouse:
    """Makes a warehouse with the sources that every project has, and optional ones.

    The datasets have the same names for all tests, so that dbt parses the project once.
    A test that uses them drops them.
    """

    def make(*optional: str) -> Warehouse:
        datasets = {each: each for each in (*ALWAYS_BUILT, *optional, "analytics")}
        return Warehouse(local_bigquery, dbt_process, scratch, datasets)

    return make


@pytest.fixture
def warehouse(make_warehouse: MakeWarehouse) -> Iterator[Warehouse]:
    """Empty datasets."""
    made = make_warehouse()
    yield made
    made.drop()
    made.client.close()
