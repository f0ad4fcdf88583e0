"""Names a setting in messages as the user wrote it: by its environment variable.

A project that sets the settings through its own variables lists them as pairs
`setting=VARIABLE`, separated by spaces, in `TAP_NAME_VARIABLES`. Messages then name
the variable, because that is what the user wrote and has to change.
"""

from __future__ import annotations

import os

LIST = f"{(__package__ or '').partition('.')[0].upper()}_VARIABLES"
"""Variable that holds the pairs, such as TAP_LINEAR_VARIABLES in tap-linear."""


def setting_name(setting: str) -> str:
    """Return the name under which the user knows a setting.

    Args:
        setting: Name of a setting, such as `api_key`.

    Returns:
        The variable that LIST names for it; the setting's own name if there is none.
    """
    pairs = (pair.partition("=") for pair in os.environ.get(LIST, "").split())
    variables = {name: variable for name, _, variable in pairs if variable}
    return variables.get(setting, setting)


def fill(template: str, **values: object) -> str:
    """Fill in a message.

    Args:
        template: Text for `str.format_map`, such as "set {api_key}: {message}".
        values: Values by name. Every other name in the template is a setting, and is
            replaced by `setting_name`.
    """
    return template.format_map(_Names(values))


class _Names(dict[str, object]):
    """Values of a template; a name without a value is a setting."""

    def __missing__(self, key: str) -> str:
        return setting_name(key)
