"""What the lines of a run say about its size: rows, requests, points and bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

from output import COLORS, LINE

# The last line of a tap: extract/common/src/progress.py writes it.
USED = re.compile(r"^Used ([\d,]+) requests and ([\d,]+) points$")
# Its progress, for a tap that was killed before its last line.
PROGRESS = re.compile(r"· ([\d,]+) requests ·")
# The target's last lines, one for each stream.
LOADED = re.compile(
    r"^Stream '[^']+': ([\d,]+) rows read, [\d,]+ rows changed in \S+, ([\d,]+) bytes,"
)
PROBLEM = "Error: "


class Measures(NamedTuple):
    """The size of a run; None where no line says it.

    Attributes:
        row_count: Rows that the target received.
        request_count: Requests to the API.
        point_count: Points of the API's budget.
        byte_count: Bytes that were loaded.
        attention: What the tap could not read, and what to do about it.
    """

    row_count: int | None = None
    request_count: int | None = None
    point_count: int | None = None
    byte_count: int | None = None
    attention: tuple[str, ...] = ()


def measure(lines: list[str]) -> Measures:
    """Add up what a run's lines say.

    Args:
        lines: What Meltano printed, or wrote to the log of the run.

    Returns:
        The size of the run.
    """
    rows = size = requests = points = None
    attention: dict[str, None] = {}
    for line in lines:
        found = LINE.match(COLORS.sub("", line))
        if not found or found["plugin"] == "meltano":
            continue
        message = found["message"].strip()
        if used := USED.match(message):
            requests, points = map(_number, used.groups())
        elif loaded := LOADED.match(message):
            rows = (rows or 0) + _number(loaded[1])
            size = (size or 0) + _number(loaded[2])
        elif progress := PROGRESS.search(message):
            requests = max(requests or 0, _number(progress[1]))
        elif found["plugin"].startswith("tap-") and message.startswith(PROBLEM):
            attention[message.removeprefix(PROBLEM)] = None
    return Measures(rows, requests, points, size, tuple(attention))


def _number(text: str) -> int:
    return int(text.replace(",", ""))
