"""What the streams of one run share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from tap_google_health.common.context import Context
from tap_google_health.transport.client import HealthClient

if TYPE_CHECKING:
    from tap_google_health.account import Account


@dataclass
class RunContext(Context[HealthClient]):
    """One run. The tap creates it; its streams use it.

    Attributes:
        account: The account, read once.
    """

    account: Account

    @cached_property
    def started_at(self) -> datetime:
        """When the run began, in UTC."""
        return datetime.fromtimestamp(self.started / 1000, UTC)

    @property
    def family(self) -> str:
        """The data sources to read."""
        return str(self.config["data_source_family"])

    @cached_property
    def today(self) -> date:
        """The civil date of the person, by the settings of the account.

        If the clock of this machine is ahead, that of the server counts: otherwise the
        bookmark would pass days that do not have their data yet.

        Raises:
            TapError: If the run cannot continue.
        """
        offset = timedelta(seconds=self.account.utc_offset(self.started_at))
        moment = self.started_at.astimezone(UTC)
        if self.client.answered_at is not None:
            answered_at = datetime.fromtimestamp(self.client.answered_at, UTC)
            moment = min(moment, answered_at)
        return (moment + offset).date()

    @cached_property
    def start(self) -> date:
        """The first day to read.

        Raises:
            TapError: If neither the setting nor the account gives one.
        """
        given = self.config.get("start_date")
        if given:
            return datetime.fromisoformat(given).date()
        return self.account.first_day()
