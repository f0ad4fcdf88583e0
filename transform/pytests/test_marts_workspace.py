"""The fixture workspace: rows in, the expected table of each mart out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from read_yaml import read_yaml

if TYPE_CHECKING:
    from conftest import Warehouse

TRANSFORM = Path(__file__).resolve().parent.parent
EXPECTED = read_yaml(Path(__file__).resolve().parent / "workspace" / "expected.yml")


def comparable(row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Make rows of equal values equal: 72 and 72.0, in any order of columns."""
    plain = {
        name: round(float(value), 9)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else value
        for name, value in row.items()
    }
    return tuple(sorted((name, str(value)) for name, value in plain.items()))


def differences(warehouse: Warehouse, expected: dict[str, Any]) -> list[str]:
    """Compare marts with what is expected of them, one line per row that differs."""
    lines = []
    for model, table in expected.items():
        # Each row may leave out what does not matter in it.
        names = sorted({name for row in table["rows"] for name in row})
        found = warehouse.rows(model, ", ".join(names), table.get("where", "true"))
        left = [dict(row) for row in found]
        for row in table["rows"]:
            match = next(
                (
                    each
                    for each in left
                    if comparable({n: each[n] for n in row}) == comparable(row)
                ),
                None,
            )
            if match is None:
                lines.append(f"{model}: no row {row}")
            else:
                left.remove(match)
        lines += [f"{model}: another row {row}" for row in left]
    return lines


def test_every_mart_of_the_workspace_equals_the_expected_table_worked_out_by_hand(
    warehouse: Warehouse,
) -> None:
    warehouse.load_workspace("linear", "github")
    warehouse.build()
    assert "\n".join(differences(warehouse, EXPECTED)) == ""


def test_every_mart_has_an_expected_table() -> None:
    assert set(EXPECTED) == {
        path.stem
        for folder in ("core", "metrics")
        for path in (TRANSFORM / "models" / "marts" / folder).glob("*.sql")
    }


LINEAR_MARTS = {
    "fct_issues",
    "fct_issue_state_spans",
    "agg_cycle_outcomes",
    "agg_daily_work_in_progress",
}
GITHUB_MARTS = {
    "fct_pull_request_reviews",
    "fct_pull_request_files",
    "fct_daily_commits",
    "agg_repository_weekly_flow",
}


def test_github_alone_builds_its_own_marts_and_leaves_the_others_empty(
    warehouse: Warehouse,
) -> None:
    """Linear alone is built in tests/end_to_end."""
    warehouse.load_workspace("github")
    warehouse.build()
    assert {
        name for name in LINEAR_MARTS | GITHUB_MARTS if warehouse.rows(name)
    } == GITHUB_MARTS


def test_empty_tables_build_empty_marts(warehouse: Warehouse) -> None:
    for source, streams in warehouse.columns.items():
        for stream in streams:
            warehouse.load(source, stream, [])
    warehouse.build()
    assert warehouse.rows("fct_issues") == warehouse.rows("fct_pull_requests") == []


def test_issues_and_pull_requests_build_with_every_other_stream_deselected(
    warehouse: Warehouse,
) -> None:
    warehouse.load_workspace("linear", "github", only={"issues", "pull_requests"})
    warehouse.build()
    issue = warehouse.rows("fct_issues", "*", "identifier = 'ENG-1'")[0]
    assert (
        issue["lead_time_hours"],
        issue["cycle_time_hours"],
        issue["team_name"],
    ) == (72.0, 48.0, None)
    assert warehouse.rows("fct_pull_request_checks") == []


def test_all_other_streams_build_with_issues_and_pull_requests_deselected(
    warehouse: Warehouse,
) -> None:
    warehouse.load_workspace("linear", "github", without={"issues", "pull_requests"})
    # The test children_of_deselected_streams warns.
    warehouse.build(warnings_are_errors=False)
    assert len(warehouse.rows("dim_users")) == 4
    assert len(warehouse.rows("fct_daily_commits")) == 2


def test_a_missing_column_reads_null_and_the_newest_version_of_a_row_wins(
    warehouse: Warehouse,
) -> None:
    del warehouse.columns["linear"]["teams"]["timezone"]
    earlier, later = "2024-01-20T00:00:00Z", "2024-01-21T00:00:00Z"
    versions = [
        # Three versions in one batch, then an older batch with a higher sequence.
        ("second", later, 2),
        ("third", later, 3),
        ("first", later, 1),
        ("of an older batch", earlier, 9),
    ]
    warehouse.load(
        "linear",
        "teams",
        [
            {"id": "t", "key": "T", "name": name}
            | {"_sdc_batched_at": batch, "_sdc_sequence": sequence}
            for name, batch, sequence in versions
        ],
    )
    warehouse.build("--select", "+dim_teams", "--indirect-selection", "cautious")
    (row,) = warehouse.rows("dim_teams")
    assert (row["team_name"], row["timezone"]) == ("third", None)


def commit(oid: str, day: str, **more: object) -> dict[str, Any]:
    """Make a commit of the raw table: Ada's, at noon, of one line."""
    at = f"{day}T12:00:00Z"
    return {
        "repository_id": 5,
        "oid": oid,
        "author_id": 1,
        "author_login": "ada",
        "author_email": "ada@x.io",
        "author_name": "Ada",
        "changed_files": 1,
        "additions": 1,
        "deletions": 0,
        "committed_at": at,
        "authored_at": at,
        **more,
    }


def build_daily_commits(
    warehouse: Warehouse,
    *arguments: str,
    **variables: Any,  # noqa: ANN401 - dbt's variables
) -> list[tuple[tuple[str, str], ...]]:
    """Build fct_daily_commits with what it reads, and return its rows in order."""
    warehouse.build(
        "--select",
        "+fct_daily_commits",
        "--indirect-selection",
        "cautious",
        *arguments,
        **variables,
    )
    return sorted(map(comparable, warehouse.rows("fct_daily_commits")))


def test_incremental_equals_full_refresh_after_late_amended_and_vanished_commits(
    warehouse: Warehouse,
) -> None:
    first = [
        commit("old", "2022-01-01"),
        commit("gone", "2022-01-02"),
        commit("amended", "2022-01-03"),
        commit("one_of_two", "2022-01-04"),
        commit("other_of_two", "2022-01-04"),
    ]
    later = [
        first[0],
        # Loaded with an older time than the newest of the first load.
        commit(
            "amended",
            "2022-01-03",
            additions=50,
            _sdc_batched_at="2024-01-19T00:00:00Z",
        ),
        commit("late", "2021-06-01", _sdc_batched_at="2024-01-19T00:00:00Z"),
        first[3],
        commit("new", "2024-01-21"),
    ]
    warehouse.load("github", "commits", first)
    build_daily_commits(warehouse)
    warehouse.load("github", "commits", later)
    grown = build_daily_commits(warehouse)
    assert grown == build_daily_commits(warehouse, "--full-refresh")
    rows = warehouse.rows("fct_daily_commits")
    assert {str(row["commit_date"]): row["commit_count"] for row in rows} == {
        "2021-06-01": 1,
        "2022-01-01": 1,
        "2022-01-03": 1,
        "2022-01-04": 1,
        "2024-01-21": 1,
    }
    assert {row["additions"] for row in rows} == {1, 50}


def test_incremental_equals_full_refresh_after_a_name_an_identity_or_a_bot_changed(
    warehouse: Warehouse,
) -> None:
    warehouse.load(
        "github",
        "commits",
        [
            commit("renamed", "2022-01-01"),
            # Nobody's, until a person with this address comes.
            commit(
                "named_later",
                "2022-01-02",
                author_id=None,
                author_login=None,
                author_email="ben@x.io",
                author_name="Ben",
            ),
            commit("bot_s", "2022-01-03", author_id=3, author_login="deployer"),
        ],
    )
    warehouse.load("github", "users", [{"id": 1, "login": "ada", "name": "Ada"}])
    before = build_daily_commits(warehouse)
    warehouse.load("github", "users", [{"id": 1, "login": "ada", "name": "Ada L."}])
    warehouse.load("linear", "users", [{"id": "b", "name": "B", "email": "ben@x.io"}])
    grown = build_daily_commits(warehouse, bot_logins=["deployer"])
    assert grown == build_daily_commits(
        warehouse, "--full-refresh", bot_logins=["deployer"]
    )
    assert grown != before
    assert {
        (row["author_key"], row["author_name"], row["is_bot"])
        for row in warehouse.rows("fct_daily_commits")
    } == {
        ("github:1", "Ada L.", False),
        ("linear:b", "B", False),
        ("github:3", "deployer", True),
    }
