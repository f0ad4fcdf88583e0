"""However a run fails, its secrets are in nothing that it leaves or shows."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

# Each is recognized by its middle, also where only a part of it is shown.
MARKS = ("cAnArYLinear", "cAnArYGitHub", "cAnArYWarehouse")
SECRETS = {
    "LINEAR_API_KEY": f"lin_api_{MARKS[0]}0123456789",
    "GITHUB_TOKEN": f"ghp_{MARKS[1]}0123456789",
    "TARGET_BIGQUERY_API_TOKEN": f"token-{MARKS[2]}-0123456789",
}
SECONDS = 300
NOWHERE = "http://127.0.0.1:9"  # nothing listens on the discard port
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="reads the process list in /proc"
)


@pytest.fixture(scope="module")
def checkout(
    new_checkout: Callable[[], Checkout], tmp_path_factory: pytest.TempPathFactory
) -> Checkout:
    """A checkout whose logs, state and temporary files are in folders of its own."""
    made = new_checkout()
    made.environment |= {
        **SECRETS,
        "BIGQUERY_PROJECT": "throughline-local",
        "DEV_PREFIX": "ada",
        "GITHUB_ORGANIZATIONS": "lanternworks",
        "TMPDIR": str(tmp_path_factory.mktemp("temporary")),
        "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
    }
    return made


def command_lines() -> dict[str, str]:
    """The process list that every user of the machine can read."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found[f"process {path.parent.name}"] = path.read_text(errors="replace")
    return found


def files(checkout: Checkout) -> dict[str, str]:
    """Every file that a run can have written: the state, logs and caches among them."""
    folders = [checkout.root]
    folders += [
        Path(checkout.environment[name]) for name in ("TMPDIR", "XDG_STATE_HOME")
    ]
    return {
        str(path): path.read_bytes().decode(errors="replace")
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        # The tests that were copied with the checkout contain the secrets of tests.
        and checkout.root / "tests" not in path.parents
    }


def run(
    checkout: Checkout, verb: str, *, kill: bool, **variables: str
) -> dict[str, str]:
    """Run the pipeline until it fails; returns everything that shows what it did."""
    shown: dict[str, str] = {}
    checkout.server.forget_stats()
    with subprocess.Popen(
        ["make", verb, "ENVIRONMENT=dev"],
        cwd=checkout.root,
        env={**checkout.environment, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + SECONDS
        if kill:
            while not checkout.server.stats()["linear"]["requests"]:
                assert time.monotonic() < deadline
                shown |= command_lines()
                time.sleep(0.2)
            for path in Path("/proc").glob("[0-9]*/cwd"):
                with contextlib.suppress(OSError):
                    if path.resolve(strict=True).is_relative_to(checkout.root):
                        os.kill(int(path.parent.name), signal.SIGKILL)
        shown |= command_lines()
        shown["output"], _ = process.communicate(timeout=SECONDS)
        assert process.returncode != 0
    if kill:
        # The next run removes the settings that Meltano could not remove.
        tidied = checkout.shell("make install")
        shown["output of the next run"] = tidied.stdout
    return shown | files(checkout)


def places_with_secrets(shown: dict[str, str]) -> list[str]:
    return [name for name, text in shown.items() if any(mark in text for mark in MARKS)]


@pytest.mark.parametrize(
    ("failure", "verb", "expected"),
    [
        ("a refused key", "sync", r"refused the credential|refuses"),
        ("a warehouse that is gone", "sync-linear", r"127\.0\.0\.1:9"),
        ("a killed run with an API that hangs", "sync-linear", ""),
    ],
)
def test_no_secret_is_in_an_output_a_file_the_state_or_the_process_list(
    failure: str, verb: str, expected: str, checkout: Checkout
) -> None:
    hangs = "hangs" in failure
    if hangs:
        checkout.server.fault("latency", "linear", count=0, seconds=5)
    variables = (
        {"TARGET_BIGQUERY_API_ENDPOINT": NOWHERE} if "warehouse" in failure else {}
    )
    try:
        shown = run(checkout, verb, kill=hangs, **variables)
    finally:
        checkout.server.clear_faults()
    assert re.search(expected, shown["output"])
    searched = {Path(name).name for name in shown}
    assert searched >= {"output", "meltano.db", "elt.log"}
    assert any(name.startswith("process ") for name in shown)
    # What was searched: shown by `pytest -rP`.
    of_processes = [name for name in shown if name.startswith("process ")]
    print(f"{failure}: {len(of_processes)} command lines of processes, and")  # noqa: T201
    for name in sorted(shown.keys() - set(of_processes)):
        print(f"  {name}, {len(shown[name]):,} characters")  # noqa: T201
    assert places_with_secrets(shown) == []
    assert places_with_secrets({"control": SECRETS["GITHUB_TOKEN"]}) == ["control"]
