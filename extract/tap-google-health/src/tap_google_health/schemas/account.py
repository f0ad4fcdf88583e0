"""The account: its owner and devices."""

from __future__ import annotations

from singer_sdk import typing as th

from tap_google_health.common.columns import date, integer, schema, string, timestamp

UNITS = th.ObjectType(
    th.Property("distance", th.StringType),
    th.Property("height", th.StringType),
    th.Property("weight", th.StringType),
    th.Property("temperature", th.StringType),
    th.Property("glucose", th.StringType),
    th.Property("swim", th.StringType),
    th.Property("water", th.StringType),
)

USERS = schema(
    id=string("ID of the user in the Google Health API."),
    health_user_id=string("The same: identity.healthUserId."),
    legacy_user_id=string("ID of the user in the Fitbit Web API, which was shut down."),
    time_zone=string("Time zone in the account's settings, such as Europe/Berlin."),
    units={"kind": UNITS, "description": "Units that the app shows. Rows have others."},
    utc_offset=integer("Offset of the user's local time from UTC, in seconds."),
    age=integer("Age in years."),
    member_since=date("When the account was created."),
)
PAIRED_DEVICES = schema(
    id=string("ID of the device."),
    device_type=string("TRACKER or SCALE."),
    version=string("Name of the product, such as Charge 6."),
    battery_level=integer("Charge of the battery, in percent."),
    last_sync_at=timestamp("When the device last sent data to the app."),
)
