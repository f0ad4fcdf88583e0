"""The account: identity, profile and settings, each read once per run."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_google_health import conditions
from tap_google_health.civil import civil_date, seconds
from tap_google_health.common.errors import TapError
from tap_google_health.common.faults import Faults
from tap_google_health.transport.errors import ScopeError

if TYPE_CHECKING:
    from tap_google_health.transport.client import HealthClient

PARTS = ("identity", "profile", "settings")


class Account:
    """Reads the three resources of the account when they are needed.

    Args:
        client: The client.

    Attributes:
        refused: Why a part cannot be read, by its name.
    """

    def __init__(self, client: HealthClient) -> None:
        """Keep the client; read nothing yet."""
        self._client = client
        self._parts: dict[str, dict[str, Any]] = {}
        self.refused: dict[str, ScopeError] = {}

    def part(self, name: str) -> dict[str, Any]:
        """Return a resource of the account; empty if a scope is missing.

        Args:
            name: identity, profile or settings.

        Raises:
            UnreadableError: If it cannot be read.
            TapError: If the run cannot continue.
        """
        if name not in self._parts:
            try:
                found = self._client.send("GET", f"users/me/{name}")
            except ScopeError as error:
                found = {}
                self.refused[name] = error
            self._parts[name] = found
        return self._parts[name]

    def utc_offset(self, moment: datetime) -> int:
        """Return the offset of local time from UTC, in seconds.

        Args:
            moment: When; the time zone of the settings may have a summer time.
        """
        settings = self.part("settings")
        try:
            zone = ZoneInfo(settings.get("timeZone") or "")
        except (KeyError, OSError, ValueError, TypeError):  # unknown or missing
            try:
                return seconds(settings.get("utcOffset"))
            except (TypeError, ValueError):
                return 0
        offset = moment.astimezone(zone).utcoffset() or timedelta()
        return int(offset.total_seconds())

    def first_day(self) -> date:
        """Return the day when the account was created.

        Raises:
            TapError: If the profile does not show it.
        """
        try:
            found = civil_date(self.part("profile").get("membershipStartDate") or {})
        except (TypeError, ValueError):
            line = Faults.line(conditions.START_UNKNOWN)
            raise TapError(line) from None
        return date.fromisoformat(found)
