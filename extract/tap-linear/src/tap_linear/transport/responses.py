"""Reads responses, including damaged JSON and JSON of any shape."""

from __future__ import annotations

from typing import Any, NamedTuple

from tap_linear.common.decoding import decode


class Response(NamedTuple):
    """A response of the API.

    Attributes:
        data: Its data; empty if there is none.
        errors: Its errors, each an object.
        repaired: Whether a text contained invalid Unicode.
    """

    data: dict[str, Any]
    errors: list[dict[str, Any]]
    repaired: bool


def read(content: bytes) -> Response:
    """Return data and errors of a body; both are empty if it is not GraphQL's.

    Args:
        content: The body.
    """
    try:
        body, repaired = decode(content)
    except ValueError:
        return Response({}, [], repaired=False)
    if not isinstance(body, dict):
        return Response({}, [], repaired=repaired)
    data = body.get("data")
    return Response(
        data if isinstance(data, dict) else {}, _errors(body.get("errors")), repaired
    )


def _errors(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Return the errors as objects, whatever shape they have."""
    if not found:
        return []
    listed = found if isinstance(found, list) else [found]
    return [one if isinstance(one, dict) else {"message": str(one)} for one in listed]
