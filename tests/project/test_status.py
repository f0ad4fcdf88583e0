"""`make status` shows the last run of each source, and what needs a person."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
# As Meltano 4.4 creates it.
TABLE = """
    create table runs (
        id integer primary key, job_name varchar, state varchar(7),
        started_at datetime, ended_at datetime, payload varchar,
        payload_flags integer, run_id char(32), "trigger" varchar,
        last_heartbeat_at datetime
    )
"""
LINES = """\
2026-11-28T11:00:00.1Z [info     ] tap-linear   issues: 2,100 of 2,465 · 105 requests · 2,512,490 points left
2026-11-28T11:00:01.1Z [info     ] tap-linear   Error: issues: listed, but not returned by ID: a
2026-11-28T11:00:01.2Z [info     ] tap-linear   Error: comments: listed, but not returned by ID: b
2026-11-28T11:00:02.1Z [info     ] tap-linear   Used 118 requests and 76,054 points
2026-11-28T11:00:03.1Z [info     ] target-bigquery Stream 'users': 2,600 rows read, 26 rows changed in raw_users, 11,079 bytes, 3 jobs, 3.2 s.
2026-11-28T11:00:03.2Z [info     ] target-bigquery Stream 'teams': 4 rows read, 4 rows changed in raw_teams, 10,803 bytes, 3 jobs, 1.4 s.
""".splitlines()  # noqa: E501 - lines as they are printed


@pytest.fixture
def orchestrate(
    project_root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[dict[str, ModuleType]]:
    """The modules of orchestrate/, with folders of their own."""
    names = [path.stem for path in (project_root / "orchestrate").glob("*.py")]
    monkeypatch.syspath_prepend(str(project_root / "orchestrate"))
    monkeypatch.setenv("MELTANO_SYS_DIR_ROOT", str(tmp_path / "system"))
    monkeypatch.setenv("MELTANO_ENVIRONMENT", "prod")
    monkeypatch.setenv("MELTANO_DATABASE_URI", f"sqlite:///{tmp_path}/meltano.db")
    before = {name: sys.modules.pop(name, None) for name in names}
    wanted = (
        "bare_runs",
        "history",
        "history_warehouse",
        "measures",
        "runner",
        "status",
    )
    yield {name: __import__(name) for name in wanted}
    for name, module in before.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module


def run(source: str, hours_ago: float, outcome: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any column
    started = NOW - timedelta(hours=hours_ago)
    return {
        "run_id": f"{source} {hours_ago}",
        "source": source,
        "machine": "one",
        "started_at": started.isoformat(),
        "outcome": outcome,
        **more,
    }


def test_a_shard_that_failed_has_a_line_of_its_own(
    orchestrate: dict[str, ModuleType],
) -> None:
    rows = [
        run("github", 1, "success", shard="web", job="sync"),
        run("github", 2, "failed", shard="api", job="sync", error="no such token"),
        run("github", 26, "success", shard="api", job="sync"),
        run("models", 1, "success", job="nightly"),
    ]
    lines = orchestrate["status"].report(rows, NOW, "prod")
    words = [" ".join(line.split()[:8]) for line in lines]
    assert "GitHub (web) 2026-11-28 11:00 1 h 2026-11-28 11:00" in words
    assert "GitHub (api) 2026-11-27 10:00 26 h 2026-11-28 10:00" in words
    assert "GitHub never" not in [" ".join(line.split()) for line in lines]
    assert "  GitHub (api): no such token" in lines


def test_the_size_of_a_run_is_what_the_tap_and_the_target_say_last(
    orchestrate: dict[str, ModuleType],
) -> None:
    found = orchestrate["measures"].measure(LINES)
    assert found[:4] == (2_604, 118, 76_054, 21_882)
    assert found.attention == (
        "issues: listed, but not returned by ID: a",
        "comments: listed, but not returned by ID: b",
    )


def test_of_a_tap_that_was_killed_the_requests_of_its_progress_are_known(
    orchestrate: dict[str, ModuleType],
) -> None:
    found = orchestrate["measures"].measure(LINES[:1])
    assert found == (None, 105, None, None, ())


def test_no_run_is_one_line_that_says_how_to_start_one(
    orchestrate: dict[str, ModuleType],
) -> None:
    (line,) = orchestrate["status"].report([], NOW, "prod")
    assert line.startswith("No run of environment prod in the last 90 days:")
    assert line.endswith("`make run ENVIRONMENT=prod`.")


def test_the_report_shows_the_last_good_run_its_age_and_the_cost_of_the_last_run(
    orchestrate: dict[str, ModuleType],
) -> None:
    size = {"duration_seconds": 61.4, "row_count": 12_345, "request_count": 118}
    rows = [
        run("linear", 1, "failed", error="tap-linear: no", attention=["no"], **size),
        run("models", 1, "success", duration_seconds=70.0, byte_count=1_000),
        run("linear", 2, "success", job="backfill"),
        run("linear", 25, "success"),
        run("linear", 49, "success"),
    ]
    lines = orchestrate["status"].report(rows, NOW, "prod")
    words = [" ".join(line.split()) for line in lines]
    assert words == [
        "Environment prod, 2026-11-28 12:00 UTC",
        "source last good run age last run result time rows requests points bytes",
        "Linear 2026-11-27 11:00 25 h 2026-11-28 11:00 failed 61 s 12,345 118",
        "GitHub never",
        "Models 2026-11-28 11:00 1 h 2026-11-28 11:00 success 70 s 1,000",
        "Needs a person:",
        "Linear: no",
    ]
    # Numbers end where their title ends.
    assert lines[1].index("requests") + len("requests") == lines[2].index("118") + 3


@pytest.mark.parametrize(
    ("newer", "remains"),
    [
        (run("linear", 1, "success", job="backfill"), True),
        (run("linear", 1, "success", job="reconcile"), True),
        (run("linear", 1, "killed", job="nightly"), True),
        (run("linear", 1, "stopped", job="sync"), True),
        (run("linear", 1, "running", job="nightly"), True),
        (run("linear", 1, "success", job="sync"), False),
    ],
    ids=["backfill", "reconcile", "killed", "stopped", "running", "a good sync"],
)
def test_only_a_good_sync_solves_the_problem_of_a_sync_that_failed(
    newer: dict[str, Any],
    remains: bool,  # noqa: FBT001 - a parameter
    orchestrate: dict[str, ModuleType],
) -> None:
    failed = run("linear", 2, "failed", job="nightly", error="tap-linear: no key")
    lines = orchestrate["status"].report([newer, failed], NOW, "prod")
    assert ("  Linear: tap-linear: no key" in lines) == remains


def test_a_reconcile_that_failed_is_shown_until_one_succeeds_and_a_backfill_once(
    orchestrate: dict[str, ModuleType],
) -> None:
    problems = orchestrate["status"].problems
    night = run("linear", 1, "success", job="nightly")
    reconcile = run("linear", 2, "failed", job="reconcile", error="no list")
    backfill = run("linear", 3, "failed", job="backfill", error="no rows")
    assert problems([night, reconcile, backfill]) == ["no list"]
    assert problems([backfill, night]) == ["no rows"]
    good = run("linear", 0, "success", job="reconcile")
    assert problems([good, night, reconcile]) == []


def test_the_newest_run_is_first_however_its_time_is_written(
    orchestrate: dict[str, ModuleType],
) -> None:
    times = [
        "2026-11-28T22:43:01.000Z",
        "2026-11-28 22:44:01+00",
        "2026-11-28T22:45:01.000000+00:00",
    ]
    rows = [{"started_at": each} for each in times]
    found = orchestrate["status"].newest_first(rows)
    assert [row["started_at"] for row in found] == times[::-1]


def test_a_killed_run_is_no_work_for_a_person(
    orchestrate: dict[str, ModuleType],
) -> None:
    rows = [run("linear", 1, "killed", error="the run was killed")]
    lines = orchestrate["status"].report(rows, NOW, "prod")
    assert "Needs a person:" not in lines
    assert lines[-1].startswith("A killed run needs no repair")


@pytest.mark.parametrize(
    ("rows", "machine", "runs_here", "expected"),
    [
        ([run("linear", 1, "running")], "one", True, ["running"]),
        ([run("linear", 1, "running")], "one", False, ["killed"]),
        ([run("linear", 1, "running")], "other", False, ["running"]),
        ([run("linear", 25, "running")], "other", False, ["killed"]),
        (
            [run("linear", 1, "success"), run("linear", 2, "running")],
            "other",
            True,
            ["success", "killed"],
        ),
        (
            [run("github", 1, "success"), run("linear", 2, "running")],
            "other",
            True,
            ["success", "running"],
        ),
    ],
    ids=["it runs", "no pipeline", "elsewhere", "too long", "a later run", "another"],
)
def test_a_run_that_cannot_be_running_any_more_is_shown_as_killed(
    rows: list[dict[str, Any]],
    machine: str,
    runs_here: bool,  # noqa: FBT001 - a parameter
    expected: list[str],
    orchestrate: dict[str, ModuleType],
) -> None:
    status = orchestrate["status"]
    found = status.with_killed(rows, NOW, machine=machine, runs_here=runs_here)
    assert [row["outcome"] for row in found] == expected
    killed = [row["error"] for row in found if row["outcome"] == "killed"]
    assert all("killed" in line for line in killed)


def test_a_bare_meltano_run_is_read_once_from_meltanos_database(
    orchestrate: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)

    def minutes_ago(minutes: int) -> str:
        return (now - timedelta(minutes=minutes)).isoformat(" ")

    monkeypatch.setenv("PIPELINE_LINEAR_DATASET", "linear")
    job = "prod:tap-linear-to-target-bigquery:acme.linear.github"
    other = job.replace(".linear", ".ada_linear")
    entries = [
        (other, "SUCCESS", minutes_ago(95), minutes_ago(94), "cli"),
        (job, "SUCCESS", minutes_ago(90), minutes_ago(80), "cli"),
        (job, "SUCCESS", minutes_ago(70), minutes_ago(60), "pipeline"),
        (job.replace("prod", "dev"), "SUCCESS", minutes_ago(70), None, "cli"),
        (
            job.replace("tap-linear", "tap-github-prs"),
            "RUNNING",
            minutes_ago(50),
            None,
            None,
        ),
        (job, "FAIL", minutes_ago(30), minutes_ago(20), "cli"),
        (job, "RUNNING", minutes_ago(2), None, "cli"),
    ]
    with closing(sqlite3.connect(tmp_path / "meltano.db")) as database:
        database.execute(TABLE)
        for number, (name, state, started, ended, trigger) in enumerate(entries):
            database.execute(
                "insert into runs (job_name, state, started_at, ended_at, run_id,"
                ' "trigger", last_heartbeat_at) values (?, ?, ?, ?, ?, ?, ?)',
                (name, state, started, ended, f"{number:032x}", trigger, started),
            )
        database.commit()
    where = tmp_path / "history"
    bare_runs = orchestrate["bare_runs"]
    rows, remember = bare_runs.unrecorded(where, "prod", "1")
    assert [(row["source"], row["outcome"]) for row in rows] == [
        ("linear", "success"),
        ("github", "killed"),
        ("linear", "failed"),
    ]
    # 600 s lie between the two times of the entry that the test wrote above.
    expected = {"job": "meltano run", "duration_seconds": 600.0}
    assert expected.items() <= rows[0].items()
    # Until BigQuery has them, they are read again.
    assert bare_runs.unrecorded(where, "prod", "1")[0] == rows
    remember()
    assert bare_runs.unrecorded(where, "prod", "1")[0] == []


@pytest.mark.parametrize("content", [None, b"not a database", b""])
def test_a_database_that_cannot_be_read_has_no_runs(
    content: bytes | None, orchestrate: dict[str, ModuleType], tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "meltano.db").write_bytes(content)
    rows, _ = orchestrate["bare_runs"].unrecorded(tmp_path / "history", "prod", "1")
    assert rows == []


def test_a_history_that_cannot_be_written_is_a_warning_and_is_kept(
    orchestrate: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    history = orchestrate["history"]
    recorded = history.History("nightly", [])  # target-bigquery is not installed here
    recorded.begin("models")
    size = orchestrate["measures"].Measures()
    recorded.end("models", orchestrate["runner"].Outcome(1, "broken", size))
    recorded.close()
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("warning: the run history was not written: target-bigquery")
    ((_, row, _),) = history.read(history.folder())
    assert (row["outcome"], row["error"]) == ("failed", "broken")


def test_a_history_that_cannot_be_read_is_not_shown_as_one_without_runs(
    orchestrate: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    # target-bigquery is not installed here
    assert orchestrate["status"].show() == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("status: the run history cannot be read completely: target")


def test_what_a_killed_pipeline_left_is_marked_as_killed_and_a_damaged_file_is_removed(
    orchestrate: dict[str, ModuleType],
) -> None:
    history = orchestrate["history"]
    folder = history.folder()
    history.History("nightly", [])
    (folder / "damaged.json").write_text('{"run": ')
    (lost,) = history.close_killed(folder)
    ((_, row, _),) = history.read(folder)
    assert row == lost
    assert row["outcome"] == "killed"


def test_a_history_without_a_folder_ends_no_run(
    orchestrate: dict[str, ModuleType], tmp_path: Path
) -> None:
    """As on a full disk: no file can be written."""
    (tmp_path / "system").mkdir()
    (tmp_path / "system" / "history").write_text("no folder")
    recorded = orchestrate["history"].History("nightly", [])
    recorded.begin("models")
    size = orchestrate["measures"].Measures()
    recorded.end("models", orchestrate["runner"].Outcome(0, "", size))
    recorded.close()


def test_a_clock_that_was_set_back_makes_no_negative_duration(
    orchestrate: dict[str, ModuleType],
) -> None:
    seconds = orchestrate["history"].seconds_between
    assert seconds("2026-11-28T12:00:00.000Z", "2026-11-28T11:00:00.000Z") == 0
    assert seconds("2026-11-28T12:00:00.000Z", "2026-11-28T12:00:01.500Z") == 1.5
