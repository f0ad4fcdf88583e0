"""The account: records with their history, associations, owners and pipelines."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.company.rows import linear_time as iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Json = dict[str, Any]
Properties = dict[str, str | None]

OBJECT_TYPES = (
    "contacts",
    "companies",
    "deals",
    "calls",
    "emails",
    "meetings",
    "notes",
    "tasks",
    "communications",
)
KEPT_DAYS = 90  # in the recycle bin
DAY = 86_400_000  # milliseconds


def modified_name(object_type: str) -> str:
    """Return the property that holds the date of modification."""
    return "lastmodifieddate" if object_type == "contacts" else "hs_lastmodifieddate"


@dataclass(slots=True)
class Record:
    """One record.

    Attributes:
        id: ID, a number.
        object_type: Object type, such as contacts.
        properties: Values by name.
        created: When it was created, in milliseconds since 1970.
        updated: When it was last changed.
        archived: When it was moved to the recycle bin; None if it was not.
        history: All values of each property, the newest first: value, time, source.
        versions: Time and properties after each change, for the index of the search.
    """

    id: int
    object_type: str
    properties: Properties
    created: int
    updated: int
    archived: int | None = None
    history: dict[str, list[tuple[str, int, str]]] = field(default_factory=dict)
    versions: list[tuple[int, Properties]] = field(default_factory=list)

    def change(self, at: int, values: Properties, source: str = "CRM_UI") -> None:
        """Set properties, which changes the date of modification."""
        self.updated = at
        own = {
            modified_name(self.object_type): iso(at),
            "hs_object_id": str(self.id),
        }
        self.properties = {**self.properties, **values, **own}
        for name, value in values.items():
            versions = self.history.setdefault(name, [])
            versions.insert(0, (value or "", at, source))
        self.versions.append((at, self.properties))

    def calculate(self, **values: str) -> None:
        """Set calculated properties: the date of modification stays as it is."""
        self.properties = {**self.properties, **values}

    def indexed(self, before: int) -> Properties | None:
        """Return the properties that the index shows; None if it has no record yet.

        Args:
            before: Changes after this time are not in the index yet.
        """
        if self.updated <= before:
            return self.versions[-1][1]
        return next(
            (each for at, each in reversed(self.versions) if at <= before), None
        )


class Account:
    """Everything that the API knows.

    Args:
        clock: Returns the time in seconds since 1970.

    Attributes:
        records: Records by object type and ID.
        lag: Seconds after which the index of the search shows a change.
        missing_scopes: Object types (or `owners`, `schemas`) that the credential
            cannot read, with the scope that it lacks.
        definitions: Properties by object type.
        portal: ID of the account.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Begin with an empty account."""
        self.clock = clock
        self.records: dict[str, dict[int, Record]] = {kind: {} for kind in OBJECT_TYPES}
        self.links: dict[tuple[str, str], dict[int, dict[int, list[Json]]]] = {}
        self.owners: list[Json] = []
        self.pipelines: dict[str, list[Json]] = {}
        self.definitions: dict[str, list[Json]] = {}
        self.lag = 0.0
        self.portal = 1
        self.missing_scopes: dict[str, str] = {}

    @property
    def now(self) -> int:
        """The time in milliseconds since 1970."""
        return int(self.clock() * 1000)

    def add(
        self, object_type: str, key: int, at: int | None = None, /, **values: str | None
    ) -> Record:
        """Create a record.

        Args:
            object_type: Object type.
            key: ID.
            at: When, in milliseconds since 1970; now if absent.
            values: Properties.
        """
        at = self.now if at is None else at
        created = "createdate"
        if object_type not in OBJECT_TYPES[:3]:
            created = "hs_createdate"
        record = Record(key, object_type, {created: iso(at)}, at, at)
        record.change(at, values)
        self.records[object_type][key] = record
        return record

    def archive(self, object_type: str, key: int, at: int | None = None) -> None:
        """Move a record to the recycle bin: the date of modification stays."""
        self.records[object_type][key].archived = self.now if at is None else at

    def restore(self, object_type: str, key: int) -> None:
        """Move a record back from the recycle bin."""
        self.records[object_type][key].archived = None

    def purge(self, object_type: str, key: int) -> None:
        """Remove a record without a trace, as a GDPR deletion does."""
        del self.records[object_type][key]
        for pair, links in self.links.items():
            if pair[0] == object_type:
                links.pop(key, None)
            if pair[1] == object_type:
                for others in links.values():
                    others.pop(key, None)

    def merge(
        self, object_type: str, winner: int, loser: int, at: int | None = None
    ) -> None:
        """Merge two records: one is removed, and the other one contains its ID."""
        kept = self.records[object_type][winner]
        known = kept.properties.get("hs_merged_object_ids")
        merged = ";".join(filter(None, [known, str(loser)]))
        self.purge(object_type, loser)
        kept.change(self.now if at is None else at, {"hs_merged_object_ids": merged})

    def link(
        self,
        first: tuple[str, int],
        second: tuple[str, int],
        type_id: int,
        label: str | None = None,
        category: str = "HUBSPOT_DEFINED",
    ) -> None:
        """Associate two records, in both directions; no date changes."""
        spec = {"category": category, "typeId": type_id, "label": label}
        for one, other in ((first, second), (second, first)):
            links = self.links.setdefault((one[0], other[0]), {})
            specs = links.setdefault(one[1], {}).setdefault(other[1], [])
            if spec not in specs:
                specs.append(spec)

    def unlink(self, first: tuple[str, int], second: tuple[str, int]) -> None:
        """Remove every association of two records; no date changes."""
        for one, other in ((first, second), (second, first)):
            links = self.links.get((one[0], other[0]), {})
            links.get(one[1], {}).pop(other[1], None)

    def listed(self, object_type: str, *, archived: bool) -> list[Record]:
        """Return the records of a list, by ID."""
        oldest = self.now - KEPT_DAYS * DAY
        found = sorted(self.records[object_type].items())
        if archived:
            return [one for _, one in found if one.archived and one.archived >= oldest]
        return [one for _, one in found if one.archived is None]

    def indexed(self, object_type: str) -> list[tuple[Record, Properties]]:
        """Return the records that a search sees, with their properties there."""
        before = self.now - int(self.lag * 1000)
        pairs = (
            (one, one.indexed(before))
            for one in self.records[object_type].values()
            if one.archived is None
        )
        return [(one, found) for one, found in pairs if found is not None]


def shown(record: Record, names: Iterable[str], history: Iterable[str] = ()) -> Json:
    """Return a record as the API shows it.

    Args:
        record: The record.
        names: Properties to return; the ones that it does not have are null.
        history: Properties whose earlier values are returned, too.
    """
    always = {"hs_object_id", modified_name(record.object_type)}
    wanted = sorted({*names, *always})
    path = {"contacts": "0-1", "companies": "0-2", "deals": "0-3"}
    kind = path.get(record.object_type, record.object_type)
    found: Json = {
        "id": str(record.id),
        "properties": {name: record.properties.get(name) for name in wanted},
        "createdAt": iso(record.created),
        "updatedAt": iso(record.updated),
        "archived": record.archived is not None,
        "url": f"https://app.hubspot.com/contacts/1/record/{kind}/{record.id}",
    }
    if record.archived is not None:
        found["archivedAt"] = iso(record.archived)
    if history:
        found["propertiesWithHistory"] = {
            name: [
                {"value": value, "timestamp": iso(at), "sourceType": source}
                for value, at, source in record.history.get(name, ())
            ]
            for name in history
        }
    return found
