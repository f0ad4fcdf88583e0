"""Clients for BigQuery and Cloud Storage, with the credentials of the settings."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from google.oauth2 import credentials as user
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter

from target_bigquery.errors import SettingsError

if TYPE_CHECKING:
    from target_bigquery.settings import Settings

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class EndpointCredentials(AnonymousCredentials):
    """What a BigQuery that is not Google's is sent: a token, or nothing."""

    def __init__(self, token: str | None) -> None:
        """Remember the token."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.token = token

    def refresh(self, request: object) -> None:
        """Keep the token: google-auth calls this after a 401, before it gives up."""

    def before_request(
        self,
        request: object,  # noqa: ARG002 - google-auth calls it with these
        method: str,  # noqa: ARG002
        url: str,  # noqa: ARG002
        headers: dict[str, str],
    ) -> None:
        """Add the token to a request's headers."""
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"


def credentials_of(settings: Settings) -> Any:  # noqa: ANN401 - google-auth's loaders are untyped
    """Return the credentials that the settings name.

    Args:
        settings: The target's settings.

    Raises:
        SettingsError: If they are missing or are not Google's.
    """
    if settings.api_endpoint:
        return EndpointCredentials(settings.api_token)
    name, where = "default", "Application default credentials"
    if settings.credentials_json:
        name, where = "json", "Setting 'credentials_json'"
    elif settings.credentials_path:
        name, where = (
            "path",
            f"Setting 'credentials_path' ({settings.credentials_path})",
        )
    try:
        if name == "json":
            return _from_key(_decoded(settings.credentials_json or ""))
        if name == "path":
            return _from_key(
                json.loads(Path(settings.credentials_path or "").read_text())
            )
        return google.auth.default(scopes=SCOPES)[0]
    except (GoogleAuthError, ValueError, OSError) as error:
        # The error's text could quote the key.
        message = (
            f"{where} cannot be used ({type(error).__name__}): give the JSON key of a "
            "service account or user, or leave both settings out and use "
            "'gcloud auth application-default login', workload identity or "
            "GOOGLE_APPLICATION_CREDENTIALS."
        )
        raise SettingsError(message) from None


def _from_key(key: Any) -> Any:  # noqa: ANN401 - google-auth is untyped
    """Return the credentials of a JSON key; only kinds that call no other address.

    Google advises against loading keys of any kind:
    https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
    """
    kind = key.get("type") if isinstance(key, dict) else None
    if kind == "service_account":
        return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            key, scopes=SCOPES
        )
    if kind == "authorized_user":
        return user.Credentials.from_authorized_user_info(  # type: ignore[no-untyped-call]
            key, scopes=SCOPES
        )
    raise ValueError


def _decoded(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON key given as it is or as base64."""
    if not text.lstrip().startswith("{"):
        try:
            text = base64.b64decode(text, validate=True).decode()
        except binascii.Error as error:
            raise ValueError from error
    return json.loads(text)


def bigquery_client(settings: Settings) -> bigquery.Client:
    """Return the client for BigQuery.

    Args:
        settings: The target's settings.
    """
    options = {"api_endpoint": settings.api_endpoint} if settings.api_endpoint else None
    client = bigquery.Client(
        project=settings.project,
        credentials=credentials_of(settings),
        location=settings.location,
        client_options=options,
    )
    # One connection for each stream that is loaded at the same time.
    adapter = HTTPAdapter(pool_maxsize=settings.max_parallelism + 2)
    session = client._http  # noqa: SLF001 - the library has no public way to its pool
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return client
