"""Properties and pipelines of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.hubspot.store import OBJECT_TYPES, modified_name

if TYPE_CHECKING:
    from sandbox.hubspot.store import Json

TYPES = {
    "contacts": {
        "email": "string",
        "firstname": "string",
        "lastname": "string",
        "phone": "phone_number",
        "jobtitle": "string",
        "lifecyclestage": "enumeration",
        "hs_lead_status": "enumeration",
        "associatedcompanyid": "number",
        "notes_last_contacted": "datetime",
        "num_contacted_notes": "number",
        "hs_object_source_label": "enumeration",
        "birthday": "date",
        "hs_interests": "checkbox",
    },
    "companies": {
        "name": "string",
        "domain": "string",
        "industry": "enumeration",
        "country": "string",
        "numberofemployees": "number",
        "annualrevenue": "number",
        "lifecyclestage": "enumeration",
        "hs_parent_company_id": "number",
        "hs_ideal_customer_profile": "enumeration",
    },
    "deals": {
        "dealname": "string",
        "pipeline": "enumeration",
        "dealstage": "enumeration",
        "amount": "number",
        "amount_in_home_currency": "number",
        "deal_currency_code": "enumeration",
        "dealtype": "enumeration",
        "closedate": "datetime",
        "hs_is_closed": "bool",
        "hs_is_closed_won": "bool",
        "hs_deal_stage_probability": "number",
        "hs_forecast_amount": "number",
        "closed_won_reason": "string",
        "closed_lost_reason": "string",
    },
}
CALCULATED = {
    "notes_last_contacted",
    "num_contacted_notes",
    "hs_is_closed",
    "hs_is_closed_won",
    "hs_forecast_amount",
    "amount_in_home_currency",
}
STAGES = (
    ("appointmentscheduled", "Appointment scheduled", 0.2),
    ("qualifiedtobuy", "Qualified to buy", 0.4),
    ("contractsent", "Contract sent", 0.9),
    ("closedwon", "Closed won", 1.0),
    ("closedlost", "Closed lost", 0.0),
)
"""ID, label and probability of the stages of each pipeline, in their order."""
PIPELINES = (("default", "Sales pipeline"), ("renewals", "Renewals"))
EPOCH = "1970-01-01T00:00:00Z"
"""HubSpot reports that its own pipelines were created then."""


def definitions() -> dict[str, list[Json]]:
    """Return the properties of each object type, one of them hidden, one sensitive."""
    return {kind: _of(kind) for kind in OBJECT_TYPES}


def _of(kind: str) -> list[Json]:
    types = TYPES.get(kind, {"hs_timestamp": "datetime", "hs_body_preview": "string"})
    created = "createdate" if kind in TYPES else "hs_createdate"
    common = {
        "hs_object_id": "number",
        created: "datetime",
        modified_name(kind): "datetime",
        "hubspot_owner_id": "enumeration",
        "hs_merged_object_ids": "checkbox",
    }
    found = [_property(name, type_) for name, type_ in {**types, **common}.items()]
    found.append({**_property("hs_internal_score", "number"), "hidden": True})
    secret = _property("national_id", "string")
    found.append({**secret, "dataSensitivity": "highly_sensitive"})
    return found


def _property(name: str, kind: str) -> Json:
    options = [
        {"label": label, "value": value, "hidden": False, "displayOrder": place}
        for place, (value, label) in enumerate(
            (("one", "The first"), ("two", "The second"))
        )
    ]
    is_choice = kind in ("enumeration", "checkbox")
    return {
        "name": name,
        "label": name.removeprefix("hs_").replace("_", " ").capitalize(),
        "description": "",
        "type": "enumeration" if kind == "checkbox" else kind,
        "fieldType": kind if kind == "checkbox" else "text",
        "groupName": "information",
        "options": options if is_choice else [],
        "calculated": name in CALCULATED,
        "hidden": False,
        "archived": False,
        "hubspotDefined": name != "birthday",
        "dataSensitivity": "non_sensitive",
        "updatedAt": "2025-01-15T10:00:00.000Z",
    }


def pipelines() -> dict[str, list[Json]]:
    """Return the pipelines of deals; the IDs of the stages repeat."""
    return {
        "deals": [
            {
                "id": key,
                "label": label,
                "displayOrder": place,
                "archived": False,
                "createdAt": EPOCH,
                "updatedAt": EPOCH,
                "stages": [
                    _stage(number, *stage) for number, stage in enumerate(STAGES)
                ],
            }
            for place, (key, label) in enumerate(PIPELINES)
        ]
    }


def _stage(place: int, key: str, label: str, probability: float) -> Json:
    return {
        "id": key,
        "label": label,
        "displayOrder": place,
        "metadata": {
            "isClosed": str(key.startswith("closed")).lower(),
            "probability": str(probability),
        },
        "archived": False,
        "createdAt": EPOCH,
        "updatedAt": EPOCH,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }
