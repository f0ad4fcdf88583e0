"""Each value arrives exactly or is refused by name."""

# ruff: noqa: ANN001, ANN201, ANN202 - fixtures: named, not typed, and many

from __future__ import annotations

import datetime as dt
import json
import math

import pytest

from target_bigquery.columns import to_arrays
from target_bigquery.decoding import decode
from target_bigquery.errors import MisfitError, RecordError
from target_bigquery.fields import fields_of

UTC = dt.UTC
STRING = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
BOOLEAN = {"type": ["null", "boolean"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}
DAY = {"type": ["null", "string"], "format": "date"}
ANYTHING: dict = {}
FREE = {"type": ["null", "object"]}
USER = {"type": ["null", "object"], "properties": {"id": INTEGER, "raw": ANYTHING}}
STRINGS = {"type": ["null", "array"], "items": {"type": "string"}}
MOMENTS = {"type": "array", "items": MOMENT}
USERS = {"type": ["null", "array"], "items": USER}
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
    (INTEGER, "true", "it is not an integer"),
    (INTEGER, '"1"', "it is not a number"),
    (INTEGER, "NaN", "cannot convert float NaN to integer"),
    (NUMBER, "9007199254740993", "FLOAT64 would round it"),
    (NUMBER, "0.12345678901234567890", "FLOAT64 would round it"),
    (NUMBER, "1e400", "FLOAT64 would round it"),
    (NUMBER, "1e-400", "FLOAT64 would round it"),
    (NUMBER, "true", "it is not a number"),
    (NUMBER, '"1"', "it is not a number"),
    (BOOLEAN, "1", "it is not a boolean"),
    (STRING, "1", "it is not a string"),
    (STRING, "{}", "it is not a string"),
    (STRING, r'"\ud800"', "it is not valid Unicode"),
    (MOMENT, '"2026-01-02T03:04:05.123456789Z"', "TIMESTAMP would cut it to"),
    (MOMENT, '"0001-01-01T00:00:00+01:00"', "it lies outside of the years 1 to 9999"),
    (MOMENT, '"9999-12-31T23:59:59-01:00"', "it lies outside of the years 1 to 9999"),
    (MOMENT, '"2026-02-30T00:00:00Z"', "it is not a date and time"),
    (MOMENT, '"2016-12-31T23:59:60Z"', "it is not a date and time"),
    (MOMENT, '"yesterday"', "it is not a date and time"),
    (MOMENT, "1767225600", "it is not a string"),
    (DAY, '"2026-01-01T10:00:00Z"', "DATE would cut its time of day"),
    (DAY, '"0000-01-01"', "it is not a date and time"),
    (FREE, '{"a":NaN}', "JSON in BigQuery cannot hold nan exactly"),
    (FREE, '{"a":0.12345678901234567890}', "JSON in BigQuery cannot hold 0.1234567"),
    (FREE, '{"a":[18446744073709551617]}', "JSON in BigQuery cannot hold 1844674407"),
    (USER, "[]", "it is not an object"),
    (STRINGS, '"abc"', "it is not an array"),
    (STRINGS, '{"a":1}', "it is not an array"),
    (STRINGS, '["a",null]', "an array in BigQuery cannot hold null"),
    (USERS, "[null]", "an array in BigQuery cannot hold null"),
    ({"type": "string"}, "null", "the schema does not allow null"),
]


def _same(found, expected):
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


def test_every_type_arrives_exactly(load, tap, warehouse):
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
    load(lines)  # and once more over the row that is there
    (row,) = warehouse.rows("v")
    wrong = [
        (text[:80], row[f"c{n}"], expected)
        for n, (_, text, expected) in enumerate(EXACT)
        if not _same(row[f"c{n}"], expected)
    ]
    assert wrong == []


def test_not_a_number_arrives_as_such(load, tap, warehouse):
    tap.schema("v", {"id": {"type": "integer"}, "n": NUMBER})
    load(f'{tap.text}{{"type":"RECORD","stream":"v","record":{{"id":1,"n":NaN}}}}\n')
    assert math.isnan(warehouse.rows("v")[0]["n"])


@pytest.mark.parametrize(
    ("schema", "text", "reason"),
    REFUSED,
    ids=[f"{n} {r[1][:30]} {r[2]}" for n, r in enumerate(REFUSED)],
)
def test_what_would_change_is_refused(schema, text, reason):
    fields = fields_of("s", {"properties": {"c": schema}})
    good = decode('{"c":null}')
    good = [] if "null" in reason else [good]
    with pytest.raises(MisfitError, match=reason) as caught:
        to_arrays(fields, [*good, decode(f'{{"c":{text}}}')])
    assert caught.value.path == "c"


def test_a_misfit_deep_inside_is_named_by_its_path():
    inner = {"type": "object", "properties": {"n": INTEGER}}
    outer = {
        "type": "object",
        "properties": {"list": {"type": "array", "items": inner}},
    }
    fields = fields_of("s", {"properties": {"o": outer}})
    with pytest.raises(MisfitError) as caught:
        to_arrays(fields, [{"o": {"list": [{"n": 1}, {"n": "x"}]}}])
    assert (caught.value.path, caught.value.value) == ("o.list.n", "x")


def test_a_missing_required_property_is_refused():
    schema = {"properties": {"a": STRING}, "required": ["a"]}
    with pytest.raises(MisfitError, match="the property is required"):
        to_arrays(fields_of("s", schema), [{"a": None}, {}])


def test_nulls_pass_where_validate_records_is_off(load, tap, warehouse):
    tap.schema("v", {"id": {"type": "integer"}, "n": {"type": "integer"}})
    tap.record("v", {"id": 1, "n": None})
    with pytest.raises(RecordError, match="the schema does not allow null"):
        load(tap)
    load(tap, validate_records=False)
    assert warehouse.rows("v") == [{"id": 1, "n": None}]


def test_a_key_that_is_null_is_refused(load, tap):
    tap.schema("v", {"id": INTEGER}).record("v", {"id": None})
    with pytest.raises(RecordError, match="key 'id' is null in record"):
        load(tap)


@pytest.mark.parametrize(
    ("schema", "type_name"),
    [
        (STRING, "STRING"),
        (INTEGER, "INT64"),
        (NUMBER, "FLOAT64"),
        (BOOLEAN, "BOOL"),
        (MOMENT, "TIMESTAMP"),
        (DAY, "DATE"),
        ({"type": "string", "format": "time"}, "STRING"),
        ({"type": "string", "format": "uuid"}, "STRING"),
        (ANYTHING, "JSON"),
        (True, "JSON"),
        (FREE, "JSON"),
        ({"type": "object", "properties": {}}, "JSON"),
        ({"type": ["string", "integer"]}, "JSON"),
        ({"type": ["integer", "number", "null"]}, "FLOAT64"),
        ({"anyOf": [MOMENT, {"type": "null"}]}, "TIMESTAMP"),
        ({"anyOf": [MOMENT, STRING]}, "STRING"),
        ({"oneOf": [INTEGER, FREE]}, "JSON"),
        ({"allOf": [{"type": "integer"}]}, "INT64"),
        ({"type": "null"}, "JSON"),
        (USER, "STRUCT<`id` INT64, `raw` JSON>"),
        (STRINGS, "ARRAY<STRING>"),
        ({"type": "array"}, "ARRAY<JSON>"),
        (GRID, "ARRAY<JSON>"),
        (USERS, "ARRAY<STRUCT<`id` INT64, `raw` JSON>>"),
    ],
)
def test_each_schema_has_one_column_type(schema, type_name):
    (field,) = fields_of("s", {"properties": {"c": schema}})
    assert field.type_name == type_name


def test_records_below_the_fifteenth_level_are_json():
    schema: dict = {"type": "integer"}
    for _ in range(17):
        schema = {"type": "object", "properties": {"o": schema}}
    (field,) = fields_of("s", schema)
    assert field.type_name.count("STRUCT") == 15
    assert "JSON" in field.type_name


def test_references_inside_a_schema_are_followed():
    schema = {
        "properties": {"c": {"$ref": "#/definitions/n"}},
        "definitions": {"n": INTEGER},
    }
    assert fields_of("s", schema)[0].type_name == "INT64"
