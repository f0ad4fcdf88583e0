"""The names under which the user knows the settings."""

from __future__ import annotations

import os
import re

VARIABLES = "TAP_GITHUB_PRS_VARIABLES"
"""Environment variable that says which variables a project sets the settings by.

Pairs `setting=VARIABLE`, separated by blanks. Messages then name the variable, which
is what the user has written.
"""


def shown(setting: str) -> str:
    """Return the variable that sets a setting, or the setting's own name.

    Args:
        setting: Name of a setting.
    """
    pairs = (each.partition("=") for each in os.environ.get(VARIABLES, "").split())
    return {name: variable for name, _, variable in pairs if variable}.get(
        setting, setting
    )


def with_names(text: str) -> str:
    """Return a text with each `{setting}` replaced by the name that `shown` returns."""
    return re.sub(r"\{(\w+)\}", lambda found: shown(found[1]), text)
