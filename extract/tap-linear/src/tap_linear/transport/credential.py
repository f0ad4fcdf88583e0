"""What goes into the Authorization header: a key, a token, or tokens of an application.

OAuth access tokens are valid for 24 hours. An application gets them in two ways
(https://linear.app/developers/oauth-2-0-authentication): as itself, by its client
credentials, or for the person who authorized it, by a refresh token that is replaced
each time it is used.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode, urljoin

from tap_linear import conditions
from tap_linear.common import redaction
from tap_linear.common.decoding import decode
from tap_linear.common.errors import TapError
from tap_linear.common.faults import Faults
from tap_linear.common.token_file import TokenFile, TokenFileError, Tokens
from tap_linear.transport.errors import Action, judge
from tap_linear.transport.http import Failure
from tap_linear.transport.responses import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from tap_linear.transport.http import Transport

# Relative to the GraphQL endpoint, https://api.linear.app/graphql.
TOKEN_PATH = "oauth/token"  # noqa: S105 - an address
SCOPE = "read"
EARLIER = 300.0  # seconds before a token expires, it is renewed
LONGEST = 200  # characters of the server's message


class Credential(Protocol):
    """Returns the Authorization header."""

    def header(self) -> str:
        """Return the value of the Authorization header."""

    def renew(self) -> bool:
        """Get another value after Linear refused this one; False if there is none."""


class Fixed:
    """A personal API key or an access token, unchanged from the settings.

    Args:
        value: Value of the header.
    """

    def __init__(self, value: str) -> None:
        """Keep the value."""
        self._value = value

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return self._value

    def renew(self) -> bool:
        """Return False: there is no other value."""
        return False


class Application:
    """An OAuth application, which gets an access token and renews it.

    Args:
        config: The tap's settings, with `client_id` and `client_secret`.
        url: The GraphQL endpoint.
        transport: Sends requests.
        faults: Where a renewal during a run is reported.
        wait: Waits before the next attempt, or ends the run: `LinearClient.wait`.
        clock: Seconds since the epoch.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it needs of the client
        self,
        config: Mapping[str, Any],
        url: str,
        transport: Transport,
        faults: Faults,
        wait: Callable[[int, str, Mapping[str, str] | None, str], int],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep the settings; nothing is sent or read yet."""
        self.url = urljoin(url, TOKEN_PATH)
        self._transport = transport
        self._faults = faults
        self._wait = wait
        self._clock = clock
        self._client = {
            "client_id": config["client_id"].strip(),
            "client_secret": config["client_secret"].strip(),
        }
        self._first = (config.get("refresh_token") or "").strip()
        self._file = (
            TokenFile(config["token_file"], self._client["client_id"], self._first)
            if self._first
            else None
        )
        self._tokens: Tokens | None = None

    def header(self) -> str:
        """Return the value of the Authorization header.

        Raises:
            TapError: If no access token can be obtained.
        """
        tokens = self._tokens
        if tokens is None or self._is_old(tokens):
            tokens = self._another(tokens)
        return f"Bearer {tokens.access_token}"

    def renew(self) -> bool:
        """Get another token after Linear refused this one.

        Raises:
            TapError: If none can be obtained.
        """
        self._another(self._tokens)
        return True

    def _is_old(self, tokens: Tokens) -> bool:
        return tokens.renew_at is not None and self._clock() >= tokens.renew_at

    def _another(self, old: Tokens | None) -> Tokens:
        """Return tokens that are not the old ones."""
        try:
            found = self._refreshed(self._file, old) if self._file else self._own()
        except TokenFileError as error:
            line = Faults.line(conditions.TOKEN_FILE, message=str(error))
            raise TapError(line) from None
        redaction.remember(found.access_token, found.refresh_token)
        self._tokens = found
        if old is not None:
            self._faults.add(conditions.TOKEN_RENEWED)
        return found

    def _own(self) -> Tokens:
        return self._ask({"grant_type": "client_credentials", "scope": SCOPE}, "")

    def _refreshed(self, file: TokenFile, old: Tokens | None) -> Tokens:
        """Use the refresh token, unless another run has just used it."""
        with file.locked():
            stored = file.read()
            if stored is not None:
                redaction.remember(stored.access_token, stored.refresh_token)
                refused = old is not None and stored.access_token == old.access_token
                if stored.access_token and not refused and not self._is_old(stored):
                    return stored
            token = stored.refresh_token if stored else self._first
            with file.prepared() as handle:
                form = {"grant_type": "refresh_token", "refresh_token": token}
                found = self._ask(form, token)
                file.write(handle, found)
        return found

    def _ask(self, grant: Mapping[str, str], refresh_token: str) -> Tokens:
        """Request tokens until that succeeds or cannot succeed.

        Args:
            grant: The form, without the client.
            refresh_token: The refresh token that stays valid if the response contains
                none.

        Raises:
            TapError: If the server refuses, or cannot be reached.
        """
        body = urlencode({**grant, **self._client}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        failures = 0
        while True:
            received = self._transport.post(self.url, body, headers)
            if isinstance(received, Failure):
                failures = self._wait(failures, received.reason, None, self.url)
                continue
            form = _object(received.content)
            tokens = self._issued(form, refresh_token)
            if tokens is not None and received.ok:
                return tokens
            self._refuse(received, form)
            reason = f"HTTP {received.status_code}: {_message(form)}"
            failures = self._wait(failures, reason, received.headers, self.url)

    def _issued(self, form: Mapping[str, Any], refresh_token: str) -> Tokens | None:
        """Return the tokens of a response; None if it contains none."""
        access_token = form.get("access_token")
        if not _fits_a_header(access_token):
            return None
        if refresh_token and _fits_a_header(form.get("refresh_token")):
            refresh_token = str(form["refresh_token"])
        renew_at = self._renew_at(form.get("expires_in"))
        return Tokens(str(access_token), renew_at, refresh_token)

    def _renew_at(self, lifetime: object) -> float | None:
        try:
            seconds = float(lifetime)  # type: ignore[arg-type] # that is what is checked
        except (TypeError, ValueError):
            return None
        if not (math.isfinite(seconds) and seconds > 0):
            return None
        return self._clock() + seconds - min(EARLIER, seconds / 10)

    @staticmethod
    def _refuse(received: requests.Response, form: Mapping[str, Any]) -> None:
        """End the run if another attempt cannot succeed."""
        status = received.status_code
        errors = read(received.content).errors
        rule, _ = judge(status, errors, partial=False)
        if rule.action in (Action.WAIT, Action.SHRINK, Action.RETRY):
            return
        condition = conditions.TOKEN_REFUSED
        if rule.condition is conditions.WRONG_ENDPOINT:
            condition = rule.condition
        line = Faults.line(condition, message=_message(form), status=status)
        raise TapError(line)


def credential(
    config: Mapping[str, Any],
    url: str,
    transport: Transport,
    faults: Faults,
    wait: Callable[[int, str, Mapping[str, str] | None, str], int],
) -> Credential:
    """Return the credential of the settings: a key, an application or a token.

    Args:
        config: The tap's settings.
        url: The GraphQL endpoint.
        transport: Sends requests.
        faults: Where a renewal is reported.
        wait: See `Application`.
    """
    if key := (config.get("api_key") or "").strip():
        return Fixed(key)
    if (config.get("client_id") or "").strip():
        return Application(config, url, transport, faults, wait)
    return Fixed(f"Bearer {(config.get('access_token') or '').strip()}")


def _object(content: bytes) -> dict[str, Any]:
    try:
        found, _ = decode(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(form: Mapping[str, Any]) -> str:
    """Return the message of a response: RFC 6749, section 5.2, or GraphQL's errors."""
    errors = form.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    parts = [
        form.get("error"),
        form.get("error_description"),
        first.get("message") if isinstance(first, dict) else first,
    ]
    said = ": ".join(str(part) for part in parts if part)
    return " ".join(said.split())[:LONGEST] or "without an explanation"


def _fits_a_header(token: object) -> bool:
    return (
        isinstance(token, str)
        and bool(token)
        and token.isascii()
        and token.isprintable()
    )
