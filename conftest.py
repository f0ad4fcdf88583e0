"""What the tests of all packages share."""

from __future__ import annotations

import gc
import logging
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Python's audit events of the ways to start a process or a server.
STARTS = {
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.system",
    "socket.bind",
    "subprocess.Popen",
}
MAKEFILE = Path(__file__).with_name("Makefile")
# What the Makefile exports for its own recipes.
FROM_MAKE = {
    "SQL",
    *re.findall(r"^export (\w+) :=", MAKEFILE.read_text("utf-8"), re.MULTILINE),
}
MOST_WORKERS = 4
WITHOUT_UNITS = (
    # These simulate companies or many runs of the target, which takes half as long as
    # all other units.
    "load/target-bigquery/tests/test_target_random_runs.py",
    "plugins/utilities/sandbox/tests/test_company_*.py",
    "plugins/utilities/sandbox/tests/test_sandbox_state.py",
    # Each test of these starts a process.
    "analyze/page/tests/test_page_numbers.py",
    "analyze/page/tests/test_page_devices.py",
    "analyze/page/tests/test_page_shown.py",
    "tests/end_to_end",
    "tests/faults",
    "tests/reuse",
    "transform/pytests/test_recomputed_marts.py",
    "transform/pytests/test_semantic_models.py",
)

# The files and folders that take longest, the longest first (seconds on one worker,
# measured on 2026-11-29; the tests of faults, secrets and the container mostly wait).
# They start first, so that all workers of `make test` end at about the same time.
LONGEST = (
    "transform/pytests/",  # 324
    "tests/end_to_end/test_own_data.py",  # 257
    "tests/end_to_end/test_pipeline.py",  # more than 146
    "tests/end_to_end/test_secrets.py",  # 131
    "load/target-bigquery/tests/test_target_faults.py",  # 131
    "tests/end_to_end/test_container.py",  # 114
    "tests/end_to_end/",
    "tests/faults/",
    "tests/reuse/",
    "tests/project/test_packages.py",  # 105
    "load/target-bigquery/tests/test_target_kill.py",  # 58
    "extract/tap-github-prs/tests/test_github_resume.py",  # 56
    "transform/launcher/",
)
# One worker runs all files of these folders, whose fixtures of the session take long:
# dbt's imports, the parsed project and a BigQuery.
TOGETHER = ("transform/pytests/",)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --unit."""
    parser.addoption(
        "--unit",
        action="store_true",
        help="skip each test that starts a process or a server, and long simulations",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let the processes that tests start share what they would each do again.

    All local BigQuerys use one folder of translated SQL, because dbt's statements are
    the same in most tests. All Pythons save bytecode: `dbt --version` takes 4 seconds
    of processor time with it and 11 without. `make test` and `pytest` give the tests
    the same environment.
    """
    for name in list(os.environ):
        if name == "PYTHONDONTWRITEBYTECODE" or name in FROM_MAKE:
            del os.environ[name]
    sys.dont_write_bytecode = False
    if config.pluginmanager.has_plugin("cacheprovider"):
        folder = config.cache.mkdir("translations")
        os.environ.setdefault("SANDBOX_TRANSLATIONS", str(folder))
    if config.getoption("unit"):
        sys.addaudithook(_skip_at_a_start)
        # What a skipped test had opened before its server is not closed.
        for warning in ("ResourceWarning", "pytest.PytestUnraisableExceptionWarning"):
            config.addinivalue_line("filterwarnings", f"ignore::{warning}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers to start: at most four.

    `make test` starts one more than there are processors, because many of its tests
    wait for a timeout or another process. In a container, the processors of the whole
    machine are counted, and each worker runs a BigQuery of its own.
    """
    processors = os.cpu_count() or 1
    return min(MOST_WORKERS, processors + (not config.getoption("unit")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - xdist's
    """Give a worker one file at a time; in a run of all tests a folder of TOGETHER."""
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if config.getoption("dist") != "loadfile" or not is_whole:
        return None
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - it may be missing

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # it has no types
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((each for each in TOGETHER if file.startswith(each)), file)

    return Scheduling(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import nothing for --unit from modules without short units."""
    starts = any(collection_path.match(pattern) for pattern in WITHOUT_UNITS)
    return True if config.getoption("unit") and starts else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that take longest; the others stay in their order."""

    def place(item: pytest.Item) -> int:
        found = (n for n, path in enumerate(LONGEST) if item.nodeid.startswith(path))
        return next(found, len(LONGEST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Collect garbage less often, and without looking at the imported modules.

    It takes 6 percent of the processor time of the taps' tests otherwise.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


_in_a_test = False


@pytest.fixture(autouse=True)
def _log_of_one_test() -> Iterator[None]:
    """Undo what a command line of a tap or the target does to the log of the process.

    It adds handlers and wraps the formatter of each one, pytest's own included, so
    that the log hides the secrets that the command read. The tests that follow in this
    process would not see such a word in their log.
    """
    log = logging.getLogger()
    before = [(handler, handler.formatter) for handler in log.handlers]
    yield
    log.handlers[:] = [handler for handler, _ in before]
    for handler, formatter in before:
        handler.setFormatter(formatter)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Tell a test's processes from pytest's own, such as the workers of xdist."""
    global _in_a_test  # noqa: PLW0603 - an audit hook has no other state
    _in_a_test = True
    try:
        return (yield)
    finally:
        _in_a_test = False


def _skip_at_a_start(event: str, _arguments: object) -> None:
    if _in_a_test and event in STARTS:
        pytest.skip("it starts a process or a server")
