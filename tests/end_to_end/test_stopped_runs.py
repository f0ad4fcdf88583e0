"""However a run is stopped, all of its processes end and the next run starts."""

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

RUN = ["make", "run", "ENVIRONMENT=dev"]
VARIABLES = {
    "BIGQUERY_PROJECT": "throughline-local",
    "DEV_PREFIX": "ada",
    "LINEAR_API_KEY": "lin_api_sandbox",
}
# Long enough for a busy machine: nothing here measures how fast a run ends.
SECONDS = 300
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/cwd").exists(), reason="finds processes in /proc"
)


@pytest.fixture(scope="module")
def checkout(new_checkout: Callable[[], Checkout]) -> Checkout:
    made = new_checkout()
    made.environment |= VARIABLES
    return made


def processes(root: Path) -> list[int]:
    """The processes that work in a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            folder = each.resolve(strict=True)
        except OSError:
            continue
        if folder.is_relative_to(root):
            found.append(int(each.parent.name))
    return found


def wait_until(check: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def start(checkout: Checkout) -> subprocess.Popen[str]:
    """Start a run as a terminal does; returns when the tap has asked the API."""
    checkout.server.forget_stats()
    process = subprocess.Popen(
        RUN,
        cwd=checkout.root,
        env=checkout.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_until(
        lambda: (
            checkout.server.stats()["linear"]["requests"] or process.poll() is not None
        )
    )
    assert process.poll() is None, process.communicate()[0][-6000:]
    return process


def to_the_terminal(number: int) -> Callable[[subprocess.Popen[str]], None]:
    """A signal that a terminal sends to its foreground processes."""
    return lambda process: os.killpg(process.pid, number)


def to_meltano_alone(process: subprocess.Popen[str]) -> None:
    """SIGKILL for the Meltano that make started: it passes nothing on."""
    (meltano,) = [
        int(each.parent.name)
        for each in Path("/proc").glob("[0-9]*/stat")
        if each.read_text().rpartition(")")[2].split()[1] == str(process.pid)
    ]
    os.kill(meltano, signal.SIGKILL)


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param(to_the_terminal(signal.SIGINT), id="Ctrl-C"),
        pytest.param(to_the_terminal(signal.SIGHUP), id="closed terminal"),
        pytest.param(to_the_terminal(signal.SIGTERM), id="end of the machine"),
        pytest.param(to_meltano_alone, id="killed Meltano"),
    ],
)
def test_no_process_stays_behind(
    stop: Callable[[subprocess.Popen[str]], None], checkout: Checkout
) -> None:
    process = start(checkout)
    stop(process)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode != 0
    assert "Traceback" not in output
    wait_until(lambda: not processes(checkout.root))
    left = list((checkout.root / ".meltano" / "run").rglob("*.config.json"))
    modes = {path.stat().st_mode & 0o077 for path in left}
    assert modes <= {0}


def test_a_second_run_is_refused_in_one_line_while_the_first_works(
    checkout: Checkout,
) -> None:
    first = start(checkout)
    second = checkout.shell(" ".join(RUN))
    os.killpg(first.pid, signal.SIGINT)
    first.communicate(timeout=SECONDS)
    assert second.returncode != 0
    refusals = [line for line in second.stdout.splitlines() if "is running" in line]
    assert len(refusals) == 1
    assert refusals[0].startswith("pipeline: another pipeline of environment 'dev'")


def test_after_all_of_a_run_was_killed_the_next_one_starts_and_removes_its_settings(
    checkout: Checkout,
) -> None:
    process = start(checkout)
    while alive := processes(checkout.root):  # some start others while they are killed
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=SECONDS)
    run = checkout.root / ".meltano" / "run"
    left = set(run.rglob("*.config.json"))
    assert left
    status = checkout.shell("make status ENVIRONMENT=dev").stdout
    assert re.search(r"^Linear .* killed$", status, re.MULTILINE), status
    # A bare Meltano would wait until the killed run's heartbeat is five minutes old.
    # Other tests run dbt's tests of the same models.
    done = checkout.shell(" ".join(RUN), DBT_RESOURCE_TYPES="model seed")
    assert done.returncode == 0, done.stdout[-6000:]
    assert not left & set(run.rglob("*.config.json"))
    assert checkout.count("ada_linear.raw_issues") == checkout.count(
        "ada_analytics.fct_issues"
    )
