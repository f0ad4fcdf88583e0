"""What `--check` finds out: a request for the account and for each object type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_hubspot_crm.account import read_account
from tap_hubspot_crm.common import facts
from tap_hubspot_crm.transport.errors import RefusedError, ScopesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_hubspot_crm.context import RunContext
    from tap_hubspot_crm.streams.reading import RecordReader


def check(run: RunContext, reader: Callable[[str], RecordReader]) -> Iterator[str]:
    """Ask HubSpot which object types the credential can read.

    Args:
        run: The run.
        reader: Returns the requests of an object type.

    Yields:
        One line for each fact.

    Raises:
        TapError: If the credential is wrong.
    """
    account = read_account(run)
    readable, lacking = [], []
    for object_type in run.config["objects"]:
        try:
            number = reader(object_type).count()
        except (RefusedError, ScopesError) as error:
            lacking.append(f"{object_type} ({error})")
        else:
            readable.append(f"{object_type} ({number:,})")
    of = f" of account {account}" if account else ""
    yield f"the credential{of} is valid"
    yield facts.listing("object types", readable)
    if lacking:
        yield f"not readable: {', '.join(lacking)}"
    if run.client.points_left is not None:
        yield f"left of this day: {run.client.points_left:,.0f} requests"
    if run.client.answered_at is not None:
        yield facts.clock(run.client.answered_at)
