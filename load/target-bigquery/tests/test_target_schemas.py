"""Each JSON schema becomes one type of column, by documented rules."""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_bigquery.errors import SchemaError
from target_bigquery.records.convert import to_arrays
from target_bigquery.records.schemas import fields_of

if TYPE_CHECKING:
    from conftest import Load, Tap, Warehouse

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
USERS = {"type": ["null", "array"], "items": USER}
GRID = {"type": "array", "items": {"type": "array", "items": INTEGER}}
SINGER = {"type": ["null", "string"], "format": "singer.decimal"}
ONE = {"properties": {"a": INTEGER}}
TWO = {"properties": {"b": STRING}}


def sized(text: str, name: str = "number") -> Any:
    return {
        "type": ["null", name],
        "format": "singer.decimal",
        "additionalProperties": {"scale_precision": text},
    }


TYPES = [
    (STRING, "STRING"),
    (INTEGER, "INT64"),
    (NUMBER, "FLOAT64"),
    (BOOLEAN, "BOOL"),
    (MOMENT, "TIMESTAMP"),
    (DAY, "DATE"),
    ({"type": "string", "format": "time"}, "STRING"),
    ({"type": "string", "format": "uuid"}, "STRING"),
    ({"type": "string", "format": ["date"]}, "STRING"),
    (ANYTHING, "JSON"),
    (True, "JSON"),
    (FREE, "JSON"),
    ({"type": "object", "properties": {}}, "JSON"),
    ({"type": "object", "properties": None}, "JSON"),
    ({"type": ["string", "integer"]}, "JSON"),
    ({"type": ["boolean", "string"]}, "JSON"),
    ({"type": ["integer", "number", "null"]}, "FLOAT64"),
    ({"type": "null"}, "JSON"),
    ({"type": []}, "JSON"),
    ({"type": [["string"]]}, "JSON"),
    ({"type": {"string": 1}}, "JSON"),
    ({"type": "any"}, "JSON"),
    (USER, "STRUCT<`id` INT64, `raw` JSON>"),
    (ONE, "STRUCT<`a` INT64>"),
    (STRINGS, "ARRAY<STRING>"),
    ({"items": STRING}, "ARRAY<STRING>"),
    ({"type": "array"}, "ARRAY<JSON>"),
    ({"type": "array", "items": [STRING, INTEGER]}, "ARRAY<JSON>"),
    ({"type": "array", "prefixItems": [STRING], "items": STRING}, "ARRAY<JSON>"),
    ({"type": "array", "items": {"type": ["null", "integer"]}}, "ARRAY<INT64>"),
    ({"type": "array", "items": {"type": ["string", "integer"]}}, "ARRAY<JSON>"),
    (GRID, "ARRAY<JSON>"),
    (
        {"type": "array", "items": {"type": ["array", "null"], "items": 1}},
        "ARRAY<JSON>",
    ),
    (USERS, "ARRAY<STRUCT<`id` INT64, `raw` JSON>>"),
    # anyOf and oneOf, and what stands next to them
    ({"anyOf": [MOMENT, {"type": "null"}]}, "TIMESTAMP"),
    ({"anyOf": [MOMENT, STRING]}, "STRING"),
    ({"oneOf": [INTEGER, FREE]}, "JSON"),
    ({"type": ["null", "string"], "anyOf": [{"format": "date-time"}, {}]}, "STRING"),
    ({"type": ["null", "string"], "anyOf": [{"format": "date"}]}, "DATE"),
    ({"type": ["null", "object"], "anyOf": [ONE, ONE]}, "STRUCT<`a` INT64>"),
    ({"type": ["null", "object"], "anyOf": [ONE, TWO]}, "JSON"),
    ({"type": ["null", "string", "integer"], "oneOf": [INTEGER, NUMBER]}, "INT64"),
    (
        {**USER, "anyOf": [{"required": ["id"]}, {"required": ["raw"]}]},
        "STRUCT<`id` INT64, `raw` JSON>",
    ),
    (
        {"type": "array", "items": {"type": ["null", "object"], "anyOf": [ONE]}},
        "ARRAY<STRUCT<`a` INT64>>",
    ),
    ({"anyOf": [STRING] * 2000}, "JSON"),
    # allOf
    ({"allOf": [{"type": "integer"}]}, "INT64"),
    ({"allOf": [{"type": "number"}, {"type": "integer"}]}, "INT64"),
    ({"allOf": [{"type": "string"}, {"format": "date-time"}]}, "TIMESTAMP"),
    ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "JSON"),
    (
        {"type": "object", "allOf": [ONE, TWO, {"properties": {"c": BOOLEAN}}]},
        "STRUCT<`a` INT64, `b` STRING, `c` BOOL>",
    ),
    (
        {"allOf": [{"properties": {"o": ONE}}, {"properties": {"o": TWO}}]},
        "STRUCT<`o` STRUCT<`a` INT64, `b` STRING>>",
    ),
    (
        {"allOf": [{"items": ONE}, {"items": TWO}]},
        "ARRAY<STRUCT<`a` INT64, `b` STRING>>",
    ),
    # decimals
    (SINGER, "BIGNUMERIC"),
    ({"type": "string", "format": "x-singer.decimal"}, "BIGNUMERIC"),
    ({"type": ["null", "number"], "format": "singer.decimal"}, "BIGNUMERIC"),
    (sized("(12,0)"), "NUMERIC"),
    (sized("(38,9)", "string"), "NUMERIC"),
    (sized("(38,10)"), "BIGNUMERIC"),
    (sized("(76,38)"), "BIGNUMERIC"),
    (sized("(100,50)"), "STRING"),
    ({"type": "number", "multipleOf": 0.01}, "NUMERIC"),
    ({"type": "number", "multipleOf": 0.25}, "NUMERIC"),
    ({"type": "number", "multipleOf": 1e-10}, "BIGNUMERIC"),
    ({"type": "number", "multipleOf": 1e-40}, "STRING"),
    ({"type": "number", "multipleOf": 1, "maximum": 1e29}, "NUMERIC"),
    ({"type": "number", "multipleOf": 1, "maximum": 10**38 - 1}, "BIGNUMERIC"),
    ({"type": "number", "multipleOf": 1, "exclusiveMaximum": True}, "NUMERIC"),
    ({"type": "number", "multipleOf": 0}, "FLOAT64"),
    ({"type": "number", "maximum": 1e38}, "FLOAT64"),
    ({"type": "integer", "maximum": 2**63 - 1}, "INT64"),
    ({"type": "integer", "minimum": 0, "maximum": 2**64 - 1}, "NUMERIC"),
    ({"type": "integer", "maximum": 10**38 - 1}, "BIGNUMERIC"),
    ({"anyOf": [SINGER, STRING]}, "STRING"),
    ({"anyOf": [SINGER, NUMBER]}, "JSON"),
    ({"anyOf": [SINGER, sized("(9,2)", "string")]}, "BIGNUMERIC"),
    ({"anyOf": [{"type": "number", "multipleOf": 1}, NUMBER]}, "FLOAT64"),
    ({"anyOf": [{"type": "number", "multipleOf": 0.1}, INTEGER]}, "NUMERIC"),
    # names that BigQuery would take for one
    ({"type": "object", "properties": {"id": INTEGER, "Id": INTEGER}}, "JSON"),
    ({"type": "object", "properties": {"a-b": INTEGER, "a_B": INTEGER}}, "JSON"),
    ({"type": "object", "properties": {"x" * 301: INTEGER}}, "JSON"),
]


@pytest.mark.parametrize(
    ("schema", "type_name"),
    TYPES,
    ids=[f"{n} {json.dumps(s)[:50]}" for n, (s, _) in enumerate(TYPES)],
)
def test_each_schema_has_one_column_type(
    schema: dict[str, Any], type_name: str
) -> None:
    (field,) = fields_of("s", {"properties": {"c": schema}})
    assert field.type_name == type_name


def test_null_is_allowed_where_every_part_of_a_schema_allows_it() -> None:
    def nullable(schema: dict[str, Any]) -> Any:
        return fields_of("s", {"properties": {"c": schema}})[0].nullable

    assert nullable({"anyOf": [{"type": "null"}, {"type": "string"}]})
    assert nullable({"allOf": [STRING, {"format": "uri"}]})
    assert not nullable({"allOf": [STRING, {"type": "string"}]})
    assert not nullable({"type": "string", "anyOf": [{"format": "date"}, {}]})


def test_all_branches_of_all_of_reach_the_row(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    branches = {"allOf": [ONE, TWO]}
    tap.schema("t", {"id": {"type": "integer"}, "o": branches})
    tap.record("t", {"id": 1, "o": {"a": 5, "b": "x"}})
    load(tap)
    assert warehouse.rows("t") == [{"id": 1, "o": {"a": 5, "b": "x"}}]


def test_a_stream_may_be_described_in_parts(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    schema = {
        "allOf": [{"$ref": "#/$defs/base"}, {"properties": {"name": STRING}}],
        "$defs": {
            "base": {"type": "object", "properties": {"id": {"type": "integer"}}}
        },
    }
    tap.write(type="SCHEMA", stream="t", schema=schema, key_properties=["id"])
    load(tap.record("t", {"id": 1, "name": "x"}))
    assert warehouse.rows("t") == [{"id": 1, "name": "x"}]


def test_records_below_the_fifteenth_level_are_json() -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(17):
        schema = {"type": "object", "properties": {"o": schema}}
    (field,) = fields_of("s", schema)
    assert field.type_name.count("STRUCT") == 15
    assert "JSON" in field.type_name


# References


def test_references_inside_a_schema_are_followed() -> None:
    schema = {
        "properties": {"c": {"$ref": "#/definitions/n"}, "d": {"$ref": "#/$defs/a~1b"}},
        "definitions": {"n": INTEGER},
        "$defs": {"a/b": {"type": "array", "items": {"$ref": "#/definitions/n"}}},
    }
    assert [f.type_name for f in fields_of("s", schema)] == ["INT64", "ARRAY<INT64>"]


def test_what_stands_next_to_a_reference_counts_too() -> None:
    schema = {
        "properties": {"c": {"$ref": "#/definitions/o", "properties": {"b": STRING}}},
        "definitions": {"o": {"type": "object", **ONE}},
    }
    (field,) = fields_of("s", schema)
    assert field.type_name == "STRUCT<`b` STRING, `a` INT64>"


def test_a_reference_inside_what_it_names_is_json() -> None:
    tree = {
        "type": "object",
        "properties": {
            "name": STRING,
            "left": {"$ref": "#/definitions/tree"},
            "children": {"type": "array", "items": {"$ref": "#/definitions/tree"}},
        },
    }
    schema = {
        "properties": {"t": {"$ref": "#/definitions/tree"}, "me": {"$ref": "#"}},
        "definitions": {"tree": tree},
    }
    tree_type = "STRUCT<`name` STRING, `left` JSON, `children` ARRAY<JSON>>"
    assert [f.type_name for f in fields_of("s", schema)] == [
        tree_type,
        f"STRUCT<`t` {tree_type}, `me` JSON>",
    ]


@pytest.mark.parametrize(
    "reference",
    [
        "#/definitions/gone",
        "https://example.com/x.json",
        "other.json#/a",
        "#n",
        5,
        None,
    ],
)
def test_a_reference_that_leads_nowhere_is_named(reference: Any) -> None:
    schema = {"properties": {"c": {"$ref": reference}}, "definitions": {"n": INTEGER}}
    with pytest.raises(SchemaError, match="which is not in the schema"):
        fields_of("s", schema)


# Names


@pytest.mark.parametrize(
    "name",
    ["_SDC_SEQUENCE", "_Sdc_Table_Version", "_sdc deleted_at", "_SDC_RECEIVED_AT"],
)
def test_a_name_like_a_metadata_column_gets_an_underscore_in_front(
    load: Load, tap: Tap, warehouse: Warehouse, name: str
) -> None:
    tap.schema("t", {"id": {"type": "integer"}, name: STRING, "z": STRING})
    load(tap.record("t", {"id": 1, name: "mine", "z": "last"}))
    (row,) = warehouse.rows("t", meta=True)
    column = "_" + name.replace(" ", "_")
    assert (row["id"], row[column], row["z"]) == (1, "mine", "last")
    assert isinstance(row["_sdc_sequence"], int)
    assert row["_sdc_table_version"] is None
    assert row["_sdc_deleted_at"] is None


def test_a_name_like_a_metadata_column_stays_inside_a_record() -> None:
    inner = {"type": "object", "properties": {"_SDC_SEQUENCE": INTEGER}}
    (field,) = fields_of("s", {"properties": {"o": inner}})
    assert field.type_name == "STRUCT<`_SDC_SEQUENCE` INT64>"


def test_a_key_that_the_target_fills_is_refused_by_name(load: Load, tap: Tap) -> None:
    tap.schema("t", {"_sdc_sequence": INTEGER, "x": INTEGER}, keys=("_sdc_sequence",))
    with pytest.raises(SchemaError, match="key '_sdc_sequence' is a column that the"):
        load(tap)


def test_an_object_with_names_that_differ_in_case_loses_nothing(
    load: Load, tap: Tap, warehouse: Warehouse
) -> None:
    inner = {"type": "object", "properties": {"id": INTEGER, "ID": INTEGER}}
    tap.schema("t", {"id": {"type": "integer"}, "o": inner})
    load(tap.record("t", {"id": 1, "o": {"id": 1, "ID": 2}}))
    (row,) = warehouse.rows("t")
    assert row["o"] == {"id": 1, "ID": 2}


# Hostile schemas


def nested(levels: int, word: str) -> Any:
    schema: Any = {"type": "integer"}
    for _ in range(levels):
        schema = {
            "properties": {"type": "object", "properties": {"o": schema}},
            "items": {"type": "array", "items": schema},
            "anyOf": {"anyOf": [schema]},
            "allOf": {"allOf": [schema]},
        }[word]
    return schema


@pytest.mark.parametrize(
    ("word", "levels"), [("properties", 120), ("properties", 240), ("items", 450)]
)
def test_a_schema_of_hundreds_of_levels_becomes_json(
    load: Load, tap: Tap, warehouse: Warehouse, word: str, levels: int
) -> None:
    value: Any = 1
    for _ in range(levels):
        value = {"o": value} if word == "properties" else [value]
    tap.schema("t", {"id": {"type": "integer"}, "deep": nested(levels, word)})
    load(tap.record("t", {"id": 1, "deep": value}))
    (row,) = warehouse.query("SELECT TO_JSON_STRING(deep) AS text FROM `{d}.raw_t`")
    assert row["text"].count("o" if word == "properties" else "[") >= levels


@pytest.mark.parametrize("word", ["anyOf", "allOf"])
def test_a_schema_of_hundreds_of_parts_in_parts_becomes_json(
    load: Load, tap: Tap, warehouse: Warehouse, word: str
) -> None:
    tap.schema("t", {"id": {"type": "integer"}, "c": nested(240, word)})
    load(tap.record("t", {"id": 1, "c": [True]}))
    assert warehouse.rows("t") == [{"id": 1, "c": [True]}]


def test_references_in_a_long_row_end_in_one_line() -> None:
    definitions: dict[str, Any] = {"d0": STRING}
    for number in range(1, 1000):
        definitions[f"d{number}"] = {"$ref": f"#/$defs/d{number - 1}"}
    schema = {"properties": {"c": {"$ref": "#/$defs/d999"}}, "$defs": definitions}
    with pytest.raises(SchemaError, match="its schema is nested too deeply"):
        fields_of("s", schema)


def test_a_schema_with_more_columns_than_bigquery_takes_ends_in_one_line(
    load: Load, tap: Tap
) -> None:
    tap.schema("t", {"id": INTEGER, **{f"c{n}": STRING for n in range(10_001)}})
    with pytest.raises(SchemaError, match="more than 10,000 columns and fields"):
        load(tap)


def test_references_that_multiply_end_in_one_line() -> None:
    definitions: dict[str, Any] = {"d0": STRING}
    for level in range(1, 15):
        properties = {f"p{n}": {"$ref": f"#/$defs/d{level - 1}"} for n in range(10)}
        definitions[f"d{level}"] = {"type": "object", "properties": properties}
    schema = {"properties": {"c": {"$ref": "#/$defs/d14"}}, "$defs": definitions}
    with pytest.raises(SchemaError, match="more than 10,000 columns and fields"):
        fields_of("s", schema)


def test_a_wide_schema_takes_its_values() -> None:
    properties = {f"c{n}": INTEGER for n in range(9_000)}
    fields = fields_of("s", {"properties": properties})
    arrays = to_arrays(fields, [{"c1": 1}, {"c8999": 2}])
    assert arrays[8999].to_pylist() == [None, 2]
