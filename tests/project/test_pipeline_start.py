"""A job that cannot start ends in one line, and starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plain_pipeline import pipeline

if TYPE_CHECKING:
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
            "a backfill needs a date: make backfill SOURCE=linear SINCE=2026-01-31",
        ),
        (
            ["backfill", "--since=yesterday"],
            "SINCE is 'yesterday': write a date such as 2026-01-31",
        ),
        (["sync", "--since=2026-01-31"], "--since is for a backfill, not for sync"),
    ],
)
def test_a_backfill_without_a_date_and_a_date_without_a_backfill_are_one_line(
    arguments: list[str], line: str, tmp_path: Path
) -> None:
    done = pipeline(tmp_path, *arguments, "--source=linear", **KEY)
    assert (done.returncode, done.stdout) == (1, f"pipeline: {line}\n")
