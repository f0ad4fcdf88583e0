"""Which decimal type a JSON schema asks for.

Taps describe decimals in three ways. The Singer SDK and many other taps give the
format `singer.decimal`, some of them with `scale_precision` as "(precision, scale)":
https://github.com/MeltanoLabs/Singer-Working-Group/issues/32
Taps of databases give a number's scale as `multipleOf` and its precision as `maximum`.
An integer with a bound beyond INT64's is an unsigned integer or a decimal.
"""

from __future__ import annotations

import decimal
import re
from typing import Any

from target_bigquery.records.fields import DECIMAL_DIGITS, Kind

FORMATS = frozenset({"singer.decimal", "x-singer.decimal"})
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
_PRECISION_AND_SCALE = re.compile(r"\(?\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\)?")


def asked_for(name: str | None, schema: dict[str, Any]) -> Kind | None:
    """Return the type for the decimals that a schema describes, None if it does not.

    It is STRING, which holds the text, where no decimal type has enough digits.

    Args:
        name: The JSON type.
        schema: The schema of that type.
    """
    if name not in {"string", "number", "integer"}:
        return None
    if str(schema.get("format")) in FORMATS:
        return _kind_of(*_precision_and_scale(schema))
    if name == "string":
        return None
    bounds = [b for b in map(_number, map(schema.get, BOUNDS)) if b is not None]
    before = max([0, *map(_digits_before, bounds)])
    if name == "integer":
        fits = all(INT64_MIN <= bound <= INT64_MAX + 1 for bound in bounds)
        return None if fits else _kind_of(before, 0)
    step = _number(schema.get("multipleOf"))
    if not step or step < 0:
        return None
    return _kind_of(before, max(0, -int(_plain(step).as_tuple().exponent)))


def _kind_of(before: int | None, after: int | None) -> Kind:
    """Return the type for numbers of digits before and after the decimal point."""
    if before is None or after is None:
        return Kind.BIGNUMERIC
    for kind, (most_before, most_after) in DECIMAL_DIGITS.items():
        if before <= most_before and after <= most_after:
            return kind
    return Kind.STRING


def _precision_and_scale(schema: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return the digits before and after the decimal point, None if not given."""
    more = schema.get("additionalProperties")
    given = more.get("scale_precision") if isinstance(more, dict) else None
    match = _PRECISION_AND_SCALE.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        return None, None
    precision, scale = map(int, match.groups())
    return max(0, precision - scale), scale


def _number(value: Any) -> decimal.Decimal | None:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or not isinstance(value, int | float | decimal.Decimal):
        return None
    number = decimal.Decimal(repr(value) if isinstance(value, float) else value)
    return number if number.is_finite() else None


def _plain(number: decimal.Decimal) -> decimal.Decimal:
    """Return the number without the zeros at its end."""
    sign, digits, exponent = number.as_tuple()
    kept = len(bytes(digits).rstrip(b"\0")) or 1
    return decimal.Decimal((sign, digits[:kept], int(exponent) + len(digits) - kept))


def _digits_before(bound: decimal.Decimal) -> int:
    """Return the digits before the decimal point of what stays within a bound.

    A power of ten bounds numbers with a digit less: taps write 100 for two digits.
    """
    power_of_ten = _plain(bound).as_tuple().digits == (1,)
    return max(0, bound.adjusted() + (not power_of_ten))
