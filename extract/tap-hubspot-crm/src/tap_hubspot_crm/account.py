"""The account whose records the state describes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tap_hubspot_crm import conditions
from tap_hubspot_crm.common.errors import TapError, UnreadableError
from tap_hubspot_crm.common.faults import Faults
from tap_hubspot_crm.transport import client
from tap_hubspot_crm.transport.errors import WrongEndpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_hubspot_crm.context import RunContext

ACCOUNT = "account"
"""Key of the state, besides the bookmarks: its ID, and for which credential."""


def check_account(run: RunContext) -> None:
    """Compare the account of the credential with that of the state.

    IDs of records are unique within an account only. Without this check, the records of
    two accounts would be mixed, and those of the first one marked as deleted. It is one
    request, and none while the credential is the same: its account cannot change.

    Args:
        run: The run; its state remembers the account.

    Raises:
        TapError: If they differ, or the run cannot continue.
    """
    known = run.state.get(ACCOUNT) or {}
    credential = fingerprint(run.config)
    if known.get("credential") == credential:
        return
    found = read_account(run)
    if found is None:
        return
    if known and known["id"] != found:
        line = Faults.line(conditions.OTHER_ACCOUNT, found=found, known=known["id"])
        raise TapError(line)
    run.state.setdefault("bookmarks", {})
    run.state[ACCOUNT] = {"id": found, "credential": credential}


def fingerprint(config: Mapping[str, Any]) -> str:
    """Return what tells a credential from others, and from which nobody can derive it.

    Args:
        config: The settings.

    Returns:
        16 hexadecimal digits of the SHA-256 of a token; tokens are long and random.
    """
    token = config.get("access_token") or config.get("refresh_token") or ""
    return hashlib.sha256(str(token).strip().encode()).hexdigest()[:16]


def read_account(run: RunContext) -> int | None:
    """Return the ID of the account; None if HubSpot does not show it.

    https://developers.hubspot.com/docs/api-reference/latest/account/account-information

    Args:
        run: The run.

    Raises:
        TapError: If the run cannot continue.
    """
    try:
        found = run.client.get(client.ACCOUNT, {}, "portalId", int)
    except (UnreadableError, WrongEndpointError) as error:
        run.faults.add(conditions.ACCOUNT_UNKNOWN, message=error)
        return None
    return int(found["portalId"])
