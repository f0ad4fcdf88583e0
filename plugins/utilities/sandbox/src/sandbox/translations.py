"""A cache on disk of translations from BigQuery's SQL to DuckDB's.

dbt sends the same statements in every build. Translating them and qualifying the names
of their tables takes almost half of the local BigQuery's CPU time (py-spy, bqemulator
1.4.0).
"""

from __future__ import annotations

import hashlib
import os
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bqemulator.domain.result import Ok
from bqemulator.jobs import executor
from bqemulator.scripting import interpreter
from bqemulator.sql.table_rewriter import rewrite_table_refs
from bqemulator.sql.translator import SQLTranslator
from bqemulator.storage.sql_identifiers import schema_name

from sandbox import private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIBRARIES = ("bqemulator", "sqlglot")
MOST_FILES = 10_000
# dbt begins each statement with a comment that names the environment.
_COMMENT = re.compile(r"\s*/\*.*?\*/\s*", re.DOTALL)
_CREATED = re.compile(
    r"create or replace (?:table|view) `[^`]+`\.`[^`]+`\.(`([^`]+)`)", re.IGNORECASE
)
# dbt names the temporary table of a unit test or an incremental model after the time of
# day (%H%M%S%f).
_STAMP = re.compile(r"(?<=__dbt_tmp)\d{12}\b")
_PROJECT = "any_project_"
_DATASET = "any_dataset_{}_"
_TIME = "any_time_{}_"


class Neutral:
    """A statement in which placeholders replace what differs between builds.

    These are the project, the datasets, and the time in the name of a temporary table.
    So the same model in another dataset gives the same statement.

    Args:
        sql: A statement of BigQuery's, or of DuckDB's.
        project: The project whose datasets are replaced.
        quote: The character around a name: a backtick, or DuckDB's double quote.

    Attributes:
        sql: The statement with placeholders.
    """

    def __init__(self, sql: str, project: str, quote: str) -> None:
        """Find the datasets and replace them in the order of the statement."""
        self._names: dict[str, tuple[str, str]] = {}
        self._times: dict[str, str] = {}
        self._project = project
        self.sql = sql
        if "any_dataset_" in sql or "any_time_" in sql or _PROJECT in sql:
            return
        begin = f"{quote}{project}{quote}.{quote}"

        def replace(found: re.Match[str]) -> str:
            name = found[1]
            if name not in self._names:
                neutral = _DATASET.format(len(self._names))
                self._names[name] = (neutral, name)
            return f"{quote}{_PROJECT}{quote}.{quote}{self._names[name][0]}{quote}."

        for time in _STAMP.findall(sql):
            self._times.setdefault(time, _TIME.format(len(self._times)))
        pattern = rf"{re.escape(begin)}(\w+){quote}\."
        self.sql = self.without_times(re.sub(pattern, replace, sql))

    def without_times(self, text: str) -> str:
        """Return a text with placeholders for the times that the statement contains."""
        return _STAMP.sub(lambda found: self._times.get(found[0], found[0]), text)

    def restore(self, translated: str) -> str:
        """Return a translation of `sql` with the statement's own names."""
        for neutral, name in self._names.values():
            translated = translated.replace(
                schema_name(_PROJECT, neutral), schema_name(self._project, name)
            ).replace(neutral, name)
        for time, neutral in self._times.items():
            translated = translated.replace(neutral, time)
        return translated.replace(_PROJECT, self._project)


def relevant(
    sql: str, schema: dict[str, Any] | None
) -> tuple[str, dict[str, Any] | None]:
    """Remove the parts that do not change a translation.

    Args:
        sql: A statement of BigQuery's.
        schema: Columns by table.

    Returns:
        The statement without its first comment, and the schema without the table that
        the statement creates, because only later builds have this table.
    """
    comment = _COMMENT.match(sql)
    sql = sql[comment.end() :] if comment else sql
    created = _CREATED.match(sql)
    if schema and created and sql.count(created[1]) == 1:
        schema = {name: each for name, each in schema.items() if name != created[2]}
    return sql, schema or None


class Translations:
    """A folder with one file for each translated statement.

    Several processes can use it at the same time.

    Args:
        folder: The folder of the files; only this user can read it (mode 0700).
        project: The project whose datasets may have any name.
        most: Maximum number of files; the least recently read ones are deleted.
    """

    def __init__(self, folder: Path, project: str, most: int = MOST_FILES) -> None:
        """Open the folder and delete the files above the maximum."""
        self.project = project
        self.folder = private.folder(folder)
        self._versions = [version(name) for name in LIBRARIES]
        for file in sorted(folder.iterdir(), key=_last_read, reverse=True)[most:]:
            file.unlink(missing_ok=True)

    def install(self) -> None:
        """Make bqemulator use the cache first."""
        original: Callable[..., Any] = SQLTranslator.translate
        kept = self

        def translate(
            self: SQLTranslator,
            bq_sql: str,
            *,
            schema: dict[str, Any] | None = None,
            caller: Any = None,  # noqa: ANN401 - bqemulator's
        ) -> Any:  # noqa: ANN401 - bqemulator's
            columns = schema
            sql, schema = relevant(bq_sql, columns)
            neutral = Neutral(sql, kept.project, "`")
            if schema:
                schema = {neutral.without_times(name): schema[name] for name in schema}
            file = kept.file(neutral.sql, schema, caller)
            text = kept.read(file)
            if text is None:
                result = original(self, neutral.sql, schema=schema, caller=caller)
                if not isinstance(result, Ok):  # its message contains the statement
                    return original(self, bq_sql, schema=columns, caller=caller)
                text = result.value
                kept.write(file, text)
            return Ok(neutral.restore(text))

        def qualify(duckdb_sql: str, project_id: str) -> str:
            neutral = Neutral(duckdb_sql, kept.project, '"')
            file = kept.file(neutral.sql, project_id)
            text = kept.read(file)
            if text is None:
                text = rewrite_table_refs(neutral.sql, project_id)
                kept.write(file, text)
            return neutral.restore(text)

        # By name, because bqemulator offers no way to replace them.
        setattr(SQLTranslator, "translate", translate)  # noqa: B010
        for module in (executor, interpreter):
            setattr(module, "rewrite_table_refs", qualify)  # noqa: B010

    def read(self, file: Path) -> str | None:
        """Return a cached statement; None if there is none."""
        try:
            os.utime(file)
            return file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def write(self, file: Path, sql: str) -> None:
        """Store a statement atomically."""
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(sql, encoding="utf-8")
        draft.replace(file)

    def file(self, *question: object) -> Path:
        """Return the file of a translation.

        Args:
            question: Everything that the translation depends on, except the versions
                of the libraries.
        """
        text = repr((self._versions, question))
        return self.folder / hashlib.sha256(text.encode()).hexdigest()


def _last_read(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
