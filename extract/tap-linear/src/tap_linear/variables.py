"""Names a setting as the user wrote it: by its environment variable, if it has one."""

from __future__ import annotations

import os

LIST = "TAP_LINEAR_VARIABLES"
"""Holds space-separated `setting=VARIABLE` pairs; Meltano sets it."""


def shown(setting: str) -> str:
    """Return the name under which the user knows a setting.

    Args:
        setting: Name of a setting, such as `api_key`.

    Returns:
        The variable that TAP_LINEAR_VARIABLES names for it, else the setting's name.
    """
    pairs = (pair.partition("=") for pair in os.environ.get(LIST, "").split())
    return {name: variable for name, _, variable in pairs if variable}.get(
        setting, setting
    )


class Names(dict[str, object]):
    """For `str.format_map`: what it does not hold is the name of a setting."""

    def __missing__(self, key: str) -> str:
        """Return the name under which the user knows the setting."""
        return shown(key)
