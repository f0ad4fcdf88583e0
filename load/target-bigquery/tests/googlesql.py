"""Google's SQL analyzer, and which source field a statement writes to which column.

BigQuery coerces STRUCTs by position, which the text of a statement does not show. The
analyzer resolves every column and field to its position; following those positions
from the target back to the source says what BigQuery would do with the statement.
"""

# ruff: noqa: ANN401 - JSON, and what the SDK leaves open

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import compiled_analyzer  # noqa: F401 - imported for its effect
from zetasql.api import CatalogBuilder, TableBuilder, TypeFactory
from zetasql.core.local_service import ZetaSqlLocalService
from zetasql.types import (
    AnalyzeRequest,
    AnalyzerOptions,
    LanguageOptions,
    ProductMode,
    ResolvedSubqueryExprEnums,
    Type,
    TypeKind,
    ZetaSQLBuiltinFunctionOptions,
)
from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import AnalyzeResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from google.cloud.bigquery import SchemaField


KINDS = {
    "STRING": TypeKind.TYPE_STRING,
    "BYTES": TypeKind.TYPE_BYTES,
    "INT64": TypeKind.TYPE_INT64,
    "INTEGER": TypeKind.TYPE_INT64,
    "FLOAT64": TypeKind.TYPE_DOUBLE,
    "FLOAT": TypeKind.TYPE_DOUBLE,
    "NUMERIC": TypeKind.TYPE_NUMERIC,
    "BIGNUMERIC": TypeKind.TYPE_BIGNUMERIC,
    "BOOL": TypeKind.TYPE_BOOL,
    "BOOLEAN": TypeKind.TYPE_BOOL,
    "TIMESTAMP": TypeKind.TYPE_TIMESTAMP,
    "DATE": TypeKind.TYPE_DATE,
    "DATETIME": TypeKind.TYPE_DATETIME,
    "JSON": TypeKind.TYPE_JSON,
}

NOTHING: frozenset[str] = frozenset()
"""The sources of a constant, NULL among them."""

Sources = Any
"""What a value is made of: the set of source fields of a scalar, a list with the
sources of each field of a STRUCT, or an Array."""


@dataclass(frozen=True)
class Array:
    """The sources of an array's elements."""

    element: Sources


def type_of(column: SchemaField) -> Type:
    """Return the analyzer's type of a column."""
    if column.field_type in {"RECORD", "STRUCT"}:
        kind = TypeFactory.create_struct_type(
            [(inner.name, type_of(inner)) for inner in column.fields]
        )
    else:
        kind = TypeFactory.create_simple_type(KINDS[column.field_type])
    repeated = column.mode == "REPEATED"
    return TypeFactory.create_array_type(kind) if repeated else kind


@cache
def language() -> LanguageOptions:
    """Return what BigQuery speaks."""
    options = LanguageOptions.maximum_features()
    options.product_mode = ProductMode.PRODUCT_EXTERNAL
    # BigQuery reserves it, and so allows it without WHERE.
    options.reserved_keywords.append("QUALIFY")
    return options


class Node:
    """A node of the resolved statement, read field by field.

    The package's own classes convert the whole tree, most of which are signatures of
    functions; that takes ten times as long as the analysis.
    """

    def __init__(self, message: Any) -> None:
        while "node" in message.DESCRIPTOR.oneofs_by_name:
            message = getattr(message, message.WhichOneof("node"))
        self._message = message
        self.kind = message.DESCRIPTOR.name.removesuffix("Proto")

    def __getattr__(self, name: str) -> Any:
        message = self._message
        while name not in message.DESCRIPTOR.fields_by_name:
            message = message.parent
        value = getattr(message, name)
        field = message.DESCRIPTOR.fields_by_name[name]
        if field.type != field.TYPE_MESSAGE:
            return value
        if field.is_repeated:
            return [Node(each) for each in value]
        return Node(value) if message.HasField(name) else None


def analyze(statement: str, tables: Mapping[str, Iterable[SchemaField]]) -> Node:
    """Return the resolved statement.

    Args:
        statement: The statement.
        tables: The columns of the tables, by full name.

    Raises:
        ZetaSQLError: If BigQuery would refuse the statement.
    """
    builder = CatalogBuilder("bigquery").with_builtin_functions(
        ZetaSQLBuiltinFunctionOptions(language_options=language())
    )
    for name, columns in tables.items():
        table = TableBuilder(name)
        for column in columns:
            table.add_column(column.name, type_of(column))
        builder.add_table(table.build())
    request = AnalyzeRequest(
        sql_statement=statement,
        options=AnalyzerOptions(language_options=language()),
        simple_catalog=builder.build(),
    )
    response = ZetaSqlLocalService.get_instance().wasm_client.call_grpc_func(
        "ZetaSqlLocalService_Analyze", request.to_proto(), AnalyzeResponse
    )
    return Node(response.resolved_statement)


def lineage(
    statement: str, tables: Mapping[str, Iterable[SchemaField]]
) -> list[dict[str, frozenset[str]]]:
    """Return what each clause that writes (UPDATE, INSERT) writes where.

    Args:
        statement: A DML statement.
        tables: The columns of the tables, by full name.

    Returns:
        For each clause the paths of the table's fields, as `a.b[].c`, and for each the
        source fields from which its value comes, as `staging table:a.b[].c`.
    """
    return Trace().writes(analyze(statement, tables))


def check_fields(
    statement: str,
    tables: Mapping[str, Iterable[SchemaField]],
    target: str,
    keys: set[str],
) -> None:
    """Assert that each field of the table gets its value from the fields of its name.

    Args:
        statement: A DML statement that reads all tables but the target.
        tables: The columns of the tables, by full name.
        target: The table that it writes to.
        keys: The key columns, which a MERGE does not update.
    """
    sent = {
        name: {path.lower() for path in _paths(columns)}
        for name, columns in tables.items()
        if name != target
    }
    columns = {re.split(r"[.\[]", path)[0] for path in set().union(*sent.values())}
    expected = {
        path: {f"{name}:{path}".lower() for name in sent if path.lower() in sent[name]}
        for path in _paths(tables[target])
        if re.split(r"[.\[]", path)[0].lower() in columns
    }
    *updates, insert = lineage(statement, tables)
    assert _lower(insert) == expected
    kept = {path: names for path, names in expected.items() if path not in keys}
    assert [_lower(update) for update in updates] == [kept for _ in updates]


def _lower(found: dict[str, frozenset[str]]) -> dict[str, set[str]]:
    return {path: {name.lower() for name in names} for path, names in found.items()}


def _paths(columns: Iterable[SchemaField], prefix: str = "") -> Iterator[str]:
    """Yield the path of each scalar field."""
    for column in columns:
        path = f"{prefix}{column.name}{'[]' if column.mode == 'REPEATED' else ''}"
        if column.fields:
            yield from _paths(column.fields, f"{path}.")
        else:
            yield path


def misplaced(
    statement: str, tables: Mapping[str, Iterable[SchemaField]]
) -> dict[str, frozenset[str]]:
    """Return the fields that a statement fills from a field of another name.

    Args:
        statement: A DML statement.
        tables: The columns of the tables, by full name.
    """
    return {
        path: sources
        for clause in lineage(statement, tables)
        for path, sources in clause.items()
        if {source.split(":")[1].lower() for source in sources} - {path.lower()}
    }


@dataclass
class Trace:
    """Follows columns through the scans of a statement."""

    columns: dict[int, Sources] = field(default_factory=dict)
    """Column ID to sources."""

    def writes(self, statement: Node) -> list[dict[str, frozenset[str]]]:
        """Return what each clause of a statement writes where."""
        kind = statement.kind
        if kind == "ResolvedInsertStmt":
            self.scan(statement.query)
            values = [
                self.columns[c.column_id] for c in statement.query_output_column_list
            ]
            return [_flat(statement.insert_column_list, values)]
        if kind == "ResolvedMergeStmt":
            self.scan(statement.from_scan)
            clauses = []
            for when in statement.when_clause_list:
                if when.insert_row is not None:
                    values = [self.of(v.value) for v in when.insert_row.value_list]
                    clauses.append(_flat(when.insert_column_list, values))
                elif when.update_item_list:
                    clauses.append(self._updates(when.update_item_list))
            return clauses
        if kind == "ResolvedUpdateStmt":
            return [self._updates(statement.update_item_list)]
        assert kind == "ResolvedDeleteStmt", kind
        return []

    def _updates(self, items: Any) -> dict[str, frozenset[str]]:
        targets = [item.target.column for item in items]
        return _flat(targets, [self.of(item.set_value.value) for item in items])

    # Scans: from where the columns of a query come

    def scan(self, scan: Any) -> None:
        """Note the sources of a scan's columns."""
        getattr(self, f"_{scan.kind}")(scan)

    def _ResolvedTableScan(self, scan: Any) -> None:  # noqa: N802 - the analyzer's name
        for column in scan.column_list:
            path = f"{scan.table.full_name or scan.table.name}:{column.name}"
            self.columns[column.column_id] = _leaves(column.type, path)

    def _ResolvedProjectScan(self, scan: Any) -> None:  # noqa: N802
        self.scan(scan.input_scan)
        self._computed(scan.expr_list)

    def _ResolvedFilterScan(self, scan: Any) -> None:  # noqa: N802
        self.scan(scan.input_scan)

    _ResolvedOrderByScan = _ResolvedFilterScan

    def _ResolvedAnalyticScan(self, scan: Any) -> None:  # noqa: N802
        self.scan(scan.input_scan)
        for group in scan.function_group_list:
            for computed in group.analytic_function_list:
                self.columns[computed.column.column_id] = NOTHING

    def _ResolvedSetOperationScan(self, scan: Any) -> None:  # noqa: N802
        branches = []
        for item in scan.input_item_list:
            self.scan(item.scan)
            branches.append(
                [self.columns[c.column_id] for c in item.output_column_list]
            )
        for column, values in zip(
            scan.column_list, zip(*branches, strict=True), strict=True
        ):
            self.columns[column.column_id] = _union(values)

    def _ResolvedArrayScan(self, scan: Any) -> None:  # noqa: N802
        assert scan.input_scan is None
        (array,), (element,) = scan.array_expr_list, scan.element_column_list
        self.columns[element.column_id] = self.of(array).element
        if scan.array_offset_column is not None:
            self.columns[scan.array_offset_column.column.column_id] = NOTHING

    def _computed(self, computed: Any) -> None:
        for each in computed:
            self.columns[each.column.column_id] = self.of(each.expr)

    # Expressions

    def of(self, expr: Node) -> Sources:
        """Return the sources of an expression's value."""
        return getattr(self, f"_{expr.kind}")(expr)

    def _ResolvedColumnRef(self, expr: Node) -> Sources:  # noqa: N802
        return self.columns[expr.column.column_id]

    def _ResolvedLiteral(self, expr: Node) -> Sources:  # noqa: N802
        return _leaves(expr.type, None)

    def _ResolvedCast(self, expr: Node) -> Sources:  # noqa: N802
        # From STRUCT to STRUCT, the first field becomes the first field, and so on.
        return self.of(expr.expr)

    def _ResolvedGetStructField(self, expr: Node) -> Sources:  # noqa: N802
        return self.of(expr.expr)[expr.field_idx]

    def _ResolvedMakeStruct(self, expr: Node) -> Sources:  # noqa: N802
        return [self.of(each) for each in expr.field_list]

    def _ResolvedSubqueryExpr(self, expr: Node) -> Sources:  # noqa: N802
        assert expr.subquery_type == ResolvedSubqueryExprEnums.SubqueryType.ARRAY
        self.scan(expr.subquery)
        (column,) = expr.subquery.column_list[-1:]
        return Array(self.columns[column.column_id])

    def _ResolvedFunctionCall(self, expr: Node) -> Sources:  # noqa: N802
        name = expr.function.name.removeprefix("ZetaSQL:")
        if name == "if":
            return _union([self.of(each) for each in expr.argument_list[1:]])
        if name in {"parse_json", "to_json"}:
            return frozenset(_every(self.of(expr.argument_list[0])))
        assert name == "current_timestamp", name
        return NOTHING


def _leaves(kind: Any, path: str | None) -> Sources:
    """Return the sources of a column, or of a constant where `path` is None."""
    if kind.type_kind == TypeKind.TYPE_ARRAY:
        inner = path and f"{path}[]"
        return Array(_leaves(kind.array_type.element_type, inner))
    if kind.type_kind == TypeKind.TYPE_STRUCT:
        return [
            _leaves(each.field_type, path and f"{path}.{each.field_name}")
            for each in kind.struct_type.field
        ]
    return NOTHING if path is None else frozenset({path})


def _union(values: Iterable[Sources]) -> Sources:
    first, *others = values
    for other in others:
        if isinstance(first, Array):
            first = Array(_union([first.element, other.element]))
        elif isinstance(first, list):
            pairs = zip(first, other, strict=True)
            first = [_union(pair) for pair in pairs]
        else:
            first |= other
    return first


def _every(value: Sources) -> Iterator[Any]:
    """Yield each source field in a value."""
    if isinstance(value, Array):
        yield from _every(value.element)
    elif isinstance(value, list):
        for inner in value:
            yield from _every(inner)
    else:
        yield from value


def _flat(columns: Any, values: Any) -> dict[str, frozenset[str]]:
    """Return the sources of each field of the table's columns."""
    found: dict[str, frozenset[str]] = {}
    for column, value in zip(columns, values, strict=True):
        _flatten(column.type, column.name, value, found)
    return found


def _flatten(
    kind: Any, path: str, value: Sources, found: dict[str, frozenset[str]]
) -> None:
    if kind.type_kind == TypeKind.TYPE_ARRAY:
        _flatten(kind.array_type.element_type, f"{path}[]", value.element, found)
    elif kind.type_kind == TypeKind.TYPE_STRUCT:
        for each, inner in zip(kind.struct_type.field, value, strict=True):
            _flatten(each.field_type, f"{path}.{each.field_name}", inner, found)
    else:
        found[path] = value
