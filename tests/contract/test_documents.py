"""What the taps ask for and what the sandbox serves are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import NoUnusedFragmentsRule, build_schema, parse, validate
from graphql.validation import specified_rules

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = {
    "linear": "extract/tap-linear/src/tap_linear/queries",
    "github": "extract/tap-github-prs/src/tap_github_prs/queries",
}


@pytest.mark.parametrize("api", PAIRS)
def test_the_sandbox_serves_every_field_that_a_tap_asks_for(
    api: str, project_root: Path
) -> None:
    sdl = (
        project_root / "plugins/utilities/sandbox/src/sandbox" / api / "schema.graphql"
    )
    schema = build_schema(sdl.read_text("utf-8"))
    documents = sorted((project_root / PAIRS[api]).glob("*.graphql"))
    assert documents
    # A tap puts the operation that it needs together from all files; here all of
    # them stand in one document, so a fragment may go unused.
    rules = [rule for rule in specified_rules if rule is not NoUnusedFragmentsRule]
    text = "\n".join(path.read_text("utf-8") for path in documents)
    assert [error.message for error in validate(schema, parse(text), rules)] == []
