"""Keys from Google Secret Manager: `SECRETS=gcp://PROJECT`.

A secret has the name of the variable that it replaces, such as LINEAR_API_KEY. The
pipeline reads each secret once per run, keeps it in memory, and gives it to the
processes that it starts. A variable that is set wins, and its secret is not read.

The pipeline starts this file with Meltano's Python, which has Google's library:
`python secret_manager.py PROJECT NAME…` prints the secrets as JSON. Who runs it needs
the role Secret Manager Secret Accessor; its credentials are the application default
credentials, such as Workload Identity Federation or a machine's service account.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

VARIABLE, ENDPOINT = "SECRETS", "SECRETS_ENDPOINT"
# Google's rule for the ID of a project:
# https://cloud.google.com/resource-manager/docs/creating-managing-projects
ADDRESS = re.compile(r"gcp://([a-z][a-z0-9-]{4,28}[a-z0-9])/?")
SECONDS = 30.0
LIMIT = 120


class SecretsError(Exception):
    """Secrets that cannot be read; the text is one line without a secret."""


def names_of_the_sources() -> list[str]:
    """Return the names of the secrets of every source, from sources.toml."""
    return [name for source in SOURCES for name in source.secrets]


def fill(
    environment: MutableMapping[str, str], meltano: str, more: Iterable[str] = ()
) -> list[str]:
    """Put the secrets into the environment of this process.

    Args:
        environment: With SECRETS; without it nothing happens.
        meltano: Path of Meltano's executable.
        more: Names of further secrets, which a shard refers to.

    Returns:
        The names of the secrets that were read.

    Raises:
        SecretsError: If SECRETS is wrong, or Google refuses a secret.
    """
    address = environment.get(VARIABLE, "").strip()
    if not address:
        return []
    found = ADDRESS.fullmatch(address)
    if not found:
        message = f"{VARIABLE} must be gcp://PROJECT with the ID of a project"
        raise SecretsError(message)
    wanted = dict.fromkeys([*names_of_the_sources(), *more])
    names = [name for name in wanted if not environment.get(name, "").strip()]
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            [str(Path(meltano).with_name("python")), __file__, found[1], *names],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        message = f"Secret Manager did not respond within {LIMIT} s"
        raise SecretsError(message) from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise SecretsError(lines[-1])
    secrets: dict[str, str] = json.loads(done.stdout)
    environment.update(secrets)
    return list(secrets)


def main(project: str, names: list[str]) -> None:
    """Print the secrets that exist as a JSON object.

    Args:
        project: ID of the Google Cloud project.
        names: Names of secrets; one that does not exist is left out.

    Raises:
        SystemExit: With one line if Google refuses one.
    """
    from google.api_core.exceptions import (  # noqa: PLC0415 - only Meltano's Python
        BadRequest,
        Forbidden,
        GoogleAPIError,
        NotFound,
    )
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from google.cloud.secretmanager import (  # noqa: PLC0415
        SecretManagerServiceClient,
    )

    endpoint = os.environ.get(ENDPOINT, "").strip()
    options = {"api_endpoint": endpoint} if endpoint else None
    # An endpoint of a test gets no credential of Google's.
    anonymous: Any = AnonymousCredentials
    credentials = anonymous() if endpoint else None
    found = {}
    name = ""
    try:
        client = SecretManagerServiceClient(
            transport="rest", credentials=credentials, client_options=options
        )
        for name in names:
            path = f"projects/{project}/secrets/{name}/versions/latest"
            try:
                version = client.access_secret_version(name=path, timeout=SECONDS)
            except NotFound:
                continue
            found[name] = version.payload.data.decode().strip()
    except GoogleAuthError as error:
        sys.exit(
            f"Secret Manager of {project} cannot be used ({type(error).__name__}): give"
            " this process application default credentials"
        )
    except Forbidden as error:
        sys.exit(
            f"Secret Manager refuses secret {name} of {project} ({_reason(error)}):"
            " give the role Secret Manager Secret Accessor to the account that runs the"
            " pipeline"
        )
    except BadRequest as error:  # its latest version is disabled or destroyed
        sys.exit(
            f"Secret Manager has no value of secret {name} of {project}"
            f" ({_reason(error)}): add a version, or enable the latest one"
        )
    except GoogleAPIError as error:
        sys.exit(
            f"Secret Manager does not give secret {name} of {project}"
            f" ({_reason(error)}): start the run again later"
        )
    except (OSError, UnicodeDecodeError) as error:
        why = type(error).__name__
        sys.exit(f"Secret Manager cannot be read for secret {name}: {why}")
    sys.stdout.write(json.dumps(found))


def _reason(error: Exception) -> str:
    """Return what Google says about an error, in one line."""
    return " ".join(str(getattr(error, "message", "") or type(error).__name__).split())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
