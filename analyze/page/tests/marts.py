"""Marts in the local BigQuery, made of rows instead of by dbt."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from read_yaml import read_yaml

ROOT = Path(__file__).resolve().parents[3]
MODELS = ROOT / "transform" / "models"

Row = dict[str, Any]
Company = dict[str, list[Row]]

NOW = datetime(2026, 6, 30, 18, 0, tzinfo=UTC)
TODAY = NOW.date()
FIRST = date(2025, 12, 1)
HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
HEBREW = "תיקון כיוון הטקסט ברשימה"
EMOJI = "🚀 Ship it 👩‍🚀"
READ = (
    "agg_cycle_outcomes",
    "agg_daily_work_in_progress",
    "agg_reviewer_weekly_load",
    "dim_dates",
    "dim_teams",
    "dim_users",
    "fct_customer_requests",
    "fct_issue_to_merge",
    "fct_issues",
    "fct_pull_request_checks",
    "fct_pull_requests",
    "fct_review_requests",
    "ops.agg_build_results",
    "ops.agg_source_freshness",
)
"""The marts that the views read today."""


@cache
def mart_columns() -> dict[str, dict[str, str]]:
    """Return the columns of every mart, name to type, from its yml.

    The models of the run history have names such as `ops.fct_runs`.
    """
    found: dict[str, dict[str, str]] = {}
    for path in (*MODELS.glob("marts/*/*.yml"), *MODELS.glob("ops/*.yml")):
        prefix = "ops." if path.parent.name == "ops" else ""
        for model in read_yaml(path).get("models", ()):
            found[prefix + model["name"]] = {
                each["name"]: each["data_type"] for each in model["columns"]
            }
    return found


def load(endpoint: str, project: str, dataset: str, company: Company) -> None:
    """Create a dataset with the marts of a company; a mart without rows is empty."""
    client = bigquery.Client(
        project=project,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint},
    )
    for name in (dataset, f"{dataset}_ops"):
        client.create_dataset(name)
    for mart in company:
        # The run history is in a dataset of its own.
        place = (
            mart.replace("ops.", f"{dataset}_ops.")
            if "." in mart
            else (f"{dataset}.{mart}")
        )
        table = f"{project}.{place}"
        schema = [_field(*column) for column in mart_columns()[mart].items()]
        if not company[mart]:
            client.create_table(bigquery.Table(table, schema=schema))
            continue
        lines = "\n".join(json.dumps(row, default=str) for row in company[mart])
        # Without a size it is a resumable upload: the emulator has no other.
        client.load_table_from_file(
            io.BytesIO(lines.encode()),
            table,
            job_config=bigquery.LoadJobConfig(
                source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
                schema=schema,
            ),
        ).result(timeout=60)
    client.close()


def _field(name: str, kind: str) -> bigquery.SchemaField:
    if kind.startswith("array<"):
        return bigquery.SchemaField(name, kind[6:-1].upper(), "REPEATED")
    return bigquery.SchemaField(name, kind.upper())


def empty_company() -> Company:
    """Return marts without rows."""
    return {mart: [] for mart in READ}


def optional_marts() -> Company:
    """Return marts of the optional sources, with names that no program expects."""
    names = (HOSTILE, HEBREW, EMOJI)
    addresses = ("javascript:window.hacked = 1", "https://example.org/1", None)
    week = TODAY - timedelta(days=TODAY.weekday() + 7)
    return {
        "agg_habits_weekly": [
            {"habit_name": name, "week_start": week, "due_count": 7, "done_count": 3}
            for name in names
        ],
        "agg_habit_streaks": [
            {"habit_name": name, "period": "day", "source": HOSTILE,
             "current_streak": 2, "longest_streak": 5, "longest_streak_from": week,
             "longest_streak_to": week, "last_done_on": TODAY}
            for name in names
        ],
        "agg_pipeline_weekly": [
            {"week_start": week, "pipeline_name": name, "stage_name": name,
             "stage_order": number, "open_deals": 1, "amount": 1.0,
             "weighted_amount": 0.5, "created_deals": 1, "won_deals": 0,
             "closed_deals": 1}
            for number, name in enumerate(names)
        ],
        "agg_contact_recency": [
            {"contact_name": name, "company_name": name, "owner_email": name,
             "url": address, "bucket": "over 365", "days_since_last_touch": 400,
             "last_touch_at": NOW - timedelta(days=400)}
            for name, address in zip(names, addresses, strict=True)
        ],
    }  # fmt: skip


def small_company(*teams: str) -> Company:
    """Return half a year of teams, with titles that no program expects.

    Team number k works k + 1 times as long on everything as the first one, so that
    each team has figures of its own in each view.
    """
    company = empty_company()
    day = FIRST
    while day <= TODAY:
        monday = day - timedelta(days=day.weekday())
        company["dim_dates"].append(
            {"date_day": day, "week_start": monday, "week_end": monday + timedelta(6)}
        )
        day += timedelta(days=1)
    company["ops.agg_source_freshness"] = [
        {"environment": "prod", "source": "linear", "last_outcome": "success",
         "last_good_run_at": NOW - timedelta(hours=1)},
        {"environment": "prod", "source": "github", "last_outcome": "failed",
         "last_good_run_at": NOW - timedelta(hours=25)},
        {"environment": "prod", "source": "models", "last_outcome": "success",
         "last_good_run_at": NOW - timedelta(hours=99)},
    ]  # fmt: skip
    company["ops.agg_build_results"] = [
        {"run_id": "new", "built_model_count": 60, "failed_model_count": 0,
         "test_count": 300, "passed_test_count": 297, "warned_test_count": 3,
         "failed_test_count": 0, "is_last": True, "started_at": NOW},
        {"run_id": "old", "built_model_count": 1, "failed_model_count": 9,
         "is_last": False, "started_at": NOW - timedelta(days=1)},
    ]  # fmt: skip
    for number, team in enumerate(teams):
        company["dim_teams"].append(
            {"team_id": team, "team_key": team, "team_name": f"{team} <b>team</b>",
             "is_deleted": False}
        )  # fmt: skip
        _add_team(company, team, number + 1)
    return company


def _add_team(company: Company, team: str, scale: int) -> None:
    for number in range(60 * scale):
        done = NOW - timedelta(hours=number * 70 / scale)
        hours = float((number * 37) % 100 * scale)
        company["fct_issues"].append(
            {"issue_id": f"{team}-{number}", "team_key": team, "is_open": False,
             "is_delivered": True, "is_deleted": False, "is_stuck": False,
             "completed_at": done, "lead_time_hours": hours * 2,
             "cycle_time_hours": hours, "updated_at": done}
        )  # fmt: skip
        company["fct_issue_to_merge"].append(
            {"issue_id": f"{team}-{number}", "team_key": team, "merged_at": done,
             "start_to_first_commit_hours": hours, "first_commit_to_open_hours": 1.0,
             "open_to_first_review_hours": 2.0 * scale, "merge_to_done_hours": 0.0}
        )  # fmt: skip
        company["fct_pull_requests"].append(
            _pull_request(team, number, done, hours, is_by_bot=number % 10 == 0)
        )
    _add_open(company, team, scale)
    _add_checks(company, team, scale)
    for week in range(20):
        monday = date(2026, 6, 29) - timedelta(weeks=week)
        for person in range(3):
            company["agg_reviewer_weekly_load"].append(
                {"reviewer_user_id": f"{team}{person}", "week_start": monday,
                 "reviewer_name": f"{'ZAM'[person]}oe of {team}", "reply_count": 0,
                 "review_count": (person + 1) ** 3 * scale,
                 "waiting_request_count": person}
            )  # fmt: skip
        sunday = monday - timedelta(days=1)
        company["agg_daily_work_in_progress"] += [
            {"team_key": team, "state_category": state, "is_open": True,
             "issue_count": scale * (week + 2), "date_day": day}
            for state in ("started", "backlog")
            for day in ([sunday] if week else [sunday, TODAY])
        ]  # fmt: skip
        if week % 2:
            company["agg_cycle_outcomes"].append(
                {"team_key": team, "cycle_name": f"Cycle {week}", "is_closed": True,
                 "issues_at_start": 10 * scale, "issues_added": 2,
                 "issues_removed": 1, "issues_at_close": 10 * scale + 1,
                 "issues_completed": 6 * scale, "issues_carried_over": 4 * scale + 1,
                 "ends_at": f"{monday}T00:00:00Z"}
            )  # fmt: skip
    company["dim_users"] += [
        {"user_id": f"{team}{person}", "team_key": team} for person in range(3)
    ]


def _pull_request(
    team: str, number: int, merged: datetime, hours: float, *, is_by_bot: bool
) -> Row:
    sizes = ("XS", "S", "M", "L", "XL")
    return {
        "pull_request_id": hash_of(team, number),
        "pull_request_number": number,
        "repository_name": f"acme/{team.lower()}",
        "team_id": team,
        "team_key": team,
        "state": "merged",
        "is_by_bot": is_by_bot,
        "is_draft": False,
        "is_stale": False,
        "size_bucket": sizes[number % 5],
        "issue_count": number % 3,
        "pickup_time_hours": hours / 10,
        "review_time_hours": None if number % 4 == 0 else hours / 4,
        "approval_to_merge_hours": hours / 20,
        "open_to_merge_hours": hours,
        "is_merged_without_review": number % 4 == 0,
        "merged_at": merged,
        "updated_at": merged,
    }


def _add_checks(company: Company, team: str, scale: int) -> None:
    """Add three checks of each merged pull request; one in four of them failed."""
    merged = [
        row
        for row in company["fct_pull_requests"]
        if row["team_key"] == team and row["state"] == "merged"
    ]
    for number, row in enumerate(merged * 3):
        is_failed = number % 4 == 0
        company["fct_pull_request_checks"].append(
            {"pull_request_check_id": f"{team}-{number}",
             "pull_request_id": row["pull_request_id"],
             "check_suite_id": f"{team}-{number}", "app_name": "Actions",
             "workflow_name": (HOSTILE, HEBREW, f"tests of {team}", None)[number % 4],
             "status": "completed", "run_count": 1 if number % 7 else 0,
             "first_conclusion": "failure" if is_failed else "success",
             "last_conclusion": "success" if number % 5 else "skipped",
             "is_flaky": is_failed and number % 3 == 0,
             "check_hours": (number % 10 + 1) * scale / 60,
             "created_at": row["merged_at"] - timedelta(hours=1)}
        )  # fmt: skip


def hash_of(team: str, number: int) -> int:
    """Return an ID that no other team has."""
    return sum(map(ord, team)) * 100_000 + number


def _add_open(company: Company, team: str, scale: int) -> None:
    """Add what waits, what is in progress and what is stuck."""
    addresses = ("https://example.org/1", "javascript:window.hacked = 1", None)
    for number, title in enumerate((HOSTILE, HEBREW, EMOJI, "")):
        since = NOW - timedelta(days=scale * (number * 9 + 1))
        address = addresses[number % 3]
        company["fct_issues"].append(
            {"issue_id": f"{team}-open-{number}", "identifier": f"{team}-{number}",
             "team_key": team, "is_open": True, "is_delivered": False,
             "is_deleted": False, "is_stuck": number > 1, "state_category": "started",
             "state_name": "In Progress", "assignee_name": HOSTILE, "title": title,
             "url": address, "created_at": since, "started_at": since,
             "age_hours": (NOW - since).total_seconds() / 3600,
             "last_activity_at": since, "updated_at": since}
        )  # fmt: skip
        company["fct_customer_requests"].append(
            {"customer_request_id": f"{team}-{number}", "customer_id": f"c{number}",
             "customer_name": HOSTILE if number else EMOJI, "team_key": team,
             "identifier": f"{team}-{number}", "title": title, "url": address,
             "state_category": "started" if number else None, "is_waiting": number < 3,
             "waiting_hours": (NOW - since).total_seconds() / 3600,
             "is_important": number == 1, "assignee_name": HOSTILE,
             "requested_at": since}
        )  # fmt: skip
        key = hash_of(team, 90_000 + number)
        company["fct_pull_requests"].append(
            {"pull_request_id": key, "pull_request_number": 90_000 + number,
             "repository_name": f"acme/{team.lower()}", "team_id": team,
             "team_key": team, "state": "open", "is_by_bot": False, "is_draft": False,
             "is_stale": number > 1, "title": title, "url": address,
             "author_name": EMOJI, "created_at": since, "updated_at": since,
             "last_activity_at": since, "issue_count": 0,
             "first_response_at": since if number == 2 else None}
        )  # fmt: skip
        if number < 2:
            company["fct_review_requests"].append(
                {"review_request_id": f"{team}-{number}", "pull_request_id": key,
                 "requested_name": HEBREW, "is_open": True, "is_bot": False,
                 "requested_at": since,
                 "waiting_hours": (NOW - since).total_seconds() / 3600}
            )  # fmt: skip
