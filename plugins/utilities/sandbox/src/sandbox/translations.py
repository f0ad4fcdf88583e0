"""Translations from BigQuery's SQL to DuckDB's, kept for the next process.

dbt sends the same statements in every build. Translating them and qualifying the names
of their tables takes almost half of the local BigQuery's CPU time (py-spy, bqemulator
1.4.0).
"""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bqemulator.domain.result import Ok
from bqemulator.jobs import executor
from bqemulator.scripting import interpreter
from bqemulator.sql.table_rewriter import rewrite_table_refs
from bqemulator.sql.translator import SQLTranslator

from sandbox import private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIBRARIES = ("bqemulator", "sqlglot")
MOST_FILES = 10_000


class Translations:
    """A folder with one file for each translated statement.

    Several processes may use it at once.

    Args:
        folder: Where the files are; it becomes this user's own (mode 0700).
        most: How many files stay; those that were not read for longest are deleted.
    """

    def __init__(self, folder: Path, most: int = MOST_FILES) -> None:
        """Open the folder and delete the files that are too many."""
        self.folder = private.folder(folder)
        self._versions = [version(name) for name in LIBRARIES]
        for file in sorted(folder.iterdir(), key=_last_read, reverse=True)[most:]:
            file.unlink(missing_ok=True)

    def install(self) -> None:
        """Make bqemulator look here first."""
        original: Callable[..., Any] = SQLTranslator.translate
        kept = self

        def translate(
            self: SQLTranslator,
            bq_sql: str,
            *,
            schema: dict[str, Any] | None = None,
            caller: Any = None,  # noqa: ANN401 - bqemulator's
        ) -> Any:  # noqa: ANN401 - bqemulator's
            file = kept.file(bq_sql, schema, caller)
            try:
                os.utime(file)
                return Ok(file.read_text(encoding="utf-8"))
            except FileNotFoundError:
                result = original(self, bq_sql, schema=schema, caller=caller)
                if isinstance(result, Ok):
                    kept.write(file, result.value)
                return result

        def qualify(duckdb_sql: str, project_id: str) -> str:
            file = kept.file(duckdb_sql, project_id)
            try:
                os.utime(file)
                return file.read_text(encoding="utf-8")
            except FileNotFoundError:
                qualified: str = rewrite_table_refs(duckdb_sql, project_id)
                kept.write(file, qualified)
                return qualified

        # By name: neither is meant to be replaced.
        setattr(SQLTranslator, "translate", translate)  # noqa: B010
        for module in (executor, interpreter):
            setattr(module, "rewrite_table_refs", qualify)  # noqa: B010

    def write(self, file: Path, sql: str) -> None:
        """Keep a statement; other processes see it whole or not at all."""
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
