"""The version of the rows of a run, and what the state remembers about it.

A target marks rows of lower versions as deleted when it receives ACTIVATE_VERSION.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_notion import conditions

if TYPE_CHECKING:
    from tap_notion.common.faults import Faults

WORKSPACE = "workspace"
"""Where the state keeps this, besides `bookmarks`."""


class Versions:
    """The version of a run, and the number of rows of each stream in the last one.

    Args:
        state: The tap's state, changed in place.
        now: Moment of the run, in milliseconds since 1970.
        faults: Where what is noticed is reported.

    Attributes:
        version: The version of this run: its moment, but always more than that of the
            run before.
    """

    def __init__(self, state: dict[str, Any], now: int, faults: Faults) -> None:
        """Read what the state remembers."""
        self._state = state
        self._faults = faults
        last = int(self._known.get("version") or 0)
        self.version = max(now, last + 1)
        if last >= now:
            faults.add(conditions.CLOCK_BEHIND, item=str(last), now=now)

    @property
    def _known(self) -> dict[str, Any]:
        found: dict[str, Any] = self._state.get(WORKSPACE) or {}
        return found

    def _remember(self, **values: Any) -> None:  # noqa: ANN401 - JSON
        self._state.setdefault("bookmarks", {})
        self._state[WORKSPACE] = {**self._known, **values}

    @property
    def data_sources(self) -> list[str]:
        """IDs of the data sources that the last run read, without the setting."""
        return list(self._known.get("data_sources") or [])

    def keep_data_sources(self, found: list[str]) -> None:
        """Remember the data sources of this run.

        Args:
            found: Their IDs.
        """
        self._remember(data_sources=sorted(found))

    def may_activate(self, stream: str, rows: int) -> bool:
        """Tell whether rows of earlier versions are deleted.

        Args:
            stream: Name of the stream, read completely.
            rows: How many rows it has.

        Returns:
            False if it had rows and has none, for the first time: a mistake in the
            settings or in Notion's permissions must not delete everything.
        """
        before = int((self._known.get("rows") or {}).get(stream) or 0)
        if rows or not before:
            return True
        self._faults.add(conditions.LIST_EMPTY, stream=stream, rows=f"{before:,}")
        self.keep(stream, 0)
        return False

    def keep(self, stream: str, rows: int) -> None:
        """Remember a version for the next run.

        Args:
            stream: Name of the stream.
            rows: How many rows the version has.
        """
        counts = {**(self._known.get("rows") or {}), stream: rows}
        self._remember(version=self.version, rows=counts)
