"""Work that bqemulator does for each statement and the sandbox does not need.

While dbt builds, parsing and expanding views take a third of its processor time and
copying tables a quarter (py-spy, bqemulator 1.4.0).
"""

from __future__ import annotations

import copy
import re
import sys
from functools import lru_cache
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

import sqlglot
from bqemulator.api import app
from bqemulator.domain.events import TableDataChanged
from bqemulator.jobs import executor
from bqemulator.scripting import parser
from bqemulator.scripting.ast import Script, SqlStmt
from bqemulator.sql import catalog_schema, inner_query
from bqemulator.sql.rewriter import row_access_filter
from bqemulator.versioning.snapshots import SnapshotManager
from fastapi.dependencies import utils as dependencies
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import core

if TYPE_CHECKING:
    from collections.abc import Callable

    from bqemulator.catalog.repository import CatalogRepository
    from bqemulator.row_access.identity import CallerIdentity
    from starlette.types import ASGIApp

_parse: Callable[..., Any] = sqlglot.parse_one
_parse_once = lru_cache(maxsize=64)(_parse)
_template = lru_cache(maxsize=256)(_parse)

# A correlation ID, an access log and metrics for each request: nothing reads them here.
MIDDLEWARE = ("AccessLogMiddleware", "CorrelationIdMiddleware", "MetricsMiddleware")

# These modules of bqemulator 1.4.0 look at a tree and never change it.
READERS = frozenset(
    {
        "bqemulator.catalog.ddl_sync",
        "bqemulator.jobs.ddl_result",
        "bqemulator.jobs.executor",
        "bqemulator.jobs.routine_ddl",
        "bqemulator.sql.catalog_schema",
    }
)
# These read the tables of a query. The other readers only ask whether it is one.
READERS_OF_TABLES = frozenset(
    {
        "_parse_fallback_tables",  # a function of bqemulator.jobs.executor
        "bqemulator.sql.catalog_schema",
    }
)
# In GoogleSQL, only a query begins with one of these words.
_QUERY = re.compile(r"\s*(?:/\*.*?\*/\s*)?(?:select|with)\b", re.DOTALL | re.IGNORECASE)
ANY_QUERY = exp.Select()
# The templates of DuckDB's SQL are attributes of sqlglot's generator class, so they are
# parsed once and copied before they are filled. In its compiled form (sqlglotc 30.11),
# each new generator parses all of them again, which takes longer than most statements.
# Compiled functions have no frame: this one is the caller.
MAKES_GENERATOR = Dialect.generator.__code__


def parse_one(sql: str, read: Any = None, **options: Any) -> Any:  # noqa: ANN401 - sqlglot's
    """Parse a statement with sqlglot, and cache the result.

    bqemulator parses the same text up to forty times, once for each of its rewriters.

    Returns:
        A tree that the caller may change, unless it is one of READERS or a new
        generator. A reader that only asks for the kind of a statement gets ANY_QUERY
        for each query.
    """
    frame = sys._getframe(1)  # noqa: SLF001 - documented
    if frame.f_code is MAKES_GENERATOR and read is None and not any(options.values()):
        return _template(sql)
    if options or not isinstance(read, str):
        return _parse(sql, read=read, **options)
    caller = frame.f_globals["__name__"]
    if caller not in READERS:
        return _parse_once(sql, read=read).copy()
    reads_tables = not READERS_OF_TABLES.isdisjoint((caller, frame.f_code.co_name))
    if not reads_tables and _QUERY.match(sql):
        return ANY_QUERY
    return _parse_once(sql, read=read)


# One statement of dbt's, whose texts and comments end: an unclosed one never matches.
_ONE_STATEMENT = re.compile(
    r"""
    \s*+ (?:/\*.*?\*/\s*+)?
    (?: (?:select|with)\b | create\ or\ replace\ (?:table|view)\ `[^`]*+` )
    (?> [^'"`;/\#-]+ | '(?:\\.|[^'\\])*+' | "(?:\\.|[^"\\])*+" | `[^`]*+`
      | --[^\n]*+ | \#[^\n]*+ | /\*.*?\*/ | -(?!-) | /(?!\*)
    )*+ \Z
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_parse_script: Callable[[str], Script] = parser.parse_script


def parse_script(source: str) -> Script:
    """Parse a script, which is usually one statement.

    bqemulator's parser looks at each character of a script, to find where statements
    begin and end. What it finds in one statement is only that it is one.
    """
    has_long_texts = "'''" in source or '"""' in source
    if not has_long_texts and _ONE_STATEMENT.match(source):
        return Script((SqlStmt(source.strip()),))
    return _parse_script(source)


async def call_here(
    function: Callable[..., Any],
    *arguments: Any,  # noqa: ANN401 - any function
    **named: Any,  # noqa: ANN401 - any function
) -> Any:  # noqa: ANN401 - any function
    """Call a function here instead of in another thread.

    The functions that FastAPI calls before each of bqemulator's routes only read an
    attribute or a header of the request.
    """
    return function(*arguments, **named)


_deepcopy: Callable[..., Any] = copy.deepcopy
ATOMS = {bool, float, int, str, type(None)}


def deepcopy(value: Any, memo: Any = None) -> Any:  # noqa: ANN401 - any value
    """Copy a value and all that it contains.

    sqlglot calls this for the position of each name in a tree: a dict of four numbers.
    """
    if type(value) is dict and all(type(each) in ATOMS for each in value.values()):
        return value.copy()
    return _deepcopy(value, memo)


def record_change(
    self: SnapshotManager, project_id: str, dataset_id: str, table_id: str
) -> None:
    """Record that a table changed, but keep no copy of it.

    bqemulator copies the whole table after every change, for `FOR SYSTEM_TIME AS OF`.
    """
    self._events.publish(TableDataChanged(project_id, dataset_id, table_id))


def unwrapped(application: ASGIApp, **_options: object) -> ASGIApp:
    """Return an application without the middleware that this function replaces.

    Each of Starlette's BaseHTTPMiddleware runs the application in a task of its own and
    passes the messages on through a queue.
    """
    return application


_rewrite_for_row_access: Callable[..., str] = row_access_filter.rewrite_for_row_access


def rewrite_for_row_access(
    bq_sql: str, *, project_id: str, caller: CallerIdentity, catalog: CatalogRepository
) -> str:
    """Rewrite a statement for row access policies, if there is any policy.

    To find the tables that policies protect, bqemulator replaces each view in a
    statement by the view's SQL, recursively. Without policies DuckDB reads its own
    views.
    """
    if not catalog.list_all_row_access_policies():
        return bq_sql
    return _rewrite_for_row_access(
        bq_sql, project_id=project_id, caller=caller, catalog=catalog
    )


_type_of: Callable[[str], str | None] = catalog_schema._safe_bq_to_duckdb  # noqa: SLF001 - no public name


def type_of(bq_type: str) -> str:
    """Return DuckDB's type of a column, or `UNKNOWN`.

    bqemulator leaves out columns without a simple type, such as RECORDs. sqlglot then
    leaves them out of the columns that `select *` of a view stands for.
    """
    return _type_of(bq_type) or "UNKNOWN"


class WithoutPandas(MetaPathFinder):
    """Says at once that pandas is not installed.

    DuckDB imports pandas for each statement with parameters, to recognize its values.
    Where it is not installed, Python searches all its folders each time. An entry None
    in `sys.modules` is quicker still, but pyarrow takes it for the module.
    """

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Find nothing, and look nowhere else for pandas.

        Raises:
            ModuleNotFoundError: If the module is pandas.
        """
        del path, target
        if fullname == "pandas":
            message = "the sandbox works without pandas"
            raise ModuleNotFoundError(message, name=fullname)


def lighten() -> None:
    """Replace functions of sqlglot and bqemulator with these."""
    sys.meta_path.insert(0, WithoutPandas())
    # By name, because the libraries offer no way to replace them.
    for name in MIDDLEWARE:
        setattr(app, name, unwrapped)
    setattr(catalog_schema, "_safe_bq_to_duckdb", type_of)  # noqa: B010
    setattr(inner_query, "rewrite_for_row_access", rewrite_for_row_access)  # noqa: B010
    setattr(core, "deepcopy", deepcopy)  # noqa: B010
    setattr(dependencies, "run_in_threadpool", call_here)  # noqa: B010
    setattr(executor, "parse_script", parse_script)  # noqa: B010
    setattr(sqlglot, "parse_one", parse_one)  # noqa: B010
    setattr(SnapshotManager, "record_change", record_change)  # noqa: B010
