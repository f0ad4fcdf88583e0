"""What an incremental stream has not read although its bookmark is after it.

A gap is part of the state, as an object. Its keys narrow it down together; `{}` is
everything:
- `gte`, `lte`: rows that changed from and up to these moments, both included;
- `teams`: rows of these teams, by ID;
- `issues`: rows that belong to these issues, by ID;
- `ids`: these rows; `tries` says how many more runs request them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Gap = dict[str, Any]
TRIES = 3  # runs that request a row that is neither returned nor listed


def union(gaps: Iterable[Iterable[Gap]]) -> list[Gap]:
    """Return the gaps of several streams, each once.

    Args:
        gaps: The gaps of each stream.
    """
    found: list[Gap] = []
    for listed in gaps:
        found += [gap for gap in listed if gap not in found]
    return found


def below(gaps: Iterable[Gap], moment: str) -> list[Gap]:
    """Cut off the part that is newer than a time.

    Args:
        gaps: The gaps.
        moment: When the last row that was read changed; others may share it.

    Returns:
        The gaps that are left.
    """
    return [
        gap | {"lte": min(gap.get("lte", moment), moment)}
        for gap in gaps
        if gap.get("gte", "") <= moment
    ]


def above(gaps: Iterable[Gap], moment: str) -> list[Gap]:
    """Cut off the part that is older than a time; see `below`."""
    return [
        gap | {"gte": max(gap.get("gte", moment), moment)}
        for gap in gaps
        if gap.get("lte", moment) >= moment
    ]


def contain(gaps: Iterable[Gap], key: str, moment: str | None) -> bool:
    """Return whether a row may be in any of the gaps.

    Args:
        gaps: What is to be read.
        key: The row's ID.
        moment: When the row changed; None if that is not known.

    Returns:
        False only if the row is certainly in none: its team and its issue are not
        compared.
    """
    return any(
        key in gap.get("ids", (key,))
        and (
            moment is None or gap.get("gte", moment) <= moment <= gap.get("lte", moment)
        )
        for gap in gaps
    )


def conditions(
    gap: Gap,
    when: Callable[[dict[str, str]], dict[str, Any]],
    of_teams: Callable[[dict[str, Any]], dict[str, Any]],
) -> dict[str, Any] | None:
    """Return the filter of a gap; None for everything.

    Args:
        gap: The gap.
        when: Converts `gte` and `lte` to a filter.
        of_teams: Converts a filter of teams to one of the rows.
    """
    found: list[dict[str, Any]] = []
    if "ids" in gap:
        found.append({"id": {"in": gap["ids"]}})
    if "issues" in gap:
        found.append({"issue": {"id": {"in": gap["issues"]}}})
    if "teams" in gap:
        found.append(of_teams({"id": {"in": gap["teams"]}}))
    if span := {key: gap[key] for key in ("gte", "lte") if key in gap}:
        found.append(when(span))
    if not found:
        return None
    return found[0] if len(found) == 1 else {"and": found}


def any_of(
    gaps: list[Gap],
    when: Callable[[dict[str, str]], dict[str, Any]],
    of_teams: Callable[[dict[str, Any]], dict[str, Any]],
) -> dict[str, Any] | None:
    """Return the filter of all gaps together; None for everything."""
    found = [conditions(gap, when, of_teams) for gap in gaps]
    wanted = [one for one in found if one is not None]
    if len(wanted) < len(found):
        return None
    return wanted[0] if len(wanted) == 1 else {"or": wanted}
