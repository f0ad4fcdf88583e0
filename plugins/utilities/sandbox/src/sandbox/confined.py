"""bqemulator's DuckDB, confined to the folder of uploads.

bqemulator hands SQL to DuckDB, and DuckDB reads and writes any file of its user.
DuckDB can forbid that ("Securing DuckDB" in its manual): `enable_external_access`
covers every file and network function, `COPY`, `ATTACH`, `INSTALL` and `LOAD`, and
resolves links and `..` before it compares a path with `allowed_directories`.

Three things it does not cover are refused here: statements that BigQuery does not have
(`PRAGMA`, `CALL`, `SET` …), table functions that write a log or run SQL from a text,
and bqemulator's own Python code, which opens the files that a job names.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.jobs import executor
from bqemulator.storage.engine import DuckDBEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from bqemulator.api.dependencies import AppContext

# DuckDB's default is 80 % of the machine's memory: one query could stop the machine.
MEMORY = "4GB"
# With two threads, a test of dbt's takes 6 ms of processor time, with one 3.5 ms (mean
# of 60 tests on the data of `make demo`), and dbt needs the other processor.
THREADS = 1
Statement = duckdb.StatementType
ALLOWED = {
    Statement.SELECT,
    Statement.INSERT,
    Statement.UPDATE,
    Statement.DELETE,
    Statement.MERGE_INTO,
    Statement.CREATE,
    Statement.DROP,
    Statement.ALTER,
    Statement.EXPLAIN,
    Statement.TRANSACTION,
    Statement.COPY,  # bqemulator loads CSV and JSON with it
}
# These write a log file although the configuration is locked, run SQL from a text, or
# read the address of an object in memory.
FORBIDDEN_FUNCTIONS = {
    "enable_logging",
    "disable_logging",
    "enable_profiling",
    "disable_profiling",
    "query",
    "json_execute_serialized_sql",
    "python_map_function",
    "pandas_scan",
    "arrow_scan",
    "arrow_scan_dumb",
}
_MENTIONED = re.compile(rf"\b(?:{'|'.join(FORBIDDEN_FUNCTIONS)})\b", re.IGNORECASE)
_NAME = re.compile(rb'"?(\w+)"?')

_resolve_uri = executor._resolve_uri  # noqa: SLF001 - the one place that reads a job's URIs


def check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Reject statements that BigQuery does not have.

    Args:
        connection: Connection that parses the statement.
        sql: One or more statements of DuckDB's SQL.

    Raises:
        InvalidQueryError: If a statement is of another kind, or calls a forbidden
            function.
    """
    for statement in connection.extract_statements(sql):
        if statement.type not in ALLOWED:
            kind = statement.type.name.replace("_", " ")
            message = f"The sandbox runs no {kind} statements."
            raise InvalidQueryError(message)
    if _MENTIONED.search(sql) and (called := _called(sql) & FORBIDDEN_FUNCTIONS):
        message = f"The sandbox has no function {', '.join(sorted(called))}."
        raise InvalidQueryError(message)


def _called(sql: str) -> set[str]:
    """Return the names before an opening parenthesis, comments and texts left out."""
    text = sql.encode()
    tokens = duckdb.tokenize(sql)
    return {
        name[1].decode().lower()
        for (start, kind), (after, _) in pairwise(tokens)
        if kind in (duckdb.token_type.identifier, duckdb.token_type.keyword)
        and text[after : after + 1] == b"("
        and (name := _NAME.match(text, start))
    }


class Connection:
    """A DuckDB connection that checks each statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Wrap a connection."""
        self._connection = connection

    def execute(self, sql: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:  # noqa: ANN401 - DuckDB's
        """Run a statement if `check` accepts it."""
        check(self._connection, sql)
        return self._connection.execute(sql, parameters)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - DuckDB's
        """Return any other attribute of DuckDB's connection."""
        return getattr(self._connection, name)


class Engine(DuckDBEngine):
    """bqemulator's engine, locked before the first request.

    Attributes:
        before_stop: Called before the database is closed.
    """

    before_stop: Callable[[], None] | None = None

    async def start(self) -> None:
        """Open the database and lock its configuration until the process ends."""
        if self._started:
            return
        await super().start()
        connection = super().connection
        folder = str(self._settings.upload_staging_dir).replace("'", "''")
        for statement in (
            f"SET memory_limit = '{MEMORY}'",
            f"SET threads = {THREADS}",
            "SET allow_persistent_secrets = false",
            "SET allow_community_extensions = false",
            "SET autoinstall_known_extensions = false",
            "SET autoload_known_extensions = false",
            "SET python_enable_replacements = false",
            f"SET allowed_directories = ['{folder}/']",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            connection.execute(statement)

    async def stop(self) -> None:
        """Write what is only in memory, and close the database."""
        if self._started and self.before_stop:
            self.before_stop()
        await super().stop()

    @property
    def connection(self) -> Any:  # noqa: ANN401 - in place of DuckDB's
        """The connection that checks each statement."""
        return Connection(super().connection)

    def _load_spatial(self) -> None:
        """Load nothing: no GEOGRAPHY is needed, and GDAL reads and writes files."""


def resolve_uri(uri: str, ctx: AppContext) -> str:
    """Return the path of a job's file, which must be in the folder of uploads.

    Raises:
        InvalidQueryError: If it does not.
    """
    path = Path(_resolve_uri(uri, ctx)).resolve()
    folder = ctx.settings.upload_staging_dir
    if folder is None or not path.is_relative_to(folder):
        message = "The sandbox reads and writes no files: upload the rows instead."
        raise InvalidQueryError(message)
    return str(path)


def confine() -> None:
    """Replace bqemulator's function with `resolve_uri`."""
    executor._resolve_uri = resolve_uri  # noqa: SLF001 - it has no setting for that
