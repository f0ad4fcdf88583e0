"""README, "Your own data": each block as written, with `dev` pointed at a sandbox."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

# dbt's own variable. Other tests run dbt's tests of the same rows.
MODELS_ONLY = {"DBT_RESOURCE_TYPES": "model seed"}
SKIPPED_LINEAR = "Linear: skipped, because LINEAR_API_KEY is not set"
SKIPPED_GITHUB = "GitHub: skipped, because GITHUB_TOKEN is not set"


@pytest.fixture(scope="module")
def blocks(project_root: Path) -> dict[str, str]:
    """The blocks of README's section by their headings."""
    text = (project_root / "README.md").read_text("utf-8")
    section = text.partition("\n## Your own data\n")[2].partition("\n## ")[0]
    return dict(
        re.findall(
            r"^### ([^\n]+)\n\n```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL
        )
    )


def test_the_section_has_a_block_for_each_choice(blocks: dict[str, str]) -> None:
    assert list(blocks) == ["Linear only", "GitHub only", "Both"]


def test_linear_only(
    blocks: dict[str, str], new_checkout: Callable[[], Checkout]
) -> None:
    checkout = new_checkout()
    done = checkout.shell(blocks["Linear only"])
    assert done.returncode == 0, done.stdout[-6000:]
    assert SKIPPED_GITHUB in done.stdout
    issues = checkout.count("ada_linear.raw_issues")
    assert issues > 0
    assert checkout.count("ada_analytics.fct_issues") == issues
    assert checkout.count("ada_analytics.fct_pull_requests") == 0
    # PIPELINE_PAGE is false.
    assert not (checkout.root / "output").exists()


def test_github_only_with_every_line_in_a_file(
    blocks: dict[str, str], new_checkout: Callable[[], Checkout]
) -> None:
    """As `make demo` prints it."""
    checkout = new_checkout()
    quiet = {"PIPELINE_LOG_FILE": "run.log", "MELTANO_CLI_LOG_LEVEL": "warning"}
    # transform/pytests runs dbt's tests with GitHub alone.
    done = checkout.shell(blocks["GitHub only"], **quiet, **MODELS_ONLY)
    assert done.returncode == 0, done.stdout[-6000:]
    assert SKIPPED_LINEAR in done.stdout
    assert re.search(r"^GitHub: [1-9][\d,]* rows in \d+ s$", done.stdout, re.MULTILINE)
    assert re.search(r"^Models: PASS=\d+ .* in \d+ s$", done.stdout, re.MULTILINE)
    assert len(done.stdout.splitlines()) < 30
    log = (checkout.root / "run.log").read_text()
    assert "Stream 'pull_requests'" in log
    assert "Done. PASS=" in log
    pull_requests = checkout.count("ada_github.raw_pull_requests")
    assert pull_requests > 0
    assert checkout.count("ada_github.raw_repositories") == 2
    assert checkout.count("ada_analytics.fct_pull_requests") == pull_requests
    assert checkout.count("ada_analytics.fct_issues") == 0


@pytest.fixture(scope="module")
def both(blocks: dict[str, str], new_checkout: Callable[[], Checkout]) -> Checkout:
    """A checkout after the block for both sources."""
    checkout = new_checkout()
    # test_pipeline.py runs dbt's tests with both sources.
    done = checkout.shell(blocks["Both"], PIPELINE_PAGE="true", **MODELS_ONLY)
    assert done.returncode == 0, done.stdout[-6000:]
    assert ": skipped, because" not in done.stdout
    return checkout


def test_both(both: Checkout) -> None:
    issues = both.count("ada_linear.raw_issues")
    assert both.count("ada_analytics.fct_issues") == issues > 0
    pull_requests = both.count("ada_github.raw_pull_requests")
    assert both.count("ada_analytics.fct_pull_requests") == pull_requests > 0


def test_the_job_ends_with_the_report_page(both: Checkout) -> None:
    page = (both.root / "output" / "page.html").read_text()
    assert "There is no data yet" not in page
    assert "<title>How work flows</title>" in page


def test_another_prefix_starts_from_nothing_and_loads_everything(
    both: Checkout,
) -> None:
    sync = "meltano --environment=dev run tap-linear target-bigquery"
    issues = both.count("ada_linear.raw_issues")
    done = both.shell(f".venv/bin/{sync}", DEV_PREFIX="grace")
    assert done.returncode == 0, done.stdout[-6000:]
    assert both.count("grace_linear.raw_issues") == issues
    # The first prefix continues from its own bookmark.
    both.server.forget_stats()
    done = both.shell(f".venv/bin/{sync}")
    assert done.returncode == 0, done.stdout[-6000:]
    assert both.server.stats()["linear"]["requests"] <= 27
    assert both.count("ada_linear.raw_issues") == issues


def bookmarks(checkout: Checkout) -> list[tuple[str, str]]:
    """The bookmarks of every run of a checkout."""
    with closing(sqlite3.connect(checkout.root / ".meltano" / "meltano.db")) as found:
        return found.execute("select state_id, completed_state from state").fetchall()


def test_a_backfill_reads_a_range_of_dates_and_moves_no_bookmark(
    both: Checkout,
) -> None:
    before = sorted(bookmarks(both))
    rows = both.client.query_and_wait("select updated_at from ada_linear.raw_issues")
    days = sorted(row[0].date() for row in rows)
    since = days[len(days) // 3]
    until = max(days[len(days) * 2 // 3], since + timedelta(days=1))
    both.client.query_and_wait(
        "update ada_linear.raw_issues set title = 'changed by hand' where true"
    )
    both.server.forget_stats()
    done = both.shell(
        f"make backfill ENVIRONMENT=dev SOURCE=linear SINCE={since} UNTIL={until}"
    )
    assert done.returncode == 0, done.stdout[-6000:]
    changed = "ada_linear.raw_issues where title = 'changed by hand'"
    inside = f"date(updated_at) >= '{since}' and date(updated_at) < '{until}'"
    assert both.count(f"{changed} and {inside}") == 0
    assert both.count(f"{changed} and date(updated_at) < '{since}'") > 0
    assert both.count(f"{changed} and date(updated_at) >= '{until}'") > 0
    live = "ada_linear.raw_issues where _sdc_deleted_at is null"
    assert both.count(live) == len(days)
    assert sorted(bookmarks(both)) == before != []


def test_a_source_that_fails_stops_neither_the_other_nor_the_build(
    both: Checkout,
) -> None:
    both.server.forget_stats()
    done = both.shell(
        ".venv/bin/meltano --environment=dev run nightly",
        LINEAR_API_KEY="wrong",
        **MODELS_ONLY,
    )
    assert done.returncode != 0
    assert both.server.stats()["github"]["requests"] > 0, done.stdout[-6000:]
    assert "Done. PASS=" in done.stdout
    failures = [line for line in done.stdout.splitlines() if " failed (exit" in line]
    assert len(failures) == 1, failures
    assert "Linear: the sync failed (exit code 1): tap-linear: " in failures[0]
    assert "Models:" not in failures[0]
    status = both.shell("make status ENVIRONMENT=dev").stdout
    words = [" ".join(line.split()) for line in status.splitlines()]
    assert any(re.match(r"Linear .* failed \d+ s", line) for line in words), status
    assert any(re.match(r"GitHub .* success \d+ s \d", line) for line in words), status
    needs = words[words.index("Needs a person:") + 1 :]
    assert [line for line in needs if line.startswith("Linear: Linear refused")], status
    # One row for each step.
    runs = both.count("ada_ops.runs where job = 'nightly'")
    assert runs == len({"first", "second"}) * len({"Linear", "GitHub", "Models"})
    assert both.count("ada_ops.models where status = 'success'") > 0


@pytest.fixture(scope="module")
def empty(new_checkout: Callable[[], Checkout]) -> Checkout:
    """A checkout that has loaded nothing, with its settings in the shell."""
    checkout = new_checkout()
    checkout.environment |= {
        "BIGQUERY_PROJECT": "throughline-local",
        "DEV_PREFIX": "ada",
        "LINEAR_API_KEY": "lin_api_sandbox",
    }
    return checkout


def test_without_any_source_one_line_says_what_to_set(empty: Checkout) -> None:
    done = empty.shell("make run ENVIRONMENT=dev", LINEAR_API_KEY="", GITHUB_TOKEN="")
    assert done.returncode != 0
    line = "pipeline: no source is configured: set LINEAR_API_KEY or GITHUB_TOKEN"
    assert line in done.stdout.splitlines()


# BigQuery hides a dataset that begins with an underscore, and takes no blank.
@pytest.mark.parametrize("prefix", ["", " ", "ada-b"])
@pytest.mark.parametrize(
    "command",
    [
        "make run ENVIRONMENT=dev",
        ".venv/bin/meltano --environment=dev run tap-linear target-bigquery",
        ".venv/bin/meltano --environment=dev run dbt-bigquery:build",
    ],
    ids=["make", "meltano", "dbt"],
)
def test_dev_without_a_usable_prefix_is_refused_in_one_line(
    command: str, prefix: str, empty: Checkout
) -> None:
    before = {each.dataset_id for each in empty.client.list_datasets()}
    done = empty.shell(command, DEV_PREFIX=prefix)
    assert done.returncode != 0
    assert len(re.findall("DEV_PREFIX", done.stdout)) == 1, done.stdout
    if "target-bigquery" not in command:
        # Meltano 4.4.1 prints the broken pipe between the tap and a target that ended.
        assert "Traceback" not in done.stdout
    assert {each.dataset_id for each in empty.client.list_datasets()} == before
