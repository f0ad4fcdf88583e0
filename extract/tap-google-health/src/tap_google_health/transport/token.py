"""The OAuth token of the person whose data is read.

An access token lives for an hour. Google does not replace a refresh token. If a
response contains a different one, it is stored before the first data request, or the
run stops (https://developers.google.com/identity/protocols/oauth2).
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tap_google_health import conditions
from tap_google_health.common import redaction
from tap_google_health.common.errors import TapError
from tap_google_health.common.faults import Faults
from tap_google_health.common.http import Failure
from tap_google_health.common.token_file import TokenFile, TokenFileError, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_google_health.common.rest import RestClient

EARLIER = 300.0  # seconds before a token expires, it is renewed
LIFETIME = 3600.0  # seconds, if the response does not say it
CLIENT_ERRORS = {"invalid_client", "unauthorized_client"}
ELSEWHERE = {301, 302, 303, 307, 308, 404, 405}
"""Statuses of another server; an error of the token endpoint is JSON."""
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/json",
}


class Credential:
    """Gets access tokens, and keeps a new refresh token.

    Args:
        config: The settings of the tap.
        faults: Where a new refresh token is logged.
        client: Sends the requests.
        clock: Seconds since the epoch.

    Attributes:
        scopes: The scopes of the last response; empty if it named none.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        faults: Faults,
        client: RestClient,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep the settings; send nothing yet."""
        self._url = config["token_url"]
        self._client = {
            name: str(config[name]).strip() for name in ("client_id", "client_secret")
        }
        self._first = str(config["refresh_token"]).strip()
        path = str(config.get("token_file") or "").strip()
        client_id = self._client["client_id"]
        self._file = TokenFile(path, client_id, self._first) if path else None
        self._faults = faults
        self._sender = client
        self._clock = clock
        self._tokens: Tokens | None = None
        self.scopes: frozenset[str] = frozenset()

    def header(self) -> str:
        """Return the Authorization header, with a token that is valid.

        Raises:
            TapError: If there is no access token.
        """
        tokens = self._tokens
        if tokens is None or self._clock() >= (tokens.renew_at or 0):
            tokens = self.renew()
        return f"Bearer {tokens.access_token}"

    def renew(self) -> Tokens:
        """Get a new access token.

        Raises:
            TapError: If Google refuses, or a new refresh token cannot be stored.
        """
        try:
            if self._file is None:
                self._tokens = self._ask(self._first)
            else:
                with self._file.locked():
                    stored = self._file.read()
                    token = stored.refresh_token if stored else self._first
                    redaction.remember(token)
                    self._tokens = self._ask(token)
        except TokenFileError as error:
            line = Faults.line(conditions.TOKEN_FILE, message=str(error))
            raise TapError(line) from None
        return self._tokens

    def _ask(self, refresh_token: str) -> Tokens:
        """Request tokens until Google answers, and store a new refresh token."""
        grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        body = urlencode({**grant, **self._client}).encode()
        client, failures = self._sender, 0
        while True:
            received = client.attempt(
                "POST", self._url, "token_url", data=body, headers=HEADERS
            )
            if isinstance(received, Failure):
                reason, headers = client.words(received), None
            else:
                form = received.body if isinstance(received.body, dict) else {}
                token = form.get("access_token")
                is_issued = received.status < HTTPStatus.BAD_REQUEST
                if is_issued and isinstance(token, str) and token:
                    return self._issued(form, refresh_token)
                self._refuse(received.status, form)
                reason = f"HTTP {received.status}: {_message(form)}"
                headers = received.headers
            failures = client.pause(failures, reason, headers, needed=self._url)

    def _issued(self, form: Mapping[str, Any], refresh_token: str) -> Tokens:
        """Return the tokens of a response, after storing a new refresh token."""
        lifetime = form.get("expires_in")
        known = isinstance(lifetime, int | float) and lifetime > 0
        seconds = float(lifetime) if known else LIFETIME  # type: ignore[arg-type] # checked
        renew_at = self._clock() + seconds - min(EARLIER, seconds / 10)
        self.scopes = frozenset(str(form.get("scope") or "").split())
        new = form.get("refresh_token")
        is_new = isinstance(new, str) and bool(new) and new != refresh_token
        tokens = Tokens(
            form["access_token"], renew_at, str(new) if is_new else refresh_token
        )
        redaction.remember(tokens.access_token, tokens.refresh_token)
        if is_new:
            self._store(tokens)
        return tokens

    def _store(self, tokens: Tokens) -> None:
        if self._file is None:
            raise TapError(Faults.line(conditions.TOKEN_NOT_STORED))
        with self._file.prepared() as handle:
            self._file.write(handle, tokens)
        self._faults.add(conditions.TOKEN_STORED)

    @staticmethod
    def _refuse(status: int, form: Mapping[str, Any]) -> None:
        """End the run if another attempt cannot help."""
        given = form.get("error")  # a text (RFC 6749, section 5.2)
        error = given if isinstance(given, str) else ""
        # An object is the error of an API, such as the Google Health API.
        is_refused = status < HTTPStatus.INTERNAL_SERVER_ERROR
        is_of_an_api = isinstance(given, dict) and is_refused
        if (not error and status in ELSEWHERE) or is_of_an_api:
            raise TapError(Faults.line(conditions.WRONG_TOKEN_URL, status=status))
        condition = None
        if error in CLIENT_ERRORS or status == HTTPStatus.UNAUTHORIZED:
            condition = conditions.CLIENT_REFUSED
        elif error == "invalid_grant":
            condition = conditions.GRANT_INVALID
        elif status in range(300, 500) and status not in {408, 425, 429}:
            line = Faults.line(conditions.CREDENTIAL_REFUSED, message=_message(form))
            raise TapError(line)
        if condition is not None:
            raise TapError(Faults.line(condition, message=_message(form)))


def _message(form: Mapping[str, Any]) -> str:
    """Return the error of a response (RFC 6749, section 5.2), in one line."""
    parts = [form.get("error"), form.get("error_description")]
    text = ": ".join(str(part) for part in parts if part)
    return redaction.one_line(text, 200) or "without an explanation"
