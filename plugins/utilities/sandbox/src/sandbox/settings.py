"""Settings of the sandbox: options, then the environment, then the defaults."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from sandbox import private

SAVED = "settings.json"


def project_root() -> Path:
    """Return the Meltano project's folder: MELTANO_PROJECT_ROOT or the current one."""
    return Path(os.environ.get("MELTANO_PROJECT_ROOT") or Path.cwd()).resolve()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the sandbox.

    Attributes:
        bigquery_port: Port of BigQuery's REST API.
        api_port: Port of the stand-ins for the APIs.
        project: Google Cloud project of the local BigQuery.
        size: Number of Linear issues.
        seed: Seed of the company.
        recordings: Folder of recorded GitHub responses to serve instead.
    """

    bigquery_port: int = 9050
    api_port: int = 9070
    project: str = "throughline-local"
    size: int = 2_500
    seed: int = 7
    recordings: str | None = None

    @property
    def run_dir(self) -> Path:
        """The folder of pids, logs and data.

        Not below `.meltano/run`: Meltano empties a plugin's folder there whenever it
        installs the plugin again.
        """
        return project_root() / ".meltano" / "sandbox"

    @property
    def token(self) -> str | None:
        """The token of the running servers."""
        return private.read_token(self.run_dir)

    @property
    def bigquery_url(self) -> str:
        """Endpoint of the local BigQuery."""
        return f"http://127.0.0.1:{self.bigquery_port}"

    @property
    def api_url(self) -> str:
        """Base address of the stand-ins."""
        return f"http://127.0.0.1:{self.api_port}"

    def updated(self, **given: Any) -> Settings:  # noqa: ANN401 - each setting's own type
        """Return a copy of these settings with the values that are not None."""
        return replace(
            self, **{key: one for key, one in given.items() if one is not None}
        )

    def save(self) -> None:
        """Save the settings of `up` for the other commands."""
        private.write(private.folder(self.run_dir) / SAVED, json.dumps(asdict(self)))

    @classmethod
    def saved(cls) -> Settings:
        """Return the settings of the last `up`; the defaults if there was none."""
        try:
            text = (cls().run_dir / SAVED).read_text(encoding="utf-8")
            known = {field.name for field in fields(cls)}
            return cls(**{k: one for k, one in json.loads(text).items() if k in known})
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return cls()

    @classmethod
    def environment(cls) -> Settings:
        """Return the settings of the environment; otherwise the defaults.

        Raises:
            ValueError: If a number in the environment is not valid.
        """
        return cls().updated(**_environment())

    @classmethod
    def current(cls) -> Settings:
        """Return the settings of the environment; otherwise those of the last `up`.

        Raises:
            ValueError: If a number in the environment is not valid.
        """
        return cls.saved().updated(**_environment())


def _environment() -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in fields(Settings):
        name = f"SANDBOX_{field.name.upper()}"
        text = os.environ.get(name)
        if not text:
            continue
        try:
            given[field.name] = int(text) if field.type == "int" else text
        except ValueError:
            message = f"{name} must be a number, not {text!r}"
            raise ValueError(message) from None
    return given
