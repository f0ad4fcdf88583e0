"""Converts values to Arrow's, column by column: exactly, or with an error."""

from __future__ import annotations

import datetime as dt
import decimal
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from target_bigquery.errors import shorten
from target_bigquery.messages.decoding import (
    NonFinite,
    WideNumber,
    encode,
    encode_lines,
)
from target_bigquery.records.fields import ARROW, DECIMAL_DIGITS, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_bigquery.records.fields import Field

    Converters = tuple[Callable[[Sequence[Any]], pa.Array], Callable[[Any], Any]]

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
INT64_DIGITS = 19
UINT64_MAX = 2**64 - 1
TIMESTAMP_TYPE = ARROW[Kind.TIMESTAMP]
# BigQuery's TIMESTAMP ends at these, Arrow's does not:
# https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type
FIRST_TIMESTAMP, LAST_TIMESTAMP = (
    pa.scalar(moment.replace(tzinfo=dt.UTC), TIMESTAMP_TYPE)
    for moment in (dt.datetime.min, dt.datetime.max)  # noqa: DTZ901 - zone set above
)
FIRST_DATE, LAST_DATE = pa.scalar(dt.date.min), pa.scalar(dt.date.max)
MICROSECOND_DIGITS = 6
_FRACTION = re.compile(r"([.,])(\d+)")
_LONG_INTEGER = re.compile(rb"\d{19}")
_DECIMAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?\s*", re.ASCII)

# Whole columns at once, by Arrow's own parsers. Where Arrow would guess (true as
# 1.0, 1.5 as 1) the type that it infers from the values tells.


def _strings(values: Sequence[Any]) -> pa.Array:
    return pa.array(values, pa.string())


def _integers(values: Sequence[Any]) -> pa.Array:
    return _expect(pa.array(values), pa.types.is_integer).cast(pa.int64())


def _floats(values: Sequence[Any]) -> pa.Array:
    array = pa.array(values)
    if pa.types.is_integer(array.type):
        return array.cast(pa.float64())
    array = _expect(array, pa.types.is_floating)
    if bool in set(map(type, values)):
        # Arrow takes [1.5, True] for [1.5, 1.0].
        message = "a boolean among the numbers"
        raise ValueError(message)
    return array


def _numerics(values: Sequence[Any]) -> pa.Array:
    return _decimals(values, Kind.NUMERIC)


def _bignumerics(values: Sequence[Any]) -> pa.Array:
    return _decimals(values, Kind.BIGNUMERIC)


def _decimals(values: Sequence[Any], kind: Kind) -> pa.Array:
    numbers = [None if value is None else _decimal(value) for value in values]
    return pa.array(numbers, ARROW[kind])


def _booleans(values: Sequence[Any]) -> pa.Array:
    return pa.array(values, pa.bool_())


def _timestamps(values: Sequence[Any]) -> pa.Array:
    array = pa.array(values, pa.string()).cast(TIMESTAMP_TYPE)
    return _within(array, FIRST_TIMESTAMP, LAST_TIMESTAMP)


def _dates(values: Sequence[Any]) -> pa.Array:
    array = pa.array(values, pa.string()).cast(pa.date32())
    return _within(array, FIRST_DATE, LAST_DATE)


def _json(values: Sequence[Any]) -> pa.Array:
    text = encode_lines(values)
    if _LONG_INTEGER.search(text):
        message = "perhaps an integer that JSON rounds"
        raise ValueError(message)
    # JSON has no line break inside of a value.
    lines: list[Any] = text.split(b"\n")[:-1]
    if None in values:
        lines = [
            None if value is None else line
            for value, line in zip(values, lines, strict=True)
        ]
    return pa.array(lines, pa.string())


def _expect(array: pa.Array, is_type: Callable[[pa.DataType], bool]) -> pa.Array:
    if is_type(array.type) or pa.types.is_null(array.type):
        return array
    message = "another type than the column's"
    raise ValueError(message)


def _within(array: pa.Array, first: pa.Scalar, last: pa.Scalar) -> pa.Array:
    """Reject values outside of BigQuery's range."""
    bounds = pc.min_max(array.cast(f"int{array.type.bit_width}")).as_py()
    if bounds["min"] is not None and not (
        first.value <= bounds["min"] and bounds["max"] <= last.value
    ):
        message = "it is outside of the years 1 to 9999"
        raise ValueError(message)
    return array


# One value at a time, with the reason why it is rejected.


def _one_string(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        message = "it is not a string"
        raise TypeError(message)
    try:
        value.encode()
    except UnicodeEncodeError:
        message = "it is not valid Unicode"
        raise ValueError(message) from None
    return value


def _number(value: Any) -> int | float | WideNumber:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or not isinstance(value, int | float | WideNumber):
        message = "it is not a number"
        raise TypeError(message)
    number: int | float | WideNumber = value
    return number


def _one_integer(value: Any) -> int:  # noqa: ANN401 - any JSON value
    number = _number(value)
    if isinstance(number, float) and not number.is_integer():
        message = "it is not an integer"
        raise ValueError(message)
    if isinstance(number, WideNumber):
        # An exponent may make an integer too long to be written out.
        small = number.is_finite() and number.adjusted() < INT64_DIGITS
        if small and number != number.to_integral_value():
            message = "it is not an integer"
            raise ValueError(message)
        number = int(number) if small else UINT64_MAX
    if not INT64_MIN <= number <= INT64_MAX:
        message = "it has more than 64 bits"
        raise ValueError(message)
    return int(number)


def _one_float(value: Any) -> float:  # noqa: ANN401 - any JSON value
    number = _number(value)
    if isinstance(number, float):
        return number
    double = number.double() if isinstance(number, WideNumber) else float(number)
    if double is None or (isinstance(number, int) and int(double) != number):
        message = "FLOAT64 would round it"
        raise ValueError(message)
    return double


def _decimal(value: Any) -> decimal.Decimal:  # noqa: ANN401 - any JSON value
    """Return a number, or a text with a number, as a decimal."""
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            message = "it is not a decimal number"
            raise ValueError(message)
        return decimal.Decimal(value.strip())
    number = _number(value)
    return decimal.Decimal(repr(number) if isinstance(number, float) else number)


def _one_decimal(value: Any, kind: Kind) -> decimal.Decimal:  # noqa: ANN401 - any JSON value
    number = _decimal(value)
    _check_digits(number, DECIMAL_DIGITS[kind], kind)
    return number


def _check_digits(number: decimal.Decimal, most: tuple[int, int], name: str) -> None:
    before, after = most
    if not number.is_finite() or (number.adjusted() >= before and number):
        message = f"{name} holds {before} digits before the decimal point"
        raise ValueError(message)
    _, digits, exponent = number.as_tuple()
    zeros = len(digits) - len(bytes(digits).rstrip(b"\0"))
    if number and -int(exponent) - zeros > after:
        message = f"{name} holds {after} digits after the decimal point"
        raise ValueError(message)


def _one_numeric(value: Any) -> decimal.Decimal:  # noqa: ANN401 - any JSON value
    return _one_decimal(value, Kind.NUMERIC)


def _one_bignumeric(value: Any) -> decimal.Decimal:  # noqa: ANN401 - any JSON value
    return _one_decimal(value, Kind.BIGNUMERIC)


def _one_boolean(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(value, bool):
        message = "it is not a boolean"
        raise TypeError(message)
    return value


def _one_timestamp(value: Any) -> dt.datetime:  # noqa: ANN401 - any JSON value
    """Parse ISO 8601; without an offset it is UTC, as the Singer SDK reads it."""
    text = _one_string(value)
    if match := _FRACTION.search(text):
        # Python drops further digits without an error.
        digits = match[2]
        if digits[MICROSECOND_DIGITS:].strip("0"):
            message = "TIMESTAMP would cut it to microseconds"
            raise ValueError(message)
        text = text.replace(match[0], f".{digits[:MICROSECOND_DIGITS]}", 1)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        message = "it is not a date and time of ISO 8601"
        raise ValueError(message) from None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        message = "it is outside of the years 1 to 9999"
        raise ValueError(message) from None


def _one_date(value: Any) -> dt.date:  # noqa: ANN401 - any JSON value
    text = _one_string(value)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        moment = _one_timestamp(text)
    if moment.time() != dt.time.min:
        message = "DATE would cut its time of day"
        raise ValueError(message)
    return moment.date()


def _one_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    text = encode(value)
    if _LONG_INTEGER.search(text):
        _check_integers(value)
    return text


def _check_integers(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Reject integers that BigQuery's JSON type rounds.

    It holds INT64, UINT64 and doubles:
    https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#json_type
    """
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check_integers(item)
    elif type(value) is int and not INT64_MIN <= value <= UINT64_MAX:
        try:
            exact = int(float(value)) == value
        except OverflowError:
            exact = False
        if not exact:
            message = f"JSON in BigQuery cannot hold {shorten(value)} exactly"
            raise ValueError(message)


def _one_json_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return _one_json(value).decode()


CONVERTERS: dict[Kind, Converters] = {
    Kind.STRING: (_strings, _one_string),
    Kind.INT64: (_integers, _one_integer),
    Kind.FLOAT64: (_floats, _one_float),
    Kind.NUMERIC: (_numerics, _one_numeric),
    Kind.BIGNUMERIC: (_bignumerics, _one_bignumeric),
    Kind.BOOL: (_booleans, _one_boolean),
    Kind.TIMESTAMP: (_timestamps, _one_timestamp),
    Kind.DATE: (_dates, _one_date),
    Kind.JSON: (_json, _one_json_text),
}
"""For each type: the whole column at once, and one value at a time."""


def _decimal_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the text of a decimal for a column of texts."""
    if isinstance(value, str):
        return _one_string(value)
    number = _number(value)
    if isinstance(number, NonFinite):
        message = "it is not a decimal number"
        raise TypeError(message)
    return repr(number)


def _decimal_texts(values: Sequence[Any]) -> pa.Array:
    return _strings(
        [None if value is None else _decimal_text(value) for value in values]
    )


DECIMAL_TEXT = _decimal_texts, _decimal_text
"""The same for a decimal in a STRING column."""


def converters(field: Field) -> Converters:
    """Return how a column's values become Arrow's: all at once, and one at a time.

    Args:
        field: The column, which is no RECORD.
    """
    is_text = field.decimal and field.kind is Kind.STRING
    fast, slow = DECIMAL_TEXT if is_text else CONVERTERS[field.kind]
    if field.digits is None and field.length is None:
        return fast, slow

    def one(value: Any) -> Any:  # noqa: ANN401 - any JSON value
        found: Any = slow(value)
        if field.digits is not None:
            before, after = field.digits
            name = f"{field.kind}({before + after}, {after})"
            _check_digits(found, field.digits, name)
        if field.length is not None and len(found) > field.length:
            message = f"STRING({field.length}) holds {field.length} characters"
            raise ValueError(message)
        return found

    def every(values: Sequence[Any]) -> pa.Array:
        found = [None if value is None else one(value) for value in values]
        return pa.array(found, ARROW[field.kind])

    return every, one
