"""Translated SQL is kept for the next local BigQuery."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox import warehouse
from sandbox.testing import LocalBigQuery
from sandbox.translations import Translations

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PROJECT = "throughline-test"
TIME = "063440195587"
QUESTION = "select safe_divide(6, 3) as quotient"


def ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """Ask a BigQuery that was just started."""
    with LocalBigQuery(folder) as local:
        client = warehouse.client(local.endpoint, local.project, None)
        return [tuple(row.values()) for row in client.query_and_wait(sql)]


def test_a_second_process_reads_what_the_first_one_translated_and_qualified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    monkeypatch.setenv("SANDBOX_TRANSLATIONS", str(shared))
    assert ask(tmp_path / "first", QUESTION) == [(2.0,)]
    files = {file for file in shared.iterdir() if "quotient" in file.read_text()}
    (text,) = {file.read_text() for file in files}  # it names no table to qualify
    qualified = Translations(shared, PROJECT).file(text, PROJECT)
    (translated,) = files - {qualified}
    qualified.write_text("select 7 as quotient")
    assert ask(tmp_path / "second", QUESTION) == [(7,)]
    translated.write_text("select 8 as quotient")
    assert ask(tmp_path / "third", QUESTION) == [(8,)]


def test_a_text_that_depends_on_other_columns_is_another_question(
    tmp_path: Path,
) -> None:
    kept = Translations(tmp_path, PROJECT)
    assert kept.file("select a from t", {"t": {"a": "BIGINT"}}) != kept.file(
        "select a from t", {"t": {"a": "DOUBLE"}}
    )


def test_the_same_statements_in_other_datasets_are_translated_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    monkeypatch.setenv("SANDBOX_TRANSLATIONS", str(shared))
    with LocalBigQuery(tmp_path / "data", project=PROJECT) as local:
        client = warehouse.client(local.endpoint, PROJECT, None)

        def build(environment: str, number: int) -> list[tuple[object, ...]]:
            """Build a view on a table of one dataset in another, as dbt does."""
            raw, marts = (f"`{PROJECT}`.`{environment}_{n}`" for n in ("raw", "marts"))
            comment = f'/* {{"app": "dbt", "target_name": "{environment}"}} */\n'
            for statement in (
                f"create schema if not exists {raw}",
                f"create schema if not exists {marts}",
                f"create or replace table {raw}.`t` as select {number} as n, '_' as s",
                f"create or replace view {marts}.`v` as select n, s from {raw}.`t`",  # noqa: S608 - literals
            ):
                client.query_and_wait(comment + statement)
            rows = client.query_and_wait(f"{comment}select n, s from {marts}.`v`")  # noqa: S608 - literals
            return [tuple(row.values()) for row in rows]

        assert build("any_dataset", 1) == [(1, "_")]  # a name like the neutral ones
        assert build("first", 1) == [(1, "_")]
        kept = len(list(shared.iterdir()))
        assert build("first", 1) == build("other", 1) == [(1, "_")]
        assert build("first", 1) == [(1, "_")]
        # Only `create schema` names a dataset without a table.
        texts = [file.read_text() for file in shared.iterdir()]
        others = [text for text in texts if "other_" in text]
        assert all(text.startswith("CREATE SCHEMA") for text in others), others
        assert len(texts) == kept + len(others)
        # Each dataset has rows of its own.
        assert build("other", 2) == [(2, "_")]
        assert build("first", 1) == [(1, "_")]


def test_a_temporary_table_of_dbt_is_translated_once_although_its_name_has_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    monkeypatch.setenv("SANDBOX_TRANSLATIONS", str(shared))
    with LocalBigQuery(tmp_path / "data", project=PROJECT) as local:
        client = warehouse.client(local.endpoint, PROJECT, None)
        client.create_dataset("d")

        def read_back(time: str, number: int) -> list[tuple[object, ...]]:
            """Create a temporary table and read it, as dbt does."""
            table = f"`{PROJECT}`.`d`.`a_unit_test__dbt_tmp{time}`"
            create = f"create or replace table {table} as select 1 as n, 'x' as s"
            insert = f"insert into {table} (n) values ({number})"  # noqa: S608 - literals
            read = f"select n, '{time}' as t from {table} where n > 1"  # noqa: S608 - literals
            for statement in (create, insert):
                client.query_and_wait(statement)
            return [tuple(row.values()) for row in client.query_and_wait(read)]

        assert read_back(TIME, 7) == [(7, TIME)]
        kept = len(list(shared.iterdir()))
        create = "create or replace table `{}`.`d`.`u__dbt_tmp{}` as select 2 as n"
        for time in ("063440195588", "063440195589"):
            client.query_and_wait(create.format(PROJECT, time))
            found = client.get_table(f"{PROJECT}.d.u__dbt_tmp{time}")
            assert [field.name for field in found.schema] == ["n"]
        assert len(list(shared.iterdir())) == kept + 2  # translated and qualified once
        # The two tables of one statement stay apart.
        first, second = (f"`{PROJECT}`.`d`.`u__dbt_tmp06344019558{n}`" for n in (8, 9))
        client.query_and_wait(f"insert into {first} (n) values (5)")  # noqa: S608 - literals
        both = f"select max(a.n), max(b.n) from {first} as a cross join {second} as b"  # noqa: S608 - literals
        (row,) = client.query_and_wait(both)
        assert tuple(row.values()) == (5, 2)


def test_the_files_that_were_not_read_for_longest_are_deleted(tmp_path: Path) -> None:
    for number in range(5):
        file = tmp_path / str(number)
        file.touch()
        os.utime(file, (number, number))
    Translations(tmp_path, PROJECT, most=2)
    assert {file.name for file in tmp_path.iterdir()} == {"3", "4"}


def test_a_folder_of_translations_is_the_user_s_own(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Translations(tmp_path, PROJECT)
    assert tmp_path.stat().st_mode & 0o777 == 0o700
