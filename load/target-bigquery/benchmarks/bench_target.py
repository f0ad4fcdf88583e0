"""Rows per second, peak memory and BigQuery jobs, compared with a plain pyarrow load.

Each figure comes from a process of its own against a fresh local BigQuery. Time runs
from the first line read to the last row readable, without the start of Python. CPU
seconds are those of the loading process; they hardly depend on what else the machine
does.

    python benchmarks/bench_target.py            # target and ceiling
    python benchmarks/bench_target.py --dlt      # and dlt, in a venv made for it
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT, DATASET = "throughline-bench", "bench"
CASES = {"wide": 100_000, "narrow": 1_000_000}
DLT = "dlt[bigquery]==1.31.0"

STRING = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
BOOLEAN = {"type": ["null", "boolean"]}
MOMENT = {**STRING, "format": "date-time"}
LABEL = {"type": "object", "properties": {"id": INTEGER, "name": STRING}}
NARROW = {
    "id": INTEGER,
    "name": STRING,
    "amount": NUMBER,
    "updated_at": MOMENT,
    "active": BOOLEAN,
}
WIDE = {
    "id": INTEGER,
    **{f"text_{n}": STRING for n in range(12)},
    **{f"moment_{n}_at": MOMENT for n in range(6)},
    **{f"integer_{n}": INTEGER for n in range(6)},
    **{f"number_{n}": NUMBER for n in range(4)},
    **{f"flag_{n}": BOOLEAN for n in range(4)},
    "author": {"type": ["null", "object"], "properties": LABEL["properties"]},
    "labels": {"type": ["null", "array"], "items": LABEL},
    "tags": {"type": ["null", "array"], "items": STRING},
    "payload": {"type": ["null", "object"]},
}
SCHEMAS = {"narrow": NARROW, "wide": WIDE}


def _moment(n: int) -> str:
    return f"2026-01-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:00.{n % 1000:03}Z"


def _value(name: str, n: int, chance: random.Random) -> Any:  # noqa: ANN401 - any JSON value
    kind = name.split("_", maxsplit=1)[0]
    made: dict[str, Callable[[], Any]] = {
        "text": lambda: f"{name} of record {n}" if n % 7 else None,
        "name": lambda: f"name {n}",
        "moment": lambda: _moment(n),
        "updated": lambda: _moment(n),
        "integer": lambda: n * 3,
        "number": lambda: chance.randrange(10**6) / 100,
        "amount": lambda: chance.randrange(10**6) / 100,
        "flag": lambda: n % 2 == 0,
        "active": lambda: n % 3 == 0,
        "author": lambda: {"id": n % 100, "name": f"user {n % 100}"},
        "labels": lambda: [{"id": k, "name": f"label {k}"} for k in range(n % 4)],
        "tags": lambda: ["a", "b"][: n % 3],
        "payload": lambda: {"a": n, "b": [1, 2], "c": {"d": "x"}},
        "id": lambda: n,
    }
    return made[kind]()


def _write(case: str, count: int, folder: Path) -> None:
    """Write the same rows as Singer messages and as bare lines."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    schema = {"type": "object", "properties": SCHEMAS[case]}
    head = {
        "type": "SCHEMA",
        "stream": case,
        "schema": schema,
        "key_properties": ["id"],
    }
    with (folder / "singer").open("w") as singer, (folder / "rows").open("w") as rows:
        singer.write(json.dumps(head) + "\n")
        for n in range(count):
            row = {name: _value(name, n, chance) for name in SCHEMAS[case]}
            text = json.dumps(row)
            rows.write(f"{text}\n")
            singer.write(f'{{"type":"RECORD","stream":"{case}","record":{text}}}\n')
        singer.write('{"type":"STATE","value":{"done":true}}\n')


# What is measured, each in a process of its own.


def _client(url: str) -> Any:  # noqa: ANN401 - imported late, to be outside of the time
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
    from google.cloud import bigquery  # noqa: PLC0415

    return bigquery.Client(
        project=PROJECT,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": url},
    )


def run_target(_case: str, folder: Path, url: str) -> Iterator[None]:
    """Load the Singer messages with the target."""
    import gc  # noqa: PLC0415

    from target_bigquery.target import GC_THRESHOLD, TargetBigQuery  # noqa: PLC0415

    config = {"project": PROJECT, "dataset": DATASET, "api_endpoint": url}
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    yield
    with (folder / "singer").open() as lines:
        TargetBigQuery(config=config).listen(lines)


def run_ceiling(case: str, folder: Path, url: str) -> Iterator[None]:
    """Load the bare lines: pyarrow's own reader, one load job, one MERGE."""
    import pyarrow.json as pj  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415
    from google.cloud import bigquery  # noqa: PLC0415

    from target_bigquery.records.schemas import fields_of  # noqa: PLC0415
    from target_bigquery.warehouse.client import Warehouse  # noqa: F401, PLC0415 - upload size

    client = _client(url)
    fields = fields_of(case, {"properties": SCHEMAS[case]})
    schema = [f.to_bigquery(staging=True) for f in fields]
    yield
    import pyarrow as pa  # noqa: PLC0415

    client.create_dataset(DATASET)
    for name in ("staging", "ceiling"):
        client.create_table(bigquery.Table(f"{PROJECT}.{DATASET}.{name}", schema))
    known = pa.schema(
        [(f.column, f.arrow_type) for f in fields if f.column != "payload"]
    )
    table = pj.read_json(
        folder / "rows", parse_options=pj.ParseOptions(explicit_schema=known)
    )
    table = _as_text(table, pa)
    with tempfile.TemporaryFile() as file:
        pq.write_table(table, file)
        options = bigquery.ParquetOptions()
        options.enable_list_inference = True
        config = bigquery.LoadJobConfig(source_format="PARQUET", schema=schema)
        config.parquet_options = options
        client.load_table_from_file(
            file, f"{DATASET}.staging", rewind=True, job_config=config
        ).result()
    columns = [f"`{f.column}`" for f in fields]
    changes = ", ".join(f"{c} = S.{c}" for c in columns)
    values = ", ".join(f"S.{c}" for c in columns)
    client.query_and_wait(
        f"MERGE `{DATASET}.ceiling` T USING `{DATASET}.staging` S ON T.id = S.id "  # noqa: S608 - our names
        f"WHEN MATCHED THEN UPDATE SET {changes} "
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(columns)}) VALUES ({values})"
    )


def _as_text(table: Any, pa: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return the table with the free-form column as text, as BigQuery wants it."""
    if "payload" not in table.column_names:
        return table
    texts = pa.array([json.dumps(v) for v in table["payload"].to_pylist()])
    return table.set_column(table.column_names.index("payload"), "payload", texts)


def run_dlt(case: str, folder: Path, url: str) -> Iterator[None]:
    """Load the bare lines with dlt, merged by key like the target does it."""
    os.environ |= {
        "BIGQUERY_EMULATOR_HOST": url,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        # The local BigQuery reads no gzip.
        "DATA_WRITER__DISABLE_COMPRESSION": "true",
    }
    import dlt  # noqa: PLC0415
    from dlt.destinations.impl.bigquery import configuration  # noqa: PLC0415
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415

    credentials = configuration.GcpServiceAccountCredentials
    credentials.to_native_credentials = lambda _: AnonymousCredentials()
    given = {
        "project_id": PROJECT,
        "client_email": "x@example.com",
        "private_key": "none",
    }
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.bigquery(credentials=given),
        dataset_name=DATASET,
        pipelines_dir=str(folder / "dlt"),
    )

    @dlt.resource(name=case, primary_key="id", write_disposition="merge")  # type: ignore[untyped-decorator]  # dlt is not installed
    def rows() -> Iterator[list[dict[str, Any]]]:
        batch = []
        with (folder / "rows").open() as lines:
            for line in lines:
                batch.append(json.loads(line))
                if len(batch) == 10_000:  # noqa: PLR2004 - a page
                    yield batch
                    batch = []
        yield batch

    yield
    pipeline.run(rows())


RUNNERS = {"target": run_target, "ceiling": run_ceiling, "dlt": run_dlt}


def measure(runner: str, case: str, folder: Path, url: str) -> None:
    """Run one contender and print its figures as JSON."""
    steps = RUNNERS[runner](case, folder, url)
    next(steps)
    started, worked = time.perf_counter(), time.process_time()
    next(steps, None)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {
        "seconds": seconds,
        "cpu": time.process_time() - worked,
        "megabytes": peak,
    }
    print(json.dumps(found))


# Around it.


@contextlib.contextmanager
def local_bigquery() -> Iterator[str]:
    """Start a fresh bqemulator and yield its address."""
    from duckdb_extensions import import_extension  # noqa: PLC0415

    import_extension("spatial")
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    rest, grpc = (s.getsockname()[1] for s in sockets)
    for s in sockets:
        s.close()
    command = [
        str(Path(sys.executable).with_name("bqemulator")),
        *("start", "--ephemeral", "--project", PROJECT, "--log-level", "error"),
        *("--rest-port", str(rest), "--grpc-port", str(grpc)),
    ]
    url = f"http://127.0.0.1:{rest}"
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while process.poll() is None:
                with (
                    contextlib.suppress(OSError),
                    urllib.request.urlopen(f"{url}/healthz"),  # noqa: S310 - loopback
                ):
                    break
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def jobs_of(url: str) -> int:
    """Return how many jobs the local BigQuery has run, without free dry runs."""
    jobs = _client(url).list_jobs(all_users=True)
    return sum(1 for job in jobs if not getattr(job, "dry_run", None))


def dlt_python(folder: Path) -> str:
    """Make a virtual environment with dlt and return its Python."""
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", DLT], check=True)
    return python


def main() -> None:
    """Measure every contender on every case and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dlt", action="store_true", help="measure dlt as well")
    parser.add_argument("--case", choices=CASES, help="one case only")
    parser.add_argument("--scale", type=float, default=1.0, help="of the rows")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        runner, case, folder, url = options.measure
        measure(runner, case, Path(folder), url)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pythons = {"ceiling": sys.executable, "target": sys.executable}
        cases = {
            case: int(count * options.scale)
            for case, count in CASES.items()
            if options.case in {None, case}
        }
        if options.dlt:
            pythons["dlt"] = dlt_python(folder)
        print(f"{'rows':>10} {'':7} {'by':8} {'rows/s':>9}  CPU s    MB  jobs")
        for case, count in cases.items():
            _write(case, count, folder)
            for runner, python in pythons.items():
                if runner == "dlt" and case != "wide":
                    continue
                with local_bigquery() as url:
                    command = [python, __file__, "--measure", runner, case, name, url]
                    done = subprocess.run(
                        command, check=True, stdout=subprocess.PIPE, text=True
                    )
                    found = json.loads(done.stdout.splitlines()[-1])
                    jobs = jobs_of(url)
                speed = count / found["seconds"]
                print(
                    f"{count:>10,} {case:7} {runner:8} {speed:>9,.0f} "
                    f"{found['cpu']:>6.1f} {found['megabytes']:>5.0f} {jobs:>5}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
