"""Each value arrives exactly or is refused by name."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import datetime as dt
import io
import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from target_bigquery.errors import InvalidValueError, RecordError
from target_bigquery.messages.decoding import decode
from target_bigquery.records.convert import to_arrays
from target_bigquery.records.parquet import Part
from target_bigquery.records.schemas import fields_of

if TYPE_CHECKING:
    from conftest import Load, Tap, Warehouse

UTC = dt.UTC
STRING = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
BOOLEAN = {"type": ["null", "boolean"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}
DAY = {"type": ["null", "string"], "format": "date"}
ANYTHING: dict[str, Any] = {}
FREE = {"type": ["null", "object"]}
USER = {"type": ["null", "object"], "properties": {"id": INTEGER, "raw": ANYTHING}}
STRINGS = {"type": ["null", "array"], "items": {"type": "string"}}
MOMENTS = {"type": "array", "items": MOMENT}
USERS = {"type": ["null", "array"], "items": USER}
PRICE = {"type": ["null", "number"], "multipleOf": 0.01}
PRICES = {"type": "array", "items": PRICE}
UNSIGNED = {"type": ["null", "integer"], "minimum": 0, "maximum": 2**64 - 1}
DIGITS_38 = {"type": ["null", "number"], "multipleOf": 1, "maximum": 1e38}
TEXT_DECIMAL = {"type": ["null", "string"], "format": "singer.decimal"}
NUMERIC_MAX = Decimal("99999999999999999999999999999.999999999")
GRID = {"type": "array", "items": {"type": "array", "items": INTEGER}}
LONG = "ä€𝄞" * 120_000
DEEP = "[" * 300 + "]" * 300

EXACT = [
    # schema, value as the tap writes it, value as BigQuery returns it
    (STRING, '""', ""),
    (STRING, r'"a\u0000b"', "a\x00b"),
    (STRING, json.dumps(LONG, ensure_ascii=False), LONG),
    (STRING, "null", None),
    (INTEGER, "9223372036854775807", 2**63 - 1),
    (INTEGER, "-9223372036854775808", -(2**63)),
    (INTEGER, "2.0", 2),
    (INTEGER, "1e3", 1000),
    (NUMBER, "1", 1.0),
    (NUMBER, "0.1", 0.1),
    (NUMBER, "1.7976931348623157e308", 1.7976931348623157e308),
    (NUMBER, "5e-324", 5e-324),
    (NUMBER, "0.30000000000000004", 0.30000000000000004),
    (NUMBER, "1.50000000000000000000000", 1.5),
    (NUMBER, "9007199254740992", float(2**53)),
    # Doubles as other programs write them: with 17 digits, or all they have.
    (NUMBER, "52.520006599999999", 52.5200066),
    (NUMBER, "4.9406564584124654e-324", 5e-324),
    (NUMBER, "0.1000000000000000055511151231257827021181583404541015625", 0.1),
    (NUMBER, "-0.0", -0.0),
    (NUMBER, "Infinity", math.inf),
    (BOOLEAN, "true", True),
    (MOMENT, '"2026-01-02T03:04:05Z"', dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    (
        MOMENT,
        '"2026-01-02T03:04:05.123456+05:30"',
        dt.datetime(2026, 1, 1, 21, 34, 5, 123456, tzinfo=UTC),
    ),
    (
        MOMENT,
        '"2026-01-02T03:04:05.120000000Z"',
        dt.datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=UTC),
    ),
    (MOMENT, '"2026-01-02 03:04:05"', dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    (MOMENT, '"2026-01-02"', dt.datetime(2026, 1, 2, tzinfo=UTC)),
    (MOMENT, '"0001-01-01T00:00:00Z"', dt.datetime(1, 1, 1, tzinfo=UTC)),
    (
        MOMENT,
        '"9999-12-31T23:59:59.999999Z"',
        dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ),
    (DAY, '"0001-01-01"', dt.date(1, 1, 1)),
    (DAY, '"2026-02-28T00:00:00Z"', dt.date(2026, 2, 28)),
    (ANYTHING, '"text"', "text"),
    (ANYTHING, "[1,null,{}]", [1, None, {}]),
    (FREE, "{}", {}),
    # BigQuery's PARSE_JSON refuses these in its default mode.
    (FREE, '{"total":67.174118}', {"total": 67.174118}),
    (FREE, '{"lat":52.520006599999999}', {"lat": 52.5200066}),
    # To BigQuery a double, which the local one keeps as an integer.
    (FREE, '{"n":18446744073709551616}', {"n": 2**64}),
    (FREE, '{"n":-0.0}', {"n": -0.0}),
    (PRICE, "1234567.89", Decimal("1234567.89")),
    (PRICE, "-0.000000001", Decimal("-1e-9")),
    (PRICE, "99999999999999999999999999999.999999999", NUMERIC_MAX),
    (PRICE, "1e5", Decimal(100_000)),
    (PRICE, "52.520006599", Decimal("52.520006599")),
    (UNSIGNED, "18446744073709551615", Decimal(2**64 - 1)),
    (PRICES, "[0.1,-0.2]", [Decimal("0.1"), Decimal("-0.2")]),
    (
        FREE,
        '{"z":1,"a":{"b":[18446744073709551615]}}',
        {"z": 1, "a": {"b": [2**64 - 1]}},
    ),
    (ANYTHING, DEEP, json.loads(DEEP)),
    (USER, "null", None),
    (USER, "{}", {"id": None, "raw": None}),
    (USER, '{"id":1,"raw":{"x":[true]}}', {"id": 1, "raw": {"x": [True]}}),
    # BigQuery has no null array: null and [] are one value to it.
    (STRINGS, "null", []),
    (STRINGS, "[]", []),
    (STRINGS, '["","b"]', ["", "b"]),
    (MOMENTS, '["2026-01-01T00:00:00Z"]', [dt.datetime(2026, 1, 1, tzinfo=UTC)]),
    (
        USERS,
        '[{"id":1,"raw":"a"},{"raw":{"b":2}}]',
        [{"id": 1, "raw": "a"}, {"id": None, "raw": {"b": 2}}],
    ),
    (GRID, "[[1,2],[]]", [[1, 2], []]),
]

REFUSED = [
    (INTEGER, "9223372036854775808", "it has more than 64 bits"),
    (INTEGER, "1.5", "it is not an integer"),
    (INTEGER, "true", "it is not a number"),
    (INTEGER, '"1"', "it is not a number"),
    (INTEGER, "NaN", "it is not an integer"),
    (INTEGER, "1e999999999", "it has more than 64 bits"),
    (INTEGER, "9" * 5000, "it has more than 64 bits"),
    (INTEGER, "1e-999999999", "it is not an integer"),
    (NUMBER, "9007199254740993", "FLOAT64 would round it"),
    (NUMBER, "0.12345678901234567890", "FLOAT64 would round it"),
    (NUMBER, "1e400", "FLOAT64 would round it"),
    (NUMBER, "1e-400", "FLOAT64 would round it"),
    (NUMBER, "true", "it is not a number"),
    (NUMBER, '"1"', "it is not a number"),
    (NUMBER, "9007199254740993.0", "FLOAT64 would round it"),
    (NUMBER, "1.2345e-320", "FLOAT64 would round it"),
    (NUMBER, "123456789012345.678", "FLOAT64 would round it"),
    (NUMBER, "9" * 5000, "FLOAT64 would round it"),
    (NUMBER, "0." + "9" * 5000, "FLOAT64 would round it"),
    (NUMBER, "1e99999999999999999999", "FLOAT64 would round it"),
    (PRICE, "0.0000000001", "NUMERIC holds 9 digits after the decimal point"),
    (PRICE, "52.520006599999999", "NUMERIC holds 9 digits after the decimal point"),
    (PRICE, "100000000000000000000000000000", "NUMERIC holds 29 digits before the"),
    (PRICE, "NaN", "NUMERIC holds 29 digits before the"),
    (PRICE, "true", "it is not a number"),
    (UNSIGNED, "1.5e40", "NUMERIC holds 29 digits before the"),
    (DIGITS_38, "1e38", "BIGNUMERIC holds 38 digits before the"),
    (DIGITS_38, "1e-39", "BIGNUMERIC holds 38 digits after the"),
    (DIGITS_38, "1e99999999999999999999", "BIGNUMERIC holds 38 digits before"),
    (DIGITS_38, "9" * 5000, "BIGNUMERIC holds 38 digits before the"),
    (TEXT_DECIMAL, '"12.5 EUR"', "it is not a decimal number"),
    (TEXT_DECIMAL, '"NaN"', "it is not a decimal number"),
    (BOOLEAN, "1", "it is not a boolean"),
    (STRING, "1", "it is not a string"),
    (STRING, "{}", "it is not a string"),
    (STRING, r'"\ud800"', "it is not valid Unicode"),
    (MOMENT, '"2026-01-02T03:04:05.123456789Z"', "TIMESTAMP would cut it to"),
    (MOMENT, '"0001-01-01T00:00:00+01:00"', "it is outside of the years 1 to 9999"),
    (MOMENT, '"9999-12-31T23:59:59-01:00"', "it is outside of the years 1 to 9999"),
    (MOMENT, '"2026-02-30T00:00:00Z"', "it is not a date and time"),
    (MOMENT, '"2016-12-31T23:59:60Z"', "it is not a date and time"),
    (MOMENT, '"yesterday"', "it is not a date and time"),
    (MOMENT, "1767225600", "it is not a string"),
    (DAY, '"2026-01-01T10:00:00Z"', "DATE would cut its time of day"),
    (DAY, '"0000-01-01"', "it is not a date and time"),
    (FREE, '{"a":NaN}', "JSON in BigQuery cannot hold nan exactly"),
    (FREE, '{"a":0.12345678901234567890}', "JSON in BigQuery cannot hold 0.1234567"),
    (FREE, '{"a":[18446744073709551617]}', "JSON in BigQuery cannot hold 1844674407"),
    (FREE, f'{{"a":{"9" * 30}}}', "JSON in BigQuery cannot hold 999999999999999999999"),
    (FREE, f'{{"a":{"9" * 5000}}}', "JSON in BigQuery cannot hold 9999999999"),
    (FREE, f'{{"a":1{"0" * 400}}}', "JSON in BigQuery cannot hold 1000000000"),
    (FREE, '{"a":1e99999999999999999999}', "JSON in BigQuery cannot hold 1e9999"),
    (FREE, r'{"a":"\ud800"}', "surrogates not allowed"),
    (USER, "[]", "it is not an object"),
    (STRINGS, '"abc"', "it is not an array"),
    (STRINGS, '{"a":1}', "it is not an array"),
    (STRINGS, '["a",null]', "an array in BigQuery cannot hold null"),
    (USERS, "[null]", "an array in BigQuery cannot hold null"),
    ({"type": "string"}, "null", "the schema does not allow null"),
]


def _same(found: Any, expected: Any) -> Any:
    if isinstance(found, str) and not isinstance(expected, str):
        found = json.loads(found)  # the local BigQuery returns JSON in RECORDs as text
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            _same(found[k], expected[k]) for k in expected
        )
    if isinstance(found, str) and found.startswith('"'):
        found = json.loads(found)
    return type(found) is type(expected) and found == expected


def test_every_type_arrives_exactly(load: Load, tap: Tap, warehouse: Warehouse) -> None:
    tap.schema(
        "v",
        {
            "id": {"type": "integer"},
            **{f"c{n}": schema for n, (schema, *_) in enumerate(EXACT)},
        },
    )
    values = ",".join(f'"c{n}":{text}' for n, (_, text, _) in enumerate(EXACT))
    lines = f'{tap.text}{{"type":"RECORD","stream":"v","record":{{"id":1,{values}}}}}\n'
    load(lines)
    load(lines)  # and again over the existing row
    (row,) = warehouse.rows("v")
    wrong = [
        (text[:80], row[f"c{n}"], expected)
        for n, (_, text, expected) in enumerate(EXACT)
        if not _same(row[f"c{n}"], expected)
    ]
    assert wrong == []


def test_not_a_number_arrives_as_such(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("v", {"id": {"type": "integer"}, "n": NUMBER})
    load(f'{tap.text}{{"type":"RECORD","stream":"v","record":{{"id":1,"n":NaN}}}}\n')
    assert math.isnan(warehouse.rows("v")[0]["n"])


@pytest.mark.parametrize(
    ("schema", "text", "reason"),
    REFUSED,
    ids=[f"{n} {r[1][:30]} {r[2]}" for n, r in enumerate(REFUSED)],
)
def test_what_would_change_is_refused(
    schema: dict[str, Any], text: str, reason: str
) -> None:
    fields = fields_of("s", {"properties": {"c": schema}})
    good = [] if "null" in reason else [decode('{"c":null}')]
    with pytest.raises(InvalidValueError, match=reason) as caught:
        to_arrays(fields, [*good, decode(f'{{"c":{text}}}')])
    assert caught.value.path == "c"


def test_a_misfit_deep_inside_is_named_by_its_path() -> None:
    inner = {"type": "object", "properties": {"n": INTEGER}}
    outer = {
        "type": "object",
        "properties": {"list": {"type": "array", "items": inner}},
    }
    fields = fields_of("s", {"properties": {"o": outer}})
    with pytest.raises(InvalidValueError) as caught:
        to_arrays(fields, [{"o": {"list": [{"n": 1}, {"n": "x"}]}}])
    assert (caught.value.path, caught.value.value) == ("o.list.n", "x")


def test_a_missing_required_property_is_refused() -> None:
    schema = {"properties": {"a": STRING}, "required": ["a"]}
    with pytest.raises(InvalidValueError, match="the property is required"):
        to_arrays(fields_of("s", schema), [{"a": None}, {}])


def test_nulls_pass_where_validate_records_is_off(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    tap.schema("v", {"id": {"type": "integer"}, "n": {"type": "integer"}})
    tap.record("v", {"id": 1, "n": None})
    with pytest.raises(RecordError, match="the schema does not allow null"):
        load(tap)
    load(tap, validate_records=False)
    assert warehouse.rows("v") == [{"id": 1, "n": None}]


def test_a_key_that_is_null_is_refused(load: Load, tap: Tap) -> None:
    tap.schema("v", {"id": INTEGER}).record("v", {"id": None})
    with pytest.raises(RecordError, match="key 'id' is null in record"):
        load(tap)


@pytest.mark.parametrize("text", ["9" * 38, f"-{'9' * 38}", f"{'9' * 38}.{'1' * 38}"])
def test_numbers_of_38_digits_reach_parquet_exactly(text: str) -> None:
    (field,) = fields_of("s", {"properties": {"c": DIGITS_38}})
    assert field.type_name == "BIGNUMERIC"
    part = Part((field,))
    part.append(to_arrays([field], [decode(f'{{"c":{text}}}'), {"c": None}]))
    found = pq.read_table(io.BytesIO(part.finish().read()))
    part.close()
    assert found["c"].to_pylist() == [Decimal(text), None]


def test_the_local_bigquery_holds_a_bignumeric_as_text(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    properties = {"id": {"type": "integer"}, "a": DIGITS_38, "b": TEXT_DECIMAL}
    tap.schema("v", properties).record("v", {"id": 1, "a": 10**37, "b": "1.50"})
    load(tap)
    assert warehouse.rows("v") == [{"id": 1, "a": str(10**37), "b": "1.50"}]


def test_a_number_that_does_not_fit_is_named_with_its_key_in_one_line(
    load: Load, tap: Tap
) -> None:
    tap.schema("v", {"id": {"type": "integer"}, "n": NUMBER})
    line = f'{{"type":"RECORD","stream":"v","record":{{"id":7,"n":{"9" * 5000}}}}}'
    with pytest.raises(RecordError) as caught:
        load(f"{tap.text}{line}\n")
    assert "record {'id': 7}: column 'n' cannot hold 999999" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_key_that_is_not_a_number_is_refused(load: Load, tap: Tap) -> None:
    tap.schema("v", {"id": NUMBER}).record("v", {"id": math.nan})
    with pytest.raises(RecordError, match="key 'id' is not a number in record"):
        load(tap)


def test_nanoseconds_in_time_extracted_are_named_with_the_record(
    load: Load, tap: Tap
) -> None:
    tap.schema("v", {"id": {"type": "integer"}})
    tap.record("v", {"id": 1}, time_extracted="2026-01-01T00:00:00Z")
    tap.record("v", {"id": 2}, time_extracted="2026-01-01T00:00:00.123456789Z")
    message = "record {'id': 2}: column '_sdc_extracted_at' cannot hold '2026-01-01T00"
    with pytest.raises(RecordError, match=message):
        load(tap)


def test_a_property_without_a_field_is_named_in_the_log_once(
    load: Load, tap: Tap, caplog: pytest.LogCaptureFixture
) -> None:
    inner = {"type": "object", "properties": {"a": STRING}}
    outer = {
        "type": "object",
        "properties": {"list": {"type": "array", "items": inner}},
    }
    tap.schema("v", {"id": {"type": "integer"}, "o": outer})
    for number in range(3):
        tap.record(
            "v", {"id": number, "x": 1, "o": {"list": [{"a": "1", "b": 2}], "c": 3}}
        )
    load(tap, batch_size_rows=1)
    named = [r.message for r in caplog.records if "not in its schema" in r.msg]
    for line, name in zip(named, ("o.c", "o.list.b", "x"), strict=True):
        assert f"'{name}'" in line


def test_the_log_names_a_limited_number_of_properties_without_a_field(
    load: Load, tap: Tap, caplog: pytest.LogCaptureFixture
) -> None:
    tap.schema("v", {"id": {"type": "integer"}})
    tap.record("v", {"id": 1, **{f"k\n{n}": n for n in range(1000)}})
    load(tap)
    lines = [r.getMessage() for r in caplog.records if "not in its schema" in r.msg]
    assert len(lines) == 100
    assert not any("\n" in line for line in lines)
