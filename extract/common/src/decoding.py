"""Decodes JSON, also if a text in it is not valid Unicode."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
BROKEN = re.compile("[\x00\ud800-\udfff]")
"""What a table cannot store: NUL, and half of a surrogate pair.

Both vendors return such text, for example a title that was cut inside an emoji
(docs/apis/github.md).
"""


def decode(content: bytes) -> tuple[Any, bool]:
    r"""Decode JSON; replace what is not valid Unicode by U+FFFD.

    A lone surrogate (`\ud83d`, half of a pair) can be written in JSON but not in UTF-8.

    Args:
        content: The JSON text, UTF-8.

    Returns:
        The value, and whether a text was repaired.

    Raises:
        ValueError: If it is not JSON.
    """
    try:
        return _decode(content)
    except RecursionError:
        message = "the JSON is nested too deeply"
        raise ValueError(message) from None


def _decode(content: bytes) -> tuple[Any, bool]:
    if rb"\u0000" not in content and b"\x00" not in content:
        try:
            return msgspec.json.decode(content), False
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # not JSON, or a text that is not UTF-8
    text = content.decode("utf-8-sig", errors="replace")
    value = json.loads(text, strict=False, parse_constant=lambda _: None)
    repaired = _repaired(value)
    return repaired, repaired != value or REPLACEMENT in text


def _repaired(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value without BROKEN, at any depth."""
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else _text(value)
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return value


def _text(value: str) -> str:
    return BROKEN.sub(REPLACEMENT, value)
