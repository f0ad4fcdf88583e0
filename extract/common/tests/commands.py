"""Runs a command in a fork of a process that has already imported its package.

A tap spends a second on its imports, the target more, and the tests run their commands
more than a hundred times. Each run is a process of its own with the arguments, the
environment, the folder and the streams of a command. That a package installs its
command is tested with the command itself.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from multiprocessing.context import ForkServerContext
from pathlib import Path

PACKAGES = ("tap_github_prs.tap", "tap_linear.tap", "target_bigquery.target")


def processes() -> ForkServerContext:
    """Return the context whose processes begin with all packages imported."""
    context = multiprocessing.get_context("forkserver")
    assert isinstance(context, ForkServerContext)
    context.set_forkserver_preload(list(PACKAGES))
    return context


def command(
    name: str, *arguments: str, timeout: float = 60, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in the folder of this process and without input.

    Args:
        name: The command: a console script of an installed package.
        arguments: Its arguments.
        timeout: Seconds after which it is killed.
        variables: What differs from the environment of this process.

    Returns:
        The exit code, and both outputs.

    Raises:
        subprocess.TimeoutExpired: It has been killed.
    """
    with tempfile.TemporaryDirectory() as folder:
        outputs = [str(Path(folder, each)) for each in ("output", "errors")]
        call = [name, *arguments]
        process = processes().Process(
            target=_run,
            args=(call, {**os.environ, **variables}, str(Path.cwd()), outputs),
        )
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(call, timeout)
        output, errors = (Path(each).read_text("utf-8") for each in outputs)
        return subprocess.CompletedProcess(call, process.exitcode, output, errors)


def _run(
    call: list[str], environment: dict[str, str], folder: str, outputs: list[str]
) -> None:
    """Become the command."""
    for number, path in enumerate(outputs, start=1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = call
    (script,) = entry_points(group="console_scripts", name=call[0])
    main = getattr(importlib.import_module(script.module), script.attr.split(".")[0])
    for name in script.attr.split(".")[1:]:
        main = getattr(main, name)
    sys.exit(main())
