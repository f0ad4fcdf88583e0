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
from target_bigquery.redaction import REDACTOR
from target_bigquery.variables import shown

if TYPE_CHECKING:
    from target_bigquery.settings import Settings

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


class EndpointCredentials(AnonymousCredentials):
    """The credentials for a BigQuery that is not Google's: a token, or none."""

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


def source_of_credentials(settings: Settings) -> str:
    """Return where the credentials come from, for a message.

    Args:
        settings: The target's settings.
    """
    if settings.api_endpoint:
        return shown("api_token")
    if settings.credentials_json:
        return shown("credentials_json")
    if settings.credentials_path:
        return f"{shown('credentials_path')} ({settings.credentials_path})"
    return "the application default credentials"


def credentials_of(settings: Settings) -> Any:  # noqa: ANN401 - google-auth's loaders are untyped
    """Return the credentials that the settings name.

    Args:
        settings: The target's settings.

    Raises:
        SettingsError: If they are missing or are not Google's.
    """
    if settings.api_endpoint:
        return EndpointCredentials(settings.api_token)
    try:
        found = _load(settings)
    except (GoogleAuthError, ValueError, OSError) as error:
        # The error's text could contain the key.
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        message = (
            f"{source_of_credentials(settings)} cannot be used ({reason}): give the "
            f"JSON key of a service account or user in {shown('credentials_path')} "
            f"(a file) or {shown('credentials_json')} (JSON or base64 of it), or leave "
            "both out and use 'gcloud auth application-default login', workload "
            "identity or GOOGLE_APPLICATION_CREDENTIALS."
        )
        raise SettingsError(message) from None
    REDACTOR.add_source(lambda: getattr(found, "token", None))
    return found


def _load(settings: Settings) -> Any:  # noqa: ANN401 - google-auth is untyped
    if settings.credentials_json:
        return _from_key(key_of(settings.credentials_json))
    if settings.credentials_path:
        text = Path(settings.credentials_path).expanduser().read_text("utf-8")
        return _from_key(key_of(text))
    return google.auth.default(scopes=SCOPES)[0]


def _from_key(key: Any) -> Any:  # noqa: ANN401 - google-auth is untyped
    """Return the credentials of a JSON key of a kind that calls no other address.

    Google advises against loading keys of any kind:
    https://cloud.google.com/docs/authentication/external/externally-sourced-credentials
    """
    REDACTOR.add_key(key)
    kind = key.get("type") if isinstance(key, dict) else None
    if kind == "service_account":
        return service_account.Credentials.from_service_account_info(key, scopes=SCOPES)
    if kind == "authorized_user":
        return user.Credentials.from_authorized_user_info(key, scopes=SCOPES)
    raise ValueError


def key_of(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON key, in the forms in which people paste it.

    These are the JSON itself, a JSON string of it, or base64 of it, wrapped or not, and
    a private key whose line breaks were escaped twice.

    Args:
        text: The content of `credentials_json` or of the key's file.

    Raises:
        ValueError: It has none of these forms.
    """
    text = text.strip().lstrip("\ufeff")
    if text[:1] not in {"{", '"'}:
        try:
            text = base64.b64decode("".join(text.split()), validate=True).decode()
        except binascii.Error as error:
            raise ValueError from error
    key = json.loads(text, strict=False)
    if isinstance(key, str):
        key = json.loads(key, strict=False)
    if isinstance(key, dict) and isinstance(key.get("private_key"), str):
        key["private_key"] = key["private_key"].replace("\\n", "\n")
    return key


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
