"""Parts in a bucket, and loading again from there."""

# ruff: noqa: ANN401, ARG001, PLR0913, PLR0917 - fixtures; JSON

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from target_bigquery.archive.reload import reload
from target_bigquery.errors import TargetError
from target_bigquery.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Load, Tap, Warehouse

BUCKET = "kept-parts"
ISSUE = {
    "id": {"type": "string"},
    "n": {"type": "integer"},
    "raw": {"type": ["null", "object"]},
    "tags": {"type": ["null", "array"], "items": {"type": "string"}},
}


@pytest.fixture(scope="module")
def storage_url(
    bucket_root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    free_ports: Callable[[int], list[int]],
) -> Iterator[Any]:
    """A gcp-storage-emulator whose files are what BigQuery reads as gs://."""
    (port,) = free_ports(1)
    command = [
        *(
            sys.executable,
            "-m",
            "gcp_storage_emulator",
            "--data-dir",
            str(bucket_root.parent),
        ),
        *("start", "--host", "127.0.0.1", "--port", str(port)),
        *("--default-bucket", BUCKET, "--quiet"),
    ]
    log = tmp_path_factory.mktemp("storage-log") / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output) as process,
    ):
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def bucket(storage_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_url)
    client = storage.Client("throughline-test", AnonymousCredentials())
    for _ in range(100):
        try:
            return client.get_bucket(BUCKET)
        except (OSError, GoogleAPICallError):
            time.sleep(0.1)
    pytest.fail("gcp-storage-emulator did not start")


def _settings(config: dict[str, Any], **more: Any) -> Any:
    return Settings.from_config({**config, "staging_bucket": BUCKET, **more})


def _first(tap: Tap) -> Any:
    tap.schema("issues", ISSUE)
    for n in range(4):
        tap.record("issues", {"id": str(n % 3), "n": n, "raw": {"n": n}, "tags": ["x"]})
    return tap.state({"n": 1})


def test_parts_stay_in_the_bucket_under_dataset_table_and_date(
    bucket: Any, load: Load, tap: Tap, warehouse: Warehouse, dataset: str
) -> None:
    before = dt.datetime.now(dt.UTC).date()
    load(_first(tap), staging_bucket=BUCKET, batch_size_rows=2)
    names = [b.name for b in bucket.list_blobs(prefix=f"{dataset}/")]
    assert len(names) == 2
    for number, name in enumerate(sorted(names), 1):
        pattern = (
            rf"{dataset}/raw_issues/date=({before}|{before + dt.timedelta(1)})"
            rf"/\d{{8}}t\d{{9}}z[0-9a-f]{{6}}-{number}\.parquet"
        )
        assert re.fullmatch(pattern, name)
    assert {r["id"]: r["n"] for r in warehouse.rows("issues")} == {
        "0": 3,
        "1": 1,
        "2": 2,
    }
    assert warehouse.staging() == []


def test_the_bucket_alone_brings_the_tables_back(
    bucket: Any,
    load: Load,
    tap: Tap,
    new_tap: type[Tap],
    config: dict[str, Any],
    warehouse: Warehouse,
) -> None:
    load(_first(tap), staging_bucket=BUCKET, batch_size_rows=2)
    second = new_tap().schema("issues", {**ISSUE, "new": {"type": "boolean"}})
    second.record("issues", {"id": "2", "n": 7, "new": True}, version=5)
    load(second.activate("issues", 5), staging_bucket=BUCKET)
    third = new_tap().schema("issues", ISSUE).activate("issues", 6)
    third.record("issues", {"id": "9", "n": 9}, version=6)
    load(third, staging_bucket=BUCKET)
    rows, live = warehouse.rows("issues"), warehouse.live("issues")
    warehouse.client.delete_table(f"{warehouse.dataset}.raw_issues")

    assert reload(_settings(config)) == 4
    assert warehouse.rows("issues") == rows
    assert warehouse.live("issues") == live == rows[-1:]
    # Once more changes nothing.
    reload(_settings(config))
    assert warehouse.rows("issues") == rows
    assert warehouse.staging() == []


def test_an_overwritten_table_comes_back_as_the_last_run_left_it(
    bucket: Any,
    load: Load,
    tap: Tap,
    new_tap: type[Tap],
    config: dict[str, Any],
    warehouse: Warehouse,
) -> None:
    options = {"staging_bucket": BUCKET, "load_method": "overwrite"}
    load(_first(tap), **options)
    second = new_tap().schema("issues", ISSUE).record("issues", {"id": "z"})
    load(second.state({"n": 2}), **options)
    warehouse.client.delete_table(f"{warehouse.dataset}.raw_issues")
    reload(_settings(config))
    assert [r["id"] for r in warehouse.rows("issues")] == ["z"]


def test_rows_without_a_key_are_not_loaded_twice(
    bucket: Any, load: Load, tap: Tap, config: dict[str, Any], warehouse: Warehouse
) -> None:
    tap.schema("log", ISSUE, keys=()).record("log", {"id": "a"})
    load(tap, staging_bucket=BUCKET)
    with pytest.raises(TargetError, match="drop the table first"):
        reload(_settings(config))
    warehouse.client.delete_table(f"{warehouse.dataset}.raw_log")
    reload(_settings(config))
    assert len(warehouse.rows("log")) == 1


def test_a_bucket_without_parts_is_said(bucket: Any, config: dict[str, Any]) -> None:
    with pytest.raises(TargetError, match=f"Bucket '{BUCKET}' keeps no part"):
        reload(_settings(config), tables=["raw_nothing"])


def test_a_bucket_that_is_not_there_ends_the_load_in_one_line(
    bucket: Any, load: Load, tap: Tap
) -> None:
    with pytest.raises(TargetError, match="Bucket 'no-such-bucket' does not exist"):
        load(_first(tap), staging_bucket="no-such-bucket")
    assert load.printed == []


def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"project":"p","dataset":"d"}')
    done = subprocess.run(
        [sys.executable, "-m", "target_bigquery.archive.reload", "--config", str(path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Setting 'staging_bucket' is empty: name the bucket to load from."
    ]
