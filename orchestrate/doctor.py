#!/usr/bin/env python3
"""Check, before the first run, everything that a run needs: one line for each fact.

`make doctor` and `meltano invoke pipeline:doctor` start it. It asks each configured
source and BigQuery with a few requests (`--check` of the taps and of the target), and
checks the machine. The exit code is 0 only if nothing is wrong.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import housekeeping
from checks import (
    PipelineError,
    check_datasets,
    is_configured,
    is_mentioned,
    usual_credentials,
)
from output import LINE, SEVERE, say
from pipeline import ROOT, TARGET, find_meltano
from secret_manager import SecretsError, fill
from sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Finding = tuple[str, str, str]

PYTHONS = ((3, 11), (3, 13))
LEAST_FREE_GB = 5.0
GB = 1e9
VERSIONS = (
    "import platform, importlib.metadata as m;"
    "print(platform.python_version(), m.version('meltano'))"
)
SECONDS = 300
AT_ONCE = 4  # plugins that are checked at the same time
DATASET = "TARGET_BIGQUERY_DATASET"
PROBLEM = "problem"


def main() -> int:
    """Check everything; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="doctor", description=(__doc__ or "").partition("\n\n")[0]
    )
    parser.parse_args()
    os.umask(0o077)
    problems = 0
    width = max(len(source.title) for source in SOURCES)
    for title, kind, text in distinct(findings()):
        problems += kind == PROBLEM
        say(f"{title:{width}} {kind:8} {text}")
    say("Everything is ready." if not problems else f"{problems} to correct.")
    return 1 if problems else 0


def distinct(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield each fact once, such as that of the clock, which every source checks.

    Args:
        found: What was found. A problem of two subjects is two problems.
    """
    seen = set()
    for subject, kind, text in found:
        key = text if kind == "ok" else (subject, text)
        if key not in seen:
            seen.add(key)
            yield subject, kind, text


def findings() -> Iterator[Finding]:
    """Yield what was found: its subject, `ok`, `skipped` or `problem`, and the text."""
    yield from of_machine()
    try:
        meltano = find_meltano()
        check_datasets()
    except PipelineError as error:
        yield "Meltano", PROBLEM, str(error)
        return
    yield from of_python(meltano)
    try:
        if secrets := fill(os.environ, meltano):
            yield "Keys", "ok", f"from Secret Manager: {', '.join(secrets)}"
    except SecretsError as error:
        yield "Keys", PROBLEM, str(error)
    configured = [source for source in SOURCES if is_configured(source)]
    for source in filter(is_mentioned, SOURCES):
        if source not in configured:
            yield source.title, "skipped", f"{source.credentials[0]} is not set"
    if not configured:
        names = usual_credentials()
        yield "Sources", PROBLEM, f"no source is configured: set {names}"
    checks: list[tuple[str, str, dict[str, str]]] = [
        *((source.title, source.tap, {}) for source in configured),
        # The extractor's namespace gives the target its dataset.
        *(
            ("BigQuery", TARGET, {DATASET: os.environ.get(source.dataset, "")})
            for source in configured
        ),
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for found in pool.map(lambda check: list(of_plugin(meltano, *check)), checks):
            yield from found


def of_machine() -> Iterator[Finding]:
    """Yield what was found about the disk and the files of keys."""
    free = shutil.disk_usage(housekeeping.system_folder().parent).free / GB
    if free < LEAST_FREE_GB:
        yield "Disk", PROBLEM, f"{free:.1f} GB free: a run needs {LEAST_FREE_GB:.0f} GB"
    else:
        yield "Disk", "ok", f"{free:,.1f} GB free"
    if warning := housekeeping.warning_about(ROOT / ".env"):
        yield "Keys", PROBLEM, warning.removeprefix("warning: ")


def of_python(meltano: str) -> Iterator[Finding]:
    """Yield which Python runs Meltano, and the version of Meltano.

    Args:
        meltano: Path of the executable.
    """
    python = Path(meltano).with_name("python")
    done = subprocess.run(  # noqa: S603 - the Python of the project
        [python, "-c", VERSIONS], capture_output=True, text=True, check=False
    )
    if done.returncode:
        yield "Python", PROBLEM, f"{python} does not work: run `make clean install`"
        return
    found, of_meltano = done.stdout.split()
    oldest, newest = PYTHONS
    if oldest <= tuple(map(int, found.split(".")[:2])) <= newest:
        yield "Python", "ok", found
    else:
        wanted = " to ".join(".".join(map(str, one)) for one in PYTHONS)
        yield "Python", PROBLEM, f"{found}: install {wanted}, run `make clean install`"
    yield "Meltano", "ok", of_meltano


def of_plugin(
    meltano: str, title: str, plugin: str, settings: dict[str, str]
) -> Iterator[Finding]:
    """Yield what `--check` of a plugin finds.

    Args:
        meltano: Path of the executable.
        title: What the plugin reads or writes.
        plugin: Its name.
        settings: Settings as environment variables, besides the configured ones.
    """
    command = [meltano, "--log-level=info", "invoke", plugin, "--check"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield title, PROBLEM, f"{plugin} gave no answer within {SECONDS} s"
        return
    for line in done.stdout.splitlines():
        yield title, "ok", line
    if done.returncode:
        lines = errors(done.stderr) or [f"{plugin} ended with {done.returncode}"]
        for line in lines:
            yield title, PROBLEM, line


def errors(text: str) -> list[str]:
    """Return the error lines in what a plugin printed.

    Args:
        text: Standard error of `meltano invoke`.
    """
    found = []
    for line in text.splitlines():
        parts = LINE.match(line)
        message = parts["message"] if parts else line
        if message.startswith("Error: ") or (parts and parts["level"] in SEVERE):
            found.append(message.removeprefix("Error: "))
    return found


if __name__ == "__main__":
    sys.exit(main())
