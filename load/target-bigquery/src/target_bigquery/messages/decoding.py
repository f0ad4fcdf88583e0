"""Decodes a line of the tap into a message, with every number exact."""

from __future__ import annotations

import decimal
import json
import math
import sys
from typing import TYPE_CHECKING, Any, Self

import msgspec

from target_bigquery.errors import TargetError, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORT = 16
"""A plain decimal with fewer characters is unchanged after conversion to a double and
back."""

DOUBLE_DIGITS = 17
"""Significant digits that distinguish any two doubles."""


class WideNumber(decimal.Decimal):
    """A number whose text is not the shortest one of a double.

    It may have more digits or range than FLOAT64 holds, so the column decides.
    """

    text: str
    """The number as the tap wrote it."""

    def __new__(cls, text: str) -> Self:
        """Keep the text; an exponent that no decimal has makes the number NaN.

        Args:
            text: The number as the tap wrote it.
        """
        try:
            number = super().__new__(cls, text)
        except decimal.InvalidOperation:
            number = super().__new__(cls, "NaN")
        number.text = text
        return number

    def __repr__(self) -> str:
        """Return the number as the tap wrote it, for messages."""
        return self.text

    def double(self) -> float | None:
        """Return the double of which this is a text, None if there is none.

        A text with a fraction and up to 17 digits names a double: programs write
        52.520006599999999 for 52.5200066. A whole number must be the double itself, and
        so must a longer text, as far as its digits go.
        """
        if not self.is_finite():
            return None
        number = float(self)
        digits = len("".join(map(str, self.as_tuple().digits)).strip("0"))
        is_whole = self == self.to_integral_value()
        if (
            not is_whole
            and digits <= DOUBLE_DIGITS
            and sys.float_info.min <= abs(number) <= sys.float_info.max
        ):
            return number
        if math.isinf(number):
            return None
        again = decimal.Decimal(f"{number:.{max(digits, 1) - 1}e}")
        return number if again == self else None


MAX_NESTING = 500
"""Levels of objects and arrays on a line.

It is BigQuery's limit for JSON, and low
enough for Python's recursion:
https://cloud.google.com/bigquery/docs/json-data#limitations
"""
SHORTEST_DEEP = 2 * MAX_NESTING
"""Characters of the shortest line that can have more levels: each opens and closes."""


class NonFinite(float):
    """NaN or an infinity: FLOAT64 holds it, JSON does not."""


class MessageError(TargetError):
    """A line from the tap is not a Singer message."""


def parse_float(text: str) -> float | WideNumber:
    """Return a JSON number that has a fraction or an exponent, exactly.

    Args:
        text: The number as the tap wrote it.
    """
    number = float(text)
    if len(text) < SHORT and "e" not in text and "E" not in text:
        return number
    exact = WideNumber(text)
    return number if decimal.Decimal(repr(number)) == exact else exact


def _parse_integer(text: str) -> int | WideNumber:
    """Return an integer; Python refuses to read one of more than 4,300 digits."""
    try:
        return int(text)
    except ValueError:
        return WideNumber(text)


_decoder = msgspec.json.Decoder(float_hook=parse_float)


def decode(line: bytes | str) -> dict[str, Any]:
    """Return the message on a line.

    Python's more lenient parser reads what strict JSON does not allow but some taps
    write (NaN, infinities, half a surrogate pair), so that the column decides.

    Args:
        line: One line from the tap.

    Raises:
        MessageError: If the line is not a JSON object, or is nested too deeply.
    """
    try:
        try:
            message = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            message = _decode_leniently(line)
        if len(line) >= SHORTEST_DEEP:
            _check_nesting(line, message)
    except ValueError:
        message = None
    except RecursionError:
        text = (
            f"The tap wrote a line that is nested more than {MAX_NESTING} levels deep, "
            f"which begins {_start(line)}: leave out the property that is so deep."
        )
        raise MessageError(text) from None
    if not isinstance(message, dict):
        text = f"The tap wrote a line that is not a JSON object: {_start(line)}"
        raise MessageError(text)
    return message


def stream_of(message: dict[str, Any]) -> str:
    """Return the name of the stream that a message is about.

    Args:
        message: A message.

    Raises:
        MessageError: If it is not a text.
    """
    stream = message.get("stream")
    if not isinstance(stream, str):
        text = (
            f"A {message['type']} names its stream {shorten(stream)}, which is not a "
            "text: the tap does not follow the Singer protocol."
        )
        raise MessageError(text)
    return stream


def check_keys(message: dict[str, Any]) -> None:
    """Reject a SCHEMA whose keys are not a list of names.

    Args:
        message: The SCHEMA message.

    Raises:
        MessageError: If they are not.
    """
    keys = message.get("key_properties")
    if keys is None:
        return
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        text = (
            f"The SCHEMA of stream '{message['stream']}' has {shorten(keys)} as "
            "key_properties, which is not a list of names: the tap does not follow the "
            "Singer protocol."
        )
        raise MessageError(text)


def version_of(message: dict[str, Any]) -> int:
    """Return the version that an ACTIVATE_VERSION activates.

    Args:
        message: The message.

    Raises:
        MessageError: If it is not an integer of 64 bits.
    """
    version = message.get("version")
    if type(version) is not int or not -(2**63) <= version < 2**63:
        text = (
            f"The ACTIVATE_VERSION of stream '{message.get('stream')}' has version "
            f"{shorten(version)}, which is not an integer of 64 bits."
        )
        raise MessageError(text)
    return version


def _decode_leniently(line: bytes | str) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(
        line,
        parse_float=parse_float,
        parse_int=_parse_integer,
        parse_constant=NonFinite,
    )


def _check_nesting(line: bytes | str, message: Any) -> None:  # noqa: ANN401 - any JSON value
    """Raise RecursionError if a line has more than MAX_NESTING levels.

    Python's own limit cannot be used: it depends on the call stack.
    """
    if isinstance(line, bytes):
        openings = line.count(b"{") + line.count(b"[")
    else:
        openings = line.count("{") + line.count("[")
    if openings <= MAX_NESTING:
        return
    level = [message]
    for _ in range(MAX_NESTING):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise RecursionError


def _start(line: bytes | str) -> str:
    return shorten(line[:1000].strip())


class _JsonNull:
    """A null inside an array of JSON, where SQL's NULL is not allowed."""


JSON_NULL = _JsonNull()


def _for_json(value: object) -> object:
    """Return a number as a double; reject it if that is not exact."""
    if value is JSON_NULL:
        return None
    number = value.double() if isinstance(value, WideNumber) else None
    if number is None:
        message = f"JSON in BigQuery cannot hold {shorten(value)} exactly"
        raise ValueError(message)
    return number


_encoder = msgspec.json.Encoder(enc_hook=_for_json)


def encode(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return a JSON value as UTF-8 text.

    Args:
        value: What `decode` returned, or a part of it.

    Raises:
        ValueError: If it holds a number that BigQuery's JSON type would round.
        RecursionError: If it is nested too deeply.
    """
    return _encoder.encode(value)


def encode_lines(values: Sequence[Any]) -> bytes:
    """Return JSON values as UTF-8 text, each on a line that ends with a line break.

    Args:
        values: Parts of what `decode` returned.

    Raises:
        ValueError: If one holds a number that BigQuery's JSON type would round.
        RecursionError: If one is nested too deeply.
    """
    return _encoder.encode_lines(values)
