"""Records into Arrow columns: exact, or refused with column and value."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from target_bigquery.decoding import WideNumber, encode
from target_bigquery.errors import MisfitError
from target_bigquery.fields import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
UINT64_MAX = 2**64 - 1
TIMESTAMP_TYPE = pa.timestamp("us", "UTC")
# BigQuery's TIMESTAMP ends at these, Arrow's goes on:
# https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type
FIRST_TIMESTAMP, LAST_TIMESTAMP = (
    pa.scalar(moment.replace(tzinfo=dt.UTC), TIMESTAMP_TYPE)
    for moment in (dt.datetime.min, dt.datetime.max)  # noqa: DTZ901 - zone set above
)
FIRST_DATE, LAST_DATE = pa.scalar(dt.date.min), pa.scalar(dt.date.max)
MICROSECOND_DIGITS = 6
_FRACTION = re.compile(r"([.,])(\d+)")
_LONG_INTEGER = re.compile(rb"\d{19}")


def to_arrays(
    fields: Sequence[Field], rows: Sequence[dict[str, Any]], *, check_nulls: bool = True
) -> list[pa.Array]:
    """Return one Arrow array per field.

    Args:
        fields: The columns.
        rows: The records, or the objects of a RECORD column.
        check_nulls: Whether a null that the schema does not allow is refused.

    Raises:
        MisfitError: For the first value that its column cannot hold exactly.
    """
    return [_column(field, rows, check_nulls=check_nulls) for field in fields]


def _column(
    field: Field, rows: Sequence[dict[str, Any]], *, check_nulls: bool
) -> pa.Array:
    source = field.source
    values = [row.get(source) for row in rows]
    if check_nulls and (not field.nullable or field.required) and None in values:
        _check_nulls(field, rows)
    if field.repeated:
        return _list(field, values, check_nulls=check_nulls)
    return _values(field, values, check_nulls=check_nulls)


def _check_nulls(field: Field, rows: Sequence[dict[str, Any]]) -> None:
    """Refuse a missing required property and a null where none is allowed."""
    for row in rows:
        if field.source not in row:
            if field.required:
                raise MisfitError(field.column, None, "the property is required")
        elif row[field.source] is None and not field.nullable:
            raise MisfitError(field.column, None, "the schema does not allow null")


def _list(field: Field, values: list[Any], *, check_nulls: bool) -> pa.Array:
    """Return lists; null becomes the empty list, which is the same to BigQuery."""
    items: list[Any] = []
    offsets = [0]
    for value in values:
        if value is not None:
            if type(value) is not list:
                raise MisfitError(field.column, value, "it is not an array")
            items += value
        offsets.append(len(items))
    if field.kind is not Kind.JSON and None in items:
        bad = next(value for value in values if value is not None and None in value)
        reason = "an array in BigQuery cannot hold null"
        raise MisfitError(field.column, bad, reason)
    array = _values(field, items, check_nulls=check_nulls)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), array)


def _values(field: Field, values: list[Any], *, check_nulls: bool) -> pa.Array:
    if field.kind is Kind.RECORD:
        return _record(field, values, check_nulls=check_nulls)
    if field.kind is Kind.JSON and field.repeated:
        values = [_JSON_NULL if value is None else value for value in values]
    fast, slow = CONVERTERS[field.kind]
    try:
        return fast(values)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, RecursionError):
        # Something in the column is unusual: look at each value, which either
        # finds its exact form or names the one that has none.
        return pa.array(
            [
                None if value is None else _single(field, slow, value)
                for value in values
            ],
            fields_arrow(field.kind),
        )


def fields_arrow(kind: Kind) -> pa.DataType:
    """Return the Arrow type of one value of a scalar column.

    Args:
        kind: The column's type.
    """
    return Field("", "", kind).arrow_type


def _single(field: Field, convert: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return convert(value)
    except RecursionError:
        raise MisfitError(field.column, "…", "it is nested too deeply") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise MisfitError(field.column, value, str(error)) from None


def _record(field: Field, values: list[Any], *, check_nulls: bool) -> pa.Array:
    present = [value for value in values if value is not None]
    for value in present:
        if not isinstance(value, dict):
            raise MisfitError(field.column, value, "it is not an object")
    try:
        arrays = to_arrays(field.fields, present, check_nulls=check_nulls)
    except MisfitError as misfit:
        raise misfit.under(field.column) from None
    struct = pa.StructArray.from_arrays(arrays, names=[f.column for f in field.fields])
    if len(present) == len(values):
        return struct
    return struct.take(pa.array(_positions(values), pa.int64()))


def _positions(values: list[Any]) -> Iterator[int | None]:
    position = 0
    for value in values:
        if value is None:
            yield None
        else:
            yield position
            position += 1


# Whole columns at once, by Arrow's own parsers. Where Arrow would guess (true as
# 1.0, 1.5 as 1) the type that it infers from the values tells.


def _strings(values: list[Any]) -> pa.Array:
    return pa.array(values, pa.string())


def _integers(values: list[Any]) -> pa.Array:
    return _expect(pa.array(values), pa.types.is_integer).cast(pa.int64())


def _floats(values: list[Any]) -> pa.Array:
    array = pa.array(values)
    if pa.types.is_integer(array.type):
        return array.cast(pa.float64())
    array = _expect(array, pa.types.is_floating)
    if bool in set(map(type, values)):
        # Arrow takes [1.5, True] for [1.5, 1.0].
        message = "a boolean among the numbers"
        raise ValueError(message)
    return array


def _booleans(values: list[Any]) -> pa.Array:
    return pa.array(values, pa.bool_())


def _timestamps(values: list[Any]) -> pa.Array:
    array = pa.array(values, pa.string()).cast(TIMESTAMP_TYPE)
    return _within(array, FIRST_TIMESTAMP, LAST_TIMESTAMP)


def _dates(values: list[Any]) -> pa.Array:
    array = pa.array(values, pa.string()).cast(pa.date32())
    return _within(array, FIRST_DATE, LAST_DATE)


def _json(values: list[Any]) -> pa.Array:
    return pa.array(
        [None if value is None else _one_json(value) for value in values], pa.string()
    )


def _expect(array: pa.Array, is_type: Callable[[pa.DataType], bool]) -> pa.Array:
    if is_type(array.type) or pa.types.is_null(array.type):
        return array
    message = "another type than the column's"
    raise ValueError(message)


def _within(array: pa.Array, first: pa.Scalar, last: pa.Scalar) -> pa.Array:
    """Refuse what lies outside of BigQuery's range."""
    bounds = pc.min_max(array.cast(f"int{array.type.bit_width}")).as_py()
    if bounds["min"] is not None and not (
        first.value <= bounds["min"] and bounds["max"] <= last.value
    ):
        message = "it lies outside of the years 1 to 9999"
        raise ValueError(message)
    return array


# One value at a time, with the reason in words.


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


def _one_integer(value: Any) -> int:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or value != int(_number(value)):
        message = "it is not an integer"
        raise ValueError(message)
    whole = int(value)
    if not INT64_MIN <= whole <= INT64_MAX:
        message = "it has more than 64 bits"
        raise ValueError(message)
    return whole


def _number(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or not isinstance(value, int | float | WideNumber):
        message = "it is not a number"
        raise TypeError(message)
    return value


def _one_float(value: Any) -> float:  # noqa: ANN401 - any JSON value
    number = float(_number(value))
    if number != value and value == value:  # noqa: PLR0124 - NaN differs from itself
        message = "FLOAT64 would round it"
        raise ValueError(message)
    return number


def _one_boolean(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(value, bool):
        message = "it is not a boolean"
        raise TypeError(message)
    return value


def _one_timestamp(value: Any) -> dt.datetime:  # noqa: ANN401 - any JSON value
    """Parse ISO 8601; without an offset it is UTC, as the Singer SDK reads it."""
    text = _one_string(value)
    if match := _FRACTION.search(text):
        # Python cuts further digits off in silence.
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
        message = "it lies outside of the years 1 to 9999"
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


class _JsonNull:
    """A null inside an array of JSON, where SQL's NULL cannot stand."""


_JSON_NULL = _JsonNull()


def _one_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    if value is _JSON_NULL:
        return b"null"
    text = encode(value)
    if _LONG_INTEGER.search(text):
        _check_integers(value)
    return text


def _check_integers(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Refuse integers that BigQuery's JSON type rounds.

    It holds INT64, UINT64 and doubles:
    https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#json_type
    """
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check_integers(item)
    elif (
        type(value) is int
        and not INT64_MIN <= value <= UINT64_MAX
        and int(float(value)) != value
    ):
        message = f"JSON in BigQuery cannot hold {value} exactly"
        raise ValueError(message)


def _one_json_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return _one_json(value).decode()


CONVERTERS: dict[Kind, tuple[Callable[[list[Any]], pa.Array], Callable[[Any], Any]]] = {
    Kind.STRING: (_strings, _one_string),
    Kind.INT64: (_integers, _one_integer),
    Kind.FLOAT64: (_floats, _one_float),
    Kind.BOOL: (_booleans, _one_boolean),
    Kind.TIMESTAMP: (_timestamps, _one_timestamp),
    Kind.DATE: (_dates, _one_date),
    Kind.JSON: (_json, _one_json_text),
}
"""For each type: the whole column at once, and one value at a time."""
