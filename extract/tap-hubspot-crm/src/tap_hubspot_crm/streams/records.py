"""Records of the CRM: read whole from the list, or what changed from the search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tap_hubspot_crm import conditions, schemas
from tap_hubspot_crm.common.backfill import last_moment
from tap_hubspot_crm.common.timestamps import from_epoch, minus_seconds
from tap_hubspot_crm.context import ROWS
from tap_hubspot_crm.schemas.rows import history_rows, index_row, record_row
from tap_hubspot_crm.streams.base import HubSpotStream
from tap_hubspot_crm.streams.reading import LIST_PAGE, READ_BATCH, SEARCH_PAGE
from tap_hubspot_crm.streams.written import Written
from tap_hubspot_crm.transport.errors import RefusedError, ScopesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_hubspot_crm.schemas.rows import Json, Row
    from tap_hubspot_crm.streams.associations import Associations
    from tap_hubspot_crm.streams.reading import RecordReader

BATCH = 1000
"""Records of one batch; their associations are one request for each pair."""
FEW = 20_000
"""Up to this number of records, the mode `auto` reads an object type whole."""
EPOCH = "1970-01-01T00:00:00.000Z"
PASS = "pass"  # noqa: S105 - a key of the state
"""Key of a bookmark: how far a list was read that is not complete yet."""
SEARCH = "search"
"""Key of a bookmark: how far a search was read that is not complete yet."""


class RecordStream(HubSpotStream):
    """Records of one object type."""

    @property
    def reader(self) -> RecordReader:
        """The requests."""
        return self._tap.reader(self.name)

    def read(self) -> Iterator[Row]:
        """Yield all records, or those that changed."""
        if self.reads_whole():
            yield from self.read_whole()
        else:
            yield from self.read_changes()
        self.run.read.add(self.name)

    has_range = True

    def reads_whole(self) -> bool:
        """Return whether to read the list; one request in the mode `auto`."""
        if self.is_backfill:
            return False
        state, mode = self.stream_state, self.run.config["mode"]
        if mode == "full" or self.is_full_table or PASS in state:
            return True
        has_start = bool(state.get("replication_key_value") or self.run.start_date)
        if not has_start:
            return True
        if mode == "incremental" or SEARCH in state or self.run.start_date:
            return False
        return self.reader.count() < FEW

    # --- whole -----------------------------------------------------------------------

    def read_whole(self) -> Iterator[Row]:
        """Yield every record; what is missing is marked as deleted at the end.

        The recycle bin is read before and after the list: a record that moves from
        one to the other meanwhile is found in any case.
        """
        state = self.stream_state
        position = state.get(PASS) or {}
        is_resumed = bool(position.get("after"))
        if not is_resumed:
            position = state[PASS] = {"after": "", "rows": 0, "children": 0}
        position.setdefault("rows", 0)
        position.setdefault("children", 0)
        position["version"] = self.begin_version(position.get("version"))
        self.begin_children(position["version"])
        written = Written()
        if not is_resumed:
            yield from self.archived(position, written)
        for records, after in self._gathered(position["after"]):
            self._note_start(position)
            written.forget(records)
            position["children"] += self.write_children(records)
            position["rows"] += len(records)
            yield from self.rows(records)
            position["after"] = after or ""
            if after is not None:
                self.flush()
            self.run.progress.log(self.name, position["rows"])
        position["archived"] = 0
        yield from self.archived(position, written)
        self.end_version(position["rows"] + position["archived"])
        self.end_children(position["children"])
        self.run.progress.log(self.name, position["rows"], position["rows"])
        self._finish(position["started_at"], PASS)
        if not is_resumed:
            self.run.read_whole.add(self.name)

    def _gathered(self, after: str) -> Iterator[tuple[list[Json], str | None]]:
        """Yield the pages of the list together until they are a batch."""
        gathered: list[Json] = []
        for records, following in self.pages(after):
            gathered += records
            if following is None or len(gathered) >= BATCH:
                yield gathered, following
                gathered = []

    def pages(self, after: str) -> Iterator[tuple[list[Json], str | None]]:
        """Yield the pages of the list."""
        return self.reader.pages(after)

    # --- changes ---------------------------------------------------------------------

    def read_changes(self) -> Iterator[Row]:
        """Yield the records that changed, then the recycle bin.

        The search begins `lookback_seconds` before the bookmark, because its index
        shows a change only some time after it happened.
        """
        state = self.stream_state
        position = state.setdefault(SEARCH, {"last_id": "0", "since": self._since()})
        done = 0
        for records, read in self._changed(position):
            self.write_children(records)
            yield from self.rows(records)
            done += len(records)
            position.update(read)
            self.flush()
            self.run.progress.log(self.name, done)
        self._note_start(position)
        if not self.is_backfill:  # the recycle bin has no filter
            yield from self.archived(position, Written())
        self.run.progress.log(self.name, done, done)
        self._finish(position["started_at"], SEARCH)

    def _since(self) -> str:
        bookmark = self.stream_state.get("replication_key_value")
        if not bookmark:
            return self.run.start_date or EPOCH
        since = minus_seconds(bookmark, self.run.config["lookback_seconds"])
        return max(since, self.run.start_date or since)

    def _changed(
        self, position: dict[str, Any]
    ) -> Iterator[tuple[list[Json], dict[str, str]]]:
        """Yield the records that changed, by batch, with what is read after it."""
        if "after" not in position:
            gathered: list[str] = []
            is_first = True
            end = last_moment(self.config)
            for ids, left in self.reader.changed(
                position["since"], position["last_id"], end
            ):
                self._note_start(position)
                if is_first and self._prefers_list(left):
                    position["after"] = ""
                    break
                is_first = False
                gathered += ids
                if len(gathered) >= BATCH:
                    yield self.by_ids(gathered), {"last_id": gathered[-1]}
                    gathered = []
            if gathered:
                yield self.by_ids(gathered), {"last_id": gathered[-1]}
        if "after" in position:
            for records, after in self._gathered(position["after"]):
                changed = self.reader.changed_since(position["since"], records)
                yield changed, {"after": after or ""}

    def _prefers_list(self, changed: int) -> bool:
        """Return whether the whole list costs less than what is left of a search.

        That is so after a bulk edit: a page of the list returns the values of 100
        records, and a search only the IDs of 200.

        Args:
            changed: Records that changed, by the first page of the search.
        """
        known = self.run.state.get(ROWS, {}).get(self.name)
        if self.is_backfill or not known or not self.reads_values_in_list():
            return False
        search = (changed - 1) // SEARCH_PAGE + -(-changed // READ_BATCH)
        enough = LIST_PAGE * (search - 1)  # the list is counted first
        return known < enough and self.reader.count() < enough

    def reads_values_in_list(self) -> bool:
        """Return whether the list returns everything that belongs to a record."""
        return not self.reader.needs_body

    # --- both ------------------------------------------------------------------------

    def by_ids(self, ids: list[str], *, archived: bool = False) -> list[Json]:
        """Return records by ID, with what belongs to them."""
        return self.reader.by_ids(ids, archived=archived)

    def archived(self, position: dict[str, Any], written: Written) -> Iterator[Row]:
        """Yield the records in the recycle bin; they stay there for 90 days.

        Args:
            position: How far the list was read; the records are counted there.
            written: What was written before, and is not written again unless it has
                changed.
        """
        if not self.run.config["archived"]:
            return
        for records, _ in self.reader.pages(archived=True):
            self._note_start(position)
            position["archived"] = position.get("archived", 0) + len(records)
            yield from self.rows(written.changed(records))

    def rows(self, records: Iterable[Json]) -> Iterator[Row]:
        """Yield the rows of records; a value that does not fit is logged once."""

        def unusable(name: str, value: str, kind: str) -> None:
            self.run.faults.add(
                conditions.VALUE_UNUSABLE,
                stream=self.name,
                item=name,
                value=repr(value[:100]),
                kind=kind,
            )

        for given in records:
            yield record_row(self.columns, given, unusable)

    def begin_children(self, version: int) -> None:
        """Begin a version of what is read together with the records."""

    def write_children(self, records: list[Json]) -> int:
        """Write what belongs to records, before the records.

        Returns:
            Rows of what `begin_children` begins.
        """
        associations = cast("Associations", self.run.sink("associations"))
        associations.write_of(self.name, [str(one["id"]) for one in records])
        return 0

    def end_children(self, rows: int) -> None:
        """End the version of what is read together with the records."""

    def _note_start(self, position: dict[str, Any]) -> None:
        """Remember when the first response came, by the clock of HubSpot."""
        answered_at = self.run.client.answered_at
        if "started_at" not in position:
            position["started_at"] = (
                self.run.started_at if answered_at is None else from_epoch(answered_at)
            )

    def _finish(self, started_at: str, key: str) -> None:
        """Move the bookmark: everything before the first response was read."""
        state = self.stream_state
        state.pop(key, None)
        state["replication_key"] = self.columns.replication_key
        state["replication_key_value"] = started_at
        self.flush()


class Deals(RecordStream):
    """Deals, with the earlier values of some properties."""

    @property
    def history(self) -> list[str]:
        """Properties whose earlier values are read."""
        if not self.run.is_selected("deal_property_history"):
            return []
        return list(self.run.config["property_history"])

    def reads_values_in_list(self) -> bool:
        """Return whether the list returns everything: it returns no history."""
        return not self.history and super().reads_values_in_list()

    def pages(self, after: str) -> Iterator[tuple[list[Json], str | None]]:
        """Yield the pages of the list; with history, the deals are read by ID."""
        if not self.history:
            yield from super().pages(after)
            return
        for records, following in self.reader.pages(after, ids_only=True):
            yield self.by_ids([str(one["id"]) for one in records]), following

    def by_ids(self, ids: list[str], *, archived: bool = False) -> list[Json]:
        """Return deals by ID, with history."""
        return self.reader.by_ids(ids, self.history, archived=archived)

    def archived(self, position: dict[str, Any], written: Written) -> Iterator[Row]:
        """Yield the deals in the recycle bin, after their history."""
        if not self.history or not self.run.config["archived"]:
            yield from super().archived(position, written)
            return
        for records, _ in self.reader.pages(archived=True, ids_only=True):
            self._note_start(position)
            ids = [str(one["id"]) for one in records]
            deals = self.by_ids(ids, archived=True) if ids else []
            position["archived"] = position.get("archived", 0) + len(deals)
            changed = written.changed(deals)
            position["children"] = position.get("children", 0) + self._write(changed)
            yield from self.rows(changed)

    def begin_children(self, version: int) -> None:
        """Begin a version of the history."""
        if self.history:
            self._sink.begin_version(version)

    def write_children(self, records: list[Json]) -> int:
        """Write history and associations."""
        super().write_children(records)
        return self._write(records) if self.history else 0

    def end_children(self, rows: int) -> None:
        """Mark the history that is gone as deleted."""
        if self.history:
            self._sink.end_version(rows)

    def _write(self, records: list[Json]) -> int:
        rows = [row for given in records for row in history_rows(given)]
        self._sink.write(rows)
        return len(rows)

    @property
    def _sink(self) -> HubSpotStream:
        return cast("HubSpotStream", self.run.sink("deal_property_history"))


class DealPropertyHistory(HubSpotStream):
    """Earlier values of properties of deals; the deals write them."""

    table = schemas.DEAL_PROPERTY_HISTORY

    def read(self) -> Iterator[Row]:
        """Yield nothing."""
        if not self.run.is_selected("deals"):
            self.logger.warning(
                "%s is read with the stream deals: select it", self.name
            )
        yield from ()


class RecordIndex(HubSpotStream):
    """IDs of all records, for the weekly run; with their associations."""

    table = schemas.RECORD_INDEX
    selected_by_default = False

    def read(self) -> Iterator[Row]:
        """Yield a row for every record, then mark what is gone as deleted."""
        self.begin_version()
        is_whole, done = True, 0
        for object_type in self.run.config["objects"]:
            try:
                for row in self._of(object_type):
                    done += 1
                    yield row
            except (RefusedError, ScopesError) as error:
                is_whole = False
                self.fail(error, f"{self.name} of {object_type}")
            self.run.progress.log(self.name, done)
        if is_whole:
            self.end_version(done, self.run.config["objects"])
        self.run.progress.log(self.name, done, done)

    def _of(self, object_type: str) -> Iterator[Row]:
        """Yield the rows of one object type; see `RecordStream.read_whole`."""
        reader = self._tap.reader(object_type)
        with_associations = not self._tap.has_records
        associations = cast("Associations", self.run.sink("associations"))
        written = Written()
        if self.run.config["archived"]:
            yield from self._archived(object_type, written)
        gathered: list[str] = []
        for records, following in reader.pages(ids_only=True):
            written.forget(records)
            gathered += [str(one["id"]) for one in records]
            if with_associations and (following is None or len(gathered) >= BATCH):
                associations.write_of(object_type, gathered)
                gathered = []
            yield from (index_row(object_type, one) for one in records)
        if self.run.config["archived"]:
            yield from self._archived(object_type, written)
        if with_associations:
            self.run.read_whole.add(object_type)

    def _archived(self, object_type: str, written: Written) -> Iterator[Row]:
        pages = self._tap.reader(object_type).pages(archived=True, ids_only=True)
        for records, _ in pages:
            changed = written.changed(records)
            yield from (index_row(object_type, one) for one in changed)
