"""Start dbt after checking the settings that profiles.yml and the models read."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from throughline_dbt.endpoint import problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "DBT_BIGQUERY_"
# The marts of issues and pull requests read both sources, also where one is empty.
DATASETS = ("linear_dataset", "github_dataset", "analytics_dataset")
# BigQuery hides a dataset that begins with an underscore:
# https://cloud.google.com/bigquery/docs/datasets#hidden_datasets
DATASET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,1023}")
# The kinds of key that profiles.yml has a dbt method for.
KINDS = ("service_account", "authorized_user")
# These print something and end, whatever the settings are.
INFORMATION = {"--help", "-h", "--version", "-V"}
# These send nothing to BigQuery, or only check that it responds.
OFFLINE = {"clean", "debug", "deps", "init", "list", "ls", "parse"}


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line for the user."""


def shown(setting: str, environment: Mapping[str, str]) -> str:
    """Return the variable that a user sets a setting by.

    Args:
        setting: Name of a setting of the Meltano plugin.
        environment: With pairs `setting=VARIABLE` in `DBT_BIGQUERY_VARIABLES`.
    """
    pairs = environment.get(f"{PREFIX}VARIABLES", "").split()
    names = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return names.get(setting) or PREFIX + setting.upper()


def inactive_datasets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the dataset variables of the sources whose models are not built.

    The models of an optional source (sources.toml) are built only if the source is
    configured: one of the variables in its `credentials` has a value. With `SECRETS`,
    the credentials can be in Secret Manager, which only the pipeline reads: then all
    models are built, because a source that is configured must not be left out. The
    pipeline gives dbt the credentials and an empty `SECRETS`.

    Args:
        environment: With the project's folder in `DBT_PROJECT_DIR`.

    Returns:
        Each variable with an empty value; none without sources.toml.

    Raises:
        SettingsError: If sources.toml cannot be read.
    """
    if environment.get("SECRETS", "").strip():
        return {}
    project = Path(environment.get("DBT_PROJECT_DIR", "."))
    path = (project / os.pardir / "sources.toml").resolve()
    try:
        sources = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not TOML in UTF-8"
        message = f"{path} cannot be read ({why})"
        raise SettingsError(message) from None
    return {
        f"{PREFIX}{name.upper()}_DATASET": ""
        for name, source in sources.items()
        # Another project can have a file of this name with other content.
        if isinstance(source, dict)
        and source.get("optional") is True
        and isinstance(source.get("credentials"), list)
        and not any(
            environment.get(str(each), "").strip() for each in source["credentials"]
        )
    }


def checked(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for dbt, with the credentials as JSON.

    The datasets of sources that are not configured are empty.

    Args:
        environment: As Meltano makes it.

    Raises:
        SettingsError: If the project, a dataset or a credential is missing or wrong,
            or sources.toml cannot be read.
    """
    if not environment.get(f"{PREFIX}PROJECT", "").strip():
        message = f"set {shown('project', environment)} to a Google Cloud project"
        raise SettingsError(message)
    found = {**environment, **inactive_datasets(environment)}
    others = {
        name.removeprefix(PREFIX).lower()
        for name, dataset in found.items()
        if name.startswith(PREFIX) and name.endswith("_DATASET") and dataset
    }
    for setting in (*DATASETS, *sorted(others.difference(DATASETS))):
        name = environment.get(PREFIX + setting.upper(), "")
        if not DATASET.fullmatch(name):
            message = (
                f"{shown(setting, environment)} makes the dataset name {name!r}: set it"
                " to letters, digits and underscores that do not begin with an"
                " underscore"
            )
            raise SettingsError(message)
    if environment.get(f"{PREFIX}API_ENDPOINT"):
        # See dbt_project.yml.
        found[f"{PREFIX}CONTRACTS"] = "false"
    else:
        key = _key(environment)
        if key:
            found[f"{PREFIX}CREDENTIALS_JSON"] = key
            found[f"{PREFIX}CREDENTIALS_PATH"] = ""
    return found


def check_endpoint(environment: Mapping[str, str]) -> None:
    """Ask another API than Google's whether it answers and takes the token.

    Args:
        environment: As Meltano makes it.

    Raises:
        SettingsError: If it does not.
    """
    endpoint = environment.get(f"{PREFIX}API_ENDPOINT", "").strip()
    if not endpoint:
        return
    token = environment.get(f"{PREFIX}API_TOKEN", "").strip()
    problem = problem_of(endpoint, token, environment[f"{PREFIX}PROJECT"].strip())
    if problem:
        message = (
            f"{shown('api_endpoint', environment)}: {problem}. For the sandbox, run"
            " `make up`, which writes the token to .env as SANDBOX_TOKEN; for another"
            f" API, check {shown('api_token', environment)}"
        )
        raise SettingsError(message)


def _key(environment: Mapping[str, str]) -> str | None:
    """Return the JSON of the key that the settings name."""
    path = environment.get(f"{PREFIX}CREDENTIALS_PATH", "").strip()
    text = environment.get(f"{PREFIX}CREDENTIALS_JSON", "").strip()
    setting = "credentials_json" if text else "credentials_path"
    if not text and not path:
        return None
    variable = shown(setting, environment)
    try:
        key = json.loads(_decoded(text) if text else Path(path).read_text("utf-8"))
    except OSError as error:
        message = f"{variable}: {path} cannot be read ({error.strerror})"
        raise SettingsError(message) from None
    except ValueError:  # its text could quote the key
        message = f"{variable} is neither JSON nor base64 of JSON"
        raise SettingsError(message) from None
    if not isinstance(key, dict) or key.get("type") not in KINDS:
        message = f"{variable} must be the key of a service account or of a user"
        raise SettingsError(message)
    return json.dumps(key)


def _decoded(text: str) -> str:
    if text.startswith("{"):
        return text
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except binascii.Error as error:
        raise ValueError from error


def main() -> None:
    """Check the settings, then become dbt; exits 1 with one line if one is wrong."""
    arguments = sys.argv[1:]
    environment = dict(os.environ)
    if arguments and not INFORMATION & set(arguments):
        try:
            environment = checked(environment)
            if not OFFLINE & set(arguments):
                check_endpoint(environment)
        except SettingsError as error:
            sys.stderr.write(f"Error: {error}\n")
            sys.exit(1)
    os.umask(0o077)
    if not sys.stdout.isatty():
        environment.setdefault("DBT_USE_COLORS", "false")
    dbt = str(Path(sys.executable).with_name("dbt"))
    os.execve(dbt, [dbt, *arguments], environment)  # noqa: S606 - without a shell
