"""Settings and streams of the tap."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from tap_google_health import conditions
from tap_google_health.account import Account
from tap_google_health.check import check
from tap_google_health.common.errors import TapError
from tap_google_health.common.faults import Faults
from tap_google_health.common.tap import ApiTap
from tap_google_health.context import RunContext
from tap_google_health.settings import CONFIG_JSONSCHEMA, LISTS, SECRETS, problems
from tap_google_health.state import STATE, USER
from tap_google_health.streams import STREAMS
from tap_google_health.transport.client import HealthClient

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class TapGoogleHealth(ApiTap):
    """Reads the Google Health API."""

    name = "tap-google-health"
    config_jsonschema = CONFIG_JSONSCHEMA
    secrets = SECRETS
    addresses = ("api_url", "token_url")
    lists = LISTS
    stream_types = STREAMS
    state_shape = STATE
    _is_checked = False

    def problems(self, schema_errors: Sequence[str]) -> list[str]:
        """Return what is wrong with the settings; see `settings.problems`."""
        return problems(self.config, schema_errors)

    @cached_property
    def client(self) -> HealthClient:
        """The client."""
        return HealthClient(self.config, self.faults, self.logger)

    @cached_property
    def context(self) -> RunContext:
        """What the streams of this run share."""
        return RunContext(
            self.config,
            self.logger,
            self.client,
            self.faults,
            cast("dict[str, Any]", self.state),
            self.initialized_at,
            Account(self.client),
        )

    def facts(self) -> Iterator[str]:
        """Yield what `--check` prints; see `check`."""
        return check(self.context)

    def check(self) -> None:
        """Check the credential and whose data it reads, once per run.

        Raises:
            TapError: If the run cannot begin.
        """
        if self._is_checked:
            return
        self._is_checked = True
        state = self.context.state
        found = self.context.account.part("identity").get("healthUserId")
        known = state.get(USER)
        if known and found and known != found:
            line = Faults.line(conditions.OTHER_ACCOUNT, found=found, known=known)
            raise TapError(line)
        if found:
            # Without bookmarks, the next run would refuse the state of a killed run.
            state.setdefault("bookmarks", {})
            state[USER] = found
