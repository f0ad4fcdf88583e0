"""In another Meltano project the plugin's definition is enough."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_bigquery.settings import Settings

if TYPE_CHECKING:
    from conftest import Tap, Warehouse

BIN = Path(sys.executable).parent
DEFINITION = (
    Path(__file__).parents[3] / "plugins/loaders/target-bigquery--throughline.lock"
)
PROJECT = """
project_id: other
default_environment: dev
environments:
- name: dev
send_anonymous_usage_stats: false
plugins:
  extractors:
  - name: tap-small
    namespace: tap_small
    executable: {tap}
  loaders:
  - name: target-bigquery
    variant: throughline
    executable: {target}
"""
TEXTS = {
    "project": "p",
    "dataset": "d",
    "location": "EU",
    "credentials_path": "/key.json",
    "credentials_json": "{}",
    "api_endpoint": "http://127.0.0.1:1",
    "api_token": "t",
    "table_prefix": "",
    "staging_dataset": "s",
    "staging_bucket": "b",
    "load_method": "append-only",
    "hard_delete": "true",
    "cluster_on_key_properties": "false",
    "batch_size_rows": "10",
    "max_batch_age": "0.5",
    "max_parallelism": "2",
    "maximum_bytes_billed": "1000",
    "labels": '{"team": "data"}',
    "timeout": "60",
    "validate_records": "false",
    "shard": "2-of-4",
}


@pytest.fixture
def other_project(tmp_path: Path) -> Any:
    """A Meltano project that has nothing of this one but the definition."""
    loaders = tmp_path / "plugins" / "loaders"
    loaders.mkdir(parents=True)
    shutil.copy(DEFINITION, loaders)
    tap = tmp_path / "tap"
    tap.write_text("#!/bin/sh\ncat messages\n")
    tap.chmod(0o755)
    text = PROJECT.format(tap=tap, target=BIN / "target-bigquery")
    (tmp_path / "meltano.yml").write_text(text)
    return tmp_path


def _run(folder: Path, *arguments: Any, **variables: Any) -> Any:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MELTANO", "TARGET_BIGQUERY", "BIGQUERY"))
    }
    return subprocess.run(
        [BIN / "meltano", *arguments],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**environment, **variables},
    )


def _meltano(folder: Path, *arguments: Any, **variables: Any) -> Any:
    done = _run(folder, *arguments, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_setting_is_in_the_list_of_this_test() -> None:
    assert TEXTS.keys() == Settings.__dataclass_fields__.keys()


def test_every_setting_works_as_an_environment_variable_of_meltano(
    other_project: Any,
) -> None:
    variables = {f"TARGET_BIGQUERY_{name.upper()}": v for name, v in TEXTS.items()}
    printed = _meltano(
        other_project, "config", "--unsafe", "print", "target-bigquery", **variables
    )
    config = json.loads(printed)
    assert Settings.from_config(config) == Settings(
        project="p",
        dataset="d",
        location="EU",
        credentials_path="/key.json",
        credentials_json="{}",
        api_endpoint="http://127.0.0.1:1",
        api_token="t",  # noqa: S106 - a test's
        table_prefix="",
        staging_dataset="s",
        staging_bucket="b",
        load_method="append-only",
        hard_delete=True,
        cluster_on_key_properties=False,
        batch_size_rows=10,
        max_batch_age=0.5,
        max_parallelism=2,
        maximum_bytes_billed=1000,
        labels={"team": "data"},
        timeout=60.0,
        validate_records=False,
        shard="2-of-4",
    )


def test_dataset_and_tables_are_named_after_the_tap_and_its_streams(
    other_project: Any, tap: Tap, config: dict[str, Any], warehouse: Warehouse
) -> None:
    dataset = "tap_small"
    tap.schema("things", {"id": {"type": "integer"}}).record("things", {"id": 1})
    (other_project / "messages").write_text(tap.text)
    variables = {
        "TARGET_BIGQUERY_PROJECT": config["project"],
        "TARGET_BIGQUERY_API_ENDPOINT": config["api_endpoint"],
        "TARGET_BIGQUERY_TIMEOUT": "60",
    }
    _meltano(other_project, "run", "tap-small", "target-bigquery", **variables)
    try:
        rows = warehouse.client.query_and_wait(f"SELECT id FROM `{dataset}.things`")  # noqa: S608 - our own names
        assert [row["id"] for row in rows] == [1]
    finally:
        warehouse.client.delete_dataset(dataset, delete_contents=True)


def test_a_failure_of_the_target_ends_in_its_own_line_while_the_tap_writes(
    other_project: Any,
) -> None:
    # More than the pipe between Meltano and the target can hold.
    (other_project / "messages").write_text("{}\n" * 200_000)
    (other_project / "tap").write_text("#!/bin/sh\ncat messages\nexec sleep 60\n")
    variables = {
        "TARGET_BIGQUERY_PROJECT": "p",
        "TARGET_BIGQUERY_DATASET": "_hidden",
        "TARGET_BIGQUERY_API_ENDPOINT": "http://127.0.0.1:1",
    }
    done = _run(other_project, "run", "tap-small", "target-bigquery", **variables)
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert "_hidden" in output
    assert "Loader failed" in output
    assert "Traceback" not in output
