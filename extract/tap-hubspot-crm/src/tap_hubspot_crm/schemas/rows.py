"""Rows, from HubSpot's objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_hubspot_crm.common.timestamps import timestamp
from tap_hubspot_crm.schemas.values import WORDS, converted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_hubspot_crm.schemas.columns import Table

Json = dict[str, Any]
Row = dict[str, Any]


def record_row(
    table: Table, given: Json, unusable: Callable[[str, str, str], None]
) -> Row:
    """Return the row of a CRM record.

    Args:
        table: The columns.
        given: The record as HubSpot returns it.
        unusable: Is called with the column, the value and the type that it lacks, for
            each value that does not fit its column.

    Raises:
        KeyError, AttributeError: If the record has no properties: a row of nulls would
            replace the right one.
    """
    properties = given["properties"]
    row: Row = {"id": str(given["id"])}
    for column in table.properties:
        value = properties.get(column.name)
        try:
            row[column.name] = converted(value, column.kind)
        except ValueError:
            unusable(column.name, str(value), WORDS.get(column.kind, "text"))
            row[column.name] = None
    return row | {
        "created_at": moment(given.get("createdAt")),
        "updated_at": moment(given.get("updatedAt")),
        "is_archived": bool(given.get("archived")),
        "archived_at": moment(given.get("archivedAt")),
        "url": given.get("url"),
    }


def index_row(object_type: str, given: Json) -> Row:
    """Return the row of a record in `record_index`."""
    return {
        "object_type": object_type,
        "id": str(given["id"]),
        "is_archived": bool(given.get("archived")),
        "updated_at": moment(given.get("updatedAt")),
    }


def property_row(object_type: str, given: Json) -> Row:
    """Return the row of the definition of a property."""
    return {
        "object_type": object_type,
        "name": given["name"],
        "label": given.get("label"),
        "type": given.get("type"),
        "field_type": given.get("fieldType"),
        "group_name": given.get("groupName"),
        "options": given.get("options"),
        "is_calculated": given.get("calculated"),
        "is_hidden": given.get("hidden"),
        "is_hubspot_defined": given.get("hubspotDefined"),
        "data_sensitivity": given.get("dataSensitivity"),
        "updated_at": moment(given.get("updatedAt")),
    }


def owner_row(given: Json) -> Row:
    """Return the row of an owner."""
    user = given.get("userId")
    if user is None:
        user = given.get("userIdIncludingInactive")
    return {
        "id": str(given["id"]),
        "email": given.get("email"),
        "first_name": given.get("firstName"),
        "last_name": given.get("lastName"),
        "user_id": text(user),
        "teams": given.get("teams"),
        "is_archived": bool(given.get("archived")),
        "updated_at": moment(given.get("updatedAt")),
    }


def pipeline_row(object_type: str, given: Json) -> Row:
    """Return the row of a pipeline."""
    return {
        "object_type": object_type,
        "id": str(given["id"]),
        "label": given.get("label"),
        "display_order": given.get("displayOrder"),
        "is_archived": bool(given.get("archived")),
    }


def stage_row(object_type: str, pipeline: Json, given: Json) -> Row:
    """Return the row of a stage; HubSpot sends its metadata as text."""
    metadata = given.get("metadata") or {}
    is_closed = metadata.get("isClosed")
    return {
        "object_type": object_type,
        "pipeline_id": str(pipeline["id"]),
        "id": str(given["id"]),
        "label": given.get("label"),
        "display_order": given.get("displayOrder"),
        "is_closed": None if is_closed is None else str(is_closed).lower() == "true",
        "probability": _probability(metadata.get("probability")),
        "is_archived": bool(given.get("archived")),
    }


def association_rows(pair: tuple[str, str], given: Json) -> list[Row]:
    """Return the rows of one record's associations.

    Args:
        pair: Object types of the records.
        given: An entry of the results of associations batch/read.
    """
    first, second = pair
    return [
        {
            "from_object_type": first,
            "from_id": str(given["from"]["id"]),
            "to_object_type": second,
            "to_id": str(other["toObjectId"]),
            "type_id": str(kind["typeId"]),
            "category": kind.get("category"),
            "label": kind.get("label"),
        }
        for other in given.get("to") or ()
        for kind in other.get("associationTypes") or ()
    ]


def history_rows(given: Json) -> list[Row]:
    """Return the rows of the values that properties of a deal had.

    Of two values with one timestamp, HubSpot lists the newer one first: it is kept.

    Args:
        given: The deal with `propertiesWithHistory`.
    """
    rows: dict[tuple[str, str], Row] = {}
    for name, versions in (given.get("propertiesWithHistory") or {}).items():
        for version in versions or ():
            changed_at = moment(version.get("timestamp"))
            if changed_at is None:
                continue
            row = {
                "deal_id": str(given["id"]),
                "property": name,
                "changed_at": changed_at,
                "value": version.get("value"),
                "source_type": version.get("sourceType"),
                "source_id": version.get("sourceId"),
                "updated_by_user_id": text(version.get("updatedByUserId")),
            }
            rows.setdefault((name, changed_at), row)
    return list(rows.values())


def moment(value: object) -> str | None:
    """Return a timestamp of the API in the taps' form; None if it is not valid."""
    try:
        return timestamp(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def text(value: object) -> str | None:
    """Return an ID as text."""
    return None if value is None else str(value)


def _probability(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
