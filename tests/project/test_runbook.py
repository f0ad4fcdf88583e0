"""The runbook and its list of final lines are those of the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from typing import TYPE_CHECKING

from read_yaml import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def text(project_root: Path, name: str) -> str:
    return (project_root / "docs" / name).read_text("utf-8")


def test_the_page_of_final_lines_is_generated_from_the_current_code(
    project_root: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, project_root / "plugins" / "error_lines.py", "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_contains_each_line_that_ends_a_run_of_a_tap(
    project_root: Path,
) -> None:
    page = text(project_root, "errors.md")
    sources = tomllib.loads((project_root / "sources.toml").read_text("utf-8"))
    lines = [
        each.line
        for source in sources.values()
        for each in import_module(
            f"{source['tap'].replace('-', '_')}.conditions"
        ).CONDITIONS
        if each.exit_code
    ]
    assert lines
    assert [line for line in lines if line.replace("|", "\\|") not in page] == []


def test_the_page_contains_errors_of_every_kind_of_the_other_programs(
    project_root: Path,
) -> None:
    page = text(project_root, "errors.md")
    for line in (
        "The account needs BigQuery Job User on the project",  # a yielded problem
        "continues from a bookmark, but table '{table}'",  # an error's own text
        "would remove the rows of the other shards",  # a raised error
        "container: MELTANO_STATE_BACKEND_URI is not set",  # an exit
        "no source is configured: set {names}",
        "set {shown} to a Google Cloud project",
    ):
        assert line in page


def test_every_command_of_make_in_the_runbook_exists(project_root: Path) -> None:
    makefile = (project_root / "Makefile").read_text("utf-8")
    verbs = set(re.findall(r"`?make ([a-z][a-z-]+)", text(project_root, "runbook.md")))
    verbs -= {"sure"}
    assert verbs
    assert [verb for verb in verbs if f"\n{verb}: " not in makefile] == []


def test_the_runbook_says_how_to_rotate_every_key_that_the_pipeline_reads(
    project_root: Path,
) -> None:
    page = text(project_root, "runbook.md")
    section = page.partition("\n## Rotate a key\n")[2].partition("\n## ")[0]
    sources = tomllib.loads((project_root / "sources.toml").read_text("utf-8"))
    for source in sources.values():
        assert source["credentials"][0] in source["secrets"]
    names = [name for source in sources.values() for name in source["secrets"]]
    assert [name for name in names if f"`{name}`" not in section] == []


def test_the_runbook_names_every_dataset_that_contains_persons(
    project_root: Path,
) -> None:
    page = text(project_root, "runbook.md")
    section = page.partition("\n## Delete a person's data\n")[2].partition("\n## ")[0]
    sources = tomllib.loads((project_root / "sources.toml").read_text("utf-8"))
    words = set(re.findall(r"[a-z_]+", section))
    assert set(sources) <= words


def test_every_link_within_the_runbook_leads_to_a_heading(project_root: Path) -> None:
    page = text(project_root, "runbook.md")
    headings = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    }
    links = re.findall(r"\]\(#([^)]+)\)", page)
    assert links
    assert set(links) <= headings


def test_the_query_for_a_persons_columns_finds_each_column_that_names_somebody(
    project_root: Path,
) -> None:
    (pattern,) = re.findall(
        r"regexp_contains\(column_name, r'(.+)'\)", text(project_root, "runbook.md")
    )
    staging = project_root / "transform" / "models" / "staging"
    names = set()
    for path in staging.glob("*/_*__sources.yml"):
        for source in read_yaml(path)["sources"]:
            for table in source["tables"]:
                columns = {each["name"]: each for each in table["columns"]}
                for name, column in columns.items():
                    person, _, kind = name.rpartition("_")
                    if (
                        (kind in {"login", "email"} and person)
                        or (kind == "id" and f"{person}_login" in columns)
                        or (kind == "id" and column["description"].startswith("Who "))
                    ):
                        names.add(name)
    assert {"merged_by_login", "author_email", "assignee_id"} <= names
    assert [name for name in sorted(names) if not re.search(pattern, name)] == []
