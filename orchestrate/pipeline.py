#!/usr/bin/env python3
"""Sync every configured source, then build the models on the existing data.

A source without a credential is skipped. A source that fails stops neither another
source nor the build. The exit code is 0 only if nothing failed, and the output
ends with one line for each failure.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import housekeeping
import status
from arguments import NIGHTLY, RECONCILE, SCHEDULED, STATUS, SYNC, parse
from backfill import Range, check_end_dates, range_of
from checks import (
    PipelineError,
    check_datasets,
    check_required,
    check_shard,
    check_source,
    is_configured,
    is_idle,
    is_on,
    parallel_sources,
    usual_credentials,
)
from history import MODELS, History
from lock import LONGEST_WAIT, only_run
from measures import Measures
from output import say
from processes import listing, other_meltanos
from refresh import RefreshError, Request, forget, requested
from runner import Outcome, Runner
from screen import Screen
from secret_manager import SecretsError, fill
from shard import Shard, ShardError, choose
from shard import environment as variables_of
from sources import SOURCES, Source

if TYPE_CHECKING:
    import argparse

ROOT = Path(__file__).resolve().parents[1]
TARGET = "target-bigquery"
BUILD = "dbt-bigquery:build"
PAGE = "page:build"
PARSE = "dbt-bigquery:parse"
# Where dbt keeps what it read of its project.
PARSED = ROOT / "transform" / "target" / "partial_parse.msgpack"
INTERRUPTED = 130


class Order(NamedTuple):
    """What a job does.

    Attributes:
        job: Its name.
        builds: Whether it builds the models after the syncs.
        refreshed: What it reads from the beginning.
        span: The range of time that a backfill reads.
    """

    job: str
    builds: bool
    refreshed: Request
    span: Range | None = None


def log_file() -> Path | None:
    """Return the file that PIPELINE_LOG_FILE names; None without the variable."""
    name = os.environ.get("PIPELINE_LOG_FILE", "")
    return ROOT / name if name else None


def find_meltano() -> str:
    """Return the project's Meltano, else the one on the search path.

    Raises:
        PipelineError: If there is none.
    """
    own = ROOT / ".venv" / "bin" / "meltano"
    found = str(own) if own.exists() else shutil.which("meltano")
    if not found:
        message = "Meltano is not installed: run `make install`"
        raise PipelineError(message)
    return found


def is_alone() -> bool:
    """Tell whether an entry of a running job can only be a killed run's.

    Meltano takes a run that was killed for a living one until its last heartbeat is
    five minutes old. Only if its database is a file of this machine, and no other
    Meltano of this project runs here, the entry is certainly stale.
    """
    uri = os.environ.get("MELTANO_DATABASE_URI", "sqlite:")
    return uri.startswith("sqlite:") and not other_meltanos(ROOT, listing())


def chosen(job: str, wanted: list[str] | None) -> list[Source]:
    """Return the configured sources of a job, and say which are skipped.

    Args:
        job: What runs.
        wanted: Names of sources; None for all that are configured.

    Raises:
        PipelineError: If no source is configured, or a wanted one is not.
    """
    if wanted is None and not any(map(is_configured, SOURCES)):
        names = usual_credentials()
        message = f"no source is configured: set {names}"
        raise PipelineError(message)
    found = []
    for source in SOURCES:
        if wanted is not None and source.name not in wanted:
            continue
        if job == RECONCILE and source.reconcile is None:
            continue
        if job == NIGHTLY and source.schedule and is_on("PIPELINE_OWN_SCHEDULES"):
            continue
        if is_configured(source):
            found.append(source)
        elif wanted is None:
            if not source.optional:
                name = source.credentials[0]
                say(f"{source.title}: skipped, because {name} is not set")
        elif job != SCHEDULED:
            message = f"{source.title} is not configured: set {source.credentials[0]}"
            raise PipelineError(message)
    return found


def sync_and_build(
    runner: Runner, history: History, sources: list[Source], order: Order
) -> list[str]:
    """Run one job.

    Args:
        runner: Runs Meltano.
        history: Records each step.
        sources: What to read.
        order: What to do with them.

    Returns:
        One line for each failure.
    """
    failures = sync_all(runner, history, sources, order)
    if sources and order.builds and not runner.stopped:
        history.begin(MODELS)
        outcome = runner.run("Models", BUILD, run_id=history.run_id(MODELS))
        history.end(MODELS, outcome, stopped=bool(runner.stopped))
        if outcome.exit_code:
            failures.append(failure("Models: the build", outcome))
    if sources and order.builds and writes_page() and not runner.stopped:
        history.write()  # the page shows the last loads and the last build
        outcome = runner.run("Page", PAGE)
        if outcome.exit_code:
            failures.append(failure("Page: the build", outcome))
    return failures


def sync_all(
    runner: Runner, history: History, sources: list[Source], order: Order
) -> list[str]:
    """Read the sources, several at the same time (PIPELINE_PARALLEL_SOURCES).

    With more than one at a time, dbt also reads its project meanwhile, if it has not
    done so before: then the build starts sooner.

    Args:
        runner: Runs Meltano.
        history: Records each sync.
        sources: What to read; the first ones start first.
        order: What to do with them.

    Returns:
        One line for each failure, in the order of the sources.
    """

    def read(source: Source) -> str:
        if runner.stopped:
            return ""
        history.begin(source.name)
        outcome = sync(runner, history, source, order)
        history.end(source.name, outcome, stopped=bool(runner.stopped))
        return failure(f"{source.title}: the sync", outcome) * bool(outcome.exit_code)

    at_once = parallel_sources()
    with ThreadPoolExecutor(1) as other, ThreadPoolExecutor(at_once) as pool:
        if order.builds and at_once > 1 and not PARSED.exists():
            other.submit(runner.prepare, PARSE)
        return list(filter(None, pool.map(read, sources)))


def writes_page() -> bool:
    """Tell whether the run ends with the report page (PIPELINE_PAGE, true if unset)."""
    return os.environ.get("PIPELINE_PAGE", "").strip().lower() not in {"false", "0"}


def sync(runner: Runner, history: History, source: Source, order: Order) -> Outcome:
    """Read one source.

    Args:
        runner: Runs Meltano.
        history: Knows the ID of the run.
        source: The source.
        order: What to do with it.

    Returns:
        How it ended.
    """
    tap = str(source.reconcile if order.job == RECONCILE else source.tap)
    arguments = ["--force"] if is_alone() else []
    variables = {}
    if order.span:
        arguments.append("--no-state-update")
        variables = order.span.variables(tap)
    elif streams := order.refreshed.get(source.name):
        try:
            forget(runner.meltano, tap, streams, runner.environment({}))
        except RefreshError as error:
            return Outcome(1, str(error), Measures())
    return runner.run(
        source.title,
        *arguments,
        tap,
        TARGET,
        run_id=history.run_id(source.name),
        variables=variables,
    )


def failure(what: str, outcome: Outcome) -> str:
    """Describe a failed step in one line."""
    why = outcome.cause or "see its lines above"
    return f"{what} failed (exit code {outcome.exit_code}): {why}"


def main() -> int:
    """Run the job that the arguments name; returns the exit code."""
    options = parse(__doc__ or "")
    os.umask(0o077)
    try:
        if not os.environ.get("THROUGHLINE_TIDIED"):
            housekeeping.tidy()
        check_source(options.job, options.source)
        if options.job == SCHEDULED and is_idle(options.source):
            return 0
        check_datasets()
        check_required()
        check_shard(options.job)
        if options.job == STATUS:
            return status.show()
        check_end_dates(options.job)
        return run(options)
    except (PipelineError, RefreshError, SecretsError, ShardError) as error:
        say(f"pipeline: {error}")
    except OSError as error:  # a folder of another user, a full disk
        say(f"pipeline: {housekeeping.explain(error)}")
    except KeyboardInterrupt:  # while it waits for another run
        return INTERRUPTED
    return 1


def order_of(options: argparse.Namespace, sources: list[Source]) -> Order:
    """Return what the command line and the environment ask for.

    Args:
        options: The command line.
        sources: The sources of the job.

    Raises:
        PipelineError: If the dates of a backfill are missing, wrong or out of place.
        RefreshError: If something that does not exist is to be read again.
    """
    job = options.job
    span = range_of(
        job, options.since.strip(), options.until.strip(), datetime.now(UTC)
    )
    refreshed: Request = {}
    if job not in {NIGHTLY, SCHEDULED, SYNC}:
        if options.full_refresh is not None:
            message = f"--full-refresh is for a sync, not for {job}"
            raise PipelineError(message)
    else:
        refreshed = requested(sources, options.full_refresh, os.environ)
    return Order(job, job in {NIGHTLY, SCHEDULED, RECONCILE}, refreshed, span)


def shard_of(options: argparse.Namespace) -> Shard | None:
    """Return the shard that the command line names, None without one.

    Args:
        options: The command line.

    Raises:
        PipelineError: If another job than a sync has a shard.
        ShardError: If PIPELINE_SHARDS cannot be used, or has no such place.
    """
    if options.shard is None:
        return None
    if options.job != SYNC:
        message = f"--shard is for a sync, not for {options.job}"
        raise PipelineError(message)
    return choose(os.environ.get("PIPELINE_SHARDS", ""), options.shard)


def run(options: argparse.Namespace) -> int:
    """Run a job; returns the exit code.

    Args:
        options: The command line.

    Raises:
        PipelineError: If it cannot start.
        RefreshError: If something that does not exist is to be read again.
        SecretsError: If Secret Manager cannot be read.
        ShardError: If the shard cannot be used.
        OSError: If a file or folder of the project cannot be used.
    """
    shard = shard_of(options)
    waits = options.job == SCHEDULED or is_on("PIPELINE_OWN_SCHEDULES")
    with only_run(LONGEST_WAIT if waits else 0):
        screen = Screen(log_file(), several=parallel_sources() > 1)
        try:
            runner = Runner(find_meltano(), screen)
            more = shard.secrets() if shard else []
            if secrets := fill(os.environ, runner.meltano, more):
                say(f"From Secret Manager: {', '.join(secrets)}")
            if shard:
                os.environ |= variables_of(shard, dict(os.environ))
            wanted = [shard.source] if shard else options.source
            sources = chosen(options.job, wanted)
            if not sources:
                return 0
            order = order_of(options, sources)
            history = History(order.job, sources, order.refreshed, builds=order.builds)
            try:
                failures = sync_and_build(runner, history, sources, order)
            finally:
                history.close()
        finally:
            screen.close()
    if runner.stopped:
        say("pipeline: stopped; the next run continues where this one ended")
        return INTERRUPTED if runner.stopped == signal.SIGINT else 128 + runner.stopped
    for line in failures:
        say(line)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
