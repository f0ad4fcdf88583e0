"""What `--check` finds out: four requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_google_health.common import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_google_health.context import RunContext

SCOPE_NAMES = (
    "activity_and_fitness",
    "health_metrics_and_measurements",
    "sleep",
    "profile",
    "settings",
)


def check(run: RunContext) -> Iterator[str]:
    """Ask Google whose data the token reads, and with which scopes.

    Args:
        run: The run.

    Yields:
        One line for each fact.

    Raises:
        TapError: If the credential is wrong.
    """
    identity = run.account.part("identity")
    yield f"the credential of health user {identity.get('healthUserId')} is valid"
    settings = run.account.part("settings")
    yield f"time zone of the account: {settings.get('timeZone') or 'not visible'}"
    granted = run.client.credential.scopes
    if granted:
        missing = [
            name
            for name in SCOPE_NAMES
            if not any(f"googlehealth.{name}" in scope for scope in granted)
        ]
        yield (
            f"missing scopes: {', '.join(missing)}: authorize the application again"
            if missing
            else "all scopes are granted"
        )
    if run.client.answered_at is not None:
        yield facts.clock(run.client.answered_at)
