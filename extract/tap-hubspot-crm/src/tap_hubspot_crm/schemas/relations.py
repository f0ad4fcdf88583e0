"""Columns of what belongs to records: associations, history, and the list of all."""

from __future__ import annotations

from tap_hubspot_crm.schemas.columns import (
    BOOLEAN,
    STRING,
    TIMESTAMP,
    Table,
    column,
)

ASSOCIATIONS = Table(
    "associations",
    (
        column("from_object_type", STRING, "Object type of the first record"),
        column("from_id", STRING, "ID of the first record"),
        column("to_object_type", STRING, "Object type of the second record"),
        column("to_id", STRING, "ID of the second record"),
        column("type_id", STRING, "ID of the type of the association"),
        column("category", STRING, "HUBSPOT_DEFINED, USER_DEFINED, …"),
        column("label", STRING, "Label, such as Primary; null without one"),
    ),
    ("from_object_type", "from_id", "to_object_type", "to_id", "type_id"),
    description="Which records belong together, one row per type of association",
)
DEAL_PROPERTY_HISTORY = Table(
    "deal_property_history",
    (
        column("deal_id", STRING, "deals.id"),
        column("property", STRING, "Name of the property"),
        column("changed_at", TIMESTAMP, "When the value was set"),
        column("value", STRING, "The value that was set, as the API returned it"),
        column("source_type", STRING, "What set it, such as CRM_UI"),
        column("source_id", STRING, "ID of what set it"),
        column("updated_by_user_id", STRING, "ID of the user who set it"),
    ),
    ("deal_id", "property", "changed_at"),
    description="Values that chosen properties of deals had, and since when",
)
RECORD_INDEX = Table(
    "record_index",
    (
        column("object_type", STRING, "Object type"),
        column("id", STRING, "ID of the record"),
        column("is_archived", BOOLEAN, "Whether the record is in the recycle bin"),
        column("updated_at", TIMESTAMP, "When the record was last changed"),
    ),
    ("object_type", "id"),
    description="ID of every record: what is missing was purged or merged",
)
