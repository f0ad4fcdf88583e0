"""What the taps ask for and what the sandbox serves are one."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from graphql import NoUnusedFragmentsRule, build_schema, parse, validate
from graphql.validation import specified_rules

ROOT = Path(__file__).resolve().parents[2]
SOURCES = tomllib.loads((ROOT / "sources.toml").read_text("utf-8"))


def queries(tap: str) -> Path:
    """Return the folder of a tap's documents."""
    return ROOT / "extract" / tap / "src" / tap.replace("-", "_") / "queries"


# A source whose API is not GraphQL has no documents.
WITH_DOCUMENTS = [
    name for name, source in SOURCES.items() if queries(source["tap"]).is_dir()
]


@pytest.mark.parametrize("api", WITH_DOCUMENTS)
def test_the_sandbox_serves_every_field_that_a_tap_asks_for(
    api: str,
) -> None:
    sdl = ROOT / "plugins/utilities/sandbox/src/sandbox" / api / "schema.graphql"
    schema = build_schema(sdl.read_text("utf-8"))
    documents = sorted(queries(SOURCES[api]["tap"]).glob("*.graphql"))
    assert documents
    # A tap puts the operation that it needs together from all files; here all of
    # them stand in one document, so a fragment may go unused.
    rules = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
    text = "\n".join(path.read_text("utf-8") for path in documents)
    assert [error.message for error in validate(schema, parse(text), rules)] == []
