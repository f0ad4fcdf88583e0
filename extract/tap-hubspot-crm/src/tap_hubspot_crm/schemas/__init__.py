"""Columns of every stream."""

from __future__ import annotations

from tap_hubspot_crm.schemas.definitions import (
    OWNERS,
    PIPELINE_STAGES,
    PIPELINES,
    PROPERTIES,
)
from tap_hubspot_crm.schemas.records import (
    CALLS,
    COMMUNICATIONS,
    COMPANIES,
    CONTACTS,
    DEALS,
    EMAILS,
    MEETINGS,
    NOTES,
    TASKS,
)
from tap_hubspot_crm.schemas.relations import (
    ASSOCIATIONS,
    DEAL_PROPERTY_HISTORY,
    RECORD_INDEX,
)

RECORDS = (
    CONTACTS,
    COMPANIES,
    DEALS,
    CALLS,
    EMAILS,
    MEETINGS,
    NOTES,
    TASKS,
    COMMUNICATIONS,
)
"""Object types of the CRM, in the order in which they are read."""

TABLES = (
    PROPERTIES,
    OWNERS,
    PIPELINES,
    PIPELINE_STAGES,
    *RECORDS,
    DEAL_PROPERTY_HISTORY,
    ASSOCIATIONS,
    RECORD_INDEX,
)

__all__ = [
    "ASSOCIATIONS",
    "CALLS",
    "COMMUNICATIONS",
    "COMPANIES",
    "CONTACTS",
    "DEALS",
    "DEAL_PROPERTY_HISTORY",
    "EMAILS",
    "MEETINGS",
    "NOTES",
    "OWNERS",
    "PIPELINES",
    "PIPELINE_STAGES",
    "PROPERTIES",
    "RECORDS",
    "RECORD_INDEX",
    "TABLES",
    "TASKS",
]
