"""Attacks through SQL and jobs, by somebody who may use the local BigQuery."""

# ruff: noqa: S608 - the SQL is the attack
from __future__ import annotations

import io
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from google.api_core.exceptions import GoogleAPICallError
from google.api_core.retry import Retry, if_exception_type
from google.cloud import bigquery

from sandbox import warehouse
from sandbox.testing import LocalBigQuery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "lin_api_a_key_of_the_developer"  # noqa: S105 - made up
# bqemulator closes a connection after five idle seconds, maybe as the client uses it.
LOST = Retry(if_exception_type(requests.ConnectionError))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalBigQuery]:
    with LocalBigQuery(tmp_path_factory.mktemp("attacked") / "data") as one:
        yield one


@pytest.fixture(scope="module")
def client(local: LocalBigQuery) -> Iterator[bigquery.Client]:
    with warehouse.client(local.endpoint, local.project, None) as one:
        warehouse.query(one, "create schema kept")
        warehouse.query(one, "create table kept.one as select 1 as n")
        yield one


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """A file of the developer's, such as .env, that most readers could parse."""
    file = tmp_path / "secret.csv"
    file.write_text(f'{{"key": "{SECRET}"}}\n')
    return file


def refused(client: bigquery.Client, sql: str) -> str:
    """Run SQL that must fail; returns the message."""
    with pytest.raises(GoogleAPICallError) as error:
        client.query(sql, retry=LOST, job_retry=None).result(retry=LOST, job_retry=None)
    assert SECRET not in str(error.value)
    return str(error.value)


READERS = [
    "read_csv",
    "read_csv_auto",
    "read_text",
    "read_blob",
    "read_json",
    "read_json_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_json_objects",
    "read_json_objects_auto",
    "read_ndjson_objects",
    "read_parquet",
    "parquet_scan",
    "parquet_metadata",
    "parquet_schema",
    "parquet_kv_metadata",
    "parquet_file_metadata",
    "parquet_full_metadata",
    "parquet_bloom_probe",
    "read_duckdb",
    "glob",
    "sniff_csv",
    "st_read",
    "st_read_meta",
    "st_readosm",
    "st_readshp",
    "shapefile_meta",
    "read_avro",
]
WRAPPED = (
    "{}",
    "begin {}; end",
    "declare x int64; {}; select 1",
    'execute immediate "{}"',
    "create or replace table kept.stolen as {}",
    "create or replace view kept.stolen as {}",
    "insert into kept.one {}",
    "select * from kept.one where exists ({})",
    "with a as ({}) select * from a",
    "create temp function f() as (({})); select f()",
)


def test_every_reader_of_files_is_among_the_attacks(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "names.duckdb")) as one:
        names = one.execute(
            "select distinct function_name from duckdb_functions()"
            " where function_type = 'table' and (function_name like 'read%'"
            " or function_name like 'parquet%' or function_name like 'sniff%'"
            " or function_name = 'glob')"
        ).fetchall()
    assert {name for (name,) in names} <= set(READERS)


@pytest.mark.parametrize("function", READERS)
def test_sql_reads_no_file(
    client: bigquery.Client, secret_file: Path, function: str
) -> None:
    refused(client, f"select * from {function}('{secret_file}')")
    refused(client, f"select * from {function}(['{secret_file}'])")
    refused(client, f"select * from {function}('{secret_file.parent}/*')")


@pytest.mark.parametrize("wrapped", WRAPPED)
def test_no_statement_around_it_reads_a_file(
    client: bigquery.Client, secret_file: Path, wrapped: str
) -> None:
    refused(client, wrapped.format(f"select content from read_text('{secret_file}')"))


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/proc/self/environ",
        "/dev/stdin",
        "file:///etc/passwd",
        "{uploads}/../../secret.csv",
        "{uploads}/link.csv",
        "http://127.0.0.1:1/x",
        "https://127.0.0.1:1/x",
        "s3://bucket/x",
        "gs://bucket/x",
        "hf://datasets/x/y.csv",
        "~/.ssh/id_rsa",
    ],
)
def test_no_form_of_a_path_leaves_the_folder(
    client: bigquery.Client, local: LocalBigQuery, secret_file: Path, path: str
) -> None:
    uploads = local.data_dir / "uploads"
    link = uploads / "link.csv"
    link.unlink(missing_ok=True)
    link.symlink_to(secret_file)
    (uploads.parent.parent / "secret.csv").write_text(SECRET)
    path = path.format(uploads=uploads)
    refused(client, f"select content from read_text('{path}')")
    refused(client, f"select * from '{path}'")
    refused(client, f"select * from `{path}`")
    link.unlink()


WRITERS = [
    "copy (select 1) to '{file}'",
    "copy kept.one to '{file}' (format parquet)",
    "copy kept.one to '{file}' (format csv, partition_by (n))",
    "copy kept.one from '/etc/passwd'",
    "export data options(uri='{file}', format='CSV') as select 1",
    "export data options(uri='file://{file}', format='CSV') as select 1",
    "export data options(uri='gs://bucket/{file}', format='CSV') as select 1",
    "export data options(uri='{folder}/new/*', format='CSV') as select 1",
    "export database '{folder}'",
    "import database '{folder}'",
    "attach '{file}' as stolen",
    "attach ':memory:' as stolen",
    "load data into kept.one from files (format='CSV', uris=['{secret}'])",
    "create external table kept.x options(format='CSV', uris=['{secret}'])",
    "install httpfs",
    "install httpfs from '{folder}'",
    "force install spatial",
    "load httpfs",
    "load spatial",
    "load '{secret}'",
    "update extensions",
    "pragma enable_logging",
    "pragma enable_profiling",
    "pragma log_query_path='{file}'",
    "pragma profiling_output='{file}'",
    "call enable_logging(storage='file', storage_path='{folder}')",
    "select * from enable_logging(storage='file', storage_path='{folder}')",
    "select * from `enable_logging`(storage='file', storage_path='{folder}')",
    "select * from Enable_Logging /* a */ (storage='file', storage_path='{folder}')",
    "select * from system.main.enable_logging(storage='file')",
    "select * from query('select content from read_text(''{secret}'')')",
    "select * from query('select * from enable_' || 'logging()')",
    "select * from json_execute_serialized_sql('{{}}')",
    "set enable_external_access=true",
    "set global enable_external_access=true",
    "reset enable_external_access",
    "set lock_configuration=false",
    "set allowed_directories=['/']",
    "set temp_directory='{folder}'",
    "set secret_directory='{folder}'",
    "create persistent secret s (type http, bearer_token 'x')",
    "prepare p as select content from read_text('{secret}')",
    "execute p",
    "vacuum",
    "create function kept.f() returns string language js as 'return read()'",
    "create function kept.f() returns string language python as 'open'",
    "select * from python_map_function(1)",
]


@pytest.mark.parametrize("sql", WRITERS)
def test_sql_writes_no_file_loads_nothing_and_unlocks_nothing(
    client: bigquery.Client, tmp_path: Path, secret_file: Path, sql: str
) -> None:
    file = tmp_path / "written.csv"
    refused(client, sql.format(file=file, folder=tmp_path, secret=secret_file))
    assert list(tmp_path.iterdir()) == [secret_file]
    # It neither ended nor blocked the server.
    assert warehouse.query(client, "select n from kept.one")[1] == [(1,)]


@pytest.mark.parametrize("form", ["{}", "file://{}", "gs://bucket/../../../{}"])
@pytest.mark.parametrize(
    "format_", ["CSV", "NEWLINE_DELIMITED_JSON", "PARQUET", "AVRO", "ORC"]
)
def test_a_load_job_reads_no_file_of_the_machine(
    client: bigquery.Client, secret_file: Path, form: str, format_: str
) -> None:
    config = bigquery.LoadJobConfig(
        source_format=format_, schema=[bigquery.SchemaField("key", "STRING")]
    )
    with pytest.raises(GoogleAPICallError) as error:
        client.load_table_from_uri(
            form.format(secret_file), "kept.loaded", job_config=config
        ).result(retry=LOST)
    assert "upload the rows instead" in str(error.value) or "gs://" in str(error.value)


def test_a_schema_is_detected_from_no_file_of_the_machine(
    client: bigquery.Client, secret_file: Path
) -> None:
    config = bigquery.LoadJobConfig(source_format="CSV", autodetect=True)
    with pytest.raises(GoogleAPICallError):
        client.load_table_from_uri(
            str(secret_file), "kept.detected", job_config=config
        ).result(retry=LOST)


def test_an_extract_job_writes_no_file_of_the_machine(
    client: bigquery.Client, tmp_path: Path
) -> None:
    for form in ("{}", "file://{}"):
        with pytest.raises(GoogleAPICallError):
            client.extract_table(
                "kept.one", form.format(tmp_path / "new" / "written.csv")
            ).result(retry=LOST)
    assert list(tmp_path.iterdir()) == []


def test_what_programs_upload_is_loaded(client: bigquery.Client) -> None:
    """The lock lets bqemulator read what it was sent, in all forms of uploads."""
    parquet = io.BytesIO()
    pq.write_table(pa.table({"n": [3, 4]}), parquet)
    for format_, rows in (
        ("CSV", b"n\n0\n1\n"),
        ("NEWLINE_DELIMITED_JSON", b'{"n": 2}\n'),
        ("PARQUET", parquet.getvalue()),
    ):
        config = bigquery.LoadJobConfig(
            source_format=format_, schema=[bigquery.SchemaField("n", "INT64")]
        )
        client.load_table_from_file(
            io.BytesIO(rows), "kept.uploaded", job_config=config
        ).result(retry=LOST)
    total = warehouse.query(client, "select sum(n) from kept.uploaded")[1]
    assert total == [(10,)]
    # A query may have a column or a text with the name of a forbidden function.
    named = "select `query`, 'query (1)' from (select 1 as `query`) -- query(1)"
    assert warehouse.query(client, named)[1] == [(1, "query (1)")]


def test_a_query_cannot_take_all_memory_of_the_machine(
    client: bigquery.Client,
) -> None:
    (row,) = client.query("select current_setting('memory_limit') as most").result()
    assert row.most == "3.7 GiB"  # 4 GB
