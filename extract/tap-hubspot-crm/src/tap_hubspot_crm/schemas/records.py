"""Columns of CRM records: contacts, companies, deals and six kinds of engagements.

A property keeps HubSpot's name. Contacts are the one object type whose date of
modification is `lastmodifieddate`; all others have `hs_lastmodifieddate`.
"""

from __future__ import annotations

from tap_hubspot_crm.schemas.columns import (
    BOOLEAN,
    NUMBER,
    STRING,
    TIMESTAMP,
    Column,
    Table,
    column,
    prop,
)

MODIFIED = prop("hs_lastmodifieddate", TIMESTAMP, "When the record was last changed")
CREATED = prop("createdate", TIMESTAMP, "When the record was created")
OWNER = prop("hubspot_owner_id", STRING, "owners.id of the owner")
STAGE_OF_LIFE = prop("lifecyclestage", STRING, "Stage from lead to customer")
MERGED = prop(
    "hs_merged_object_ids",
    STRING,
    "IDs of the records that were merged into this one, with `;` between them",
)
AROUND = (
    column("created_at", TIMESTAMP, "When the record was created"),
    column("updated_at", TIMESTAMP, "When the record was last changed"),
    column("is_archived", BOOLEAN, "Whether the record is in the recycle bin"),
    column("archived_at", TIMESTAMP, "When it was moved there"),
    column("url", STRING, "Address of its page in HubSpot"),
)


def record(
    name: str,
    description: str,
    *properties: Column,
    modified: Column = MODIFIED,
) -> Table:
    """Declare an object type.

    Args:
        name: Object type, which is also the name of the stream.
        description: What a row is.
        properties: The properties that are read by default.
        modified: The property that holds the date of modification.
    """
    key = column("id", STRING, "ID of the record")
    return Table(
        name,
        (key, *properties, modified, *AROUND),
        replication_key=modified.name,
        description=description,
    )


def engagement(name: str, description: str, *properties: Column) -> Table:
    """Declare one of the six kinds of engagements."""
    return record(
        name,
        description,
        prop(
            "hs_timestamp",
            TIMESTAMP,
            "When it happened, or will happen (a meeting, a task)",
        ),
        prop("hs_createdate", TIMESTAMP, "When it was written down"),
        OWNER,
        prop("hs_engagement_source", STRING, "What created it, such as CRM_UI"),
        prop("hs_body_preview", STRING, "First characters of the text"),
        *properties,
    )


CONTACTS = record(
    "contacts",
    "People",
    prop("email", STRING, "E-mail address"),
    prop("firstname", STRING, "First name"),
    prop("lastname", STRING, "Last name"),
    prop("phone", STRING, "Phone number"),
    prop("jobtitle", STRING, "Job title"),
    STAGE_OF_LIFE,
    prop("hs_lead_status", STRING, "State of the lead"),
    prop("associatedcompanyid", STRING, "companies.id of the primary company"),
    OWNER,
    CREATED,
    prop("notes_last_contacted", TIMESTAMP, "Last call, e-mail or meeting"),
    prop("num_contacted_notes", NUMBER, "Number of calls, e-mails and meetings"),
    MERGED,
    prop("hs_object_source_label", STRING, "What created the record"),
    modified=prop("lastmodifieddate", TIMESTAMP, "When the record was last changed"),
)
COMPANIES = record(
    "companies",
    "Companies",
    prop("name", STRING, "Name"),
    prop("domain", STRING, "Domain of the website"),
    prop("industry", STRING, "Industry"),
    prop("country", STRING, "Country"),
    prop("numberofemployees", NUMBER, "Number of employees"),
    prop("annualrevenue", NUMBER, "Revenue of a year"),
    STAGE_OF_LIFE,
    OWNER,
    prop("hs_parent_company_id", STRING, "companies.id of the parent company"),
    prop("hs_ideal_customer_profile", STRING, "How well it fits, such as tier_1"),
    CREATED,
    MERGED,
)
DEALS = record(
    "deals",
    "Deals",
    prop("dealname", STRING, "Name"),
    prop("pipeline", STRING, "pipelines.id"),
    prop("dealstage", STRING, "pipeline_stages.id within the pipeline"),
    prop("amount", NUMBER, "Amount in the currency of the deal"),
    prop("amount_in_home_currency", NUMBER, "Amount in the currency of the account"),
    prop("deal_currency_code", STRING, "Currency of the deal, such as EUR"),
    prop("dealtype", STRING, "newbusiness or existingbusiness"),
    prop("closedate", TIMESTAMP, "When it was closed, or is expected to be"),
    CREATED,
    prop("hs_is_closed", BOOLEAN, "Whether it is closed, won or lost"),
    prop("hs_is_closed_won", BOOLEAN, "Whether it is won"),
    prop("hs_deal_stage_probability", NUMBER, "Probability of winning, 0 to 1"),
    prop("hs_forecast_amount", NUMBER, "Amount multiplied by the probability"),
    prop("closed_won_reason", STRING, "Why it was won"),
    prop("closed_lost_reason", STRING, "Why it was lost"),
    OWNER,
    MERGED,
)
CALLS = engagement(
    "calls",
    "Calls",
    prop("hs_call_title", STRING, "Title"),
    prop("hs_call_direction", STRING, "INBOUND or OUTBOUND"),
    prop("hs_call_status", STRING, "State, such as COMPLETED"),
    prop("hs_call_disposition", STRING, "ID of the outcome"),
    prop("hs_call_duration", NUMBER, "Duration in milliseconds"),
)
EMAILS = engagement(
    "emails",
    "E-mails",
    prop("hs_email_subject", STRING, "Subject"),
    prop("hs_email_direction", STRING, "INCOMING_EMAIL, EMAIL or FORWARDED_EMAIL"),
    prop("hs_email_status", STRING, "State, such as SENT"),
)
MEETINGS = engagement(
    "meetings",
    "Meetings",
    prop("hs_meeting_title", STRING, "Title"),
    prop("hs_meeting_start_time", TIMESTAMP, "Start"),
    prop("hs_meeting_end_time", TIMESTAMP, "End"),
    prop("hs_meeting_outcome", STRING, "Outcome, such as COMPLETED or NO_SHOW"),
    prop("hs_meeting_location_type", STRING, "Kind of place, such as PHONE"),
)
NOTES = engagement("notes", "Notes")
TASKS = engagement(
    "tasks",
    "Tasks",
    prop("hs_task_subject", STRING, "Title"),
    prop("hs_task_status", STRING, "State, such as COMPLETED"),
    prop("hs_task_priority", STRING, "NONE, LOW, MEDIUM or HIGH"),
    prop("hs_task_type", STRING, "Kind, such as CALL"),
    prop("hs_task_completion_date", TIMESTAMP, "When it was completed"),
)
COMMUNICATIONS = engagement(
    "communications",
    "Messages by SMS, WhatsApp or LinkedIn",
    prop("hs_communication_channel_type", STRING, "Channel, such as WHATS_APP"),
)
