"""What the state remembers about the workspace, and the part that this run can see.

A row that is not listed is deleted, or hidden from the credential. Only a list that was
read to its end, by a credential that sees the same teams of the same workspace as
before, shows that a row was deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_linear import conditions
from tap_linear.common.errors import TapError
from tap_linear.common.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_linear.documents.records import Row

WITHOUT_TEAM = ("organization", "users")
"""Streams whose rows belong to no team."""


class Workspace:
    """The workspace of a run.

    Args:
        state: The tap's state, changed in place.
        now: Moment of the run, in milliseconds since the epoch.
        wanted: The setting teams.
        faults: Where what is noticed is reported.

    Attributes:
        version: The version of the rows of every stream that is read whole. It is the
            moment of the run, but always more than that of the run before: a target
            treats only rows of lower versions as deleted.
        has_unknown_team: Whether a row names a team that was not listed.
    """

    def __init__(
        self,
        state: dict[str, Any],
        now: int,
        wanted: list[str],
        faults: Faults,
    ) -> None:
        """Read what the state remembers."""
        self._state = state
        self._wanted = wanted
        self._faults = faults
        self._teams: set[str] | None = None
        self._lost = False
        self._nothing = False
        self.has_unknown_team = False
        last = int(self._known.get("version") or 0)
        self.version = max(now, last + 1)
        if last >= now:
            faults.add(conditions.CLOCK_BEHIND, item=str(last), now=now)

    @property
    def _known(self) -> dict[str, Any]:
        found = self._state.get("workspace")
        return found if isinstance(found, dict) else {}

    def _remember(self, **values: Any) -> None:  # noqa: ANN401 - JSON
        self._state.setdefault("bookmarks", {})
        known = self._known | values
        self._state["workspace"] = {key: one for key, one in known.items() if one}

    @property
    def lengths(self) -> Any:  # noqa: ANN401 - the state may contain anything
        """Return the lengths of nested lists in the state, unchecked."""
        return self._known.get("lengths") or {}

    def keep_lengths(self, lengths: dict[str, Any]) -> None:
        """Keep the lengths of nested lists.

        Args:
            lengths: What `NestedPages.to_state` returned, by column or stream.
        """
        known = self.lengths if isinstance(self.lengths, dict) else {}
        kept = {key: one for key, one in (known | lengths).items() if one}
        self._remember(lengths=kept)

    # --- before the first row ------------------------------------------------------

    def check_organization(self, row: Row) -> None:
        """Reject a credential of another workspace.

        Args:
            row: The organization that the credential belongs to.

        Raises:
            TapError: If the state belongs to another one.
        """
        found = {"id": row["id"], "name": row.get("name") or row["id"]}
        known = self._known.get("organization")
        if known and known["id"] != found["id"]:
            line = Faults.line(
                conditions.OTHER_WORKSPACE, found=found["name"], known=known["name"]
            )
            raise TapError(line)
        self._remember(organization=found)

    def check_teams(
        self, rows: list[Row], open_gap: Callable[[dict[str, Any], str], bool]
    ) -> None:
        """Compare the teams that the credential sees with those of earlier runs.

        Args:
            rows: The teams.
            open_gap: Adds a gap to the streams with a bookmark, for a team that has
                become visible; returns whether any of them needs it.

        Raises:
            TapError: If a team of the setting does not exist.
        """
        keys = {str(row.get("key")) for row in rows}
        self.refuse_missing(set(self._wanted) - keys)
        self._teams = {row["id"] for row in rows}
        if not rows:
            self._nothing = True
            name = (self._known.get("organization") or {}).get("name", "")
            self._faults.add(conditions.NOTHING_VISIBLE, workspace=name)
            return
        known = self._known_teams()
        lost = sorted(known.keys() - self._teams)
        for key in lost:
            self._lost = True
            self._faults.add(conditions.TEAM_LOST, item=known[key])
        if known:
            self._read_older_rows(self._appeared(rows, known), open_gap)
        retired = [row["id"] for row in rows if _is_retired(row)]
        seen = {row["id"]: row.get("key") for row in rows if not _is_retired(row)}
        kept = {key: name for key, name in known.items() if key not in retired}
        self._remember(teams=kept | seen, of=self._wanted, retired=retired, lost=lost)

    def keep_rows_of_teams(self) -> None:
        """Do not mark rows of teams as deleted: the list of teams is unknown."""
        self._lost = bool(self._known.get("teams"))

    def _appeared(self, rows: list[Row], known: Mapping[str, str]) -> list[Row]:
        """Return the teams that the last run did not see, with when they were created.

        What changed in a team while it was hidden is before the bookmarks, too.
        """
        retired = self._known.get("retired") or []
        back = self._known.get("lost") or []
        return [
            row | ({"createdAt": ""} if row["id"] in back else {})
            for row in rows
            if row["id"] in back
            or (row["id"] not in known and row["id"] not in retired)
        ]

    def _known_teams(self) -> dict[str, str]:
        """Return the teams of earlier runs with the same setting, by ID."""
        if self._known.get("of", []) != self._wanted:
            return {}
        return dict(self._known.get("teams") or {})

    @staticmethod
    def refuse_missing(missing: set[str]) -> None:
        """Reject teams of the setting that do not exist.

        Args:
            missing: Their keys.

        Raises:
            TapError: If there are any.
        """
        if missing:
            line = Faults.line(
                conditions.TEAM_UNKNOWN, missing=", ".join(sorted(missing))
            )
            raise TapError(line)

    def _read_older_rows(
        self, rows: list[Row], open_gap: Callable[[dict[str, Any], str], bool]
    ) -> None:
        """Open a gap for the teams that are older than a bookmark."""
        for row in rows:
            began = str(row.get("createdAt") or "")
            if open_gap({"teams": [row["id"]]}, began):
                name = row.get("key") or row["id"]
                self._faults.add(conditions.TEAM_APPEARED, item=name)

    # --- while rows are read -------------------------------------------------------

    def note_team(self, key: str) -> None:
        """Note that a row belongs to a team.

        Args:
            key: The team's ID.
        """
        if self._teams is not None and key not in self._teams and not self._wanted:
            self.has_unknown_team = True

    def may_activate(self, stream: str, rows: int) -> bool:
        """Return whether rows that were not listed are deleted, and not hidden.

        Args:
            stream: Name of the stream, read to its end.
            rows: How many rows it has.
        """
        if self._nothing or (self._lost and stream not in WITHOUT_TEAM):
            return False
        before = int((self._known.get("rows") or {}).get(stream) or 0)
        if rows or not before:
            return True
        self._faults.add(conditions.LIST_EMPTY, stream=stream, rows=f"{before:,}")
        self._keep_rows(stream, 0)
        return False

    def rows_of(self, stream: str) -> int | None:
        """Return how many rows the last version of a stream had; None if unknown.

        Args:
            stream: Name of the stream.
        """
        found = (self._known.get("rows") or {}).get(stream)
        return found if isinstance(found, int) else None

    def has_read(self, stream: str) -> bool:
        """Return whether an earlier run has read rows of a stream.

        Args:
            stream: Name of the stream.
        """
        bookmark = (self._state.get("bookmarks") or {}).get(stream) or {}
        rows = (self._known.get("rows") or {}).get(stream)
        return bool(rows or bookmark.get("replication_key_value"))

    def keep(self, stream: str, rows: int) -> None:
        """Remember a version for the next run.

        Args:
            stream: Name of the stream.
            rows: How many rows the version has.
        """
        self._remember(version=self.version)
        self._keep_rows(stream, rows)

    def _keep_rows(self, stream: str, rows: int) -> None:
        counts = dict(self._known.get("rows") or {})
        counts.pop(stream, None)
        self._remember(rows=counts | ({stream: rows} if rows else {}))


def _is_retired(row: Row) -> bool:
    return bool(row.get("archivedAt") or row.get("retiredAt"))
