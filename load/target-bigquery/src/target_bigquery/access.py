"""Checks, before the first row is read, that BigQuery will accept the rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from google.auth.exceptions import RefreshError

from target_bigquery.errors import SettingsError, WarehouseError
from target_bigquery.variables import shown
from target_bigquery.warehouse.credentials import source_of_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_bigquery.settings import Settings
    from target_bigquery.warehouse.client import Warehouse


class Bucket(Protocol):
    """The bucket of `staging_bucket`; see `archive.bucket`."""

    def check(self) -> None:
        """Check that the bucket exists.

        Raises:
            WarehouseError: If it does not exist.
        """


def check_access(
    warehouse: Warehouse, settings: Settings, bucket: Bucket | None = None
) -> None:
    """Create the datasets if they do not exist, and check what a load needs.

    It checks the credentials, the datasets, their location, the right to run jobs there
    and the bucket.

    Args:
        warehouse: BigQuery.
        settings: The target's settings.
        bucket: The bucket of `staging_bucket`, None without.

    Raises:
        SettingsError: With one line for each problem.
        WarehouseError: If BigQuery cannot be reached.
    """
    problems = list(_problems(warehouse, settings, bucket))
    if problems:
        raise SettingsError(*problems)


def facts(
    warehouse: Warehouse, settings: Settings, bucket: Bucket | None = None
) -> Iterator[str]:
    """Yield where rows would be loaded, after `check_access`.

    Args:
        warehouse: BigQuery.
        settings: The target's settings.
        bucket: The bucket of `staging_bucket`, None without.

    Yields:
        One line for each fact.

    Raises:
        SettingsError: With one line for each problem.
        WarehouseError: If BigQuery cannot be reached.
    """
    check_access(warehouse, settings, bucket)
    yield f"queries run in project {settings.project}, location {settings.location}"
    for name in dict.fromkeys((settings.dataset, settings.staging_dataset)):
        yield f"dataset {name} exists"
    if bucket is not None:
        yield f"bucket {settings.staging_bucket} can be used"


def _problems(
    warehouse: Warehouse, settings: Settings, bucket: Bucket | None
) -> Iterator[str]:
    _, problem = _tried(settings, warehouse.jobs.can_run)
    if problem:
        yield (
            f"{problem}. The account needs BigQuery Job User on the project: check "
            f"{shown('project')} ({settings.project}), {shown('location')} "
            f"({settings.location}) and {source_of_credentials(settings)}."
        )
        return
    datasets = {"dataset": settings.dataset}
    if settings.staging_dataset != settings.dataset:
        datasets["staging_dataset"] = settings.staging_dataset
    for setting, name in datasets.items():
        location, problem = _tried(settings, partial(warehouse.ensure_dataset, name))
        if problem:
            yield (
                f"{problem}. The account needs BigQuery Data Editor: check "
                f"{shown('project')} ({settings.project}), {shown(setting)} ({name}) "
                f"and {source_of_credentials(settings)}."
            )
        elif location and location.lower() != settings.location.lower():
            yield (
                f"Dataset '{settings.project}.{name}' is in location {location}, but "
                f"{shown('location')} is {settings.location}: set it to {location}, or "
                f"name another dataset in {shown(setting)}."
            )
    if bucket is not None:
        _, problem = _tried(settings, bucket.check)
        if problem:
            yield f"{problem}. Check {shown('staging_bucket')}."


def _tried(
    settings: Settings, function: Callable[[], str | None]
) -> tuple[str | None, str]:
    """Return the function's result, or the problem that Google reports.

    Raises:
        WarehouseError: If the service cannot be reached, so that nothing is known.
        SettingsError: If Google refuses the credentials, which it then does for every
            call.
    """
    try:
        return function(), ""
    except WarehouseError as error:
        cause = error.__cause__
        if isinstance(cause, RefreshError):
            message = (
                f"{source_of_credentials(settings)}: Google refuses these credentials: "
                f"{cause.args[0] if cause.args else error}. Make a new key, or log in "
                "again."
            )
            raise SettingsError(message) from error
        if error.unavailable:
            raise
        return None, str(error).rstrip(".")
