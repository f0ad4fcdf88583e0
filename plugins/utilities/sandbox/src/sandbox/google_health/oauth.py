"""Google's token endpoint: an access token of an hour for a refresh token.

The refresh token stays valid. With `rotates`, the answer contains a new one, as Google
may do; the old one stays valid too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sandbox.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - of the stand-in
REFRESH_TOKEN = "sandbox-refresh-token"  # noqa: S105 - of the stand-in
LIFETIME = 3599  # seconds
PREFIX = "https://www.googleapis.com/auth/googlehealth."
SCOPES = (
    "activity_and_fitness",
    "health_metrics_and_measurements",
    "sleep",
    "profile",
    "settings",
)


@dataclass
class OAuth:
    """Issues access tokens.

    Attributes:
        clock: Seconds since the epoch.
        lifetime: Seconds for which an access token is valid.
        rotates: Whether an answer contains a new refresh token.
        expired: Whether no refresh token is accepted any more.
        scopes: The scopes of the grant.
    """

    clock: Callable[[], float] = time.time
    lifetime: float = LIFETIME
    rotates: bool = False
    expired: bool = False
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    _valid: dict[str, float] = field(default_factory=dict)
    _refresh: set[str] = field(default_factory=lambda: {REFRESH_TOKEN})
    _numbers: Any = field(default_factory=lambda: count(1))

    def is_valid(self, authorization: str | None) -> bool:
        """Return whether a header contains a token that has not expired.

        Args:
            authorization: The header.
        """
        token = (authorization or "").removeprefix("Bearer ")
        return self._valid.get(token, 0.0) > self.clock()

    def expire(self) -> None:
        """Let every access token expire."""
        self._valid.clear()

    def answer(self, body: bytes) -> Answer:
        """Answer a request for a token.

        Args:
            body: The form.
        """
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (
            CLIENT_ID,
            CLIENT_SECRET,
        ):
            return _refused(401, "invalid_client", "The OAuth client was not found.")
        if form.get("grant_type") != "refresh_token":
            return _refused(400, "unsupported_grant_type", "Invalid grant_type")
        if self.expired or form.get("refresh_token") not in self._refresh:
            message = "Token has been expired or revoked."
            return _refused(400, "invalid_grant", message)
        number = next(self._numbers)
        token = f"ya29.sandbox-access-token-{number}"
        self._valid[token] = self.clock() + self.lifetime
        scopes = (f"{PREFIX}{name}.readonly" for name in sorted(self.scopes))
        found: dict[str, Any] = {
            "access_token": token,
            "expires_in": int(self.lifetime),
            "scope": " ".join(scopes),
            "token_type": "Bearer",
        }
        if self.rotates:
            found["refresh_token"] = f"sandbox-refresh-token-{number}"
            self._refresh.add(found["refresh_token"])
        return Answer(200, found)


def _refused(status: int, error: str, description: str) -> Answer:
    return Answer(status, {"error": error, "error_description": description})
