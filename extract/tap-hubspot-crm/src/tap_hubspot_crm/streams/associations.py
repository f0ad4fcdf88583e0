"""Associations: of the records of a batch, or of all records in the weekly run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_hubspot_crm import conditions, schemas
from tap_hubspot_crm.common.errors import UnreadableError
from tap_hubspot_crm.schemas.rows import association_rows
from tap_hubspot_crm.streams.base import HubSpotStream
from tap_hubspot_crm.streams.reading import batches
from tap_hubspot_crm.transport.errors import RefusedError, ScopesError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_hubspot_crm.schemas.rows import Json, Row
    from tap_hubspot_crm.transport.client import HubSpotClient

READ_BATCH = 1000
"""Records whose associations one request reads."""


class Associations(HubSpotStream):
    """Which records belong together.

    Adding or removing an association does not change the date of modification of a
    record. So only a run that reads the associations of all records can see that one
    is gone.
    """

    table = schemas.ASSOCIATIONS
    _is_whole = True
    _done = 0

    def write_of(self, object_type: str, ids: Sequence[str]) -> None:
        """Write the associations of some records, before the records themselves.

        Args:
            object_type: Object type of the records.
            ids: Their IDs.

        Raises:
            FailedError: If a request fails in every attempt: the records wait for the
                next run.
        """
        if not self.selected:
            return
        if self._stream_version is None:
            self.begin_version()
        for pair in self.run.pairs:
            if pair[0] != object_type:
                continue
            try:
                for rows in read_pair(self.run.client, pair, ids):
                    self._done += len(rows)
                    self.write(rows)
            except (RefusedError, ScopesError) as error:
                self._fail(pair, error)

    def _fail(self, pair: tuple[str, str], error: UnreadableError) -> None:
        """Report a pair that HubSpot refuses; the others are read."""
        self._is_whole = False
        names = " to ".join(pair)
        self.run.faults.add(conditions.PAIR_FAILED, item=names, message=error)

    def read(self) -> Iterator[Row]:
        """Mark what is gone as deleted, if this run read every record."""
        yield from ()
        first = {pair[0] for pair in self.run.pairs} & set(self.run.config["objects"])
        if self._tap.has_records:
            first = {name for name in first if self.run.is_selected(name)}
        else:
            for object_type in sorted(first - self.run.read_whole):
                self._read_all(object_type)
        if self._is_whole and first and first <= self.run.read_whole:
            if self._stream_version is None:
                self.begin_version()
            names = {f"{one}:{two}" for one, two in self.run.pairs if one in first}
            self.end_version(self._done, names)
        self.run.progress.log(self.name, self._done, self._done)

    def _read_all(self, object_type: str) -> None:
        ids = (
            str(one["id"])
            for records, _ in self._tap.reader(object_type).pages(ids_only=True)
            for one in records
        )
        for batch in batches(ids, READ_BATCH):
            self.write_of(object_type, batch)
        self.run.read_whole.add(object_type)


def read_pair(
    client: HubSpotClient, pair: tuple[str, str], ids: Sequence[str]
) -> Iterator[list[Row]]:
    """Yield the associations of some records, with every page of long lists.

    Args:
        client: The client.
        pair: Object types of the records.
        ids: IDs of the first records.

    Yields:
        The rows of one response.

    Raises:
        UnreadableError: If a request is refused or fails in every attempt.
    """
    path = f"/crm/associations/{{version}}/{pair[0]}/{pair[1]}/batch/read"
    for batch in batches(ids, READ_BATCH):
        inputs: list[dict[str, str]] = [{"id": each} for each in batch]
        while inputs:
            page = client.post(path, {"inputs": inputs}, "results")
            following = []
            rows: list[Row] = []
            for given in page["results"]:
                rows += association_rows(pair, given)
                if after := _after(given):
                    following.append({"id": str(given["from"]["id"]), "after": after})
            if following and following == inputs:
                message = f"the list of {following[0]['id']} does not end"
                raise UnreadableError(message)
            yield rows
            inputs = following


def _after(given: Json) -> str | None:
    after = ((given.get("paging") or {}).get("next") or {}).get("after")
    return None if after is None else str(after)
