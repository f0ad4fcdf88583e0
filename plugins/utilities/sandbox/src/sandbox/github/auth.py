"""GitHub's credentials: tokens, and Apps that sign for a token of an installation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

TOKENS = ("sandbox-token", "sandbox-token-2", "sandbox-token-3")
INSTALLATION_LIFE = timedelta(hours=1)
LONGEST_JWT = 600  # seconds between iat and exp (docs/apis/github.md, "Limits")
CLOCK_SKEW = 60


@dataclass(slots=True)
class App:
    """A GitHub App: its public key and its one installation."""

    app_id: str
    public_key: str
    installation_id: str


@dataclass(slots=True)
class Credentials:
    """Knows tokens, Apps and the installation tokens that it issued."""

    apps: dict[str, App] = field(default_factory=dict)
    issued: dict[str, datetime] = field(default_factory=dict)

    def token(self, authorization: str | None) -> str | None:
        """Return the token of a header that is known and has not expired."""
        scheme, _space, token = (authorization or "").partition(" ")
        if scheme.lower() not in ("bearer", "token"):
            return None
        expires = self.issued.get(token)
        if token in TOKENS or (expires and expires > datetime.now(UTC)):
            return token
        return None

    def register(self, app_id: str, public_key: str, installation_id: str) -> None:
        """Register an App with the public half of its key, PEM."""
        self.apps[app_id] = App(app_id, public_key, installation_id)

    def app(self, authorization: str | None) -> App | None:
        """Return the App of a header's JWT: RS256, iat in the past, exp <= 10 min."""
        scheme, _space, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            issuer = str(
                jwt.decode(token, options={"verify_signature": False}).get("iss")
            )
            found = self.apps.get(issuer)
            if found is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                found.public_key,
                algorithms=["RS256"],
                options={"require": ["iat", "exp", "iss"], "verify_iss": False},
            )
        except jwt.PyJWTError:
            return None
        if claims["exp"] - datetime.now(UTC).timestamp() > LONGEST_JWT:
            return None
        return found

    def issue(self) -> tuple[str, datetime]:
        """Create an installation token; return it and when it expires (UTC)."""
        token = f"ghs_{secrets.token_hex(18)}"
        expires = datetime.now(UTC).replace(microsecond=0) + INSTALLATION_LIFE
        self.issued[token] = expires
        return token, expires
