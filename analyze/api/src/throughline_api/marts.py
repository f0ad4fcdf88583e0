"""The marts' columns and descriptions, from the YAML files next to the models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, Field, create_model

from .common.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TYPES: dict[str, Any] = {
    "string": str,
    "int64": int,
    "float64": float,
    "bool": bool,
    "date": date,
    "timestamp": datetime,
    "array<string>": list[str],
}
"""Python's type of each BigQuery type that a mart has."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml, which is eight times as fast, if PyYAML was built with it."""


@dataclass(frozen=True)
class Column:
    """A column of a mart.

    Attributes:
        data_type: BigQuery's type, in lower case.
        description: What it means, with its unit.
    """

    data_type: str
    description: str


class Marts:
    """What the project says about its marts."""

    def __init__(self, folder: Path, variable: str) -> None:
        """Read the files.

        Args:
            folder: Directory with the marts' `*.yml`, in any depth.
            variable: The setting that the folder comes from, for an error.

        Raises:
            SettingsError: If a file cannot be read.
        """
        self._columns: dict[str, dict[str, Column]] = {}
        self._descriptions: dict[str, str] = {}
        for path in sorted(folder.rglob("*.yml")):
            try:
                document = yaml.load(path.read_text("utf-8"), LOADER) or {}  # noqa: S506 - both are safe
            except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
                why = getattr(error, "strerror", None) or "it is not YAML in UTF-8"
                message = f"{variable}: {path} cannot be read ({why})"
                raise SettingsError(message) from None
            for model in document.get("models", []):
                self._descriptions[model["name"]] = model["description"]
                self._columns[model["name"]] = {
                    column["name"]: Column(column["data_type"], column["description"])
                    for column in model["columns"]
                }

    def columns(self, mart: str) -> dict[str, Column]:
        """Return a mart's columns by name.

        Raises:
            KeyError: If there is no such mart.
        """
        return self._columns[mart]

    def description(self, mart: str) -> str:
        """Return what one row of a mart is.

        Raises:
            KeyError: If there is no such mart.
        """
        return self._descriptions[mart]

    def model(
        self, name: str, mart: str, more: Mapping[str, Any] | None = None
    ) -> type[BaseModel]:
        """Make the shape of one row of a mart.

        Args:
            name: Name of the shape in the OpenAPI document.
            mart: The mart.
            more: Further fields, as pydantic's `create_model` takes them.

        Returns:
            A model in which each column can be null.
        """
        fields: dict[str, Any] = {
            column: (
                TYPES[about.data_type] | None,
                Field(default=None, description=about.description),
            )
            for column, about in self.columns(mart).items()
        }
        return create_model(
            name, __doc__=self.description(mart), **fields, **(more or {})
        )

    def repository_summary(self) -> type[BaseModel]:
        """Return the shape of one repository with its weeks."""
        week = self.model("RepositoryWeek", "agg_repository_weekly_flow")
        about = Field(description="Its last 12 weeks, newest first.")
        return self.model(
            "RepositorySummary",
            "agg_repositories",
            {"weeks": (list[week], about)},  # type: ignore[valid-type]
        )
