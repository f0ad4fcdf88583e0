"""Records into Arrow columns: lists, RECORDs and nulls; `values.py` has the values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from target_bigquery.errors import MisfitError
from target_bigquery.fields import ARROW, Field, Kind
from target_bigquery.values import JSON_NULL, converters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


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
        check_nulls: Whether a null that the schema does not allow is refused.
        unknown: Gets the paths of properties inside RECORDs that have no field.

    Raises:
        MisfitError: For the first value that its column cannot hold exactly.
    """
    columns = Columns(check_nulls=check_nulls)
    arrays = [columns.column(field, rows) for field in fields]
    if unknown is not None:
        unknown |= columns.unknown
    return arrays


class Columns:
    """Makes Arrow arrays of records, and notes what has no field."""

    def __init__(self, *, check_nulls: bool) -> None:
        """Begin with no unknown properties.

        Args:
            check_nulls: Whether a null that the schema does not allow is refused.
        """
        self.check_nulls = check_nulls
        self.unknown: set[str] = set()
        """Paths of properties inside RECORDs that have no field."""

    def column(self, field: Field, rows: Sequence[dict[str, Any]]) -> pa.Array:
        """Return the array of one column.

        Args:
            field: The column.
            rows: The records, or the objects of a RECORD column.

        Raises:
            MisfitError: For the first value that the column cannot hold exactly.
        """
        source = field.source
        values = [row.get(source) for row in rows]
        strict = self.check_nulls and (not field.nullable or field.required)
        if strict and None in values:
            _check_nulls(field, rows)
        if field.repeated:
            return self._list(field, values)
        return self._values(field, values)

    def _list(self, field: Field, values: list[Any]) -> pa.Array:
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
        array = self._values(field, items)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), array)

    def _values(self, field: Field, values: list[Any]) -> pa.Array:
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
            # finds its exact form or names the one that has none.
            return pa.array(
                [
                    None if value is None else _single(field, slow, value)
                    for value in values
                ],
                ARROW[field.kind],
            )

    def _record(self, field: Field, values: list[Any]) -> pa.Array:
        present = [value for value in values if value is not None]
        for value in present:
            if not isinstance(value, dict):
                raise MisfitError(field.column, value, "it is not an object")
        inner = Columns(check_nulls=self.check_nulls)
        try:
            arrays = [inner.column(each, present) for each in field.fields]
        except MisfitError as misfit:
            raise misfit.under(field.column) from None
        sent: set[str] = set().union(*present)
        inner.unknown |= sent - {each.source for each in field.fields}
        self.unknown |= {f"{field.source}.{name}" for name in inner.unknown}
        names = [each.column for each in field.fields]
        struct = pa.StructArray.from_arrays(arrays, names=names)
        if len(present) == len(values):
            return struct
        return struct.take(pa.array(_positions(values), pa.int64()))


def _check_nulls(field: Field, rows: Sequence[dict[str, Any]]) -> None:
    """Refuse a missing required property and a null where none is allowed."""
    for row in rows:
        if field.source not in row:
            if field.required:
                raise MisfitError(field.column, None, "the property is required")
        elif row[field.source] is None and not field.nullable:
            raise MisfitError(field.column, None, "the schema does not allow null")


def _single(field: Field, convert: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return convert(value)
    except RecursionError:
        raise MisfitError(field.column, "…", "it is nested too deeply") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise MisfitError(field.column, value, str(error)) from None


def _positions(values: list[Any]) -> Iterator[int | None]:
    position = 0
    for value in values:
        if value is None:
            yield None
        else:
            yield position
            position += 1
