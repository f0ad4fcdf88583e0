"""What the tests of all packages share."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Python's audit events of the ways to start a process.
STARTS = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.system"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --unit."""
    parser.addoption(
        "--unit", action="store_true", help="skip each test that starts a process"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let the processes that tests start share what they would each do again.

    All local BigQuerys use one folder of translated SQL, because dbt's statements are
    the same in most tests. All Pythons save bytecode: `dbt --version` takes 4 seconds
    of processor time with it and 11 without.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if config.pluginmanager.has_plugin("cacheprovider"):
        folder = config.cache.mkdir("translations")
        os.environ.setdefault("SANDBOX_TRANSLATIONS", str(folder))
    if config.getoption("unit"):
        sys.addaudithook(_skip_at_a_process)


_in_a_test = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Tell a test's processes from pytest's own, such as the workers of xdist."""
    global _in_a_test  # noqa: PLW0603 - an audit hook has no other state
    _in_a_test = True
    try:
        return (yield)
    finally:
        _in_a_test = False


def _skip_at_a_process(event: str, _arguments: object) -> None:
    if _in_a_test and event in STARTS:
        pytest.skip("it starts a process")
