"""What the tests of all packages share."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Python's audit events of the ways to start a process or a server.
STARTS = {
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.system",
    "socket.bind",
    "subprocess.Popen",
}
# What the Makefile exports for its own recipes.
FROM_MAKE = {
    "GOOGLE_HEALTH_CLIENT_ID",
    "GOOGLE_HEALTH_CLIENT_SECRET",
    "GOOGLE_HEALTH_REFRESH_TOKEN",
    "HUBSPOT_ACCESS_TOKEN",
    "MELTANO_ENVIRONMENT",
    "MELTANO_PROJECT_ROOT",
    "NOTION_ACCESS_TOKEN",
    "SQL",
    "THROUGHLINE_TIDIED",
}
MOST_WORKERS = 4
WITHOUT_UNITS = (
    "analyze/page/tests/test_page_numbers.py",
    "analyze/page/tests/test_page_shown.py",
    "tests/end_to_end",
    "tests/faults",
    "tests/reuse",
    "transform/pytests/test_recomputed_marts.py",
    "transform/pytests/test_semantic_models.py",
)

# The files and folders that take longest, the longest first (CPU seconds, measured one
# by one on 2026-11-28). They start first, so that all workers of `make test` end at
# about the same time.
LONGEST = (
    "tests/end_to_end/test_own_data.py",  # 257
    "tests/end_to_end/test_pipeline.py",  # more than 146
    "transform/pytests/test_marts_workspace.py",  # 158
    "tests/end_to_end/",
    "transform/pytests/test_recomputed_marts.py",  # 64
    "tests/faults/",
    "transform/pytests/",
    "transform/launcher/",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --unit."""
    parser.addoption(
        "--unit",
        action="store_true",
        help="skip each test that starts a process or a server",
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
def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `make test` starts: one per processor, at most four.

    In a container, the processors of the whole machine are counted, and each worker
    runs a BigQuery of its own.
    """
    return min(MOST_WORKERS, os.cpu_count() or 1)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import nothing for --unit from modules in which each test starts a process."""
    starts = any(collection_path.match(pattern) for pattern in WITHOUT_UNITS)
    return True if config.getoption("unit") and starts else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that take longest; the others stay in their order."""

    def place(item: pytest.Item) -> int:
        found = (n for n, path in enumerate(LONGEST) if item.nodeid.startswith(path))
        return next(found, len(LONGEST))

    items.sort(key=place)


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
