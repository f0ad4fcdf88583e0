"""Lists which issues changed: only their IDs and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tap_linear import gaps
from tap_linear.common.timestamps import minus_seconds, timestamp
from tap_linear.documents.document import TEAM_KEY, Document
from tap_linear.schemas import issues as schemas
from tap_linear.streams.descent import Descent
from tap_linear.streams.interfaces import PageReader
from tap_linear.streams.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_linear.documents.records import Row
    from tap_linear.gaps import Gap
    from tap_linear.streams.interfaces import Filter
    from tap_linear.streams.reading import Reading
    from tap_linear.transport.page_size import PageSize

OF_TEAMS = (TEAM_KEY, "previous_identifiers", "created_at", "added_to_team_at")
"""Columns that are requested only if the setting `teams` limits the issues."""


class IssueReader(PageReader, Protocol):
    """The stream of issues; see `Issues`."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings."""

    def of_team(self, wanted: Filter) -> Filter:
        """Return the root's filter for a filter of teams."""

    def since(self, start: str | None) -> Gap:
        """Return what is to be read from a time on."""

    def reading(
        self,
        given: Filter | None = None,
        document: Document | None = None,
        size: PageSize | None = None,
    ) -> Reading:
        """Return a pass over the list."""

    def report_progress(self, listed: int) -> None:
        """Log how many issues have been listed."""


class ChangedIssues:
    """Lists issues for the stream.

    Args:
        stream: The stream.
        teams: Keys of the teams to read; none for all.

    Attributes:
        holes: What the last listing could not read.
        arrived: IDs of the issues that came into the teams since the bookmark, with
            when each was created.
    """

    def __init__(self, stream: IssueReader, teams: list[str]) -> None:
        """Keep the document; send nothing yet."""
        self._stream = stream
        self._teams = teams
        self.holes: list[Gap] = []
        self.arrived: dict[str, str] = {}
        self._listings: list[Listing] = []
        self._document = Document(
            "issues_changed",
            schemas.ISSUES,
            lambda column: column not in OF_TEAMS or bool(teams),
            needed=frozenset({"id", "updated_at"}),
        )
        most = self._document.page_size(stream.config["page_size"])
        self._size = stream.sized(most)

    def since_bookmark(
        self, states: list[dict[str, Any]], start_date: str | None
    ) -> tuple[Listing, int]:
        """List what changed since the bookmark.

        Args:
            states: Of the streams that are read.
            start_date: Where to begin without a bookmark.

        Returns:
            The listing, oldest first, and the position of the first issue to read:
            issues at the bookmark that were read before are skipped.
        """
        # A stream that was selected later has no bookmark: everything is read for it
        # once.
        bookmark = min(state.get("replication_key_value", "") for state in states)
        since = self._before(bookmark) if bookmark else start_date
        listing = self._listed(self._stream.since(since), known=bool(bookmark))
        last_id = states[0].get("last_id")
        place = _place(states[0])
        if not last_id or any(_place(state) != place for state in states):
            return listing, 0
        known = listing.position_after(bookmark, last_id)
        digest = listing.digest(self._before(bookmark), known)
        return listing, known if states[0].get("digest") == digest else 0

    def of_gap(self, gap: Gap) -> Listing:
        """List what an earlier run could not read, oldest first."""
        return self._listed(gap, known=False)

    def shows(self, key: str, moment: str) -> bool:
        """Return whether an issue is still listed with a time.

        Args:
            key: Its ID.
            moment: When it changed, as it was listed.
        """
        listing = self._listed({"gte": moment, "lte": moment}, known=True)
        return key in listing.ids(0, len(listing))

    def moment_of(self, key: str) -> str | None:
        """Return when an issue changed, as it was listed; None if it was not."""
        found = (listing.moment_of(key) for listing in self._listings)
        return next((moment for moment in found if moment), None)

    def _before(self, moment: str) -> str:
        return minus_seconds(moment, self._stream.config["lookback_seconds"])

    def _listed(self, gap: Gap, *, known: bool) -> Listing:
        """List issues, oldest first.

        Archiving does not move updatedAt, so the later of both timestamps is the time
        of the change. No time counts as later than the first page: an issue that
        changes during the listing moves to a page that was already read, and the
        bookmark must not pass it.

        Args:
            gap: What to list.
            known: Whether issues were read before. One of them may have left the teams
                since, so what changed in other teams is listed too.
        """
        stream = self._stream
        given = gaps.conditions(gap, _when(gap), stream.of_team)
        listing = Listing()
        descent = Descent(None, [gap])
        reading = stream.reading(given, self._document, self._size)
        reading.in_all_teams = known and bool(self._teams)
        for batch in reading:
            descent.horizon = descent.horizon or stream.client.answered_at
            for row in batch.rows:
                moment = _moment(row, descent.horizon)
                if reading.in_all_teams and self._has_arrived(row, gap["gte"]):
                    self.arrived[row["id"]] = row.get("createdAt") or ""
                if not reading.in_all_teams or self._concerns(row):
                    listing.add(row["id"], min(moment, descent.horizon or moment))
            descent.over(batch, [_updated(row) for row in batch.rows if _updated(row)])
            stream.report_progress(len(listing))
            if stream.ABORT_AT_RECORD_COUNT is not None:
                break
        self.holes = descent.holes
        if reading.is_open or descent.has_hole:
            self.holes += descent.todo
            if "gte" in gap:  # what was archived since, but updated before
                self.holes.append({**gap, "archived": True})
        if reading.skipped:
            self.holes.append({"ids": reading.skipped})
        listing.sort()
        self._listings.append(listing)
        return listing

    def _has_arrived(self, row: Row, since: str) -> bool:
        """Return whether an issue came from another team since a time."""
        return (
            self._is_in_teams(row)
            and bool(row.get("previousIdentifiers"))
            and str(row.get("addedToTeamAt") or "") >= since
        )

    def _is_in_teams(self, row: Row) -> bool:
        return (row.get(TEAM_KEY) or {}).get("key") in self._teams

    def _concerns(self, row: Row) -> bool:
        """Return whether an issue is in the teams, or was."""
        if self._is_in_teams(row):
            return True
        former = row.get("previousIdentifiers") or []
        return any(str(one).rpartition("-")[0] in self._teams for one in former)


def _when(gap: Gap) -> Any:  # noqa: ANN401 - a function
    """Return a function from a span to the filter of issues that changed in it."""
    if gap.get("archived"):
        return lambda span: {"archivedAt": span}
    return lambda span: {"or": [{"updatedAt": span}, {"archivedAt": span}]}


def _place(state: dict[str, Any]) -> tuple[Any, ...]:
    keys = ("replication_key_value", "last_id", "digest")
    return tuple(state.get(key) for key in keys)


def _updated(row: Row) -> str:
    """Return updatedAt; "" if it is missing or invalid."""
    try:
        return timestamp(row["updatedAt"])
    except (TypeError, ValueError):
        return ""


def _moment(row: Row, horizon: str | None) -> str:
    """Return when an issue changed; the time of the listing if it is invalid."""
    try:
        archived = timestamp(row["archivedAt"]) if row.get("archivedAt") else ""
    except (TypeError, ValueError):
        archived = ""
    return max(_updated(row), archived) or horizon or "0001-01-01T00:00:00.000Z"
