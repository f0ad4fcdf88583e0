"""The container: another user runs it, it writes one folder, and it ends in order."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from image import Image, build_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from meltano_pipeline import Pipeline

    from sandbox.testing import ApiServer

SECONDS = 300
CHECK = "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"


def search_path() -> str:
    """PATH with a Python that the image's user can start, too."""
    if os.geteuid():
        return os.environ["PATH"]
    path = "/usr/local/bin:/usr/bin:/bin"
    python = shutil.which("python3", path=path)
    if not python or subprocess.run([python, "-c", CHECK], check=False).returncode:
        pytest.skip("needs a Python 3.11 with venv that all users can start")
    return path


@pytest.fixture(scope="module")
def image(project_root: Path) -> Iterator[Image]:
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="image"))
    folder.chmod(0o755)
    made = Image(folder / "throughline")
    made.follow(
        project_root / "orchestrate" / "container" / "Dockerfile",
        project_root,
        search_path(),
    )
    if os.geteuid():
        subprocess.run(["chmod", "-R", "a-w", made.root], check=True)
        subprocess.run(["chmod", "-R", "u+w", made.root / "data"], check=True)
    yield made
    subprocess.run(["chmod", "-R", "u+w", folder], check=False)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def variables(
    pipeline_on: Callable[[ApiServer], Pipeline], api_server: ApiServer
) -> dict[str, str]:
    """Point the image at a sandbox."""
    of_the_test = ("DBT_BIGQUERY", "MELTANO_ENV", "TAP_", "TARGET_")
    return {
        name: value
        for name, value in pipeline_on(api_server).environment.items()
        if name.startswith(of_the_test)
    }


def run(image: Image, *arguments: str, **variables: str) -> tuple[int, str]:
    process = image.start(*arguments, search_path=search_path(), **variables)
    output, _ = process.communicate(timeout=SECONDS)
    return process.returncode, output


def contents(image: Image) -> dict[str, tuple[int, int]]:
    """Everything in the image but `data`, with sizes and times."""
    found = {}
    for path in image.root.rglob("*"):
        name = path.relative_to(image.root)
        if name.parts[0] != "data":
            status = path.lstat()
            found[str(name)] = (status.st_size, status.st_mtime_ns)
    return found


def test_the_image_contains_no_key_and_no_test(project_root: Path) -> None:
    names = build_context(project_root)
    assert {"meltano.yml", "sources.toml", "orchestrate/pipeline.py"} <= set(names)
    parts = {part for name in names for part in Path(name).parts}
    assert not parts & {".env", ".git", ".meltano", ".venv", "tests", "sandbox"}


def test_another_user_syncs_and_parses_the_models_and_writes_only_the_data_folder(
    image: Image, variables: dict[str, str]
) -> None:
    assert image.user > 0
    before = contents(image)
    code, output = run(image, "run", "tap-linear", "target-bigquery", **variables)
    assert code == 0, output[-6000:]
    code, output = run(image, "invoke", "dbt-bigquery", "parse", **variables)
    assert code == 0, output[-6000:]
    assert contents(image) == before
    assert (image.root / "data" / "meltano.db").exists()
    assert (image.root / "data" / "dbt-target" / "manifest.json").exists()


def test_a_second_container_is_refused_and_sigterm_ends_the_first_one_in_order(
    image: Image, variables: dict[str, str], api_server: ApiServer
) -> None:
    api_server.forget_stats()
    process = image.start("nightly", search_path=search_path(), **variables)
    deadline = time.monotonic() + SECONDS
    while not api_server.stats()["linear"]["requests"] and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    # Another schedule's container on the same volume.
    code, refused = run(image, "reconcile", **variables)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=SECONDS)
    assert code == 1
    (line,) = refused.splitlines()
    assert line.startswith("container: another container works in ")
    stopped = "pipeline: stopped; the next run continues where this one ended"
    assert stopped in output, output[-6000:]
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in output


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_a_run_whose_bookmarks_would_be_lost_is_refused_in_one_line(
    environment: str, image: Image
) -> None:
    code, output = run(image, MELTANO_ENVIRONMENT=environment)
    assert code == 1
    assert output.startswith("container: MELTANO_STATE_BACKEND_URI is not set")
    assert len(output.splitlines()) == 1


def test_an_indexed_job_runs_the_shard_of_its_number(image: Image) -> None:
    shards = '[{"name": "web", "source": "github", "variables": {"X": "y"}}]'
    code, output = run(
        image,
        "shard",
        JOB_COMPLETION_INDEX="0",
        MELTANO_ENVIRONMENT="demo",
        PIPELINE_SHARDS=shards,
    )
    assert code == 1
    assert output.startswith(
        "shard: PIPELINE_SHARDS: shard 0 (web) would read everything"
    )
    assert len(output.splitlines()) == 1


def test_a_data_folder_that_cannot_be_written_is_named_in_one_line(
    image: Image,
) -> None:
    data = image.root / "data"
    away = data.rename(image.root.parent / "data")
    data.mkdir(mode=0o555)
    try:
        code, output = run(image, MELTANO_ENVIRONMENT="demo")
    finally:
        data.rmdir()
        away.rename(data)
    assert code == 1
    assert f"Mount a folder at {data}" in output
    assert len(output.splitlines()) == 1
