"""Converts records to Arrow columns; `values.py` converts single values."""

from __future__ import annotations

import contextlib
import itertools
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from target_bigquery.errors import InvalidValueError
from target_bigquery.messages.decoding import JSON_NULL
from target_bigquery.records.fields import ARROW, Field, Kind
from target_bigquery.records.values import converters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROWS_AT_ONCE = 500
"""Rows that stay in the processor's cache while each of their properties is read."""


def to_arrays(
    fields: Sequence[Field],
    rows: Sequence[dict[str, Any]],
    *,
    check_nulls: bool = True,
    unknown: set[str] | None = None,
) -> list[pa.Array]:
    """Return one Arrow array per field.

    Args:
        fields: The columns.
        rows: The records, or the objects of a RECORD column.
        check_nulls: Whether a null that the schema does not allow is rejected.
        unknown: Receives the names of properties that have no field; inside RECORDs
            they are paths.

    Raises:
        InvalidValueError: For the first value that its column cannot hold exactly.
    """
    columns = Columns(check_nulls=check_nulls, find_unknown=unknown is not None)
    arrays = columns.arrays(fields, rows)
    if unknown is not None:
        unknown |= columns.unknown
    return arrays


def property_values(
    names: Sequence[str], rows: Sequence[dict[str, Any]]
) -> tuple[list[Sequence[Any]], bool]:
    """Return the values of each property: one sequence per name, one value per row.

    Reading row by row is several times faster than reading name by name, because a row
    stays in the processor's cache.

    Args:
        names: The properties.
        rows: The records. A property that a record lacks is None.

    Returns:
        The values, and whether every record has exactly these properties.
    """
    if len(names) > 1 and rows:
        with contextlib.suppress(KeyError):
            columns: list[Sequence[Any]] = list(
                zip(*map(itemgetter(*names), rows), strict=True)
            )
            return columns, max(map(len, rows)) == len(names)
    values: list[list[Any]] = [[] for _ in names]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        for name, column in zip(names, values, strict=True):
            column += [row.get(name) for row in some]
    return list(values), False


class Columns:
    """Converts records to Arrow arrays, and collects properties without a field."""

    def __init__(self, *, check_nulls: bool, find_unknown: bool = False) -> None:
        """Begin with no unknown properties.

        Args:
            check_nulls: Whether a null that the schema does not allow is rejected.
            find_unknown: Whether to look for properties that have no field.
        """
        self.check_nulls = check_nulls
        self.find_unknown = find_unknown
        self.unknown: set[str] = set()
        """Properties that have no field: names, or paths inside RECORDs."""

    def arrays(
        self, fields: Sequence[Field], rows: Sequence[dict[str, Any]]
    ) -> list[pa.Array]:
        """Return one array per field.

        Args:
            fields: The columns.
            rows: The records, or the objects of a RECORD column.

        Raises:
            InvalidValueError: For the first value that its column cannot hold exactly.
        """
        names = [field.source for field in fields]
        columns, complete = property_values(names, rows)
        if self.find_unknown and not complete:
            self.unknown |= set().union(*rows).difference(names)
        return [
            self._array(field, values, rows)
            for field, values in zip(fields, columns, strict=True)
        ]

    def _array(
        self, field: Field, values: Sequence[Any], rows: Sequence[dict[str, Any]]
    ) -> pa.Array:
        strict = self.check_nulls and (not field.nullable or field.required)
        if strict and None in values:
            _check_nulls(field, rows)
        if field.repeated:
            return self._list(field, values)
        return self._values(field, values)

    def _list(self, field: Field, values: Sequence[Any]) -> pa.Array:
        """Return lists; null becomes an empty list: BigQuery stores both as one."""
        if not set(map(type, values)) <= {list, NoneType}:
            wrong = next(v for v in values if v is not None and type(v) is not list)
            raise InvalidValueError(field.column, wrong, "it is not an array")
        lists = [() if value is None else value for value in values]
        offsets = list(itertools.accumulate(map(len, lists), initial=0))
        items = list(itertools.chain.from_iterable(lists))
        if field.kind is not Kind.JSON and None in items:
            bad = next(value for value in values if value is not None and None in value)
            reason = "an array in BigQuery cannot hold null"
            raise InvalidValueError(field.column, bad, reason)
        array = self._values(field, items)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), array)

    def _values(self, field: Field, values: Sequence[Any]) -> pa.Array:
        if field.kind is Kind.RECORD:
            return self._record(field, values)
        if field.kind is Kind.JSON and field.repeated:
            values = [JSON_NULL if value is None else value for value in values]
        fast, slow = converters(field)
        try:
            return fast(values)
        except (
            pa.ArrowException,
            ValueError,
            TypeError,
            OverflowError,
            RecursionError,
        ):
            # Something in the column is unusual: look at each value, which either
            # finds its exact form or reports the one that has no exact form.
            return pa.array(
                [
                    None if value is None else _single(field, slow, value)
                    for value in values
                ],
                ARROW[field.kind],
            )

    def _record(self, field: Field, values: Sequence[Any]) -> pa.Array:
        present = [value for value in values if value is not None]
        if not set(map(type, present)) <= {dict}:
            wrong = next(value for value in present if type(value) is not dict)
            raise InvalidValueError(field.column, wrong, "it is not an object")
        inner = Columns(check_nulls=self.check_nulls, find_unknown=self.find_unknown)
        try:
            arrays = inner.arrays(field.fields, present)
        except InvalidValueError as invalid:
            raise invalid.under(field.column) from None
        self.unknown |= {f"{field.source}.{name}" for name in inner.unknown}
        names = [each.column for each in field.fields]
        struct = pa.StructArray.from_arrays(arrays, names=names)
        if len(present) == len(values):
            return struct
        return struct.take(pa.array(_positions(values), pa.int64()))


def _check_nulls(field: Field, rows: Sequence[dict[str, Any]]) -> None:
    """Reject missing required properties and nulls that are not allowed."""
    for row in rows:
        if field.source not in row:
            if field.required:
                raise InvalidValueError(field.column, None, "the property is required")
        elif row[field.source] is None and not field.nullable:
            raise InvalidValueError(
                field.column, None, "the schema does not allow null"
            )


def _single(field: Field, convert: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return convert(value)
    except RecursionError:
        raise InvalidValueError(field.column, "…", "it is nested too deeply") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidValueError(field.column, value, str(error)) from None


def _positions(values: Sequence[Any]) -> Iterator[int | None]:
    position = 0
    for value in values:
        if value is None:
            yield None
        else:
            yield position
            position += 1
