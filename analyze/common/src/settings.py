"""Which warehouse to read, from the environment variables that Meltano sets."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

if TYPE_CHECKING:
    from collections.abc import Mapping

# BigQuery hides a dataset that begins with an underscore:
# https://cloud.google.com/bigquery/docs/datasets#hidden_datasets
DATASET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,1023}")
# Files that systems keep next to the time zones. Browsers and BigQuery know only the
# names of the IANA database.
NOT_IN_BROWSERS = {"Factory", "localtime", "posixrules"}
KEY_TYPES = ("service_account", "authorized_user")
MAXIMUM_BYTES_BILLED = 100 * 1024**3
JOB_EXECUTION_TIMEOUT = 600
# BigQuery ends every query after six hours:
# https://cloud.google.com/bigquery/quotas#query_jobs
LONGEST_TIMEOUT = 6 * 3600


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line for the user."""


@dataclass(frozen=True)
class Settings:
    """Which warehouse to read, and within which limits.

    Attributes:
        project: Google Cloud project.
        location: Location of the datasets; None lets BigQuery find it.
        api_endpoint: Address of a BigQuery API other than Google's.
        api_token: Bearer token for that API.
        analytics_dataset: Dataset of the marts.
        ops_dataset: Dataset of the run history; None if there is none.
        credentials: A Google key; None for the application default credentials.
        maximum_bytes_billed: Bytes that one query may read.
        job_execution_timeout: Seconds that one query may take.
        variables: Names of the settings as the user knows them.
    """

    project: str
    location: str | None
    api_endpoint: str | None
    api_token: str | None
    analytics_dataset: str
    ops_dataset: str | None
    credentials: dict[str, Any] | None
    maximum_bytes_billed: int
    job_execution_timeout: int
    variables: Variables


@dataclass(frozen=True)
class Variables:
    """The environment variables of one Meltano plugin.

    Attributes:
        prefix: What the plugin's variables begin with, such as `PAGE_`.
        environment: All environment variables.
    """

    prefix: str
    environment: Mapping[str, str]

    def get(self, setting: str) -> str:
        """Return a setting's value without the spaces around it; empty if unset."""
        return self.environment.get(self.prefix + setting.upper(), "").strip()

    def name(self, setting: str) -> str:
        """Return the variable that a user sets a setting by.

        Pairs `setting=VARIABLE` in the variable `…VARIABLES` come from Meltano's
        definition of the plugin.
        """
        pairs = self.environment.get(f"{self.prefix}VARIABLES", "").split()
        names = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        return names.get(setting) or self.prefix + setting.upper()

    def number(self, setting: str, default: int, most: int | None = None) -> int:
        """Return a setting that is a whole number above 0.

        Args:
            setting: Its name.
            default: Its value if it is not set.
            most: The largest number that is allowed; None for any.

        Raises:
            SettingsError: If it is not such a number.
        """
        text = self.get(setting)
        if not text:
            return default
        is_number = re.fullmatch(r"[0-9]{1,18}", text) and int(text)
        if not is_number or (most is not None and int(text) > most):
            allowed = "above 0" if most is None else f"from 1 to {most}"
            message = f"{self.name(setting)} is {text!r}: set it to a number {allowed}"
            raise SettingsError(message)
        return int(text)


def read_settings(prefix: str, environment: Mapping[str, str]) -> Settings:
    """Read and check the settings of the warehouse.

    Args:
        prefix: What the plugin's variables begin with, such as `PAGE_`.
        environment: As Meltano makes it.

    Raises:
        SettingsError: If a setting is missing or wrong.
    """
    variables = Variables(prefix, environment)
    if not variables.get("project"):
        message = f"set {variables.name('project')} to a Google Cloud project"
        raise SettingsError(message)
    ops_dataset = variables.get("ops_dataset")
    _check_dataset(variables, "analytics_dataset")
    if ops_dataset:
        _check_dataset(variables, "ops_dataset")
    endpoint = variables.get("api_endpoint")
    if endpoint and not _is_address(endpoint):
        message = (
            f"{variables.name('api_endpoint')} is not an address such as"
            " http://127.0.0.1:9050"
        )
        raise SettingsError(message)
    return Settings(
        project=variables.get("project"),
        location=variables.get("location") or None,
        api_endpoint=endpoint or None,
        api_token=variables.get("api_token") or None,
        analytics_dataset=variables.get("analytics_dataset"),
        ops_dataset=ops_dataset or None,
        credentials=None if endpoint else _key(variables),
        maximum_bytes_billed=variables.number(
            "maximum_bytes_billed", MAXIMUM_BYTES_BILLED
        ),
        job_execution_timeout=variables.number(
            "job_execution_timeout", JOB_EXECUTION_TIMEOUT, LONGEST_TIMEOUT
        ),
        variables=variables,
    )


def read_time_zone(variables: Variables, dbt_vars: Mapping[str, Any]) -> str:
    """Return the name of the time zone of every day and week.

    Args:
        variables: With the setting `time_zone`.
        dbt_vars: The vars of dbt_project.yml, the default of the setting.

    Raises:
        SettingsError: If there is no such time zone.
    """
    own = variables.get("time_zone")
    name = own or str(dbt_vars.get("reporting_time_zone") or "UTC")
    if name in available_timezones() - NOT_IN_BROWSERS:
        return name
    place = variables.name("time_zone") if own else "the var reporting_time_zone of dbt"
    message = f"{place} is {name!r}: set it to a time zone such as Europe/Berlin"
    raise SettingsError(message)


def _check_dataset(variables: Variables, setting: str) -> None:
    """Refuse a name that BigQuery does not accept or hides.

    Raises:
        SettingsError: If the setting has such a name.
    """
    name = variables.get(setting)
    if not DATASET.fullmatch(name):
        message = (
            f"{variables.name(setting)} makes the dataset name {name!r}: set it to"
            " letters, digits and underscores that do not begin with an underscore"
        )
        raise SettingsError(message)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _key(variables: Variables) -> dict[str, Any] | None:
    """Return the Google key that the settings name."""
    path = variables.get("credentials_path")
    text = variables.get("credentials_json")
    if not text and not path:
        return None
    variable = variables.name("credentials_json" if text else "credentials_path")
    try:
        key = json.loads(_decoded(text) if text else Path(path).read_text("utf-8"))
    except OSError as error:
        message = f"{variable}: {path} cannot be read ({error.strerror})"
        raise SettingsError(message) from None
    except ValueError:  # its text could quote the key
        message = f"{variable} is neither JSON nor base64 of JSON"
        raise SettingsError(message) from None
    if not isinstance(key, dict) or key.get("type") not in KEY_TYPES:
        message = f"{variable} must be the key of a service account or of a user"
        raise SettingsError(message)
    return key


def _decoded(text: str) -> str:
    if text.startswith("{"):
        return text
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except binascii.Error as error:
        raise ValueError from error
