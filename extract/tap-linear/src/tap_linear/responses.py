"""Reads what comes back, whatever it is: JSON that is damaged, and JSON of no shape."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import msgspec

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Response(NamedTuple):
    """A response of the API.

    Attributes:
        data: Its data; empty where there is none.
        errors: Its errors, each an object.
        repaired: Whether a text held what is no Unicode.
    """

    data: dict[str, Any]
    errors: list[dict[str, Any]]
    repaired: bool


def read(content: bytes) -> Response:
    """Return data and errors of a body; both empty where it is not GraphQL's.

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


def decode(content: bytes) -> tuple[Any, bool]:
    r"""Decode JSON; what is no Unicode becomes U+FFFD.

    A lone surrogate (`\ud83d`, half of a pair) is what is left of an emoji that was
    cut. JSON can hold one, UTF-8 cannot.

    Args:
        content: The text.

    Returns:
        The value, and whether a text was repaired.

    Raises:
        ValueError: If it is no JSON.
    """
    try:
        return msgspec.json.decode(content), False
    except msgspec.DecodeError:
        text = content.decode("utf-8-sig", errors="replace")
        value = json.loads(text, parse_constant=lambda _: None)
        clean = _clean(value)
        return clean, clean != value or REPLACEMENT in text


def _clean(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value without lone surrogates, at any depth."""
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(one) for key, one in value.items()}
    return value
