"""The properties that the user has chosen, as columns of the records."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tap_hubspot_crm.common.errors import SettingsError
from tap_hubspot_crm.common.variables import fill
from tap_hubspot_crm.schemas.columns import TIMESTAMP, Column, Table, prop
from tap_hubspot_crm.schemas.values import column_of
from tap_hubspot_crm.settings import EVERY
from tap_hubspot_crm.streams.definitions import definitions
from tap_hubspot_crm.transport.errors import ScopesError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_hubspot_crm.transport.client import HubSpotClient

Json = dict[str, Any]
NON_SENSITIVE = (None, "non_sensitive")
NAME = re.compile(r"\w+")
STAGE_DATES = ("entered", "exited")


def with_chosen(
    client: HubSpotClient,
    table: Table,
    chosen: str | list[str],
    pipelines: Iterable[Json],
) -> Table:
    """Return a table with the columns that the user has chosen in addition.

    Args:
        client: Asks for the definitions of the properties: one request.
        table: The table with the default columns.
        chosen: Names of properties, as a list or with commas between them, or EVERY.
        pipelines: Pipelines of the object type. The dates of each stage exist as
            properties, but no list of properties contains them.

    Raises:
        SettingsError: If there is no such property.
    """
    known = {
        each["name"]: column_of(each)
        for each in definitions(client, table.name)
        if not each.get("archived") and (chosen != EVERY or _is_public(each))
    }
    known |= {column.name: column for column in _stage_dates(pipelines)}
    names: Iterable[str] = known
    if chosen != EVERY:
        names = chosen.split(",") if isinstance(chosen, str) else chosen
        names = [name.strip() for name in names if name.strip()]
    if missing := [name for name in names if name not in known]:
        message = fill(
            "{properties}: {object} have no property {names}",
            object=table.name,
            names=", ".join(missing),
        )
        raise SettingsError(message)
    present = {column.name for column in table.columns}
    more = tuple(known[name] for name in names if name not in present)
    return replace(table, columns=table.columns + more)


def check_history(client: HubSpotClient, table: Table, names: Iterable[str]) -> None:
    """Check the properties of which earlier values are read.

    HubSpot ignores a name that it does not know, so no row would say so.

    Args:
        client: Asks for the definitions if a name is none of the columns.
        table: The table of the deals.
        names: Names of properties.

    Raises:
        SettingsError: If there is no such property.
    """
    missing = set(names) - {column.name for column in table.columns}
    if missing:
        try:
            missing -= {str(each["name"]) for each in definitions(client, table.name)}
        except ScopesError:
            return
    if missing:
        message = fill(
            "{property_history}: {object} have no property {names}",
            object=table.name,
            names=", ".join(sorted(missing)),
        )
        raise SettingsError(message)


def _is_public(definition: Json) -> bool:
    return (
        not definition.get("hidden")
        and definition.get("dataSensitivity") in NON_SENSITIVE
    )


def _stage_dates(pipelines: Iterable[Json]) -> Iterable[Column]:
    """Yield when a deal entered and left each stage the last time."""
    for pipeline in pipelines:
        for stage in pipeline.get("stages") or ():
            for what in STAGE_DATES:
                name = f"hs_v2_date_{what}_{stage['id']}"
                if NAME.fullmatch(name):
                    label = f"When the deal {what} {stage.get('label')} the last time"
                    yield prop(name, TIMESTAMP, label)
