"""What must be right before a job starts."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from sources import SOURCES

if TYPE_CHECKING:
    from sources import Source

STRICT = {"staging", "prod"}
# BigQuery hides a dataset that begins with an underscore:
# https://cloud.google.com/bigquery/docs/datasets#hidden_datasets
DATASET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,1023}")


class PipelineError(Exception):
    """A reason to start nothing; its text is one line for the user."""


def is_configured(source: Source) -> bool:
    """Tell whether a variable holds a credential of a source."""
    return any(os.environ.get(name, "").strip() for name in source.credentials)


def is_mentioned(source: Source) -> bool:
    """Tell whether messages mention a source: not an optional one without a key."""
    return is_configured(source) or not source.optional


def usual_credentials() -> str:
    """Return the variables that a message recommends if no source is configured."""
    return " or ".join(each.credentials[0] for each in SOURCES if not each.optional)


def is_on(name: str) -> bool:
    """Tell whether a boolean setting is on; it is off if it is not set.

    Args:
        name: Its variable.
    """
    return os.environ.get(name, "").strip().lower() in {"true", "1"}


def parallel_sources() -> int:
    """Return how many sources are read at the same time.

    Raises:
        PipelineError: If PIPELINE_PARALLEL_SOURCES is not a positive whole number.
    """
    text = os.environ.get("PIPELINE_PARALLEL_SOURCES", "").strip() or "1"
    if not re.fullmatch(r"0*[1-9][0-9]?", text, re.ASCII):
        message = (
            f"PIPELINE_PARALLEL_SOURCES is {text!r}: set it to a number from 1 to 99"
        )
        raise PipelineError(message)
    return int(text)


def is_idle(names: list[str]) -> bool:
    """Tell whether none of some sources can be configured.

    Args:
        names: Names of sources. With SECRETS, their credentials may be in Secret
            Manager, which is not read for this.
    """
    if os.environ.get("SECRETS", "").strip():
        return False
    return not any(is_configured(each) for each in SOURCES if each.name in names)


def check_source(job: str, names: list[str] | None) -> None:
    """Refuse a job of one source that names none.

    Args:
        job: The job's name.
        names: Names of sources.

    Raises:
        PipelineError: If there are none.
    """
    if job == "scheduled" and not names:
        message = "scheduled reads one source: add --source with its name"
        raise PipelineError(message)


def check_datasets() -> None:
    """Refuse names that BigQuery does not accept or hides.

    Raises:
        PipelineError: If a source's dataset has such a name.
    """
    is_dev = os.environ.get("MELTANO_ENVIRONMENT") == "dev"
    variable = "DEV_PREFIX" if is_dev else "the env of meltano.yml"
    for source in filter(is_mentioned, SOURCES):
        name = os.environ.get(source.dataset, "")
        if not DATASET.fullmatch(name):
            message = (
                f"{variable} makes the dataset name {name!r}: set it to letters, digits"
                " and underscores that do not begin with an underscore"
            )
            raise PipelineError(message)


def check_shard(job: str) -> None:
    """Refuse to look for deleted rows in a share of a source.

    The index of all issues would then lack the issues of the other shares, and the
    models would treat those as deleted.

    Args:
        job: The job's name.

    Raises:
        PipelineError: If TARGET_BIGQUERY_SHARD is set for such a job.
    """
    shard = os.environ.get("TARGET_BIGQUERY_SHARD", "")
    if shard and job == "reconcile":
        message = (
            f"TARGET_BIGQUERY_SHARD is {shard!r}, but reconcile must read a whole"
            " source: unset it"
        )
        raise PipelineError(message)


def check_required() -> None:
    """Refuse to start in staging or prod with a default that nobody chose.

    Meltano's own mode for this (`MELTANO_FF_STRICT_ENV_VAR_MODE`) would also refuse
    every optional variable that is not set.

    Raises:
        PipelineError: If the project or the location is not set.
    """
    environment = os.environ.get("MELTANO_ENVIRONMENT", "")
    if environment not in STRICT:
        return
    missing = [
        f"BIGQUERY_{name}"
        for name in ("PROJECT", "LOCATION")
        if not os.environ.get(f"PIPELINE_{name}", "").strip()
        and not os.environ.get(f"TARGET_BIGQUERY_{name}", "").strip()
    ]
    if missing:
        names = " and ".join(missing)
        message = f"set {names}: environment {environment} starts only with it"
        raise PipelineError(message)
