"""From the bytes of a response to JSON, whatever its texts hold."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
BROKEN = re.compile("[\x00\ud800-\udfff]")
"""What no UTF-8 or no table holds: NUL, and half a surrogate pair.

GitHub's texts contain both, such as a title cut inside an emoji
(docs/apis/github.md).
"""
SUSPECT = re.compile(rb"\\u0000|\x00")


def decode(content: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of a response; None where it is empty or no JSON.

    Texts that no table could hold are repaired: BROKEN becomes U+FFFD.

    Args:
        content: The body of the response.
    """
    if not content:
        return None
    if not SUSPECT.search(content):
        try:
            return msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # no JSON, or a text that is no UTF-8
    text = content.decode("utf-8", "replace")
    try:
        return _repaired(json.loads(text, strict=False, parse_constant=lambda _: None))
    except (ValueError, RecursionError):
        return None


def _repaired(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return BROKEN.sub(REPLACEMENT, value)
    if isinstance(value, list):
        return [_repaired(each) for each in value]
    if isinstance(value, dict):
        return {_repaired(key): _repaired(each) for key, each in value.items()}
    return value
