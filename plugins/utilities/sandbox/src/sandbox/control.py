"""A client of the control endpoints: statistics, faults, budgets, events."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import requests

TIMEOUT_SECONDS = 600  # advancing a company of 100,000 issues is slow


class ControlError(RuntimeError):
    """The server rejected the request or is not running; one line for the user."""


class Control:
    """Calls the control endpoints of a running API server.

    Args:
        base_url: `http://host:port`.
        token: What the server requires; None if it requires nothing.
    """

    def __init__(self, base_url: str, token: str | None = None) -> None:
        """Store the address of the server."""
        self._base = f"{base_url}/_sandbox"
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def health(self) -> dict[str, Any]:
        """Return the state of the server."""
        return self._call("GET", "health")

    def stats(self) -> dict[str, Any]:
        """Return counts by API: requests, points, statuses, operations, faults."""
        return self._call("GET", "stats")

    def forget_stats(self) -> None:
        """Reset the counts."""
        self._call("DELETE", "stats")

    def fault(self, kind: str, api: str, **order: Any) -> None:  # noqa: ANN401
        """Inject a fault; `sandbox.orders.Order` describes the arguments."""
        self._call("POST", "faults", {"kind": kind, "api": api, **order})

    def faults(self) -> list[dict[str, Any]]:
        """Return the injected faults."""
        found: list[dict[str, Any]] = self._call("GET", "faults")["faults"]
        return found

    def clear_faults(self) -> None:
        """Remove every injected fault."""
        self._call("DELETE", "faults")

    def limits(
        self,
        *,
        linear: dict[str, int] | None = None,
        github: dict[str, int] | None = None,
        hubspot: dict[str, int] | None = None,
        notion: dict[str, int] | None = None,
        window_seconds: float | None = None,
    ) -> None:
        """Set budgets per window: `key.requests` of Linear, `core` of GitHub, etc.

        An API that is not named keeps its budgets and its window.
        """
        given = {
            "linear": linear,
            "github": github,
            "hubspot": hubspot,
            "notion": notion,
        }
        body: dict[str, Any] = {
            name: each for name, each in given.items() if each is not None
        }
        self._call("POST", "limits", body | {"window_seconds": window_seconds})

    def event(self, event: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """Apply an event to the company; return the new state of the server."""
        return self._call("POST", "events", {"event": event, "arguments": arguments})

    def remove(self, *names: str, api: str = "github") -> None:
        """Remove `Type`, `Type.field` or `Enum.VALUE` from a vendor's schema.

        Without a name, restore everything.

        Args:
            names: Names to remove.
            api: linear or github.
        """
        self._call("POST", "schema", {"removed": list(names), "api": api})

    def restrict(
        self, token: str = "", api: str = "github", **lists: list[str]
    ) -> None:
        """Restrict a credential; see `Access` of `sandbox.github` and `.linear`.

        Args:
            token: A token of GitHub; "" is every token. For Linear only "".
            api: linear or github.
            lists: `hidden`, `saml`, `refused`; without one, all restrictions are
                removed.
        """
        self._call("POST", "access", {"token": token, "api": api, **lists})

    def tokens(
        self,
        *,
        expired: bool = False,
        lifetime: float | None = None,
        reset: bool = False,
    ) -> None:
        """Change the OAuth tokens of Linear.

        Args:
            expired: Whether every access token expires now.
            lifetime: Seconds for which the next ones are valid.
            reset: Whether to remove all tokens. Then the first refresh token is valid
                again, and access tokens are valid for one day.
        """
        body = {"expired": expired, "lifetime": lifetime, "reset": reset}
        self._call("POST", "tokens", body)

    def register_app(self, app_id: str, public_key: str, installation_id: str) -> None:
        """Register a GitHub App with the public half of its key (PEM)."""
        body = {
            "app_id": app_id,
            "public_key": public_key,
            "installation_id": installation_id,
        }
        self._call("POST", "apps", body)

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            response = requests.request(
                method,
                f"{self._base}/{path}",
                json=body,
                headers=self._headers,
                timeout=TIMEOUT_SECONDS,
            )
        except requests.ConnectionError:
            message = "the sandbox is not running: start it with `make up`"
            raise ControlError(message) from None
        found: dict[str, Any] = response.json()
        if response.status_code != HTTPStatus.OK:
            error = found.get("error") or response.text
            raise ControlError(error["message"] if isinstance(error, dict) else error)
        return found
