"""The parameters of the HTTP API, and what is refused before any query."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator, Field

from .analytics import MAXIMUM_LIMIT
from .cursors import LONGEST

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"[0-9]{1,9}")
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"


def _day(value: object) -> object:
    """Refuse what pydantic would take for a date too, such as a number of seconds."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        message = "a date such as 2026-03-31 is expected"
        raise ValueError(message)
    return value


def _whole_number(value: object) -> object:
    """Refuse what pydantic would take for a number too, such as 1_0 and 5.0."""
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        message = "a whole number is expected"
        raise ValueError(message)
    return value


Day = Annotated[date, BeforeValidator(_day)]
Identifier = Annotated[str, Path(min_length=1, max_length=200, pattern=PRINTABLE)]
Subject = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        pattern=PRINTABLE,
        description="A team's key or a repository's owner/name. Default: all.",
    ),
]
Limit = Annotated[
    int,
    Field(ge=1, le=MAXIMUM_LIMIT),
    BeforeValidator(_whole_number),
    Query(description="Rows per page."),
]
Cursor = Annotated[
    str | None,
    Query(
        min_length=1, max_length=LONGEST, description="next_cursor of the page before."
    ),
]
