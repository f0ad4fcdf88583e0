"""Write the page from the marts."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from google.cloud.bigquery import ScalarQueryParameter

from .common.definitions import read_definitions
from .common.settings import SettingsError, Variables, read_settings, read_time_zone
from .common.warehouse import Warehouse
from .encode import EPOCH, encode_rows
from .render import render, runtime
from .view import ViewError, load_views

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .common.warehouse import Result
    from .view import View

logger = logging.getLogger(__name__)

PREFIX = "PAGE_"
LABELS = {"application": "throughline-page"}
PARALLEL_QUERIES = 4
BUILT = ("fct_pull_requests", "fct_issues")
"""Marts of both sources: the later one tells when the models were built."""
LEFT_BEHIND = timedelta(days=1)
"""A mart of an optional source that is older than the last build by more than this is
not built any more: the source's credential was removed."""
WEEKS = "select distinct week_start, week_end from dim_dates order by week_start"
TEAMS = "select team_key, team_name from dim_teams where not is_deleted"
AS_OF = """
select created_at as started_at, age_hours as hours
from fct_issues
where is_open and age_hours is not null

union all

select requested_at as started_at, waiting_hours as hours
from fct_review_requests
where is_open and waiting_hours is not null

order by started_at
limit 1
"""
"""The point in time that the marts describe is the start of anything that still lasts
plus the hours that it has lasted."""


def build(environment: Mapping[str, str]) -> None:
    """Write the page.

    Args:
        environment: With the settings as Meltano makes them (`PAGE_…`).

    Raises:
        SettingsError: If a setting is wrong, or the file cannot be written.
        WarehouseError: If a query fails.
        ViewError: If a view's files are wrong.
    """
    started = time.monotonic()
    settings = read_settings(PREFIX, environment)
    variables = settings.variables
    dbt_vars = _dbt_vars(variables)
    time_zone = read_time_zone(variables, dbt_vars)
    definitions = read_definitions(
        Path(variables.get("definitions")), variables.name("definitions")
    )
    output = Path(variables.get("output") or "output/page.html")
    views = load_views(files("throughline_page") / "views")
    for view in views:
        for term in view.content.get("definitions", ()):
            if term not in definitions:
                message = (
                    f"views/{view.name}.yml: {variables.name('definitions')} does not"
                    f" define {term!r}"
                )
                raise ViewError(message)
    warehouse = Warehouse(settings, LABELS)
    with ThreadPoolExecutor(PARALLEL_QUERIES) as pool:
        # It takes seconds: meanwhile, BigQuery answers.
        script = pool.submit(runtime)
        data = read(warehouse, views, time_zone, pool)
        page = render(
            {
                **data,
                "title": variables.get("title") or "How work flows",
                "stale_days": dbt_vars.get("stale_days", 14),
                "time_zone": time_zone,
            },
            definitions,
            script.result(),
        )
    warehouse.close()
    write(output, page, variables.name("output"))
    logger.info(
        "%s: %d of %d views, %.2f MB, %.1f s",
        output,
        len(data["views"]),
        len(views),
        len(page.encode()) / 1e6,
        time.monotonic() - started,
    )


def read(
    warehouse: Warehouse, views: list[View], time_zone: str, pool: ThreadPoolExecutor
) -> dict[str, Any]:
    """Read the rows of every view that has any.

    Args:
        warehouse: Where the marts are.
        views: In the order of the page.
        time_zone: Of every day and week.
        pool: Runs queries at the same time.

    Returns:
        What the page shows: `views`, `weeks` and `teams`, and `as_of` and `built_at` in
        seconds since 1970-01-01 UTC (None without marts).
    """
    tables = warehouse.tables() | warehouse.history_tables()
    parameters = [ScalarQueryParameter("time_zone", "STRING", time_zone)]

    def rows(sql: str) -> Result:
        return warehouse.query(sql, parameters)

    built_at = max(filter(None, map(warehouse.modified_at, BUILT)), default=None)
    is_built = {"dim_dates", "dim_teams", "fct_issues", "fct_review_requests"} <= tables
    frame = [pool.submit(rows, sql) for sql in (WEEKS, TEAMS, AS_OF) if is_built]
    queries = {}
    for view in views:
        missing = sorted(view.marts - tables)
        if missing and view.content.get("optional"):
            # Its source is not configured: nothing mentions it.
            continue
        if missing:
            logger.info("%s is hidden: no table %s", view.name, ", ".join(missing))
        elif view.content.get("optional") and (
            left := left_behind(pool.map(warehouse.modified_at, view.marts), built_at)
        ):
            logger.info(
                "%s is hidden: %s was last built on %s, long before the other marts",
                view.name,
                ", ".join(sorted(view.marts)),
                left.date(),
            )
        else:
            queries[view.name] = pool.submit(rows, view.sql)
    shown = []
    for view in views:
        if view.name not in queries:
            continue
        result = queries[view.name].result()
        view.check(set(result.columns))
        if result.rows:
            shown.append({"name": view.name, **view.content, **encode_rows(result)})
        else:
            logger.info("%s is hidden: it has no rows", view.name)
    weeks, teams, as_of = (each.result().rows for each in frame) if frame else ([],) * 3
    moment = as_of[0][0] + timedelta(hours=as_of[0][1]) if as_of else built_at
    return {
        "views": shown,
        "weeks": [[(day - EPOCH).days for day in week] for week in weeks],
        "teams": dict(sorted((key, name) for key, name in teams if key)),
        "as_of": _seconds(moment),
        "built_at": _seconds(built_at),
    }


def left_behind(
    modified: Iterable[datetime | None], built_at: datetime | None
) -> datetime | None:
    """Return when marts were last built, if the last build of the models left them out.

    Args:
        modified: When each mart was written, in UTC.
        built_at: When the models were last built.

    Returns:
        The time of the newest mart; None if the last build wrote it.
    """
    newest = max(filter(None, modified), default=None)
    if newest is None or built_at is None or built_at - newest <= LEFT_BEHIND:
        return None
    return newest


def write(path: Path, page: str, variable: str) -> None:
    """Replace the page's file, whole or not at all.

    Args:
        path: The file; its folder is created.
        page: The HTML.
        variable: The name of the setting that holds the path.

    Raises:
        SettingsError: If the file cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".page.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        message = f"{variable}: {path} cannot be written ({error.strerror})"
        raise SettingsError(message) from None


def _dbt_vars(variables: Variables) -> dict[str, Any]:
    """Return the vars of dbt_project.yml."""
    path = Path(variables.get("transform_dir")) / "dbt_project.yml"
    try:
        found = yaml.safe_load(path.read_text("utf-8"))["vars"]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        message = (
            f"{variables.name('transform_dir')}: {path} with `vars` cannot be read"
        )
        raise SettingsError(message) from None
    return dict(found or {})


def _seconds(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
