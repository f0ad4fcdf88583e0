"""The names that the user gave the settings."""

from __future__ import annotations

import os

VARIABLES = "TARGET_BIGQUERY_VARIABLES"
"""The environment variable that says which variable fills which setting, as
`project=BIGQUERY_PROJECT location=BIGQUERY_LOCATION`. A Meltano project sets it."""


def shown(setting: str) -> str:
    """Return a setting's name for a message: the user's variable if there is one.

    Args:
        setting: The setting's name.
    """
    pairs = (pair.partition("=") for pair in os.environ.get(VARIABLES, "").split())
    variables = {name: variable for name, _, variable in pairs if variable}
    return variables.get(setting, f"setting '{setting}'")
