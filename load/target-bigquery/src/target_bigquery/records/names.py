"""Converts names that BigQuery does not accept, and rejects names that collide.

Rule: every character that is not an ASCII letter, digit or underscore becomes an
underscore; a name that then is empty, starts with a digit or with a prefix that
BigQuery reserves gets an underscore in front, and so does one that differs from a
metadata column (`_sdc_sequence`) only in case. The spelling does not change otherwise,
but names that differ only in case are one name to BigQuery.

Source: https://cloud.google.com/bigquery/docs/schemas#column_names
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from target_bigquery.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_COLUMN_LENGTH = 300
RESERVED_PREFIXES = (
    "_TABLE_",
    "_FILE_",
    "_PARTITION",
    "_ROW_TIMESTAMP",
    "__ROOT__",
    "_COLIDENTIFIER",
    "_CHANGE_SEQUENCE_NUMBER",
    "_CHANGE_TYPE",
    "_CHANGE_TIMESTAMP",
)
_REFUSED = re.compile(r"[^A-Za-z0-9_]")


def safe_name(name: str) -> str:
    """Return the name of a property or stream in BigQuery.

    Args:
        name: A property's or stream's name, any text.

    Raises:
        SchemaError: If the name is longer than BigQuery allows.
    """
    safe = _REFUSED.sub("_", name)
    if not safe or safe[0].isdigit() or safe.upper().startswith(RESERVED_PREFIXES):
        safe = f"_{safe}"
    if len(safe) > MAX_COLUMN_LENGTH:
        message = (
            f"Name '{safe[:60]}…' has {len(safe)} characters, BigQuery takes "
            f"{MAX_COLUMN_LENGTH}: rename it with a stream map."
        )
        raise SchemaError(message)
    return safe


def safe_names(
    names: Iterable[str], where: str, reserved: Iterable[str] = ()
) -> dict[str, str]:
    """Return the BigQuery name of each name; no two differ only in case.

    Args:
        names: Property names of one object.
        where: The stream, or stream and column, for the message.
        reserved: Names of other columns; a name that equals one of them gets an
            underscore in front.

    Raises:
        SchemaError: If two names become one column.
    """
    taken: dict[str, str] = {}
    result: dict[str, str] = {}
    others = {other.lower() for other in reserved}
    for name in names:
        safe = safe_name(name)
        if safe.lower() in others:
            safe = f"_{safe}"
        other = taken.setdefault(safe.lower(), name)
        if other != name:
            message = (
                f"{where}: properties '{other}' and '{name}' would both be column "
                f"'{safe}' in BigQuery: rename one with a stream map."
            )
            raise SchemaError(message)
        result[name] = safe
    return result
