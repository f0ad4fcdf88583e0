"""Linear's OAuth: access tokens for a day, refresh tokens for one use.

https://linear.app/developers/oauth-2-0-authentication
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
FIRST_REFRESH_TOKEN = "lin_refresh_sandbox"  # noqa: S105 - of the stand-in
LIFETIME = 86_400  # seconds; docs/apis/linear.md, "Learned later"


@dataclass
class OAuth:
    """Issues tokens and knows which of them are valid.

    Args:
        clock: Seconds since the epoch.
    """

    clock: Callable[[], float] = time.time
    lifetime: float = LIFETIME
    _expires: dict[str, float] = field(default_factory=dict)
    _refresh: set[str] = field(default_factory=lambda: {FIRST_REFRESH_TOKEN})
    _numbers: Any = field(default_factory=lambda: count(1))

    def is_valid(self, token: str) -> bool:
        """Return whether an access token was issued and has not expired."""
        return self._expires.get(token, 0.0) > self.clock()

    def expire(self) -> None:
        """Let every access token expire now."""
        self._expires.clear()

    def reset(self) -> None:
        """Forget every token; FIRST_REFRESH_TOKEN is valid again."""
        self._expires.clear()
        self._refresh = {FIRST_REFRESH_TOKEN}
        self.lifetime = LIFETIME

    def answer(self, body: bytes) -> Answer:
        """Answer a request for a token.

        Args:
            body: The form.
        """
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        secret = (form.get("client_id"), form.get("client_secret"))
        if secret != (CLIENT_ID, CLIENT_SECRET):
            return _refused(401, "invalid_client", "The client is not known")
        grant = form.get("grant_type")
        if grant == "client_credentials":
            return self._issue({"scope": form.get("scope") or "read"})
        if grant != "refresh_token":
            return _refused(400, "unsupported_grant_type", f"No such grant: {grant}")
        if form.get("refresh_token") not in self._refresh:
            return _refused(400, "invalid_grant", "The refresh token is not valid")
        self._refresh.clear()  # a refresh token can be used once
        refresh = f"lin_refresh_sandbox_{next(self._numbers)}"
        self._refresh.add(refresh)
        return self._issue({"refresh_token": refresh, "scope": "read"})

    def _issue(self, others: dict[str, Any]) -> Answer:
        token = f"lin_oauth_sandbox_{next(self._numbers)}"
        self._expires[token] = self.clock() + self.lifetime
        issued = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(self.lifetime),
        }
        return Answer(200, issued | others)


def _refused(status: int, error: str, description: str) -> Answer:
    return Answer(status, {"error": error, "error_description": description})
