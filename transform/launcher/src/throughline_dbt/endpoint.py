"""Ask an API that is not Google's whether it takes the token, before dbt does.

dbt answers a refused token with an advice about refresh tokens and impersonation.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from http import HTTPStatus
from urllib.parse import quote, urlsplit

SECONDS = 10.0
"""The longest wait for an answer; after it dbt tries for itself."""
REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def problem_of(endpoint: str, token: str, project: str) -> str | None:
    """Return in one line why the API cannot be used, None if nothing is known.

    Args:
        endpoint: Address of the API.
        token: The bearer token; empty without.
        project: Google Cloud project.
    """
    try:
        parts = urlsplit(endpoint)
        # Without the name and the password that an address may hold.
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    except ValueError:
        return "is not an address such as http://127.0.0.1:9050"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "is not an address such as http://127.0.0.1:9050"
    request = urllib.request.Request(  # noqa: S310 - its scheme was checked
        f"{shown}{parts.path.rstrip('/')}"
        f"/bigquery/v2/projects/{quote(project)}/datasets?maxResults=1",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310 - see above
            return None
    except urllib.error.HTTPError as error:
        if error.code in REFUSED:
            return f"{shown} refuses the token"
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            return f"nothing answers at {shown}"
    except (OSError, ValueError, http.client.HTTPException):
        pass
    return None
