"""From a line of the tap to a message, with every number exact."""

from __future__ import annotations

import decimal
import json
from typing import Any

import msgspec

from target_bigquery.errors import TargetError, shorten

SHORT = 16
"""A plain decimal of fewer characters always survives the way through a double."""


class WideNumber(decimal.Decimal):
    """A number with more digits or range than FLOAT64 holds."""


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
    exact = decimal.Decimal(text)
    return number if decimal.Decimal(repr(number)) == exact else WideNumber(exact)


_decoder = msgspec.json.Decoder(float_hook=parse_float)


def decode(line: bytes | str) -> dict[str, Any]:
    """Return the message on a line.

    What strict JSON lacks but some taps write (NaN, infinities, half a surrogate
    pair) is left to Python's more lenient parser, so that the column decides.

    Args:
        line: One line from the tap.

    Raises:
        MessageError: If the line is not a JSON object.
    """
    try:
        message = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            message = json.loads(
                line, parse_float=parse_float, parse_constant=NonFinite
            )
        except (ValueError, RecursionError):
            message = None
    except RecursionError:
        message = None
    if not isinstance(message, dict):
        text = f"The tap wrote a line that is no JSON object: {shorten(line.strip())}"
        raise MessageError(text)
    return message


def _refuse(value: object) -> object:
    message = f"JSON in BigQuery cannot hold {value} exactly"
    raise ValueError(message)


_encoder = msgspec.json.Encoder(enc_hook=_refuse)


def encode(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return a JSON value as UTF-8 text.

    Args:
        value: What `decode` returned, or a part of it.

    Raises:
        ValueError: If it holds a number that BigQuery's JSON type would round.
        RecursionError: If it is nested too deeply.
    """
    return _encoder.encode(value)
