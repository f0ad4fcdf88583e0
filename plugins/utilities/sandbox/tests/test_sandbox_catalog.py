"""The local BigQuery writes descriptions of tables together, and loses none."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bqemulator.catalog.models import (
    DatasetMeta,
    TableFieldSchema,
    TableMeta,
    TableSchema,
)
from bqemulator.config import PersistenceMode, Settings

from sandbox.catalog import Catalog
from sandbox.confined import Engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def table(description: str, *columns: str, name: str = "t") -> TableMeta:
    fields = tuple(
        TableFieldSchema(name=each, type="INT64", description=description)
        for each in columns
    )
    return TableMeta(
        project_id="p",
        dataset_id="d",
        table_id=name,
        schema=TableSchema(fields=fields),
        description=description,
        creation_time=NOW,
        last_modified_time=NOW,
        etag=description,
    )


@contextlib.asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Catalog]:
    """The catalog of a database; at the end its engine stops in order."""
    engine = Engine(
        Settings(
            persistence_mode=PersistenceMode.PERSISTENT,
            data_dir=folder,
            upload_staging_dir=folder,
            enable_format_extensions=False,
        )
    )
    await engine.start()
    catalog = Catalog(engine)
    catalog.ensure_ready()
    yield catalog
    await engine.stop()


def with_catalog(folder: Path, use: Callable[[Catalog], None]) -> None:
    async def run() -> None:
        async with opened(folder) as catalog:
            use(catalog)

    asyncio.run(run())


def written(catalog: Catalog) -> dict[str, str]:
    """The table's etag in the file, which is its description in these tests."""
    sql = "select table_id, etag from _bqemulator_catalog.tables"
    return dict(catalog._engine.execute(sql).fetchall())


def start(catalog: Catalog) -> None:
    catalog.create_dataset(
        DatasetMeta(
            project_id="p",
            dataset_id="d",
            creation_time=NOW,
            last_modified_time=NOW,
            etag="d",
        )
    )
    catalog.create_table(table("first", "a"))


def test_descriptions_are_answered_at_once_and_written_together(
    tmp_path: Path,
) -> None:
    def use(catalog: Catalog) -> None:
        start(catalog)
        catalog.create_table(table("first", "a", name="u"))
        for description in ("second", "third"):
            for name in ("t", "u"):
                catalog.update_table(table(description, "a", name=name))
        found = catalog.get_table("p", "d", "t")
        assert found is not None
        assert found.description == "third"
        assert written(catalog) == {"t": "first", "u": "first"}
        catalog.flush()
        assert written(catalog) == {"t": "third", "u": "third"}

    with_catalog(tmp_path, use)


def test_a_change_of_columns_is_written_at_once(tmp_path: Path) -> None:
    def use(catalog: Catalog) -> None:
        start(catalog)
        catalog.update_table(table("second", "a", "b"))
        assert written(catalog) == {"t": "second"}

    with_catalog(tmp_path, use)


def test_a_stop_writes_what_is_only_in_memory(tmp_path: Path) -> None:
    def describe(catalog: Catalog) -> None:
        start(catalog)
        catalog.update_table(table("second", "a"))
        assert written(catalog) == {"t": "first"}

    def read_again(catalog: Catalog) -> None:
        found = catalog.get_table("p", "d", "t")
        assert found is not None
        assert found.description == found.schema_.fields[0].description == "second"

    with_catalog(tmp_path, describe)
    with_catalog(tmp_path, read_again)


def test_a_removed_table_does_not_come_back(tmp_path: Path) -> None:
    def use(catalog: Catalog) -> None:
        start(catalog)
        catalog.update_table(table("second", "a"))
        catalog.delete_table("p", "d", "t")
        catalog.flush()
        assert written(catalog) == {}

    with_catalog(tmp_path, use)


def test_a_second_later_it_is_written_without_a_stop(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path) as catalog:
            start(catalog)
            catalog.update_table(table("second", "a"))
            assert written(catalog) == {"t": "first"}
            assert catalog._task is not None
            await catalog._task
            assert written(catalog) == {"t": "second"}

    asyncio.run(run())


def test_a_result_that_is_being_read_survives_a_write(tmp_path: Path) -> None:
    def use(catalog: Catalog) -> None:
        start(catalog)
        catalog.update_table(table("second", "a"))
        result = catalog._engine.execute("select 7")
        catalog.flush()
        assert result.fetchall() == [(7,)]

    with_catalog(tmp_path, use)
