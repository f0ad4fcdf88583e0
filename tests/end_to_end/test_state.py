"""The state is in a bucket: a checkout continues where another one ended."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox.testing import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Checkout

BUCKET = "throughline-state"
SYNC = ".venv/bin/meltano --environment=dev run linear-to-bigquery"
CHANGED = "changed by hand"
SECONDS = 60


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulator of Cloud Storage with a bucket."""
    folder, port = tmp_path_factory.mktemp("storage"), free_port()
    command = [
        *(sys.executable, "-m", "gcp_storage_emulator", "--data-dir", str(folder)),
        *("start", "--host", "127.0.0.1", "--port", str(port)),
        *("--default-bucket", BUCKET, "--quiet"),
    ]
    address = f"http://127.0.0.1:{port}"
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                requests.get(f"{address}/storage/v1/b/{BUCKET}", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield address
        process.terminate()


@pytest.fixture(scope="module")
def checkouts(
    new_checkout: Callable[[], Checkout], storage: str
) -> tuple[Checkout, Checkout]:
    """Two checkouts with one warehouse, one bucket and nothing else in common."""
    first, second = new_checkout(), new_checkout()
    for checkout in (first, second):
        checkout.environment |= {
            "BIGQUERY_PROJECT": "throughline-local",
            "DEV_PREFIX": "ada",
            "LINEAR_API_KEY": "lin_api_sandbox",
            "MELTANO_STATE_BACKEND_URI": f"gs://{BUCKET}/state",
            "STORAGE_EMULATOR_HOST": storage,
            "TAP_LINEAR_PAGE_SIZE": "10",
            "TARGET_BIGQUERY_API_ENDPOINT": first.environment[
                "TARGET_BIGQUERY_API_ENDPOINT"
            ],
        }
    done = first.shell(SYNC)
    assert done.returncode == 0, done.stdout[-6000:]
    assert rows_read(done.stdout, "issues") == first.count("ada_linear.raw_issues")
    return first, second


def rows_read(output: str, stream: str) -> int:
    """How many rows of a stream a run loaded."""
    found = re.search(rf"Stream '{stream}': ([\d,]+) rows read", output)
    return int(found[1].replace(",", "")) if found else 0


def test_a_fresh_checkout_continues_from_the_last_run(
    checkouts: tuple[Checkout, Checkout],
) -> None:
    first, second = checkouts
    issues = first.count("ada_linear.raw_issues")
    done = second.shell(SYNC)
    assert done.returncode == 0, done.stdout[-6000:]
    # A run reads the row again that the bookmark is from.
    assert rows_read(done.stdout, "issues") <= 1 < issues
    assert first.count("ada_linear.raw_issues") == issues


def test_an_interrupted_refresh_of_a_stream_resumes_as_a_refresh_and_hides_no_row(
    checkouts: tuple[Checkout, Checkout],
) -> None:
    first, second = checkouts
    issues = first.count("ada_linear.raw_issues")
    for table, column in (("issues", "title"), ("comments", "body")):
        first.client.query_and_wait(
            f"update ada_linear.raw_{table} set {column} = '{CHANGED}' where true"  # noqa: S608 - literals
        )

    def changed(table: str, column: str) -> int:
        return first.count(f"ada_linear.raw_{table} where {column} = '{CHANGED}'")

    comments = changed("comments", "body")
    seen = {issues}
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.add(first.count("ada_linear.raw_issues"))
            time.sleep(0.05)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        first.server.fault(
            "unauthorized", "linear", match="query Issues(", at=2, count=0
        )
        done = first.shell(
            "make full-refresh ENVIRONMENT=dev SOURCE=linear STREAM=issues"
        )
        assert done.returncode != 0
        assert "Linear: the sync failed" in done.stdout, done.stdout[-6000:]
        first.server.clear_faults()
        assert changed("issues", "title") > 0
        # The next run, without any option, and on another machine.
        done = second.shell(SYNC)
        assert done.returncode == 0, done.stdout[-6000:]
    finally:
        first.server.clear_faults()
        over.set()
        reader.join()
    assert changed("issues", "title") == 0
    # The other streams kept their bookmarks: at most the row that a bookmark is from
    # was read again.
    assert comments - changed("comments", "body") <= 1 < comments
    assert seen == {issues}


def test_every_environment_can_be_compiled(project_root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [project_root / ".venv/bin/meltano", "compile", "--directory", tmp_path],
        cwd=project_root,
        env=os.environ | {"MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    names = {path.name.split(".")[1] for path in tmp_path.glob("meltano-manifest.*")}
    assert names >= {"demo", "dev", "staging", "prod"}
