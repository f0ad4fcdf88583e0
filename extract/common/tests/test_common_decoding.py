"""A text that is not valid Unicode is repaired; the rest of the response stays."""

from __future__ import annotations

import pytest

from tap_linear.common.decoding import decode

BROKEN = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb'{"a": "x\ud83dy"}', f"x{BROKEN}y"),
        (rb'{"a": "x\udc00y"}', f"x{BROKEN}y"),
        (rb'{"a": "\ud83d\ude00"}', "\N{GRINNING FACE}"),
        (rb'{"a": "x\u0000y"}', f"x{BROKEN}y"),
        (b'{"a": "x\x00y"}', f"x{BROKEN}y"),
        (b'{"a": "x\x01y"}', "x\x01y"),
        (b'{"a": "x\xffy"}', f"x{BROKEN}y"),
        (b'{"a": "x\xed\xa0\xbdy"}', f"x{BROKEN * 3}y"),
        (rb'{"a": "\\ud83d"}', r"\ud83d"),
    ],
)
def test_text_that_no_table_can_store_is_replaced(content: bytes, text: str) -> None:
    assert decode(content) == ({"a": text}, BROKEN in text)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"<html>", b'{"a": "\\ud83d"', b"[" * 100_000]
)
def test_a_body_that_is_not_json_raises_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(content)
