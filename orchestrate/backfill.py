"""A backfill: the range of time that it reads, from SINCE until before UNTIL.

The taps do the rest: with their setting `end_date` they read only what was updated in
the range, mark nothing as deleted, and leave the bookmarks as they are.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import NamedTuple

from checks import PipelineError
from sources import SOURCES

JOB = "backfill"
EXAMPLE = "make backfill SOURCE=linear SINCE=2026-01-31 UNTIL=2026-03-01"


class Range(NamedTuple):
    """The range of time of a backfill.

    Attributes:
        since: Its first moment, an ISO date or time.
        until: The moment after its last one.
    """

    since: str
    until: str

    def variables(self, tap: str) -> dict[str, str]:
        """Return the environment variables that limit a tap to the range.

        Args:
            tap: The extractor.
        """
        prefix = tap.upper().replace("-", "_")
        return {f"{prefix}_START_DATE": self.since, f"{prefix}_END_DATE": self.until}


def range_of(job: str, since: str, until: str, now: datetime) -> Range | None:
    """Return the range of a backfill; None for another job.

    Args:
        job: What runs.
        since: The first day or moment.
        until: The day or moment after the last; empty for now.
        now: The present.

    Raises:
        PipelineError: If a date is missing, wrong or out of place.
    """
    if job != JOB:
        for name, given in (("since", since), ("until", until)):
            if given:
                message = f"--{name} is for a backfill, not for {job}"
                raise PipelineError(message)
        return None
    if not since:
        message = f"a backfill needs a date: {EXAMPLE}"
        raise PipelineError(message)
    begin = _moment("SINCE", since)
    end = _moment("UNTIL", until) if until else now
    for name, given, moment in (("SINCE", since, begin), ("UNTIL", until, end)):
        if moment > now:
            message = f"{name} is {given}, in the future: a backfill reads the past"
            raise PipelineError(message)
    if end <= begin:
        message = (
            f"UNTIL is {until}, not after SINCE, {since}: a backfill reads from SINCE"
            " until before UNTIL"
        )
        raise PipelineError(message)
    return Range(since, until or end.isoformat(timespec="seconds"))


def check_end_dates(job: str) -> None:
    """Refuse a job that would read nothing new, night after night, and succeed.

    Args:
        job: What runs.

    Raises:
        PipelineError: If the end date of a backfill is set for another job.
    """
    for source in SOURCES:
        name = f"{source.tap.upper().replace('-', '_')}_END_DATE"
        if os.environ.get(name, "").strip() and job != JOB:
            message = (
                f"{name} is set, so {job} would read nothing new of {source.title}:"
                " unset it; a backfill sets it itself"
            )
            raise PipelineError(message)


def _moment(name: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        message = f"{name} is {text!r}: write a date such as 2026-01-31"
        raise PipelineError(message) from None
    # UTC, as the taps read it.
    return found if found.tzinfo else found.replace(tzinfo=UTC)
