"""A job that cannot start ends in one line, and starts nothing."""

from __future__ import annotations

import fcntl
import json
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from plain_pipeline import pipeline

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

KEY = {"LINEAR_API_KEY": "lin_api_x"}
CHOSEN = {"PIPELINE_PROJECT": "acme-data", "PIPELINE_LOCATION": "EU"}


@pytest.mark.parametrize("environment", ["staging", "prod"])
@pytest.mark.parametrize("missing", ["PROJECT", "LOCATION"])
def test_staging_and_prod_start_only_with_a_project_and_a_location_that_were_chosen(
    environment: str, missing: str, tmp_path: Path
) -> None:
    chosen = {**CHOSEN, f"PIPELINE_{missing}": " "}
    done = pipeline(tmp_path, "sync", MELTANO_ENVIRONMENT=environment, **chosen, **KEY)
    assert done.returncode == 1
    assert done.stdout == (
        f"pipeline: set BIGQUERY_{missing}: environment {environment} starts only with"
        " it\n"
    )


def test_with_both_prod_starts_and_dev_needs_neither(tmp_path: Path) -> None:
    prod = pipeline(tmp_path, "sync", MELTANO_ENVIRONMENT="prod", **CHOSEN, **KEY)
    assert prod.returncode == 0, prod.stdout
    assert "tap-linear" in prod.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["backfill"],
            (
                "a backfill needs a date: make backfill SOURCE=linear SINCE=2026-01-31"
                " UNTIL=2026-03-01"
            ),
        ),
        (
            ["backfill", "--since=yesterday"],
            "SINCE is 'yesterday': write a date such as 2026-01-31",
        ),
        (["sync", "--since=2026-01-31"], "--since is for a backfill, not for sync"),
        (
            ["backfill", "--since=2026-01-31", "--full-refresh", "linear.issues"],
            "--full-refresh is for a sync, not for backfill",
        ),
        (
            ["reconcile", "--full-refresh"],
            "--full-refresh is for a sync, not for reconcile",
        ),
        (["sync", "--until=2026-01-31"], "--until is for a backfill, not for sync"),
        (
            ["backfill", "--since=2026-01-31", "--until=Feb 1"],
            "UNTIL is 'Feb 1': write a date such as 2026-01-31",
        ),
        (
            ["backfill", "--since=2026-01-31", "--until=2026-01-31"],
            (
                "UNTIL is 2026-01-31, not after SINCE, 2026-01-31: a backfill reads"
                " from SINCE until before UNTIL"
            ),
        ),
        (
            ["backfill", "--since=2026-01-31", "--until=9999-01-01"],
            "UNTIL is 9999-01-01, in the future: a backfill reads the past",
        ),
        (
            ["backfill", "--since=9999-01-01"],
            "SINCE is 9999-01-01, in the future: a backfill reads the past",
        ),
    ],
)
def test_a_backfill_without_a_date_and_a_date_without_a_backfill_are_one_line(
    arguments: list[str], line: str, tmp_path: Path
) -> None:
    done = pipeline(tmp_path, *arguments, "--source=linear", **KEY)
    assert (done.returncode, done.stdout) == (1, f"pipeline: {line}\n")


def test_a_source_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    done = pipeline(tmp_path, "sync", "--source=linaer", **KEY)
    assert done.returncode == 2
    assert re.fullmatch(
        r"pipeline: argument --source: invalid choice: 'linaer' \(choose from .*\)\n",
        done.stdout,
    )


@pytest.mark.parametrize("until", ["2026-03-01", ""])
def test_a_backfill_gives_its_range_to_the_tap_and_updates_no_state(
    until: str, tmp_path: Path
) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    options = ["--source=linear", "--since=2026-01-31", f"--until={until}"]
    done = pipeline(tmp_path, "backfill", *options, **KEY)
    assert done.returncode == 0, done.stdout
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("[")]
    arguments, variables = json.loads(line)
    assert variables["TAP_LINEAR_START_DATE"] == "2026-01-31"
    end = variables["TAP_LINEAR_END_DATE"]
    assert end == until or began <= datetime.fromisoformat(end) <= datetime.now(UTC)
    # The tap gets the state, so that the target can see whether a table is missing.
    assert "--no-state-update" in arguments
    assert "--full-refresh" not in arguments


@pytest.mark.parametrize("job", ["nightly", "sync", "reconcile"])
def test_the_end_date_of_a_backfill_that_stayed_set_is_refused_in_one_line(
    job: str, tmp_path: Path
) -> None:
    done = pipeline(tmp_path, job, TAP_GITHUB_PRS_END_DATE="2026-03-01", **KEY)
    assert done.returncode == 1
    assert done.stdout == (
        f"pipeline: TAP_GITHUB_PRS_END_DATE is set, so {job} would read nothing new of"
        " GitHub: unset it; a backfill sets it itself\n"
    )


HUBSPOT = {"HUBSPOT_ACCESS_TOKEN": "pat-x"}


def taps(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a pipeline would have started, in order."""
    return re.findall(r"tap-[a-z-]+|dbt-bigquery:build", done.stdout)


def test_the_schedule_of_a_source_that_is_not_configured_succeeds_without_a_line(
    tmp_path: Path,
) -> None:
    # Not even what every other job in prod needs.
    done = pipeline(
        tmp_path, "scheduled", "--source=notion", MELTANO_ENVIRONMENT="prod", **KEY
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_schedule_of_a_source_reads_it_and_builds_the_models(
    tmp_path: Path,
) -> None:
    done = pipeline(tmp_path, "scheduled", "--source=hubspot", **KEY, **HUBSPOT)
    assert done.returncode == 0, done.stdout
    assert taps(done) == ["tap-hubspot-crm", "dbt-bigquery:build"]


def test_a_schedule_without_a_source_is_one_line(tmp_path: Path) -> None:
    done = pipeline(tmp_path, "scheduled", **KEY)
    line = "pipeline: scheduled reads one source: add --source with its name\n"
    assert (done.returncode, done.stdout) == (1, line)


@pytest.mark.parametrize("own", ["false", "true"])
def test_with_own_schedules_the_nightly_job_leaves_such_a_source_to_its_own(
    own: str, tmp_path: Path
) -> None:
    done = pipeline(tmp_path, "nightly", PIPELINE_OWN_SCHEDULES=own, **KEY, **HUBSPOT)
    assert done.returncode == 0, done.stdout
    expected = ["tap-linear", "tap-hubspot-crm", "dbt-bigquery:build"]
    if own == "true":
        expected.remove("tap-hubspot-crm")
    assert taps(done) == expected


def test_a_scheduled_run_waits_for_a_run_of_another_schedule(tmp_path: Path) -> None:
    held = tmp_path / ".meltano" / "run" / "pipeline.dev.lock"
    held.parent.mkdir(parents=True)
    with held.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        release = threading.Timer(1, fcntl.flock, (file, fcntl.LOCK_UN))
        release.start()
        try:
            done = pipeline(
                tmp_path,
                "scheduled",
                "--source=hubspot",
                MELTANO_ENVIRONMENT="dev",
                **KEY,
                **HUBSPOT,
            )
        finally:  # also if `make test-unit` skips it
            release.join()
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("Waiting, because another pipeline of environment")
    assert taps(done) == ["tap-hubspot-crm", "dbt-bigquery:build"]
