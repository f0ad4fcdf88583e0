"""Clients for BigQuery and Cloud Storage, with the credentials of the settings."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from requests.adapters import HTTPAdapter

from target_bigquery.errors import SettingsError

if TYPE_CHECKING:
    from target_bigquery.settings import Settings

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def credentials_of(settings: Settings) -> Any:  # noqa: ANN401 - google-auth's loaders are untyped
    """Return the credentials that the settings name.

    Args:
        settings: The target's settings.

    Raises:
        SettingsError: If they are missing or are not Google's.
    """
    if settings.api_endpoint:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    try:
        if settings.credentials_json:
            info = _decoded(settings.credentials_json)
            return google.auth.load_credentials_from_dict(  # type: ignore[no-untyped-call]
                info, scopes=SCOPES
            )[0]
        if settings.credentials_path:
            path = settings.credentials_path
            return google.auth.load_credentials_from_file(  # type: ignore[no-untyped-call]
                path, scopes=SCOPES
            )[0]
        return google.auth.default(scopes=SCOPES)[0]
    except (GoogleAuthError, ValueError, OSError) as error:
        where = (
            "Setting 'credentials_json'"
            if settings.credentials_json
            else f"Setting 'credentials_path' ({settings.credentials_path})"
            if settings.credentials_path
            else "Application default credentials"
        )
        # The error's text could quote the key.
        message = (
            f"{where} cannot be used ({type(error).__name__}): give a JSON key of "
            "Google's in credentials_path or credentials_json, or run "
            "'gcloud auth application-default login'."
        )
        raise SettingsError(message) from None


def _decoded(text: str) -> dict[str, Any]:
    """Return a JSON key given as it is or as base64."""
    if not text.lstrip().startswith("{"):
        try:
            text = base64.b64decode(text, validate=True).decode()
        except binascii.Error as error:
            raise ValueError from error
    key = json.loads(text)
    if not isinstance(key, dict):
        raise ValueError  # noqa: TRY004 - the caller words the message
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
