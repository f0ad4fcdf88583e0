"""Columns of what describes the records: properties, owners, pipelines, stages."""

from __future__ import annotations

from tap_hubspot_crm.schemas.columns import (
    BOOLEAN,
    INTEGER,
    JSON,
    NUMBER,
    STRING,
    TIMESTAMP,
    Table,
    column,
)

PROPERTIES = Table(
    "properties",
    (
        column("object_type", STRING, "Object type, such as contacts"),
        column("name", STRING, "Internal name, as in the columns of the records"),
        column("label", STRING, "Name that people see"),
        column("type", STRING, "Type of the values, such as enumeration"),
        column("field_type", STRING, "How it is edited; checkbox: several values"),
        column("group_name", STRING, "Group of properties"),
        column("options", JSON, "Internal values with the labels that people see"),
        column("is_calculated", BOOLEAN, "Whether HubSpot calculates the value"),
        column("is_hidden", BOOLEAN, "Whether HubSpot's pages do not show it"),
        column("is_hubspot_defined", BOOLEAN, "Whether HubSpot defined it"),
        column(
            "data_sensitivity",
            STRING,
            "non_sensitive, sensitive or highly_sensitive",
        ),
        column("updated_at", TIMESTAMP, "When the definition was last changed"),
    ),
    ("object_type", "name"),
    description="Definitions of the properties of the object types that are read",
)
OWNERS = Table(
    "owners",
    (
        column("id", STRING, "ID, as in hubspot_owner_id"),
        column("email", STRING, "E-mail address"),
        column("first_name", STRING, "First name"),
        column("last_name", STRING, "Last name"),
        column(
            "user_id",
            STRING,
            "ID of the user; of an archived owner, the ID that the user had",
        ),
        column("teams", JSON, "Teams: id, name, primary"),
        column("is_archived", BOOLEAN, "Whether the user was deactivated"),
        column("updated_at", TIMESTAMP, "When the owner was last changed"),
    ),
    description="Users and queues that own records, archived ones too",
)
PIPELINES = Table(
    "pipelines",
    (
        column("object_type", STRING, "Object type: deals"),
        column("id", STRING, "ID"),
        column("label", STRING, "Name"),
        column("display_order", INTEGER, "Position among the pipelines"),
        column("is_archived", BOOLEAN, "Whether it is archived"),
    ),
    ("object_type", "id"),
    description="Pipelines of deals",
)
PIPELINE_STAGES = Table(
    "pipeline_stages",
    (
        column("object_type", STRING, "Object type: deals"),
        column("pipeline_id", STRING, "pipelines.id"),
        column("id", STRING, "ID; unique only within its pipeline"),
        column("label", STRING, "Name"),
        column("display_order", INTEGER, "Position in the pipeline"),
        column("is_closed", BOOLEAN, "Whether a deal in it is closed"),
        column("probability", NUMBER, "Probability of winning, 0 to 1; won: 1"),
        column("is_archived", BOOLEAN, "Whether it is archived"),
    ),
    ("object_type", "pipeline_id", "id"),
    description="Stages of the pipelines",
)
