"""Streams that are small and read completely: the account and its devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_google_health.civil import civil_date, seconds
from tap_google_health.common.cursors import Cursors
from tap_google_health.schemas import account
from tap_google_health.streams.base import SCOPES, HealthStream
from tap_google_health.streams.lists import follow, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_google_health.streams.base import Row

UNITS = {
    "distance": "distanceUnit",
    "height": "heightUnit",
    "weight": "weightUnit",
    "temperature": "temperatureUnit",
    "glucose": "glucoseUnit",
    "swim": "swimUnit",
    "water": "waterUnit",
}
PARTS = {"profile": "profile", "settings": "settings"}
"""Resources of the account, and the scope that each needs."""


class WholeStream(HealthStream):
    """A stream with a version: what it no longer contains is deleted."""

    def read(self) -> Iterator[Row]:
        """Yield every row, then activate the version."""
        self.begin_version()
        done = 0
        for row in self.rows():
            found = self.converted(row)
            if found is not None:
                done += 1
                yield found
        self.run.progress.log(self.name, done, done)
        self.end_version()

    def rows(self) -> Iterator[Row]:
        """Yield the rows."""
        raise NotImplementedError


class Users(WholeStream):
    """The person whose data is read: one row."""

    name = "users"
    table = account.USERS
    scope = "profile"

    def rows(self) -> Iterator[Row]:
        """Yield the row, from the identity, the profile and the settings."""
        known = self.run.account
        identity = known.part("identity")
        if "identity" in known.refused:
            raise known.refused["identity"]
        parts = {name: known.part(name) for name in PARTS}
        for name, part_scope in PARTS.items():
            if name in known.refused:
                self.report_scope(f"{SCOPES}{part_scope}.readonly", f"the {name}")
        profile, settings = parts["profile"], parts["settings"]
        member_since = profile.get("membershipStartDate")
        yield {
            "id": identity.get("healthUserId"),
            "health_user_id": identity.get("healthUserId"),
            "legacy_user_id": identity.get("legacyUserId"),
            "time_zone": settings.get("timeZone"),
            "units": _units(settings),
            # The API leaves out an offset of zero.
            "utc_offset": lambda: (
                seconds(settings.get("utcOffset")) if settings else None
            ),
            "age": profile.get("age"),
            "member_since": lambda: civil_date(member_since) if member_since else None,
        }


class PairedDevices(WholeStream):
    """Trackers and scales."""

    name = "paired_devices"
    table = account.PAIRED_DEVICES
    scope = "settings"

    def rows(self) -> Iterator[Row]:
        """Yield the devices, page by page."""
        token: str | None = None
        tokens = Cursors()
        while True:
            query: dict[str, Any] = {"pageSize": 100}
            if token:
                query["pageToken"] = token
            body = self.run.client.send("GET", "users/me/pairedDevices", params=query)
            devices = objects(body, "pairedDevices")
            for device in devices:
                yield {
                    "id": str(device.get("name") or "").rpartition("/")[2] or None,
                    "device_type": device.get("deviceType"),
                    "version": device.get("deviceVersion"),
                    "battery_level": device.get("batteryLevel", 0)
                    if device.get("batteryStatus")
                    else device.get("batteryLevel"),
                    "last_sync_at": device.get("lastSyncTime"),
                }
            token = body.get("nextPageToken")
            if not token:
                return
            token = follow(tokens, token, len(devices))


def _units(settings: Row) -> dict[str, Any] | None:
    """Return the units of the settings; None if they are not visible."""
    if not settings:
        return None
    return {name: settings.get(field) for name, field in UNITS.items()}


WHOLE = (Users, PairedDevices)
