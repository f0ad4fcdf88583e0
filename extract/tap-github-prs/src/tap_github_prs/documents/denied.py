"""Lists of a repository that a token has no permission for.

They are not null by GitHub's schema (`DeploymentConnection!`), so by the rules of
GraphQL a list that is refused makes the whole repository null.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_github_prs.transport.errors import Response

LISTINGS = {"deployments": "DeploymentListing", "releases": "ReleaseListing"}
"""The field that holds the list, and the fragment that requests it."""

NO_PERMISSION = re.compile(r"not accessible by", re.IGNORECASE)
"""What GitHub says then: `Resource not accessible by personal access token`, or `by
integration` for an App."""


def denied_listings(response: Response) -> Iterator[str]:
    """Yield the fragments whose refusal takes a repository away.

    Args:
        response: A response with errors of parts of it.
    """
    for error in response.errors:
        path = error.get("path")
        if not isinstance(path, list) or not path:
            continue
        fragment = LISTINGS.get(str(path[-1]))
        is_denied = NO_PERMISSION.search(str(error.get("message", "")))
        if fragment and is_denied and _is_gone(response.body["data"], path[:-1]):
            yield fragment


def _is_gone(value: Any, path: list[Any]) -> bool:  # noqa: ANN401 - JSON
    """Whether the object at a path is null, or something above it."""
    for step in path:
        if value is None:
            return True
        try:
            value = value[step]
        except (LookupError, TypeError):
            return False
    return value is None
