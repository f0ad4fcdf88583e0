"""The bearer token: static, or from OAuth and renewed before it expires."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from tap_hubspot_crm.common import redaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_hubspot_crm.transport.errors import Reply

TOKEN_PATH = "/oauth/2026-03/token"  # noqa: S105 - a path
"""The one address that does not follow `api_version` (docs/apis/hubspot.md)."""
MARGIN = 60.0  # seconds before the end of a token at which it is renewed
LIFETIME = 1800.0  # seconds; HubSpot's access tokens live half an hour

OAUTH = ("client_id", "client_secret", "refresh_token")


class Credential(Protocol):
    """Gives the value of the Authorization header."""

    def header(self) -> str:
        """Return the value of the header."""

    def renew(self) -> bool:
        """Get another token; False if there is none."""


class StaticToken:
    """A service key or the token of an app.

    Args:
        token: The token.
    """

    def __init__(self, token: str) -> None:
        """Keep the token."""
        self._token = token.strip()

    def header(self) -> str:
        """Return the value of the header."""
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        """Return False: there is no other token."""
        return False


class RefreshedToken:
    """An access token of OAuth; the refresh token stays the same.

    Args:
        config: The settings.
        exchange: Sends the form to the token endpoint, with retries.
        clock: Returns seconds, from any start.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        exchange: Callable[[dict[str, str]], Reply],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the settings; nothing is sent yet."""
        self._form = {"grant_type": "refresh_token"}
        self._form |= {name: str(config[name]).strip() for name in OAUTH}
        self._exchange = exchange
        self._clock = clock
        self._token = ""
        self._until = 0.0

    def header(self) -> str:
        """Return the value of the header, with a token that is still valid.

        Raises:
            TapError: If HubSpot gives none.
        """
        if not self._token or self._clock() >= self._until:
            self.renew()
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        """Get a new access token.

        Raises:
            TapError: If HubSpot gives none.
        """
        body = self._exchange(self._form).body
        self._token = str(body["access_token"])
        redaction.remember(self._token)
        seconds = body.get("expires_in")
        lifetime = float(seconds) if isinstance(seconds, (int, float)) else LIFETIME
        self._until = self._clock() + max(0.0, lifetime - MARGIN)
        return True
