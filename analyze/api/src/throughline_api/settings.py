"""The server's own settings, next to those of the warehouse."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .common.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .common.settings import Variables

PREFIX = "API_"
HOST = "127.0.0.1"
PORT = 8000
REQUESTS_PER_MINUTE = 600
LAST_PORT = 65535
# 128 bits in hexadecimal are 32 characters, in base64 22.
KEY = re.compile(r"[!-~]{22,512}")


@dataclass(frozen=True)
class ApiSettings:
    """Where to listen, whom to answer, and what to read.

    Attributes:
        warehouse: Which warehouse, and within which limits.
        host: IP address to listen on.
        port: Port to listen on.
        access_key: What the header `X-API-Key` must be; None requires no key.
        requests_per_minute: Requests that one client may send in a minute.
        definitions: The Markdown file with the definitions of the metrics.
        marts: Directory of the YAML files that describe the marts.
    """

    warehouse: Settings
    host: str
    port: int
    access_key: str | None
    requests_per_minute: int
    definitions: Path
    marts: Path

    @property
    def variables(self) -> Variables:
        """The settings' names as the user knows them."""
        return self.warehouse.variables

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can connect."""
        return ipaddress.ip_address(self.host).is_loopback


def read_api_settings(environment: Mapping[str, str]) -> ApiSettings:
    """Read and check all settings.

    Args:
        environment: As Meltano makes it (`API_…`).

    Raises:
        SettingsError: If a setting is missing or wrong; one line.
    """
    warehouse = read_settings(PREFIX, environment)
    variables = warehouse.variables
    transform = _directory(variables, "transform_dir")
    settings = ApiSettings(
        warehouse=warehouse,
        host=_host(variables),
        port=variables.number("server_port", PORT, LAST_PORT),
        access_key=_key(variables),
        requests_per_minute=variables.number(
            "requests_per_minute", REQUESTS_PER_MINUTE
        ),
        definitions=_definitions(variables),
        marts=transform / "models" / "marts",
    )
    if not settings.is_loopback and settings.access_key is None:
        message = (
            f"{variables.name('server_host')} is {settings.host}, which other machines"
            f" can reach: set {variables.name('access_key')}, or set"
            f" {variables.name('server_host')} to {HOST}"
        )
        raise SettingsError(message)
    return settings


def _host(variables: Variables) -> str:
    host = variables.get("server_host") or HOST
    host = HOST if host == "localhost" else host.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        message = (
            f"{variables.name('server_host')} is {host!r}: set it to an IP address"
            f" such as {HOST}"
        )
        raise SettingsError(message) from None


def _key(variables: Variables) -> str | None:
    key = variables.get("access_key")
    if not key:
        return None
    if not KEY.fullmatch(key):  # the message must not quote it
        message = (
            f"{variables.name('access_key')} is too short or has a space or a special"
            " character: set it to 22 to 512 ASCII characters, as `openssl rand -hex"
            " 32` prints"
        )
        raise SettingsError(message)
    return key


def _definitions(variables: Variables) -> Path:
    text = variables.get("definitions")
    path = Path(text)
    if not text or not path.is_file():
        message = (
            f"{variables.name('definitions')} is {text!r}: set it to the path of"
            " docs/metrics.md"
        )
        raise SettingsError(message)
    return path


def _directory(variables: Variables, setting: str) -> Path:
    text = variables.get(setting)
    path = Path(text)
    if not text or not (path / "models" / "marts").is_dir():
        message = (
            f"{variables.name(setting)} is {text!r}: set it to the directory of"
            " dbt_project.yml"
        )
        raise SettingsError(message)
    return path
